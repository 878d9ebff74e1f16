#include "api/json.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>
#include <charconv>
#include <cmath>

namespace sonoran::api {

void append_json(std::string& out, std::string_view text) {
  out += boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

void append_json(std::string& out, double number) {
  if (number == 0) number = 0;  // no "-0"
  std::array<char, 32> buffer{};
  char* const end = buffer.data() + buffer.size();
  // Plain digits where they fit: "100000", not "1e+05".
  auto written = std::to_chars(buffer.data(), end, number, std::chars_format::fixed);
  if (written.ec != std::errc()) written = std::to_chars(buffer.data(), end, number);
  out.append(buffer.data(), written.ptr);
}

void append_json(std::string& out, bool value) {
  out += value ? "true" : "false";
}

}  // namespace sonoran::api
