#include "core/histogram.h"

#include <gtest/gtest.h>

#include <cmath>

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

TEST(Histogram, AQuantileIsTheUpperEdgeOfABucketAndNeverMoreThanTheLongest) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile_ms(0.5), 0);
  histogram.record(from_seconds(1));
  for (int i = 0; i < 2; ++i) histogram.record(from_seconds(0.01));
  EXPECT_EQ(histogram.max_ms(), 1000) << "also when what follows is shorter";
  EXPECT_GE(histogram.quantile_ms(0.5), 10);
  EXPECT_LE(histogram.quantile_ms(0.5), 10 * std::exp2(0.25));
  EXPECT_LE(histogram.quantile_ms(2.0 / 3), 10 * std::exp2(0.25)) << "two of three took no longer";
  EXPECT_EQ(histogram.quantile_ms(0.7), 1000) << "of three, 0.7 are not had with two";
  EXPECT_EQ(histogram.quantile_ms(1), 1000);
}

}  // namespace
}  // namespace sonoran
