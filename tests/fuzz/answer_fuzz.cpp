// Bytes that come back from whoever answers at the CAD's address, through the parser as net/connection.cpp sets it up,
// and what the module makes of them. The input's first two bytes choose the size of the pieces in which they arrive.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "api/response.h"
#include "api/words.h"
#include "core/limits.h"
#include "core/text.h"

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace sonoran;

constexpr std::size_t kAnswerBytes = 16384;  // the least that the setting allows

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Whether the bytes were a whole answer.
bool read(http::response_parser<http::string_body>& parser, std::string_view bytes, std::size_t piece) {
  parser.header_limit(limits::kAnswerHeaderBytes);
  parser.body_limit(kAnswerBytes);
  parser.eager(true);
  boost::system::error_code error;
  std::size_t seen = 0;
  while (!parser.is_done()) {
    seen = std::min(seen + piece, bytes.size());
    const std::size_t used = parser.put(asio::const_buffer(bytes.data(), seen), error);
    if (error && error != http::error::need_more) return false;
    bytes.remove_prefix(used);
    seen -= used;
    if (parser.is_done()) break;
    if (seen == bytes.size()) {  // the peer closes
      error = {};
      if (!parser.got_some()) return false;
      parser.put_eof(error);
      if (error || !parser.is_done()) return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0] + std::size_t{256} * (data[1] % 16);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  http::response_parser<http::string_body> parser;
  api::Response response;
  if (read(parser, bytes, piece)) {
    auto& answer = parser.get();
    response.status = static_cast<int>(answer.result_int());
    response.content_type = std::string(answer[http::field::content_type]);
    response.retry_after = std::string(answer[http::field::retry_after]);
    response.server = std::string(answer[http::field::server]);
    response.body = std::move(answer.body());
    require(response.body.size() <= kAnswerBytes, "a body stays within its bound");
  } else {
    response.stage = api::Stage::kRead;
    response.detail = "broke off";
    response.malformed = data[0] % 2 == 1;
  }
  const api::Outcome outcome = api::interpret(std::move(response), 1795550400);
  require(is_utf8(valid_utf8(outcome.body)), "what crosses the border is UTF-8");
  static const std::vector<std::string> kUnits = {"license:a", "unit-9", "b"};
  for (const std::size_t named : api::named_units(outcome.body, kUnits)) require(named < kUnits.size(), "a named unit");
  const bool delivered = outcome.failure == api::Failure::kNone;
  require(delivered == (outcome.error.kind == ErrorKind::kNone), "what was not delivered has a kind");
  if (!delivered) require(!outcome.error.title.empty(), "what was not delivered has a title");
  for (const std::string& text : {outcome.error.title, outcome.error.detail, outcome.error.trace_id}) {
    require(is_utf8(text) && text.size() < 1000, "what people read is short and UTF-8");
  }
  if (outcome.retry_after) {
    require(*outcome.retry_after >= Duration::zero() && *outcome.retry_after <= std::chrono::minutes(10),
            "no gateway silences a server for more than ten minutes");
  }
  return 0;
}
