// Bytes that come back from whoever answers at the CAD's address, through the reader of net/connection.cpp, and what
// the module makes of them. The input's first two bytes choose the size of the pieces in which they arrive.
#include <algorithm>
#include <boost/beast/http/field.hpp>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

#include "api/response.h"
#include "api/words.h"
#include "core/limits.h"
#include "core/text.h"
#include "net/answer_reader.h"
#include "require.h"

namespace {

namespace http = boost::beast::http;
using namespace sonoran;

constexpr std::size_t kAnswerBytes = 16384;  // the least that the setting allows

/// Whether the bytes were a whole answer. The reader never waits for more than it may hold.
bool read(net::AnswerReader& reader, std::string_view bytes, std::size_t piece) {
  reader.begin();
  boost::system::error_code error;
  while (!reader.read(error)) {
    if (error) return false;
    if (bytes.empty()) {  // the peer closes
      reader.end(error);
      return !error && reader.read(error);
    }
    const auto space = reader.space();
    require(space.size() != 0, "there is room for more, or an error");
    const std::size_t now = std::min({piece, space.size(), bytes.size()});
    std::memcpy(space.data(), bytes.data(), now);
    reader.came(now);
    bytes.remove_prefix(now);
  }
  return true;
}

/// How deep arrays and objects nest in what is JSON.
std::size_t depth_of(std::string_view json) {
  std::size_t depth = 0;
  std::size_t most = 0;
  bool in_text = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (in_text) {
      if (c == '\\') ++at;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      most = std::max(most, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return most;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0] + std::size_t{256} * (data[1] % 16);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  net::AnswerReader reader(kAnswerBytes);
  api::Response response;
  if (read(reader, bytes, piece)) {
    auto answer = reader.take();
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
  require(is_utf8(outcome.body), "what crosses the border is UTF-8");
  if (outcome.body_is_json) {
    require(depth_of(outcome.body) <= limits::kAnswerDepth, "what is decoded is not deep");
  }
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
