#include "simulator/target.h"

#include <charconv>

namespace sonoran::simulator {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    if (text.size() - at < 3) return std::nullopt;
    unsigned char byte = 0;
    const char* digits = text.data() + at + 1;
    const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
    decoded += static_cast<char>(byte);
    at += 2;
  }
  return decoded;
}

/// Calls `use(part)` for each part of `text` between separators until it returns false.
template <typename Use>
bool each_part(std::string_view text, char separator, Use use) {
  for (;;) {
    const std::size_t end = text.find(separator);
    if (!use(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

const std::string* Target::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::optional<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/')) return std::nullopt;
  const std::size_t mark = text.find('?');
  Target target;
  const bool path_is_sound =
      each_part(text.substr(1, mark == std::string_view::npos ? mark : mark - 1), '/', [&](std::string_view part) {
        auto segment = percent_decoded(part);
        if (!segment) return false;
        target.segments.push_back(std::move(*segment));
        return true;
      });
  if (!path_is_sound) return std::nullopt;
  if (mark == std::string_view::npos || mark + 1 == text.size()) return target;

  const bool query_is_sound = each_part(text.substr(mark + 1), '&', [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    auto name = percent_decoded(part.substr(0, equals));
    auto value = percent_decoded(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
    if (!name || !value) return false;
    target.query.emplace_back(std::move(*name), std::move(*value));
    return true;
  });
  if (!query_is_sound) return std::nullopt;
  return target;
}

}  // namespace sonoran::simulator
