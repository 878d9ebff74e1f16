// Fields whose values are texts on the wire: `metaData` and `replaceValues`. Scripts put numbers and booleans into
// them, and the CAD accepts only texts.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/operation.h"

namespace sonoran::api {

/// Appends `value`, the JSON text of such a field, with each of its values as a text. A text stays as written. A
/// number, true and false are put in quotes as written. An array or an object becomes its JSON text. A null is left
/// out. An empty array, which is how an empty Lua table is written, becomes an empty object. Any value other than an
/// object is appended unchanged.
void append_text_values(std::string& out, std::string_view value);

/// Appends `body`, JSON text, and does the same with those of its members that `fields` marks as `texts`.
void append_body(std::string& out, std::string_view body, std::span<const Parameter> fields);

}  // namespace sonoran::api
