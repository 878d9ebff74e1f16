// What a command is about: commands with a key in common leave one after another.
#pragma once

#include "api/arguments.h"
#include "api/operation.h"
#include "core/text_list.h"

namespace sonoran::api {

/// Appends the keys of a call ("call:12", "unit:abc"), each once, as the operation's order_by says. A body given whole,
/// and each element of one that is an array, counts as the arguments do.
void append_order_keys(const Operation& operation, Arguments& arguments, TextList& keys);

}  // namespace sonoran::api
