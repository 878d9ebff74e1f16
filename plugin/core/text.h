// Checks and helpers for text that enters or leaves the module.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace sonoran {

/// True for well-formed UTF-8.
bool is_utf8(std::string_view text);

/// `text` with each invalid sequence replaced by U+FFFD (the longest beginning of a character counts as one sequence,
/// as Unicode recommends), so that the result is valid UTF-8.
std::string valid_utf8(std::string_view text);

/// `text` for a message: at most `max_bytes`, control characters and invalid UTF-8 as '?', "..." where truncated.
std::string printable(std::string_view text, std::size_t max_bytes = 64);

/// The same in single quotes.
std::string in_quotes(std::string_view text, std::size_t max_bytes = 64);

/// Lets unordered containers with string keys be searched by string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace sonoran
