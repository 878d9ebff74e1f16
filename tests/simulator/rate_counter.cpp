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

std::size_t RateCounter::minute(Time when) const {
  const Time begin = next_minute(when) - kWindow;
  return static_cast<std::size_t>(std::upper_bound(arrivals_.begin(), arrivals_.end(), when) -
                                  std::lower_bound(arrivals_.begin(), arrivals_.end(), begin));
}

Time RateCounter::opens(Time now, std::size_t limit) const {
  const std::size_t live = window(now);
  if (live < limit) return now;
  const auto begin = std::upper_bound(arrivals_.begin(), arrivals_.end(), now - kWindow);
  return *(begin + static_cast<std::ptrdiff_t>(live - limit)) + kWindow;
}

Time RateCounter::next_minute(Time now) {
  return Time(std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()) + kWindow);
}

std::size_t RateCounter::window(Time now) const {
  return count_up_to(arrivals_, std::upper_bound(arrivals_.begin(), arrivals_.end(), now), now);
}

}  // namespace sonoran::simulator
