// Counts durations in buckets that grow by a quarter octave: bounded memory, quantiles within 19 %.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "core/time.h"

namespace sonoran {

class Histogram {
 public:
  void record(Duration duration) {
    const double ms = seconds(duration) * 1000.0;
    max_ms_ = std::max(max_ms_, ms);
    sum_ms_ += ms;
    ++count_;
    ++buckets_[bucket_of(ms)];
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double max_ms() const { return max_ms_; }
  [[nodiscard]] double sum_ms() const { return sum_ms_; }

  /// Bounds that are published: octaves from 1.28 ms to 83.9 s, which are edges of buckets, so that nothing is guessed.
  static constexpr std::size_t kBounds = 17;
  static double bound_ms(std::size_t bound) { return upper_ms(kFirstBound + 4 * bound); }
  /// How many durations were at most bound_ms(i), for each i.
  [[nodiscard]] std::array<std::uint64_t, kBounds> at_most() const {
    std::array<std::uint64_t, kBounds> counts{};
    std::uint64_t seen = 0;
    std::size_t bucket = 0;
    for (std::size_t i = 0; i < kBounds; ++i) {
      for (; bucket <= kFirstBound + 4 * i; ++bucket) seen += buckets_[bucket];
      counts[i] = seen;
    }
    return counts;
  }

  /// The upper edge of the bucket that holds quantile `q` (0 to 1), in milliseconds; 0 when nothing was recorded.
  [[nodiscard]] double quantile_ms(double q) const {
    if (count_ == 0) return 0;
    const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen >= std::max<std::uint64_t>(rank, 1)) return std::min(upper_ms(i), max_ms_);
    }
    return max_ms_;
  }

 private:
  static constexpr std::size_t kBuckets = 104;  // 0.01 ms to about 10 minutes
  static constexpr double kLowest = 0.01;
  static constexpr std::size_t kFirstBound = 28;  // the bucket that ends at 1.28 ms
  static double upper_ms(std::size_t bucket) { return kLowest * std::exp2(static_cast<double>(bucket) / 4.0); }
  static std::size_t bucket_of(double ms) {
    if (ms <= kLowest) return 0;
    const auto bucket = static_cast<std::size_t>(std::ceil(std::log2(ms / kLowest) * 4.0));
    return std::min(bucket, kBuckets - 1);
  }

  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  double max_ms_ = 0;
  double sum_ms_ = 0;
};

}  // namespace sonoran
