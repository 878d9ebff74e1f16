// Whether there is a CAD to talk to. Pure.
//
// Closed: everything may leave. After `kFailures` failures in a row (which count, CadHealth says) it opens: only a
// probe may leave, one at a time, after a wait that grows; and panics, which are tried in every state. An answer closes
// it.
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

  /// While open: when the next probe may leave; kNever while one is under way.
  [[nodiscard]] Time next_probe() const { return probing_ ? kNever : probe_at_; }
  void probe_sent() { probing_ = true; }

  /// Returns true when it opened by this failure. `probe`: what failed is the probe. Another request's failure changes
  /// nothing while it is open, so that two probes never run at once.
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
