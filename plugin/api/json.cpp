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
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number == 0 ? 0.0 : number).ptr;
  out.append(buffer.data(), end);
}

void append_json(std::string& out, bool value) {
  out += value ? "true" : "false";
}

}  // namespace sonoran::api
