// Hedged requests: a request without an answer on a kept connection is sent a second time, on a new one. Pure.
//
// A firewall on the road may have silently dropped the connection's state; then only a new connection helps. If the CAD
// itself is slow, a second copy makes it slower and costs budget.
#pragma once

#include <cstdint>
#include <deque>

#include "core/time.h"

namespace sonoran::schedule {

/// A further copy that a request in flight asks for. The CAD may count each as one more request.
enum class Copy : std::uint8_t {
  kHedge,    // a second copy beside the first, which had no answer for limits::kHedge_ms
  kReplace,  // a copy in place of the first, whose kept connection turned out to be closed
};

/// The result of a second copy.
enum class HedgeEnd : std::uint8_t {
  kNone,       // there was none
  kNeverLeft,  // its connection was not ready in time: the CAD has not received it
  kWon,        // the answer is to this copy
  kLost,       // the first copy was answered, or none was
};

/// Recent answer times of an operation.
class AnswerTimes {
 public:
  void record(Time now, Duration took);
  /// Whether at least half of the remembered answers took longer than `limit`. At most limits::kHedgeAnswers answers
  /// are remembered, for limits::kHedgeMemory_s.
  [[nodiscard]] bool slower_than(Time now, Duration limit) const;

 private:
  struct Answer {
    Time at;
    Duration took;
  };
  std::deque<Answer> answers_;  // oldest first
};

/// Whether a budget of `limit` requests, of which `left` are left, has one for a second copy.
bool affords_hedge(int left, int limit);

}  // namespace sonoran::schedule
