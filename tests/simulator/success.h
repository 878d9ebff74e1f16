// Carries out an operation: its answer when all is well, and its effect.
#pragma once

#include <boost/json/fwd.hpp>
#include <set>

#include "simulator/answer.h"
#include "simulator/community.h"
#include "simulator/routes.h"
#include "simulator/target.h"

namespace sonoran::simulator {

/// `body` is the JSON body, null if the operation has none.
Answer carry_out(const Match& match, const Target& target, const boost::json::value& body,
                 const std::set<std::int64_t>& servers, Community& community);

}  // namespace sonoran::simulator
