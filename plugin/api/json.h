// Appending JSON to a text. Escaping is Boost.JSON's; numbers are written in their shortest form that reads back the
// same (Boost.JSON would write 441.2 as 4.412E2, which is right but no joy to read in a log).
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace sonoran::api {

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
