#include "api/text_values.h"

#include <algorithm>

#include "api/json.h"
#include "api/raw_json.h"

namespace sonoran::api {
namespace {

/// Begins the next member of the object that `out` ends with.
void append_name(std::string& out, std::string_view name) {
  if (!out.ends_with('{')) out += ',';
  append_json(out, name);
  out += ':';
}

bool is_marked(std::span<const Parameter> fields, std::string_view name) {
  return std::ranges::any_of(fields, [&](const Parameter& field) { return field.texts && field.name == name; });
}

bool is_empty_array(std::string_view value) {
  return value.starts_with('[') && trimmed(value.substr(1)) == "]";
}

}  // namespace

void append_text_values(std::string& out, std::string_view value) {
  const RawObject object(is_empty_array(value) ? "{}" : value);
  if (!object.is_object()) {
    out += value;
    return;
  }
  out += '{';
  for (const RawMember& member : object.members()) {
    if (member.raw == "null") continue;
    append_name(out, member.name);
    if (member.raw.starts_with('"')) {
      out += member.raw;
    } else {
      append_json(out, member.raw);
    }
  }
  out += '}';
}

void append_body(std::string& out, std::string_view body, std::span<const Parameter> fields) {
  if (std::ranges::none_of(fields, &Parameter::texts)) {
    out += body;
    return;
  }
  const RawObject object(body);
  if (std::ranges::none_of(object.members(), [&](const RawMember& member) { return is_marked(fields, member.name); })) {
    out += body;
    return;
  }
  out += '{';
  for (const RawMember& member : object.members()) {
    append_name(out, member.name);
    if (is_marked(fields, member.name)) {
      append_text_values(out, member.raw);
    } else {
      out += member.raw;
    }
  }
  out += '}';
}

}  // namespace sonoran::api
