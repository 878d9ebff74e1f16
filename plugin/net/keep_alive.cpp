#include "net/keep_alive.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/limits.h"
#include "core/text.h"

namespace sonoran::net {
namespace {

constexpr std::int64_t kMost_s = 3600;

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char letter) { return letter == ' ' || letter == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_timeout(std::string_view name) {
  return std::ranges::equal(name, std::string_view("timeout"),
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

}  // namespace

std::optional<Duration> parse_keep_alive(std::string_view header) {
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    const std::string_view parameter = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || !is_timeout(trimmed(parameter.substr(0, equals)))) continue;
    std::string_view value = trimmed(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || value.front() == '-' || end != value.data() + value.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) number = kMost_s;
    if (error != std::errc() && error != std::errc::result_out_of_range) return std::nullopt;
    return std::chrono::seconds(std::min(number, kMost_s));
  }
  return std::nullopt;
}

Time KeepAlive::ends() const {
  Duration most = std::chrono::seconds(limits::kIdle_s);
  if (announced) most = std::min(most, *announced * 3 / 4);
  return idle_since + most;
}

bool KeepAlive::takes(bool repeatable, Time now) const {
  if (is_stale(now)) return false;
  if (repeatable) return true;
  Duration most = std::chrono::milliseconds(limits::kCommandIdle_ms);
  if (announced) most = std::min(most, *announced / 2);
  return answered && is_younger(now, most);
}

}  // namespace sonoran::net
