#include "schedule/hub_pace.h"

#include <gtest/gtest.h>

#include "hub_way.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using std::chrono::milliseconds;
using test::at;
using test::Played;
using test::Road;
using test::Way;

TEST(HubPace, CallsLeaveAQuarterOfASecondApart) {
  HubPace pace(1);
  EXPECT_LE(pace.due(at(0)), at(0));
  pace.answered(at(0.01), pace.sent(at(0)));
  EXPECT_EQ(pace.due(at(0.01)), at(0.25));
}

TEST(HubPace, WhatAStallMissedIsNotCaughtUpOn) {
  HubPace pace(1);
  pace.answered(at(0.01), pace.sent(at(0)));
  EXPECT_LE(pace.due(at(3.1)), at(3.1));
  pace.answered(at(3.11), pace.sent(at(3.1)));
  EXPECT_EQ(pace.due(at(3.11)), at(3.35));
}

TEST(HubPace, AsManyCallsAreUnansweredAsARoundTripHasRoomForAndOneMore) {
  for (const auto& [round_trip_ms, most] : {std::pair{0, 1U}, {1, 2U}, {60, 2U}, {250, 2U}, {251, 3U}, {700, 4U}}) {
    HubPace pace(1);
    pace.answered(at(0) + milliseconds(round_trip_ms), pace.sent(at(0)));
    EXPECT_EQ(pace.most_unanswered(), most) << round_trip_ms;
    Time now = at(10);
    for (std::size_t i = 0; i < most; ++i, now += milliseconds(250)) {
      EXPECT_LE(pace.due(now), now);
      pace.sent(now);
    }
    EXPECT_EQ(pace.due(now), kNever) << round_trip_ms;
  }
}

TEST(HubPace, NeverMoreThanTheBoundIsUnanswered) {
  HubPace pace(1);
  pace.answered(at(60), pace.sent(at(0)));
  EXPECT_EQ(pace.most_unanswered(), limits::kHubUnanswered);
}

TEST(HubPace, ACallThatIsLostMakesRoomForAnother) {
  HubPace pace(1);
  pace.sent(at(0));
  pace.sent(at(0.25));
  EXPECT_EQ(pace.due(at(1)), kNever);
  pace.lost();
  EXPECT_LE(pace.due(at(1)), at(1));
}

TEST(HubPace, ANewConnectionHasNothingUnansweredAndKeepsThePace) {
  HubPace pace(1);
  pace.sent(at(0));
  pace.sent(at(0.25));
  pace.reset();
  EXPECT_EQ(pace.due(at(0.3)), at(0.5));
}

TEST(HubPace, NearlyAllOfThePublishedPaceIsUsed) {
  for (const Way& way : {Way{.delay_s = 0}, Way{.delay_s = 0.03, .less_s = 0.01, .more_s = 0.01},
                         Way{.delay_s = 0.03, .more_s = 0.02}, Way{.delay_s = 0.4}}) {
    HubPace pace(1);
    Road road(pace);
    const Played played = road.play(0, 600, way);
    EXPECT_GE(played.sent * 25, 98 * 600) << way.delay_s;
    EXPECT_EQ(played.refused, 0);
  }
}

TEST(HubPace, WhereTheWayVariesFewCallsAreRefusedAndThePaceComesBack) {
  for (const Way& way : {Way{.delay_s = 0.03, .more_s = 0.06}, Way{.delay_s = 0.06, .less_s = 0.06, .more_s = 0.06}}) {
    HubPace pace(1);
    Road road(pace);
    road.play(0, 10, way);
    const Played played = road.play(10, 1810, way);
    EXPECT_LE(played.refused * 100, played.sent) << way.less_s;
    EXPECT_GE(played.sent, 1800 * 3);
    road.play(1810, 1810 + 240, {});
    EXPECT_EQ(pace.interval(at(2050)), HubPace::kInterval) << way.less_s;
  }
}

TEST(HubPace, ASlowCadIsNotGivenEverMoreCalls) {
  HubPace pace(1);
  Road road(pace);
  EXPECT_LE(road.play(0, 600, {.delay_s = 0.01, .serves_s = 0.4}).most_unanswered, 3U);
}

TEST(HubPace, TheShareCountsOnceACallWasRefusedAlthoughItKeptThePace) {
  HubPace pace(0.5);
  pace.answered(at(0.1), pace.sent(at(0)));
  EXPECT_EQ(pace.due(at(0.1)), at(0.25));
  pace.too_fast(at(0.3), pace.sent(at(0.25)));
  EXPECT_EQ(pace.due(at(0.3)), at(0.75));
  EXPECT_EQ(pace.refused(), 1U);
  // ... until ten minutes passed without another.
  EXPECT_LT(pace.interval(at(601)), milliseconds(300));
}

TEST(HubPace, TwoServersOnOneKeyFindTheirShares) {
  HubPace pace(0.5);
  Road road(pace);
  road.play(0, 10, {.others = true});
  EXPECT_GE(pace.interval(at(10)), milliseconds(500));
}

TEST(HubPace, TheIntervalHasABound) {
  HubPace pace(1);
  Time now = at(0);
  for (int i = 0; i < 1000; ++i, now += std::chrono::seconds(1)) pace.too_fast(now, pace.sent(now));
  EXPECT_EQ(pace.interval(now), HubPace::kLongest);
}

}  // namespace
}  // namespace sonoran::schedule
