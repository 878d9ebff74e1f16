// A status line that ends with its number: "HTTP/1.1 200" and the end of the line. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace sonoran::net {

/// What is known of an answer's first line by its first bytes.
enum class StatusLine {
  kTooShort,      // more bytes are needed
  kAsItIs,        // for the parser to judge
  kWithoutSpace,  // behind the number, at kReasonPlace, the line ends
};

/// The place of the space that HTTP demands even before an empty reason phrase (RFC 9112, section 4). Some servers
/// leave it out; Beast's parser rejects a line without it.
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
