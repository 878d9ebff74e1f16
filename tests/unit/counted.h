// That each sample of a position is counted exactly once.
#pragma once

#include <cstdint>

#include "state/positions.h"

namespace sonoran::test {

/// All samples whose end is known, and those that wait or are under way. It must be counters().accepted.
inline std::uint64_t counted(const state::Positions& positions) {
  const state::PositionCounters& c = positions.counters();
  return c.delivered + c.coalesced + c.deduplicated + c.stale + c.removed + c.rejected + c.left_out + c.shutdown +
         c.refused + positions.pending();
}

}  // namespace sonoran::test
