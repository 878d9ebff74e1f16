#include "simulator/answer.h"

#include <atomic>
#include <boost/beast/http/status.hpp>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

/// 32 hexadecimal digits that no other answer of this process has.
std::string new_id() {
  static std::atomic<std::uint64_t> last{0};
  char text[33];
  std::snprintf(text, sizeof text, "%032llx", static_cast<unsigned long long>(++last));
  return text;
}

}  // namespace

Answer json_answer(unsigned status, std::string body) {
  return {status, "application/json", std::move(body), {}};
}

Answer problem(unsigned status, std::string_view detail, std::string_view instance) {
  const json::object document = {{"type", "https://httpwg.org/specs/rfc9110.html#status." + std::to_string(status)},
                                 {"title", reason_phrase(status)},
                                 {"status", status},
                                 {"detail", detail},
                                 {"instance", instance.substr(0, instance.find('?'))},
                                 {"traceId", new_id()}};
  return {status, "application/problem+json", json::serialize(document), {}};
}

Answer gateway_answer(unsigned status, std::string_view message) {
  const json::object document = {{"message", message}, {"request_id", new_id()}};
  return json_answer(status, json::serialize(document));
}

Answer rate_limited(std::vector<std::pair<std::string, std::string>> wait_headers) {
  Answer answer = gateway_answer(429, "API rate limit exceeded");
  answer.headers = std::move(wait_headers);
  return answer;
}

std::string_view reason_phrase(unsigned status) {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

}  // namespace sonoran::simulator
