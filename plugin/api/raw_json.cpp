#include "api/raw_json.h"

namespace sonoran::api {

namespace ondemand = simdjson::ondemand;

std::string_view trimmed(std::string_view text) {
  static constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

simdjson::error_code raw_text(ondemand::value value, std::string_view& raw) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return error;
    return object.raw_json().get(raw);
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return error;
    return array.raw_json().get(raw);
  }
  raw = trimmed(value.raw_json_token());
  return simdjson::SUCCESS;
}

std::optional<std::string> string_of(std::string_view raw) {
  if (!raw.starts_with('"')) return std::nullopt;
  ondemand::parser parser;
  const simdjson::padded_string padded(raw);
  ondemand::document document;
  std::string_view text;
  if (parser.iterate(padded).get(document) || document.get_string().get(text)) return std::nullopt;
  return std::string(text);
}

simdjson::error_code RawObject::read() {
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (const auto error = parser.iterate(text_).get(document)) return error;
  if (const auto error = document.get_object().get(object)) return error;
  for (auto each : object) {
    ondemand::field field;
    if (const auto error = std::move(each).get(field)) return error;
    std::string_view name;
    if (const auto error = field.unescaped_key().get(name)) return error;
    RawMember member{.name = std::string(name), .raw = {}};
    if (const auto error = raw_text(field.value(), member.raw)) return error;
    members_.push_back(std::move(member));
  }
  return simdjson::SUCCESS;
}

RawObject::RawObject(std::string_view text) : text_(text), is_object_(trimmed(text).starts_with('{')) {
  if (is_object_ && read() != simdjson::SUCCESS) {
    is_object_ = false;
    members_.clear();
  }
}

}  // namespace sonoran::api
