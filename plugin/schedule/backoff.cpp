#include "schedule/backoff.h"

#include <algorithm>

namespace sonoran::schedule {

Duration Backoff::fail(Random& random) {
  Duration most = first_;
  for (int i = 0; i < failures_ && most < cap_; ++i) most *= 2;
  most = std::min(most, cap_);
  ++failures_;
  return Duration(std::uniform_int_distribution<Duration::rep>(0, most.count())(random));
}

}  // namespace sonoran::schedule
