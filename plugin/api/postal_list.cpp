#include "api/postal_list.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "api/json.h"
#include "core/limits.h"

namespace sonoran::api {
namespace {

namespace dom = simdjson::dom;

/// A code as it is shown; nothing where the value is none.
std::optional<std::string> code_of(const dom::element& value) {
  std::string code;
  std::string_view text;
  double number = 0;
  if (value.get(text) == simdjson::SUCCESS) {
    // A dispatcher reads it in one line among others.
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::ranges::any_of(text, is_control)) return std::nullopt;
    code = text;
  } else if (value.get(number) == simdjson::SUCCESS && std::abs(number) < 1e15) {
    append_json(code, number);
  }
  if (code.empty() || code.size() > limits::kPostalBytes) return std::nullopt;
  return code;
}

std::optional<double> coordinate_of(const dom::object& entry, const char* name) {
  double number = 0;
  if (entry.at_key(name).get(number) != simdjson::SUCCESS || std::abs(number) > limits::kCoordinate_m) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

Result<std::vector<Postal>> read_postals(std::string_view json) {
  dom::parser parser;
  dom::element root;
  const simdjson::padded_string padded(json_start(json));
  if (parser.parse(padded).get(root) != simdjson::SUCCESS) return Message{"is not valid JSON in UTF-8"};
  dom::array list;
  if (root.get(list) != simdjson::SUCCESS) return Message{"has no JSON array of postals"};
  std::vector<Postal> postals;
  for (const dom::element element : list) {
    const std::string where = "has an entry " + std::to_string(postals.size() + 1);
    if (postals.size() == limits::kPostals) {
      return Message{"has more than " + std::to_string(limits::kPostals) + " postals"};
    }
    dom::object entry;
    if (element.get(entry) != simdjson::SUCCESS) return Message{where + " that is no object with code, x and y"};
    dom::element value;
    const auto code = entry.at_key("code").get(value) == simdjson::SUCCESS ? code_of(value) : std::nullopt;
    if (!code) {
      return Message{where + " without a good code; a code is a number or a text of 1 to " +
                     std::to_string(limits::kPostalBytes) + " bytes"};
    }
    const auto x = coordinate_of(entry, "x");
    const auto y = coordinate_of(entry, "y");
    if (!x || !y) return Message{where + " without a good x or y; each is a number of metres"};
    postals.push_back({.x = *x, .y = *y, .code = *code});
  }
  return postals;
}

}  // namespace sonoran::api
