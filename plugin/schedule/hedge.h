// Whether a request that hears nothing on a kept connection is sent a second time, on a new one. Pure.
//
// A firewall between here and the CAD may have forgotten the connection, without a word to either side; then only a new
// one helps. Where the CAD itself is slow, a second copy makes it slower, and spends the budget.
#pragma once

#include <cstdint>
#include <deque>

#include "core/time.h"

namespace sonoran::schedule {

/// What a request under way asks for, each of which the CAD may count as one more request.
enum class Copy : std::uint8_t {
  kHedge,    // a second copy beside the first, which has heard nothing for limits::kHedge_ms
  kReplace,  // another one in place of the first, whose kept connection turned out to be closed
};

/// How it went with a second copy.
enum class HedgeEnd : std::uint8_t {
  kNone,       // there was none
  kNeverLeft,  // its connection was not there in time: the CAD has not seen it
  kWon,        // what came is the answer to it
  kLost,       // the first copy was answered, or neither
};

/// How fast an operation was answered lately.
class AnswerTimes {
 public:
  void record(Time now, Duration took);
  /// Whether half of what is remembered or more took longer than `limit`; limits::kHedgeAnswers answers at most are,
  /// for limits::kHedgeMemory_s.
  [[nodiscard]] bool slower_than(Time now, Duration limit) const;

 private:
  struct Answer {
    Time at;
    Duration took;
  };
  std::deque<Answer> answers_;  // oldest first
};

/// Whether a budget of `limit` requests of which `left` may still leave has one for a second copy.
bool affords_hedge(int left, int limit);

}  // namespace sonoran::schedule
