#include "schedule/backoff.h"

#include <algorithm>

namespace sonoran::schedule {

Duration Backoff::fail(Random& random) {
  Duration most = first_;
  for (int i = 0; i < failures_ && most < cap_; ++i) most *= 2;
  most = std::min(most, cap_);
  ++failures_;
  const Duration least = jitter_ == Jitter::kLate && most == cap_ ? cap_ / 5 * 4 : Duration(0);
  return Duration(std::uniform_int_distribution<Duration::rep>(least.count(), most.count())(random));
}

}  // namespace sonoran::schedule
