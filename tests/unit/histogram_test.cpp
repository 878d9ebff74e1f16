#include "core/histogram.h"

#include <gtest/gtest.h>

namespace sonoran {
namespace {

TEST(Histogram, CountsWhatTookAtMostEachBound) {
  Histogram histogram;
  for (std::size_t i = 0; i < Histogram::kBounds; ++i) {
    // A hair below the bound, and a hair above it.
    histogram.record(from_seconds(Histogram::bound_ms(i) * 0.999 / 1000));
    histogram.record(from_seconds(Histogram::bound_ms(i) * 1.001 / 1000));
  }
  const auto counts = histogram.at_most();
  for (std::size_t i = 0; i < Histogram::kBounds; ++i) EXPECT_EQ(counts[i], 2 * i + 1) << Histogram::bound_ms(i);
  EXPECT_EQ(histogram.count(), 2 * Histogram::kBounds) << "what is beyond the last bound counts as well";
}

TEST(Histogram, BoundsAreOctavesAndTheSumIsExact) {
  EXPECT_NEAR(Histogram::bound_ms(0), 1.28, 1e-9);
  for (std::size_t i = 1; i < Histogram::kBounds; ++i) {
    EXPECT_NEAR(Histogram::bound_ms(i), 2 * Histogram::bound_ms(i - 1), 1e-6);
  }
  Histogram histogram;
  for (const double s : {0.25, 0.5, 3.0}) histogram.record(from_seconds(s));
  EXPECT_NEAR(histogram.sum_ms(), 3750, 1e-6);
}

}  // namespace
}  // namespace sonoran
