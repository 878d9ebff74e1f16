// How many places the host was asked for, and how many of them came in time. Pure; the loop thread's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/limits.h"
#include "core/time.h"

namespace sonoran::runtime {

class ReadingCounts {
 public:
  /// A place that comes later than this can no longer leave with the call of the hub for which it was named.
  static constexpr Duration kLate = std::chrono::milliseconds(limits::kHubCall_ms);

  /// A list of so many places was named.
  void named(Time now, std::size_t places) {
    if (places == 0) return;
    if (open_ == 0) since_ = now;
    open_ += places;
    newest_ = places;
    newest_at_ = now;
    asked_ += places;
  }
  /// The host has answered what it had taken. `waits`: that is not the newest list.
  void answered(Time now, bool waits) {
    const std::size_t left = waits ? std::min(newest_, open_) : 0;
    const std::size_t settled = open_ - left;
    answered_ += settled;
    if (now - since_ > kLate) late_ += settled;
    open_ = left;
    since_ = newest_at_;
  }

  [[nodiscard]] std::uint64_t asked() const { return asked_; }
  /// Of these, places of lists that the host answered, whether it could read each of them or not.
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  /// Of these, in lists that were answered later than kLate.
  [[nodiscard]] std::uint64_t late() const { return late_; }

 private:
  std::uint64_t asked_ = 0, answered_ = 0, late_ = 0;
  std::size_t open_ = 0;    // places of lists that were not answered
  std::size_t newest_ = 0;  // of these, the places of the newest list
  Time since_{};            // when the oldest of these lists was named
  Time newest_at_{};
};

}  // namespace sonoran::runtime
