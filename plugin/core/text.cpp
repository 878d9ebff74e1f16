#include "core/text.h"

#include <simdjson.h>

namespace sonoran {
namespace {

/// The number of bytes of the first character of `text`, which is not empty. 0 when `text` does not begin with a valid
/// character: `broken` is then the number of bytes of the broken one (Unicode 15, table 3-7).
std::size_t character(std::string_view text, std::size_t& broken) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  broken = 1;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead == 0xE0) low = 0xA0;   // below: an overlong form
  if (lead == 0xED) high = 0x9F;  // above: a surrogate
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;  // above: beyond U+10FFFF
  for (; broken < size; ++broken) {
    if (broken >= text.size() || byte(broken) < low || byte(broken) > high) return 0;
    low = 0x80;
    high = 0xBF;
  }
  return size;
}

}  // namespace

bool is_utf8(std::string_view text) {
  return text.empty() || simdjson::validate_utf8(text.data(), text.size());
}

std::string valid_utf8(std::string_view text) {
  static constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string result;
  if (is_utf8(text)) {
    result = text;
    return result;
  }
  result.reserve(text.size() + 64);
  while (!text.empty()) {
    std::size_t broken = 0;
    const std::size_t size = character(text, broken);
    result += size != 0 ? text.substr(0, size) : kReplacement;
    text.remove_prefix(size != 0 ? size : broken);
  }
  return result;
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  const bool cut = text.size() > max_bytes;
  std::size_t size = cut ? max_bytes : text.size();
  // Do not cut within a character: step back over its continuation bytes (10xxxxxx).
  if (cut) {
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  }
  std::string result(text.substr(0, size));
  const bool well_formed = is_utf8(result);
  for (char& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (!well_formed && byte >= 0x80)) c = '?';
  }
  if (cut) result += "...";
  return result;
}

std::string in_quotes(std::string_view text, std::size_t max_bytes) {
  return "'" + printable(text, max_bytes) + "'";
}

}  // namespace sonoran
