#include "state/positions.h"

#include <gtest/gtest.h>

#include "virtual_time.h"

namespace sonoran::state {
namespace {

using test::at;

struct PositionsTest : testing::Test {
  Positions positions{PositionRules{}};
  void push(double time_s, const char* unit, double x, double heading = 0, const char* location = "Main St") {
    PositionSample sample;
    sample.unit = unit;
    sample.x = x;
    sample.heading = heading;
    sample.location = location;
    ASSERT_TRUE(positions.push(at(time_s), sample));
  }
  bool is_due(double time_s) { return positions.due() <= at(time_s); }
  ~PositionsTest() override {
    const auto& c = positions.counters();
    EXPECT_EQ(c.accepted, c.delivered + c.coalesced + c.deduplicated + c.stale + c.removed + c.rejected + c.shutdown +
                              c.refused + positions.pending());
  }
};

TEST_F(PositionsTest, TheNewestWinsAndAllThatMovedShareOneRequest) {
  push(0, "a", 0);
  push(0, "a", 50);
  push(0, "b", 7);
  const auto updates = positions.take(at(1));
  ASSERT_EQ(updates.size(), 2U);
  for (const auto& update : updates) EXPECT_EQ(update.place->x, update.unit == "a" ? 50 : 7);
  EXPECT_EQ(positions.counters().coalesced, 1U);
}

TEST_F(PositionsTest, MovedMeansTwoMetresFifteenDegreesOrAnotherText) {
  push(0, "a", 0);
  positions.take(at(0));
  positions.delivered(at(0));
  push(1, "a", 1.9, 14);
  EXPECT_FALSE(is_due(1));
  push(2, "a", 2);
  EXPECT_TRUE(is_due(2));
  push(3, "a", 0);
  EXPECT_FALSE(is_due(3)) << "back where the CAD has it";
  push(4, "a", 0, 346);
  EXPECT_FALSE(is_due(4)) << "346 is 14 degrees from 0";
  push(5, "a", 0, 345);
  EXPECT_TRUE(is_due(5));
  push(6, "a", 0, 0, "Elm St");
  EXPECT_TRUE(is_due(6));
}

TEST_F(PositionsTest, AUnitThatStandsStillIsSentAgainEverySixtySeconds) {
  push(0, "a", 0);
  positions.take(at(0));
  positions.delivered(at(1));
  EXPECT_EQ(positions.due(), at(61));
  EXPECT_TRUE(positions.take(at(60)).empty());
  EXPECT_EQ(positions.take(at(61)).size(), 1U);
  positions.delivered(at(62));
  EXPECT_EQ(positions.counters().delivered, 1U) << "a resend is no new sample";
}

TEST_F(PositionsTest, AfterAFailureTheSampleIsKeptUnlessANewerOneCame) {
  push(0, "a", 0);
  push(0, "b", 0);
  positions.take(at(0));
  push(1, "b", 30);
  positions.failed(at(2));
  const auto updates = positions.take(at(2));
  ASSERT_EQ(updates.size(), 2U);
  for (const auto& update : updates) EXPECT_EQ(update.place->x, update.unit == "b" ? 30 : 0);
}

TEST_F(PositionsTest, ARemovedUnitIsForgottenAtOnceEvenWhileItsRequestIsUnderWay) {
  push(0, "a", 0);
  push(0, "b", 0);
  positions.remove("b");
  EXPECT_EQ(positions.take(at(0)).size(), 1U);
  positions.remove("a");
  positions.failed(at(1));
  EXPECT_EQ(positions.known(), 0U);
  EXPECT_EQ(positions.due(), kNever);
  EXPECT_EQ(positions.counters().removed, 2U);
}

TEST_F(PositionsTest, AUnitNotHeardOfIsNoLongerSent) {
  push(0, "a", 0);
  EXPECT_TRUE(positions.take(at(301)).empty());
  EXPECT_EQ(positions.counters().stale, 1U);
}

}  // namespace
}  // namespace sonoran::state
