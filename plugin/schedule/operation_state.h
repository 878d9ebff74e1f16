// What the scheduler keeps of each operation: its budget, its counters, and how long its answers take.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "api/operation.h"
#include "core/error.h"
#include "core/histogram.h"
#include "core/time.h"
#include "schedule/budget.h"
#include "schedule/hedge.h"

namespace sonoran::schedule {

/// The message about the last failed request of an operation.
struct LastFailure {
  Error error;
  Time at{};
};

/// The outcomes of an operation's requests.
struct OperationCounters {
  std::uint64_t sent = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t retried = 0;  // of those sent: retries after a failure
  // Of those sent, further copies, which the CAD counts as well:
  std::uint64_t hedged = 0;      // a second one beside the first
  std::uint64_t hedges_won = 0;  // of these, answered before the first
  std::uint64_t replaced = 0;    // one in place of the first, whose kept connection was closed
  std::uint64_t rate_limited = 0;
  std::array<std::uint64_t, kErrorKinds> failed{};
  std::uint64_t in_flight = 0;
  Histogram latency;
  std::optional<LastFailure> last_failure;
};

/// An operation's budget and counters, whoever uses it.
struct OperationState {
  const api::Operation* operation = nullptr;
  Budget window;
  /// The part of the budget for calls, where the module sends the operation by itself. The rest is for presses,
  /// positions and heartbeats, however many calls wait.
  std::optional<Budget> calls_window;
  OperationCounters counters;
  AnswerTimes answer_times;
  bool last_was_own = false;  // a source sent the last request, not a call
};

}  // namespace sonoran::schedule
