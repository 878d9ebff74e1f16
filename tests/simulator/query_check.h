// Checks that the parameters of a request, in its path and query, are those that its operation takes.
#pragma once

#include <string>

#include "simulator/routes.h"
#include "simulator/target.h"

namespace sonoran::simulator {

/// One sentence; "" if they are good.
std::string check_parameters(const Match& match, const Target& target);

}  // namespace sonoran::simulator
