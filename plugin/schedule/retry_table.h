// What is done about each failure of each class of traffic. docs/errors.md shows the same table. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/operation.h"
#include "api/response.h"

namespace sonoran::schedule {

/// The rows: classes of traffic; commands are split by whether they may be repeated.
enum class RetryClass : std::uint8_t { kPosition, kHeartbeat, kDesired, kQuery, kRepeatableCommand, kCommand };
inline constexpr std::size_t kRetryClasses = 6;

enum class Remedy : std::uint8_t {
  kRetry,    // sent again after a backoff (429: after Retry-After); calls only within their deadline and kCallTries
  kFail,     // the caller gets the failure
  kUnknown,  // the caller gets `outcome_unknown`: the CAD may have carried it out
  kWait,     // 401, states: kept until the key is right; a probe checks now and then
};

Remedy remedy(RetryClass row, api::Failure failure);

/// The row of an operation that is called through sb_call.
RetryClass call_class(const api::Operation& operation);

std::string_view retry_class_name(RetryClass row);
std::string_view remedy_name(Remedy remedy);

}  // namespace sonoran::schedule
