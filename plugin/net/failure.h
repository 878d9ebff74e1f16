// Makes the response of a failed step on the road to the CAD.
#pragma once

#include <string>

#include "api/response.h"
#include "core/time.h"

namespace sonoran::net {

/// A response that failed at `stage`; `detail` is the message, one sentence.
api::Response failed_at(api::Stage stage, bool timed_out, std::string detail);

/// A time limit for messages: "5 s", "250 ms".
std::string limit_text(Duration limit);

}  // namespace sonoran::net
