// Appending JSON to a text. Escaping is Boost.JSON's; numbers are written in their shortest form that reads back the
// same (Boost.JSON would write 441.2 as 4.412E2, which is right but no joy to read in a log).
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace sonoran::api {

/// What is left of `text` after a byte order mark and blanks.
std::string_view json_start(std::string_view text);

/// Whether, after a byte order mark and blanks, there begins a JSON value. What follows is not looked at: one odd value
/// inside does not void an answer.
bool begins_as_json(std::string_view text);

/// Whether it is one JSON value in valid UTF-8, as RFC 8259 has it, whose arrays and objects nest at most `depth` deep:
/// what a decoder may be given that recurses. Allocates nothing.
bool is_json(std::string_view text, unsigned depth);

/// JSON that a strict parser of its strings takes: from json_start() on, valid UTF-8, and with U+FFFD in the place of
/// each escape of half a surrogate pair.
std::string readable_json(std::string_view text);

void append_json(std::string& out, std::string_view text);
void append_json(std::string& out, double number);  // finite
/// Rounded to so many places (0 to 3), without zeros at the end: several times faster than the shortest form.
void append_decimal(std::string& out, double number, int places);
void append_json(std::string& out, std::integral auto number)
  requires(!std::same_as<decltype(number), bool>)
{
  out += std::to_string(number);
}
void append_json(std::string& out, bool value);

}  // namespace sonoran::api
