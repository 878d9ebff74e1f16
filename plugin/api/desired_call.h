// A call of setUnitPanic or setUnitStatus that says no more than which units want which value: it can travel with
// others that want the same. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call.h"

namespace sonoran::api {

struct DesiredCall {
  std::vector<std::string> units;  // community user ids
  int value = 0;                   // a panic's 0 or 1, or a status
};

/// Nothing when the call is of another operation, names its units otherwise (roblox, accountUuid, ...), says more than
/// the value, or is for another server than `server_id`: then it has to go as it is.
std::optional<DesiredCall> desired_call(const CheckedCall& call, std::int64_t server_id);

}  // namespace sonoran::api
