// Percent-encoding by RFC 3986. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sonoran::api {

/// Appends `text` so that it stays one segment of a path, or one name or value of a query, whatever it holds: every
/// byte but the unreserved ones (letters, digits, - . _ ~) becomes %XX.
void append_percent_encoded(std::string& out, std::string_view text);

/// As above for a segment of a path. "." and ".." are encoded too, since whoever reads the path would take them for
/// steps through it (RFC 3986, 5.2.4).
void append_path_segment(std::string& out, std::string_view text);

}  // namespace sonoran::api
