// Appending JSON to a text. Escaping is Boost.JSON's; numbers are written in their shortest form that reads back the
// same (Boost.JSON would write 441.2 as 4.412E2, which is correct but hard to read in a log).
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace sonoran::api {

/// `text` without a leading byte order mark and blanks.
std::string_view json_start(std::string_view text);

/// Whether a JSON value begins after a byte order mark and blanks. The rest is not checked: one odd value inside does
/// not void an answer.
bool begins_as_json(std::string_view text);

/// Whether it is one JSON value in valid UTF-8 (RFC 8259) whose arrays and objects nest at most `depth` deep, so that a
/// recursive decoder can read it. Allocates nothing.
bool is_json(std::string_view text, unsigned depth);

/// JSON whose strings a strict parser accepts: from json_start() on, valid UTF-8, with U+FFFD in place of each escape
/// of an unpaired surrogate.
std::string readable_json(std::string_view text);

void append_json(std::string& out, std::string_view text);
void append_json(std::string& out, double number);  // finite
/// Rounded to `places` decimals (0 to 3), without trailing zeros: several times faster than the shortest form.
void append_decimal(std::string& out, double number, int places);
void append_json(std::string& out, std::integral auto number)
  requires(!std::same_as<decltype(number), bool>)
{
  out += std::to_string(number);
}
void append_json(std::string& out, bool value);

}  // namespace sonoran::api
