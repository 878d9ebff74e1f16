// The budget of one operation: never more than its limit in any 60 s, as the CAD counts them. Pure.
//
// The CAD counts a request when it arrives, which is after it was sent and before it was answered. A request therefore
// holds its place from sending until 60 s after its answer: however long either took on the way, two requests that are
// that far apart cannot be in one window of the CAD's. That costs a fraction of the rate (a round trip a minute), and
// needs no guess about jitter.
#pragma once

#include <cstdint>
#include <deque>

#include "core/time.h"

namespace sonoran::schedule {

class RateWindow {
 public:
  static constexpr Duration kWindow = std::chrono::seconds(60);
  /// Against clocks that tick apart and windows that the CAD rounds.
  static constexpr Duration kMargin = std::chrono::milliseconds(250);
  /// A 429 halves what is used of the limit; a minute without one gives a tenth of the limit back.
  static constexpr double kRecovery = 0.1;
  /// How long after its connection was broken off a request may still arrive.
  static constexpr Duration kStraggler = std::chrono::seconds(1);

  /// `rate_per_minute` is the published limit, `share` (0 to 1) our part of it; at least one request a minute is left.
  /// `paced` spreads requests evenly instead of letting them leave in bursts.
  RateWindow(int rate_per_minute, double share, bool paced);

  /// When the next request may leave: the past or `now` means at once. kNever: not before an answer came. `spared`: for
  /// a request that leaves so many places to others.
  [[nodiscard]] Time next(Time now, int spared = 0) const;

  /// For people: when a request may leave that has `ahead` others before it, if answers come at once.
  [[nodiscard]] Time expected(Time now, std::size_t ahead) const;

  void sent(Time now);
  void answered(Time now, Time sent_at);
  /// Nobody waits for its answer any more: its connection was broken off. It may still arrive.
  void broken_off(Time now, Time sent_at) { answered(now + kStraggler, sent_at); }
  /// It never left this machine: it does not count.
  void not_sent() { --in_flight_; }

  /// A 429: what the CAD counts is not what we count (others use the key too). Nothing leaves for `wait`.
  void limited(Time now, Duration wait);

  /// Goes on where `before` stopped: what it sent still counts, and so does what it learned. Requests that were under
  /// way then count as answered a moment after `now`.
  void inherit(Time now, const RateWindow& before);

  /// Until when a 429 keeps everything back; the past when none does.
  [[nodiscard]] Time closed_until() const { return closed_until_; }

  /// Requests allowed in 60 s, as learned.
  [[nodiscard]] int limit(Time now) const;
  /// Requests that may leave now.
  [[nodiscard]] int left(Time now) const;
  /// The most that left in any 60 s, of those that were answered.
  [[nodiscard]] int max_in_window() const { return max_in_window_; }

 private:
  [[nodiscard]] double factor(Time now) const;
  [[nodiscard]] int used(Time now) const;

  int allowed_;
  bool paced_;
  double factor_ = 1;  // 1: the whole limit
  Time limited_at_{};
  Time closed_until_ = Time::min();
  Time last_sent_ = Time::min();
  int in_flight_ = 0;
  std::deque<Time> answered_;  // oldest first; at most allowed_ are within the window
  std::deque<Time> sent_;      // when they left, sorted, for max_in_window
  int max_in_window_ = 0;
};

}  // namespace sonoran::schedule
