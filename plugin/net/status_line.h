// Recognises a status line that ends after its number: "HTTP/1.1 200". Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace sonoran::net {

/// What the first bytes show about an answer's first line.
enum class StatusLine {
  kTooShort,      // more bytes are needed
  kAsItIs,        // to be judged by the parser
  kWithoutSpace,  // the line ends behind the number, at kReasonPlace
};

/// The place of the space that HTTP demands even before an empty reason phrase (RFC 9112, section 4). Some servers
/// omit it, and Beast's parser rejects a line without it.
inline constexpr std::size_t kReasonPlace = std::string_view("HTTP/1.1 200").size();

inline StatusLine status_line(std::string_view bytes) {
  constexpr std::string_view kForm = "HTTP/1.d ddd\r";
  const auto fits = [](char form, char byte) { return form == 'd' ? byte >= '0' && byte <= '9' : byte == form; };
  const std::string_view begin = bytes.substr(0, kForm.size());
  if (!std::equal(begin.begin(), begin.end(), kForm.begin(), [&](char byte, char form) { return fits(form, byte); })) {
    return StatusLine::kAsItIs;
  }
  return begin.size() < kForm.size() ? StatusLine::kTooShort : StatusLine::kWithoutSpace;
}

}  // namespace sonoran::net
