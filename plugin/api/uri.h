// Percent-encoding by RFC 3986. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sonoran::api {

/// Appends `text` as one segment of a path, or one name or value of a query, whatever its content: every byte except
/// the unreserved ones (letters, digits, - . _ ~) becomes %XX.
void append_percent_encoded(std::string& out, std::string_view text);

/// As above for a segment of a path. "." and ".." are encoded too, because a reader of the path would interpret them
/// as steps (RFC 3986, 5.2.4).
void append_path_segment(std::string& out, std::string_view text);

}  // namespace sonoran::api
