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

/// Nothing is due before the first count. Then a heartbeat is due at once, and again `interval` after each delivery,
/// with the newest count, whether it is new or not.
class Heartbeat {
 public:
  explicit Heartbeat(Duration interval) : interval_(interval) {}

  void set(Time now, unsigned player_count);

  /// Counts player counts that the mailbox already replaced by newer ones.
  void count_coalesced(std::uint64_t counts);

  /// When the next one is due; kNever before the first count and while one is in flight.
  [[nodiscard]] Time due() const { return in_flight_ ? kNever : due_; }

  /// The count to send; it is in flight then. Only when due() <= now.
  unsigned take();

  void delivered(Time now);

  /// Not delivered; due again at once (the scheduler paces retries).
  void failed();

  /// Refused for good: the count is dropped, the next one is due after the interval.
  void rejected(Time now);

  void drop_all();

  [[nodiscard]] std::uint64_t pending() const { return (waiting_ ? 1U : 0U) + (in_flight_fresh_ ? 1U : 0U); }
  /// For how long the oldest count of the host has waited or been in flight; 0 when there is none.
  [[nodiscard]] Duration longest_wait(Time now) const {
    if (in_flight_fresh_) return now - in_flight_since_;
    return waiting_ ? now - waiting_since_ : Duration{};
  }
  [[nodiscard]] const BeatCounters& counters() const { return counters_; }

 private:
  Duration interval_;
  Time due_ = kNever;
  unsigned count_ = 0;
  bool waiting_ = false;  // a count of the host has not been taken yet
  bool in_flight_ = false;
  bool in_flight_fresh_ = false;  // the one in flight has a count that was waiting
  Time waiting_since_{};          // while waiting_: since the host told a count that was not taken
  Time in_flight_since_{};        // the same of the one in flight
  BeatCounters counters_;
};

}  // namespace sonoran::state
