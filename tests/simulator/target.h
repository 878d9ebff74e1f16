// The target of a request line, in its parts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonoran::simulator {

struct Target {
  std::vector<std::string> segments;                       // of the path, percent-decoded
  std::vector<std::pair<std::string, std::string>> query;  // percent-decoded, in the order of the request

  /// The first value of `name`; null if it is absent.
  [[nodiscard]] const std::string* query_value(std::string_view name) const;
};

/// Nothing if `text` is no path, or has a broken percent escape.
std::optional<Target> parse_target(std::string_view text);

}  // namespace sonoran::simulator
