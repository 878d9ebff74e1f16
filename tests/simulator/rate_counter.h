// Counts the requests of one operation that arrived in any minute.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace sonoran::simulator {

using Time = std::chrono::steady_clock::time_point;

class RateCounter {
 public:
  static constexpr std::chrono::seconds kWindow{60};

  /// Counts an arrival, and returns how many there were in the 60 s up to it, itself included. Arrivals may be told
  /// out of order: a request is judged when it is complete, but it arrived with its first byte.
  std::size_t arrive(Time when);

  /// Arrivals up to `when` in its minute of the clock.
  [[nodiscard]] std::size_t minute(Time when) const;
  /// When the next request is within `limit` if no other comes: of any 60 s, or of a minute of the clock.
  [[nodiscard]] Time opens(Time now, std::size_t limit) const;
  [[nodiscard]] static Time next_minute(Time now);

  /// Arrivals in the 60 s up to `now`.
  [[nodiscard]] std::size_t window(Time now) const;
  /// The most arrivals in any 60 s so far.
  [[nodiscard]] std::size_t largest_window() const { return largest_; }

 private:
  std::deque<Time> arrivals_;  // ascending
  std::size_t largest_ = 0;
};

}  // namespace sonoran::simulator
