// The simulator's own interface: /_sim/...
#pragma once

#include <string_view>

#include "simulator/server.h"

namespace sonoran::simulator {

bool is_admin_target(std::string_view target);
Answer answer_admin(Server& server, const Request& request);

}  // namespace sonoran::simulator
