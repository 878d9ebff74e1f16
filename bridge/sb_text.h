// Converts between the C interface's texts and those of C++. For the library and for the adapters.
#pragma once

#include <sonoran_bridge.h>

#include <optional>
#include <string_view>

namespace sonoran {

inline std::string_view view(sb_text text) {
  return {text.data, text.data == nullptr ? 0 : text.size};
}

inline sb_text as_sb_text(std::string_view text) {
  return {text.data(), text.size()};
}

/// A text that is not given becomes {NULL, 0}.
template <class Text>
sb_text as_sb_text(const std::optional<Text>& text) {
  return text ? as_sb_text(std::string_view(*text)) : sb_text{nullptr, 0};
}

}  // namespace sonoran
