// The budget of one operation: never more than its limit in any 60 s, as the CAD counts them. Pure.
//
// The CAD counts a request when it arrives, which nobody here sees. A request holds a place from the moment it leaves.
//
// Proven, where an answer came: the request arrived before its answer, so a place that is held until 60 s after the
// answer cannot be given to a request that arrives in the same window of the CAD's. No delay on the way can change
// that, and no guess of it is needed. It costs a fraction of the rate (a round trip a minute).
//
// Assumed, where no answer came: the request arrives within limits::kUnansweredLife_s after its connection was broken
// off, or never. Its place is held for that life and the window after it. A CAD that counts it later still may see more
// than its limit.
//
// Two bounds hold at once. The published limit bounds every request that left, also those that the CAD refused with a
// 429: it may count them. The learned limit, which a 429 halves, bounds those that it did not refuse: else a storm of
// refusals would eat what the CAD gives when it is over.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/limits.h"
#include "core/time.h"

namespace sonoran::schedule {

class RateWindow {
 public:
  static constexpr Duration kWindow = std::chrono::seconds(60);
  /// Margin for clock drift and for the CAD's rounding.
  static constexpr Duration kMargin = std::chrono::milliseconds(250);
  /// A 429 halves what is used of the limit, at most once a window; a minute without one gives a tenth of the limit
  /// back.
  static constexpr double kRecovery = 0.1;
  /// How long after its connection was broken off a request without an answer may still arrive.
  static constexpr Duration kLife = std::chrono::seconds(limits::kUnansweredLife_s);

  /// `rate_per_minute` is the published limit, `share` (0 to 1) our part of it; at least one request a minute is left.
  /// `paced` spreads requests evenly instead of letting them leave in bursts.
  RateWindow(int rate_per_minute, double share, bool paced);

  /// When the next request may leave: the past or `now` means at once. kNever: not before an answer came. `spared`: for
  /// a request that leaves so many places to others.
  [[nodiscard]] Time next(Time now, int spared = 0) const;

  /// The same, for a request that may leave only while fewer than `most` that left at `since` or later are without an
  /// answer: those under way, and those that were broken off.
  [[nodiscard]] Time next_unanswered(Time now, Time since, int most) const;

  /// For people: when a request may leave that has `ahead` others before it, if answers come at once.
  [[nodiscard]] Time expected(Time now, std::size_t ahead) const;

  /// A request, or another copy of one, leaves.
  void sent(Time now);
  // What became of one that left at `sent_at`:
  void answered(Time now, Time sent_at);
  /// A 429 was the answer.
  void refused(Time now, Time sent_at);
  /// Nobody waits for its answer any more: its connection was broken off. It may still arrive.
  void broken_off(Time now, Time sent_at);
  /// It never left this machine: it does not count.
  void not_sent(Time sent_at);
  /// The same for a request that nobody even tried to send: it holds no paced one back either.
  void give_back(Time taken_at);

  /// Another part of the published limit; what was sent and learned stays.
  void set_share(int rate_per_minute, double share);

  /// A 429: what the CAD counts is not what we count (others use the key too). Nothing leaves for `wait`.
  void limited(Time now, Duration wait);

  /// Until when a 429 keeps everything back; the past when none does.
  [[nodiscard]] Time closed_until() const { return closed_until_; }

  /// Requests allowed in 60 s, as learned.
  [[nodiscard]] int limit(Time now) const;
  /// Requests that may leave now.
  [[nodiscard]] int left(Time now) const;
  /// The most that left in any 60 s, of those that have ended.
  [[nodiscard]] int max_in_window() const { return max_in_window_; }

 private:
  enum class How : std::uint8_t { kUnderWay, kBrokenOff, kAnswered, kRefused };
  struct Place {
    Time sent_at;
    Time until = kNever;  // held until then; kNever: under way
    How how = How::kUnderWay;
  };

  [[nodiscard]] double factor(Time now) const;
  /// How many of the held places `counts` says yes to.
  template <class Counts>
  [[nodiscard]] int held(Time now, const Counts& counts) const;
  /// When fewer than `most` of them are held; the past: now.
  template <class Counts>
  [[nodiscard]] Time frees(Time now, int most, const Counts& counts) const;
  void end(Time now, Time sent_at, How how, Duration held);
  void insert(Place place);

  int allowed_ = 1;
  bool paced_;
  double factor_ = 1;  // 1: the whole limit
  Time limited_at_{};  // the last 429
  Time halved_at_{};
  Time closed_until_ = Time::min();
  Time last_sent_ = Time::min();
  Time sent_before_ = Time::min();  // the one before the last
  std::vector<Place> places_;       // by `until`; at most a few more than allowed_ are held
  std::deque<Time> sent_;           // when they left, sorted, for max_in_window
  int max_in_window_ = 0;
};

}  // namespace sonoran::schedule
