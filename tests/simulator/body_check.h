// Checks that the body of a request has the form that its operation takes.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "simulator/routes.h"

namespace sonoran::simulator {

struct BodyCheck {
  std::string complaint;    // one sentence; "": the body is good
  boost::json::value body;  // null if it is not JSON, or there is none
};

BodyCheck check_body(const Operation& operation, std::string_view content_type, std::string_view body);

}  // namespace sonoran::simulator
