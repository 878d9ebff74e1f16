// Exponential backoff with full jitter and a cap, for retries. Pure.
#pragma once

#include <cstdint>
#include <random>

#include "core/time.h"

namespace sonoran::schedule {

/// A random number generator that a test can seed.
using Random = std::mt19937_64;

class Backoff {
 public:
  /// Full: waits begin at 0. Late: once the cap is reached, waits are drawn from its last fifth, so that a budget of
  /// 1.5 times 60 s / cap requests a minute is enough.
  enum class Jitter : std::uint8_t { kFull, kLate };

  Backoff(Duration first, Duration cap, Jitter jitter = Jitter::kFull) : first_(first), cap_(cap), jitter_(jitter) {}

  /// Counts a failure and returns the wait before the next try, drawn from [0, min(cap, first * 2^n)] (kLate: at the
  /// cap from [4/5 cap, cap]).
  Duration fail(Random& random);

  void succeed() { failures_ = 0; }
  [[nodiscard]] int failures() const { return failures_; }
  /// The same backoff after so many failures.
  [[nodiscard]] Backoff after(int failures) const {
    Backoff other = *this;
    other.failures_ = failures;
    return other;
  }
  [[nodiscard]] Duration cap() const { return cap_; }

 private:
  Duration first_;
  Duration cap_;
  Jitter jitter_;
  int failures_ = 0;
};

}  // namespace sonoran::schedule
