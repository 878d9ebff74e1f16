// The result of a step that can fail: its value, or a message.
#pragma once

#include <boost/system/result.hpp>
#include <string>

namespace sonoran {

/// One sentence for people: it names what was wrong and what would be right. Where a message is only the end of a
/// sentence, the function's comment says so.
struct Message {
  std::string text;
};

/// A value, or the message about why there is none. `if (!result) return result.error();` passes the message on.
template <class T>
using Result = boost::system::result<T, Message>;

/// Nothing, or the message about what is wrong.
using Check = Result<void>;

}  // namespace sonoran
