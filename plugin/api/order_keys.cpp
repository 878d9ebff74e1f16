#include "api/order_keys.h"

#include <string>
#include <string_view>
#include <vector>

namespace sonoran::api {
namespace {

namespace dom = simdjson::dom;

void append_key(std::string_view kind, dom::element value, std::string_view raw, TextList& keys) {
  std::string begin(kind);
  begin += ':';
  if (value.is_string()) {
    keys.add(begin, value.get_string().value_unsafe());
  } else {
    keys.add(begin, whole_number(raw).value_or(std::string(raw)));
  }
}

/// One key, or one for each element of an array.
void append_keys(std::string_view kind, dom::element value, std::string_view raw, TextList& keys) {
  dom::array elements;
  if (value.get(elements) != simdjson::SUCCESS) return append_key(kind, value, raw, keys);
  for (const dom::element element : elements) {
    if (element.is_null()) continue;
    append_key(kind, element, element.is_string() ? std::string() : std::string(simdjson::minify(element)), keys);
  }
}

void append_bodies(dom::element body, std::vector<dom::element>& bodies) {
  dom::array elements;
  if (body.get(elements) != simdjson::SUCCESS) return bodies.push_back(body);
  bodies.insert(bodies.end(), elements.begin(), elements.end());
}

}  // namespace

void append_order_keys(const Operation& operation, Arguments& arguments, TextList& keys) {
  std::vector<dom::element> bodies;
  if (const auto array = arguments.array()) append_bodies(*array, bodies);
  if (const Argument* const body = arguments.find("body")) append_bodies(body->value, bodies);

  for (const OrderRule& rule : operation.order_by) {
    if (rule.argument.empty()) {
      keys.clear();
      keys.add(rule.kind);
      return;
    }
    if (const Argument* const argument = arguments.present(rule.argument)) {
      append_keys(rule.kind, argument->value, argument->raw, keys);
    }
    for (const dom::element body : bodies) {
      dom::element value;
      if (!body.is_object() || body[rule.argument].get(value) != simdjson::SUCCESS || value.is_null()) continue;
      append_keys(rule.kind, value, std::string(simdjson::minify(value)), keys);
    }
    // Only bodies may name further targets by another rule.
    if (!keys.empty() && bodies.empty()) break;
  }
  keys.sort_unique();
}

}  // namespace sonoran::api
