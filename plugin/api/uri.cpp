#include "api/uri.h"

namespace sonoran::api {
namespace {

constexpr bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_encoded_byte(std::string& out, char c) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0xFU];
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      append_encoded_byte(out, c);
    }
  }
}

void append_path_segment(std::string& out, std::string_view text) {
  if (text == "." || text == "..") {
    for (const char c : text) append_encoded_byte(out, c);
  } else {
    append_percent_encoded(out, text);
  }
}

}  // namespace sonoran::api
