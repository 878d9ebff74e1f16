#include "simulator/routes.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "simulator/target.h"

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

constexpr std::string_view kPublished =
#include "operations_text.inc"
    ;

std::string text_of(const json::value& value) {
  return std::string(std::string_view(value.as_string()));
}

/// The facts say "required" as a boolean or as yes, no, conditional; nothing is "not published", thus not insisted on.
Field::Need need_of(const json::object& facts) {
  const json::value* required = facts.if_contains("required");
  if (required == nullptr) return Field::Need::kOptional;
  if (required->is_bool()) return required->get_bool() ? Field::Need::kRequired : Field::Need::kOptional;
  const std::string text = text_of(*required);
  if (text == "yes") return Field::Need::kRequired;
  return text == "conditional" ? Field::Need::kConditional : Field::Need::kOptional;
}

std::vector<Field> fields_of(const json::object& facts) {
  std::vector<Field> fields;
  for (const auto& [name, value] : facts) {
    const json::object& field = value.as_object();
    const auto bound = [&field = field](std::string_view which) -> std::optional<std::int64_t> {
      const json::value* number = field.if_contains(which);
      return number == nullptr ? std::nullopt : std::optional(number->to_number<std::int64_t>());
    };
    fields.push_back({.name = std::string(name),
                      .type = text_of(field.at("type")),
                      .need = need_of(field),
                      .minimum = bound("minimum"),
                      .maximum = bound("maximum"),
                      .texts = field.contains("texts")});
  }
  return fields;
}

Operation operation_of(const json::object& facts) {
  Operation operation;
  operation.id = text_of(facts.at("operationId"));
  operation.method = text_of(facts.at("method"));
  operation.path = text_of(facts.at("path"));
  operation.segments = parse_target(operation.path).value().segments;
  operation.authenticated = facts.at("auth").as_bool();
  operation.rate_per_minute = facts.at("ratePerMinute").to_number<std::size_t>();
  for (const auto& [name, type] : facts.at("pathParams").as_object()) operation.path_types[name] = text_of(type);
  operation.query = fields_of(facts.at("query").as_object());
  if (const json::value* body = facts.if_contains("body")) {
    operation.content_type = text_of(body->at("contentType"));
    operation.fields = fields_of(body->at("fields").as_object());
  }
  return operation;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

/// How many segments agree literally; nothing if the path is another one.
std::optional<std::size_t> literal_matches(const std::vector<std::string>& pattern,
                                           const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  std::size_t literal = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == segments[i]) {
      ++literal;
    } else if (!is_parameter(pattern[i]) || segments[i].empty()) {
      return std::nullopt;
    }
  }
  return literal;
}

}  // namespace

Routes::Routes(std::string_view text) {
  const json::value table = json::parse(text);
  for (const json::value& facts : table.as_array()) operations_.push_back(operation_of(facts.as_object()));
}

Match Routes::match(std::string_view method, const std::vector<std::string>& segments) const {
  Match match;
  std::size_t best = 0;
  for (const Operation& operation : operations_) {
    const auto literal = literal_matches(operation.segments, segments);
    if (!literal) continue;
    if (std::find(match.allowed.begin(), match.allowed.end(), operation.method) == match.allowed.end())
      match.allowed.push_back(operation.method);
    // ".../dispatch-calls/attachments" is not the call named "attachments": the more literal path wins.
    if (operation.method == method && *literal >= best) {
      best = *literal;
      match.operation = &operation;
    }
  }
  if (match.operation != nullptr) {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const std::string& name = match.operation->segments[i];
      if (is_parameter(name)) match.parameters[name.substr(1, name.size() - 2)] = segments[i];
    }
  }
  return match;
}

const Routes& published_routes() {
  static const Routes routes(kPublished);
  return routes;
}

}  // namespace sonoran::simulator
