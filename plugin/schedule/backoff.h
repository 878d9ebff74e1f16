// How long to wait before a request is tried again: exponential, with full jitter, capped. Pure.
#pragma once

#include <cstdint>
#include <random>

#include "core/time.h"

namespace sonoran::schedule {

/// A source of chance that a test can seed.
using Random = std::mt19937_64;

class Backoff {
 public:
  /// Full: from 0 on. Late: once the cap is reached, from the last fifth of it, so that a budget of 60 s / cap and half
  /// as many again lasts.
  enum class Jitter : std::uint8_t { kFull, kLate };

  Backoff(Duration first, Duration cap, Jitter jitter = Jitter::kFull) : first_(first), cap_(cap), jitter_(jitter) {}

  /// Counts a failure; the next try may leave after the returned wait, drawn from [0, min(cap, first * 2^n)] (kLate: at
  /// the cap from [4/5 cap, cap]).
  Duration fail(Random& random);

  void succeed() { failures_ = 0; }
  [[nodiscard]] int failures() const { return failures_; }
  /// The same waits, after so many failures.
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
