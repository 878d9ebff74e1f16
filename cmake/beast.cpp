// The one place where Boost.Beast is compiled.
//
// Without its assertions: its parser of chunked bodies (basic_parser::parse_chunk_header, Boost 1.81) asserts that five
// bytes are there when a last chunk is looked at a second time, which is so only after another chunk. "0\r\n" followed
// by a fourth byte alone ends a process that was built with assertions; without them the parser asks for more, rightly.
// Found by tests/fuzz, and kept in its corpus (answer/last_chunk_first).
#define BOOST_DISABLE_ASSERTS
#include <boost/beast/src.hpp>
