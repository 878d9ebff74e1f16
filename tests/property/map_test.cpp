// The live map by need against first come, first served: the ratios that tools/bench shows over a longer time.
#include <gtest/gtest.h>

#include "property/map_traffic.h"

namespace sonoran::map_traffic {
namespace {

TEST(LiveMapByNeed, IsWrongByFarLessThanTheVendorsWay) {
  const Drive run{.minutes = 2};
  const Errors vendor = first_come(run, true);
  const Errors ours = by_need(run);
  EXPECT_LE(ours.mean_m, 0.70 * vendor.mean_m);
  EXPECT_LE(ours.rms_m, 0.62 * vendor.rms_m);
  EXPECT_LE(ours.p99_m, 0.52 * vendor.p99_m);
  EXPECT_LE(ours.mean_m, 1.15 * least_mean_m(run));
  EXPECT_GE(ours.updates_a_second, 98);
  EXPECT_LE(ours.back_s, 0.5);
  EXPECT_LE(ours.unread_s, 2.1);
}

TEST(LiveMapByNeed, IsNeverMoreWrongThanFirstComeAtTheSamePace) {
  for (const std::size_t units : {64U, 200U, 600U, 1000U, 2048U}) {
    const Drive run{.units = units, .minutes = 2};
    const Errors line = first_come(run, false);
    const Errors ours = by_need(run);
    EXPECT_LE(ours.mean_m, line.mean_m) << run.units;
    EXPECT_LE(ours.rms_m, line.rms_m) << run.units;
    EXPECT_LE(ours.p95_m, line.p95_m) << run.units;
    EXPECT_LE(ours.p99_m, line.p99_m) << run.units;
  }
}

}  // namespace
}  // namespace sonoran::map_traffic
