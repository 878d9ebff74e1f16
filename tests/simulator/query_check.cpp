#include "simulator/query_check.h"

#include <charconv>
#include <cstdint>

namespace sonoran::simulator {
namespace {

bool has_type(std::string_view value, std::string_view type) {
  if (type == "boolean") return value == "true" || value == "false";
  if (type != "integer") return true;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc{} && end == value.data() + value.size();
}

bool is_within(std::string_view value, const Field& field) {
  std::int64_t number = 0;
  if (field.type != "integer") return true;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number >= field.minimum.value_or(number) && number <= field.maximum.value_or(number);
}

/// These look one person up, by exactly one of their query parameters. The other operations have defaults for theirs.
bool takes_one_identifier(const Operation& operation) {
  return operation.id == "getAccount" || operation.id == "getCharacters" || operation.id == "getCharacterLinks";
}

}  // namespace

std::string check_parameters(const Match& match, const Target& target) {
  for (const auto& [name, value] : match.parameters) {
    const std::string& type = match.operation->path_types.at(name);
    if (!has_type(value, type))
      return std::string("The path parameter '").append(name).append("' must be ").append(type).append(".");
  }
  std::size_t identifiers = 0;
  for (const Field& field : match.operation->query) {
    const std::string* value = target.query_value(field.name);
    if (value == nullptr) continue;
    ++identifiers;
    if (!has_type(*value, field.type)) return "The query parameter '" + field.name + "' must be " + field.type + ".";
    if (!is_within(*value, field)) return "The query parameter '" + field.name + "' is out of its bounds.";
  }
  if (takes_one_identifier(*match.operation) && identifiers != 1) return "The query must have exactly one identifier.";
  return {};
}

}  // namespace sonoran::simulator
