// The newest player count, and when it is due. Pure.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace sonoran::state {

/// Counters of a class of traffic: accepted = delivered + coalesced + deduplicated + sum(dropped) + pending.
struct BeatCounters {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t coalesced = 0;
  std::uint64_t rejected = 0;
  std::uint64_t shutdown = 0;
};

/// Nothing is due before the first count. Then it is due at once, and every `interval` after a count was delivered,
/// with the newest count, given again or not.
class Heartbeat {
 public:
  explicit Heartbeat(Duration interval) : interval_(interval) {}

  void set(Time now, unsigned player_count);

  /// Counts player counts that the mailbox already replaced by newer ones.
  void count_coalesced(std::uint64_t counts);

  /// When the next one is due; kNever before the first count and while one is under way.
  [[nodiscard]] Time due() const { return in_flight_ ? kNever : due_; }

  /// The count to send; marks it as under way. Only when due() <= now.
  unsigned take();

  void delivered(Time now);

  /// Not delivered, worth another try: due again at once (the scheduler paces tries).
  void failed();

  /// Refused for good: the count is dropped, the next one is due after the interval.
  void rejected(Time now);

  void drop_all();

  [[nodiscard]] std::uint64_t pending() const { return (waiting_ ? 1U : 0U) + (in_flight_fresh_ ? 1U : 0U); }
  [[nodiscard]] const BeatCounters& counters() const { return counters_; }

 private:
  Duration interval_;
  Time due_ = kNever;
  unsigned count_ = 0;
  bool waiting_ = false;  // a count given by the host is not yet taken
  bool in_flight_ = false;
  bool in_flight_fresh_ = false;  // the one under way carries a count that was waiting
  BeatCounters counters_;
};

}  // namespace sonoran::state
