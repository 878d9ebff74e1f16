// A call of setUnitPanic or setUnitStatus that says no more than which units want which value: it can travel with
// others that want the same. Pure.
#pragma once

#include "api/arguments.h"
#include "api/operation.h"
#include "core/text_list.h"

namespace sonoran::api {

struct DesiredCall {
  TextList units;  // community user ids, each once; empty: it is no such call
  int value = 0;   // a panic's 0 or 1, or a status
};

/// Fills `desired` from the body of a call of one of the two, given field by field or whole. It stays empty when the
/// call names its units otherwise (roblox, accountUuid, ...) or says more than the value: then the call has to go as it
/// is. Arguments that are parameters of the path are marked as used by then.
void read_desired(const Operation& operation, Arguments& arguments, DesiredCall& desired);

}  // namespace sonoran::api
