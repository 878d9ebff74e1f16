#include "schedule/retry_table.h"

#include <array>

namespace sonoran::schedule {
namespace {

using enum Remedy;

using Row = std::array<Remedy, api::kFailures>;

// Columns: none, resolve, connect, handshake, write, no answer, malformed, 401, 408, 425, 429, 5xx, other, road, page.
//
// Nothing left, or the CAD says that it did not look at it (408, 425, 429): everybody's is sent again. It may have been
// carried out (write, no answer, malformed, 5xx): only what does no harm twice is sent again. A malformed answer to a
// call would come again, so the caller gets it; a state is sent until it is acknowledged. What something on the way
// answers is no verdict: states and queries are sent again, a command's caller hears what came; behind a web page that
// calls itself a success nobody knows what happened.
constexpr Row kState = {kFail,  kRetry, kRetry, kRetry, kRetry, kRetry, kRetry, kWait,
                        kRetry, kRetry, kRetry, kRetry, kFail,  kRetry, kRetry};
constexpr Row kQueries = {kFail,  kRetry, kRetry, kRetry, kRetry, kRetry, kFail, kFail,
                          kRetry, kRetry, kRetry, kRetry, kFail,  kRetry, kRetry};
constexpr Row kHarmless = {kFail,  kRetry, kRetry, kRetry, kRetry, kRetry, kUnknown, kFail,
                           kRetry, kRetry, kRetry, kRetry, kFail,  kFail,  kUnknown};
constexpr Row kOnce = {kFail,  kRetry, kRetry, kRetry,   kUnknown, kUnknown, kUnknown, kFail,
                       kRetry, kRetry, kRetry, kUnknown, kFail,    kFail,    kUnknown};

constexpr std::array<Row, kRetryClasses> kTable = {kState, kState, kState, kQueries, kHarmless, kOnce};

}  // namespace

Remedy remedy(RetryClass row, api::Failure failure) {
  return kTable[static_cast<std::size_t>(row)][static_cast<std::size_t>(failure)];
}

RetryClass call_class(const api::Operation& operation) {
  if (operation.traffic_class == api::TrafficClass::kQuery) return RetryClass::kQuery;
  return operation.repeatable ? RetryClass::kRepeatableCommand : RetryClass::kCommand;
}

std::string_view retry_class_name(RetryClass row) {
  static constexpr std::array<std::string_view, kRetryClasses> kNames = {
      "position", "heartbeat", "panic, status", "query", "command, harmless twice", "other command"};
  return kNames[static_cast<std::size_t>(row)];
}

std::string_view remedy_name(Remedy remedy) {
  static constexpr std::array<std::string_view, 4> kNames = {"again", "to the caller", "outcome_unknown", "kept"};
  return kNames[static_cast<std::size_t>(remedy)];
}

}  // namespace sonoran::schedule
