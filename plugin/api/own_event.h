// What the bridge has done by a call and the CAD does not tell of, as an event of the CAD's form. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "api/operation.h"
#include "api/push_event.h"

namespace sonoran::api {

/// Whether a success of this operation is an event: the CAD pushes dispatch calls and records only where they were made
/// in its own pages.
bool makes_own_event(const Operation& operation);

/// The event, made of the request's body and of the CAD's answer, as JSON. Where the CAD's answer says less than its
/// event would, so does this one. Nothing: another operation, or an answer that is no JSON object.
std::optional<PushEvent> own_event(const Operation& operation, std::string_view body, std::string_view answer);

}  // namespace sonoran::api
