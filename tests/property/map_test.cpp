// Compares the live map by need with first come, first served. tools/bench shows the same ratios over a longer time.
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

/// Lua reads in ticks, which do not match the pace of the calls and are irregular.
TEST(LiveMapByNeed, IsWrongByFarLessAlsoWhereTheGameReadsInTicks) {
  for (const auto& [tick_s, varies_s] : {std::pair{0.02, 0.01}, {0.05, 0.0}, {0.05, 0.01}, {0.06, 0.0}}) {
    const Drive run{.minutes = 2, .tick_s = tick_s, .tick_varies_s = varies_s};
    const Errors vendor = first_come(run, true);
    const Errors ours = by_need(run);
    EXPECT_LE(ours.mean_m, 0.70 * vendor.mean_m) << tick_s;
    EXPECT_LE(ours.rms_m, 0.62 * vendor.rms_m) << tick_s;
    EXPECT_LE(ours.p99_m, 0.52 * vendor.p99_m) << tick_s;
    EXPECT_LE(ours.age_s, tick_s < 0.06 ? 0.02 : 0.04) << tick_s;
    EXPECT_GE(ours.updates_a_second, 98) << tick_s;
    EXPECT_LE(ours.back_s, 0.5) << tick_s;
    EXPECT_LE(ours.unread_s, 2.1) << tick_s;
  }
}

TEST(LiveMapByNeed, APanickingUnitsMoveIsOnTheMapWithinThreeTenthsOfASecond) {
  for (const std::size_t units : {64U, 200U, 2048U}) {
    for (const double tick_s : {0.0, 0.05}) {
      const Drive run{.units = units, .minutes = 3, .tick_s = tick_s, .tick_varies_s = 0.2 * tick_s, .panics = 3};
      EXPECT_LE(by_need(run).panic_p99_s, 0.3) << units << ' ' << tick_s;
    }
  }
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
