// When the next call of unitLocation may leave on the CAD's hub. Pure.
//
// The CAD publishes one call every 250 ms and refuses a call that arrives less than 200 ms after another. Calls leave
// at least 250 ms apart; what a stall has missed is not caught up on. A refusal ("every 200ms") of a call that kept
// this pace has one of two reasons, and both have their answer. The way's delay varies: the interval grows by a step
// with each refusal and shrinks by a small part of it with each call that is taken, so that few calls are refused in
// the long run. Or others use the same key: from then on this server takes its share of the published pace only.
//
// Calls are sent without waiting for the answers before, but for so many only that the way is full. How long a round
// trip takes is measured with calls that left while nothing was unanswered: others may have queued at the CAD.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/limits.h"
#include "core/time.h"

namespace sonoran::schedule {

class HubPace {
 public:
  /// The CAD's published interval between two calls.
  static constexpr Duration kInterval = std::chrono::milliseconds(limits::kHubCall_ms);
  /// By how much the interval grows with a refusal, by twice as much where the last one was kSoon calls ago or less;
  /// and how much it shrinks with each call that is taken. At 10 ms and 1/300 of it one call in 300 is refused.
  static constexpr Duration kGrows = std::chrono::milliseconds(10);
  static constexpr int kSoon = 40;
  static constexpr Duration kShrinks = kGrows / 300;
  /// After so many calls without a refusal it shrinks kFast times as fast: the way has become better.
  static constexpr int kQuiet = 400;
  static constexpr int kFast = 10;
  /// The longest interval, whatever is refused.
  static constexpr Duration kLongest = std::chrono::seconds(1);
  /// How long the share counts after the last refusal.
  static constexpr Duration kShared = std::chrono::minutes(10);
  /// How old a measurement of the round trip may be; then the way is let run empty once.
  static constexpr Duration kMeasured = std::chrono::seconds(60);

  /// `share` (0 to 1]: this server's part of what the key may do.
  explicit HubPace(double share) : share_(share) {}

  /// A call under way. The caller keeps it until its answer.
  struct Call {
    Time sent_at{};
    bool alone = false;  // nothing was unanswered when it left
  };

  /// When the next call may leave, if nothing is sent before: the past at once, kNever when an answer has to come
  /// first.
  [[nodiscard]] Time due(Time now) const;

  /// A call leaves.
  Call sent(Time now);
  /// The CAD took it, or refused it for another reason than its pace.
  void answered(Time now, const Call& call);
  /// The CAD refused it because it came too soon after another one.
  void too_fast(Time now, const Call& call);
  /// No answer will come.
  void lost();
  /// A new connection: nothing is unanswered. What was learned of the way stays.
  void reset();

  /// Between two calls, as things are.
  [[nodiscard]] Duration interval(Time now) const;
  /// How many calls may be unanswered at one time.
  [[nodiscard]] std::size_t most_unanswered() const;
  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  /// The measurements of the round trip that count: the longest of the last ones.
  static constexpr std::size_t kMeasurements = 4;

  void measure(Time now, const Call& call);

  double share_;
  Time last_sent_ = Time::min();
  std::size_t unanswered_ = 0;
  Duration late_{0};   // what the interval has grown by
  int calm_ = kQuiet;  // calls taken since the last refusal
  std::uint64_t refused_ = 0;
  Time shared_until_ = Time::min();
  std::array<Duration, kMeasurements> round_trips_{};
  std::size_t measured_ = 0;
  Time measured_at_ = Time::min();
};

}  // namespace sonoran::schedule
