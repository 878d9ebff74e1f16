// When the next call of unitLocation may leave on the CAD's hub. Pure.
//
// The CAD allows one call every 250 ms and refuses a call that arrives less than 200 ms after another. Calls leave at
// least 250 ms apart; calls that a stall has missed are not made up for. A refusal ("every 200ms") of a call that kept
// this pace has one of two reasons. Either the delay on the road varies: so the interval grows by a step with each
// refusal, and shrinks by a small part of the step with each call that is taken, and in the long run few calls are
// refused. Or others use the same key: so for kShared this server takes only its share of the published pace.
//
// A call does not wait for the answers of earlier calls, unless as many are unanswered as the road has room for. The
// round trip is measured only with calls that left while no other was unanswered, because others may have queued at the
// CAD.
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
  /// With each refusal the interval grows by kGrows, or by twice as much when the last refusal was at most kSoon calls
  /// ago. With each call that is taken it shrinks by kShrinks. So in the long run one call in 300 is refused.
  static constexpr Duration kGrows = std::chrono::milliseconds(10);
  static constexpr int kSoon = 40;
  static constexpr Duration kShrinks = kGrows / 300;
  /// After kQuiet calls without a refusal the interval shrinks kFast times as fast: the road has become better.
  static constexpr int kQuiet = 400;
  static constexpr int kFast = 10;
  /// The interval never grows beyond this.
  static constexpr Duration kLongest = std::chrono::seconds(1);
  /// For how long after the last refusal this server keeps to its share.
  static constexpr Duration kShared = std::chrono::minutes(10);
  /// How old a measurement of the round trip may be. Then the next call waits until none is unanswered.
  static constexpr Duration kMeasured = std::chrono::seconds(60);

  /// `share` (0 to 1]: this server's part of the key's budgets (sonoran_bridge_rate_share).
  explicit HubPace(double share) : share_(share) {}

  /// A call under way. The caller keeps it until its answer.
  struct Call {
    Time sent_at{};
    bool alone = false;  // nothing was unanswered when it left
  };

  /// When the next call may leave, if nothing is sent before: in the past when it may at once, kNever when an answer
  /// has to come first.
  [[nodiscard]] Time due(Time now) const;

  /// A call leaves.
  Call sent(Time now);
  /// The CAD took the call, or refused it for another reason than its pace.
  void answered(Time now, const Call& call);
  /// The CAD refused the call because it came too soon after another one.
  void too_fast(Time now, const Call& call);
  /// No answer to a call will come.
  void lost();
  /// A new connection: nothing is unanswered. The measurements and the interval stay.
  void reset();

  /// The least time between two calls now.
  [[nodiscard]] Duration interval(Time now) const;
  /// How many calls may be unanswered at one time.
  [[nodiscard]] std::size_t most_unanswered() const;
  [[nodiscard]] std::size_t unanswered() const { return unanswered_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  /// The longest of the last so many measurements counts as the round trip.
  static constexpr std::size_t kMeasurements = 4;

  void measure(Time now, const Call& call);

  double share_;
  Time last_sent_ = Time::min();
  std::size_t unanswered_ = 0;
  Duration late_{0};   // by how much the interval has grown
  int calm_ = kQuiet;  // calls taken since the last refusal
  std::uint64_t refused_ = 0;
  Time shared_until_ = Time::min();
  std::array<Duration, kMeasurements> round_trips_{};
  std::size_t measured_ = 0;
  Time measured_at_ = Time::min();
};

}  // namespace sonoran::schedule
