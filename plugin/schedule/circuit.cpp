#include "schedule/circuit.h"

#include <algorithm>

namespace sonoran::schedule {

bool Circuit::fail(Time now, Random& random, bool probe) {
  ++failures_;
  const bool opened = !open_ && failures_ >= kFailures;
  const bool probed = open_ && probing_ && probe;
  if (opened || probed) {
    open_ = true;
    // Jitter, but never at once: a dead CAD must cost next to nothing.
    probe_at_ = now + kFirstProbe / 4 + backoff_.fail(random);
  }
  if (probe) probing_ = false;
  return opened;
}

void Circuit::succeed() {
  open_ = false;
  probing_ = false;
  failures_ = 0;
  backoff_.succeed();
}

}  // namespace sonoran::schedule
