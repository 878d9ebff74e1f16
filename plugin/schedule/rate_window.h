// The budget of one operation, a sliding window: never more than its limit in any 60 s, as the CAD counts. Pure.
//
// The CAD counts a request when it arrives, which the bridge cannot see. A request holds a place from when it is sent.
//
// Proven for requests with an answer: a request arrived before its answer, so a place that is held until 60 s after the
// answer is not given to a request that arrives in the same window of the CAD. This holds for any delay on the road,
// and no delay has to be estimated. It costs a fraction of the rate (a round trip a minute).
//
// Assumed for requests without an answer: the request arrives within limits::kUnansweredLife_s after its connection was
// broken off, or never. Its place is held for that time and the window after it. If the CAD counts it even later, it
// may see more requests than its limit.
//
// Two bounds hold at once. The published limit bounds all requests that were sent, including those that the CAD refused
// with 429, because it may count them. The learned limit, which a 429 halves, bounds only those that were not refused;
// otherwise a series of refusals would use up the budget for the time after it.
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
  /// A 429 halves the used part of the limit, at most once per window. A minute without a 429 raises it by a tenth of
  /// the limit.
  static constexpr double kRecovery = 0.1;
  /// How long after its connection was broken off a request without an answer may still arrive.
  static constexpr Duration kLife = std::chrono::seconds(limits::kUnansweredLife_s);

  /// `rate_per_minute` is the published limit, `share` (0 to 1) our part of it; at least one request a minute.
  /// `paced` spreads requests evenly instead of allowing bursts.
  RateWindow(int rate_per_minute, double share, bool paced);

  /// When the next request may be sent: the past or `now`: at once; kNever: not until an answer comes. `spared`: the
  /// number of places that this request leaves to others.
  [[nodiscard]] Time next(Time now, int spared = 0) const;

  /// The same, for a request that may be sent only while fewer than `most` requests that were sent at `since` or later
  /// have no answer: those in flight, and those that were broken off.
  [[nodiscard]] Time next_unanswered(Time now, Time since, int most) const;

  /// An estimate: when a request with `ahead` others before it may be sent, if answers come at once.
  [[nodiscard]] Time expected(Time now, std::size_t ahead) const;

  /// A request, or another copy of one, is sent.
  void sent(Time now);
  // The outcome of a request that was sent at `sent_at`:
  void answered(Time now, Time sent_at);
  /// A 429 was the answer.
  void refused(Time now, Time sent_at);
  /// Its connection was broken off without an answer. It may still arrive.
  void broken_off(Time now, Time sent_at);
  /// It never left this machine: it does not count.
  void not_sent(Time sent_at);
  /// The same for a request that was not even tried: it does not delay a paced request either.
  void give_back(Time taken_at);

  /// Sets another share of the published limit. What was sent and learned is kept.
  void set_share(int rate_per_minute, double share);

  /// A 429: the CAD counts more requests than we do (others use the key too). Nothing may be sent for `wait`.
  void limited(Time now, Duration wait);

  /// Until when a 429 delays everything; the past when none does.
  [[nodiscard]] Time closed_until() const { return closed_until_; }

  /// The learned limit: requests allowed in 60 s.
  [[nodiscard]] int limit(Time now) const;
  /// The number of requests that may be sent now.
  [[nodiscard]] int left(Time now) const;
  /// The highest number of ended requests that were sent in any 60 s.
  [[nodiscard]] int max_in_window() const { return max_in_window_; }

 private:
  enum class How : std::uint8_t { kUnderWay, kBrokenOff, kAnswered, kRefused };
  struct Place {
    Time sent_at;
    Time until = kNever;  // held until then; kNever: in flight
    How how = How::kUnderWay;
  };

  [[nodiscard]] double factor(Time now) const;
  /// The number of held places for which `counts` is true.
  template <class Counts>
  [[nodiscard]] int held(Time now, const Counts& counts) const;
  /// When fewer than `most` of these places are held; the past: now.
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
  std::deque<Time> sent_;           // when they were sent, sorted, for max_in_window
  int max_in_window_ = 0;
};

}  // namespace sonoran::schedule
