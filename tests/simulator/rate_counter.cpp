#include "simulator/rate_counter.h"

#include <algorithm>

namespace sonoran::simulator {
namespace {

/// Two arrivals exactly 60 s apart are in different windows.
std::size_t count_up_to(const std::deque<Time>& arrivals, const std::deque<Time>::const_iterator& end, Time when) {
  const auto begin = std::upper_bound(arrivals.begin(), end, when - RateCounter::kWindow);
  return static_cast<std::size_t>(end - begin);
}

}  // namespace

std::size_t RateCounter::arrive(Time when) {
  const auto inserted = arrivals_.insert(std::upper_bound(arrivals_.begin(), arrivals_.end(), when), when);
  const std::size_t mine = count_up_to(arrivals_, inserted + 1, when);
  largest_ = std::max(largest_, mine);
  // A latecomer also lies in the windows of those that arrived after it.
  for (auto later = inserted + 1; later != arrivals_.end() && *later < when + kWindow; ++later)
    largest_ = std::max(largest_, count_up_to(arrivals_, later + 1, *later));
  // Latecomers of up to a minute are counted exactly, hence twice the window.
  while (arrivals_.front() + 2 * kWindow < arrivals_.back()) arrivals_.pop_front();
  return mine;
}

std::size_t RateCounter::window(Time now) const {
  return count_up_to(arrivals_, std::upper_bound(arrivals_.begin(), arrivals_.end(), now), now);
}

}  // namespace sonoran::simulator
