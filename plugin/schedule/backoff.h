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
  Backoff(Duration first, Duration cap) : first_(first), cap_(cap) {}

  /// Counts a failure; the next try may leave after the returned wait, drawn from [0, min(cap, first * 2^n)].
  Duration fail(Random& random);

  void succeed() { failures_ = 0; }
  [[nodiscard]] int failures() const { return failures_; }

 private:
  Duration first_;
  Duration cap_;
  int failures_ = 0;
};

}  // namespace sonoran::schedule
