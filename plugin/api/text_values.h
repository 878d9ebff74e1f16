// Fields whose values are texts on the wire: `metaData` and `replaceValues`. Scripts put numbers and booleans into
// them, and the CAD takes texts only.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/operation.h"

namespace sonoran::api {

/// Appends `value`, the JSON text of such a field, with a text for each of its values: a text stays as it is written; a
/// number, true and false become what was written, in quotes; an array or an object becomes its JSON text; null stays
/// out. An empty array, which is what an empty table of Lua is, becomes an empty object. Anything but an object goes as
/// it is.
void append_text_values(std::string& out, std::string_view value);

/// Appends `body`, JSON text, with the values of those of its members that `fields` marks so.
void append_body(std::string& out, std::string_view body, std::span<const Parameter> fields);

}  // namespace sonoran::api
