// How a step on the way to the CAD failed, told the same way everywhere.
#pragma once

#include <string>

#include "api/response.h"
#include "core/time.h"

namespace sonoran::net {

/// A response that failed at `stage`; `detail` is one sentence for people.
api::Response failed_at(api::Stage stage, bool timed_out, std::string detail);

/// A limit for people: "5 s", "250 ms".
std::string limit_text(Duration limit);

}  // namespace sonoran::net
