#include "runtime/readings.h"

#include <algorithm>

namespace sonoran::runtime {

void Readings::put(std::span<const std::int32_t> slots) {
  const std::lock_guard lock(mutex_);
  slots_.assign(slots.begin(), slots.end());
  next_ = 0;
  waiting_.store(slots_.size(), std::memory_order_release);
}

std::size_t Readings::take(std::span<std::int32_t> into) {
  if (taken() || into.empty()) return 0;
  const std::lock_guard lock(mutex_);
  const std::size_t count = std::min(into.size(), slots_.size() - next_);
  std::copy_n(slots_.begin() + static_cast<std::ptrdiff_t>(next_), count, into.begin());
  next_ += count;
  waiting_.store(slots_.size() - next_, std::memory_order_release);
  return count;
}

}  // namespace sonoran::runtime
