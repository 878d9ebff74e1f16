#include "schedule/circuit.h"

#include <algorithm>

namespace sonoran::schedule {

bool Circuit::fail(Time now, Random& random) {
  ++failures_;
  const bool opened = !open_ && failures_ >= kFailures;
  if (opened || (open_ && probing_)) {
    open_ = true;
    // Jitter, but never at once: a dead CAD must cost next to nothing.
    probe_at_ = now + kFirstProbe / 4 + backoff_.fail(random);
  }
  probing_ = false;
  return opened;
}

bool Circuit::succeed() {
  const bool closed = open_;
  open_ = false;
  probing_ = false;
  failures_ = 0;
  backoff_.succeed();
  return closed;
}

}  // namespace sonoran::schedule
