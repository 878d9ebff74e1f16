#include "api/multipart.h"

#include <algorithm>
#include <random>

namespace sonoran::api {
namespace {

/// Percent-encodes the characters that would end the quoted name, as HTML's form encoding does.
void append_quoted(std::string& out, std::string_view name) {
  out += '"';
  for (const char c : name) {
    switch (c) {
      case '"':
        out += "%22";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      default:
        out += c;
    }
  }
  out += '"';
}

}  // namespace

Multipart lay_out_form(const std::vector<FormField>& fields, std::string_view file_field, std::string_view file_name,
                       std::string_view boundary) {
  Multipart form;
  const auto begin_part = [&](std::string_view name) {
    form.head += "--";
    form.head += boundary;
    form.head += "\r\nContent-Disposition: form-data; name=";
    append_quoted(form.head, name);
  };
  for (const auto& [name, value] : fields) {
    begin_part(name);
    form.head += "\r\n\r\n";
    form.head += value;
    form.head += "\r\n";
  }
  begin_part(file_field);
  form.head += "; filename=";
  append_quoted(form.head, file_name);
  form.head += "\r\nContent-Type: video/webm\r\n\r\n";
  form.tail = "\r\n--";
  form.tail += boundary;
  form.tail += "--\r\n";
  form.content_type = "multipart/form-data; boundary=";
  form.content_type += boundary;
  return form;
}

bool is_field_name(std::string_view name) {
  return std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string random_boundary() {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device device;
  std::string boundary = "sonoran-";
  for (int word = 0; word < 4; ++word) {
    std::uint32_t bits = device();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4U) boundary += kDigits[bits & 0xFU];
  }
  return boundary;
}

bool is_webm(std::string_view head) {
  // RFC 8794, 11.2.1: the id of the EBML header.
  return head.starts_with("\x1A\x45\xDF\xA3");
}

}  // namespace sonoran::api
