// The circuit breaker. Pure.
//
// Closed: everything may be sent. After `kFailures` failures in a row (CadHealth decides which count) it opens. Then
// only probes may be sent, one at a time, after a growing wait (half open); and panics, which are tried in every state.
// An answer closes it.
#pragma once

#include "core/time.h"
#include "schedule/backoff.h"

namespace sonoran::schedule {

class Circuit {
 public:
  static constexpr int kFailures = 3;
  static constexpr Duration kFirstProbe = std::chrono::seconds(2);
  static constexpr Duration kLastProbe = std::chrono::seconds(15);

  [[nodiscard]] bool open() const { return open_; }

  /// While open: when the next probe may be sent; kNever while one is in flight.
  [[nodiscard]] Time next_probe() const { return probing_ ? kNever : probe_at_; }
  void probe_sent() { probing_ = true; }

  /// Returns true when this failure opened it. `probe`: the failed request is the probe. While it is open, failures of
  /// other requests change nothing, so that two probes are never in flight at once.
  bool fail(Time now, Random& random, bool probe = true);

  /// An answer closes it.
  void succeed();

 private:
  bool open_ = false;
  bool probing_ = false;
  int failures_ = 0;
  Time probe_at_{};
  Backoff backoff_{kFirstProbe, kLastProbe};
};

}  // namespace sonoran::schedule
