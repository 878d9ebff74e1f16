// A form with one file (RFC 7578): the text around the file's bytes, and the source of these bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/upload_file.h"

namespace sonoran::api {

/// Immutable once made; shared between the checking and the sending code.
struct Multipart {
  std::string head;   // the fields, and the file part's own header
  std::string tail;   // what follows the file's bytes
  std::string bytes;  // the file's bytes, or "" when `file` has them
  UploadFile file;    // path "": `bytes` has them
  std::string content_type;

  [[nodiscard]] std::uint64_t file_size() const { return file.path.empty() ? bytes.size() : file.size; }
  /// Exact, in bytes, for the Content-Length header.
  [[nodiscard]] std::uint64_t content_length() const { return head.size() + file_size() + tail.size(); }
};

using FormField = std::pair<std::string, std::string>;

/// Lays `fields` and the part `file_field` out between `boundary`s. The caller fills in `bytes` or `file`. Names are
/// escaped as browsers do; values go out as they are.
Multipart lay_out_form(const std::vector<FormField>& fields, std::string_view file_field, std::string_view file_name,
                       std::string_view boundary);

/// Whether a form may have a field of this name. Control characters (including NUL) are not allowed, because readers of
/// forms take them for the end of a name or of a line.
bool is_field_name(std::string_view name);

/// A boundary that cannot be guessed, so that no recording can end its part early and add fields of its own.
std::string random_boundary();

/// Whether `head` (the first bytes of a file) is the beginning of a WebM file: an EBML header.
bool is_webm(std::string_view head);

}  // namespace sonoran::api
