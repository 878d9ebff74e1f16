#include "core/text.h"

#include <simdjson.h>

namespace sonoran {

bool is_utf8(std::string_view text) {
  return text.empty() || simdjson::validate_utf8(text.data(), text.size());
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

void redact(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  static constexpr std::string_view kRedacted = "[redacted]";
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kRedacted.size())) {
    text.replace(at, secret.size(), kRedacted);
  }
}

}  // namespace sonoran
