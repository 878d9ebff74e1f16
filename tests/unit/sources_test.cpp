// The sources (schedule/sources.h), without the scheduler.
#include "schedule/sources.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "outcomes.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using namespace test;
using namespace std::chrono_literals;
using state::DesiredKind;

struct SourceTest : testing::Test {
  News news;
  Random random{1};

  Cargo filled(Source& source, double time_s) {
    EXPECT_LE(source.due(), at(time_s));
    auto cargo = source.fill(at(time_s));
    EXPECT_TRUE(cargo);
    return cargo ? std::move(*cargo) : Cargo{};
  }
};

TEST_F(SourceTest, APanicLeavesAtOnceAndItsCallerIsTold) {
  DesiredSource panics(DesiredKind::kPanic, 10s, 0ms);
  EXPECT_EQ(panics.due(), kNever);
  panics.want(at(0), "a", 1, 7, news);
  EXPECT_FALSE(panics.settled());
  const Cargo cargo = filled(panics, 0);
  EXPECT_EQ(cargo.body, R"({"communityUserIds":["a"],"isPanic":true})");
  EXPECT_EQ(panics.due(), kNever);
  EXPECT_TRUE(news.answers.empty());
  panics.delivered(at(1), cargo, delivered(), news);
  ASSERT_EQ(news.answers.size(), 1U);
  EXPECT_EQ(news.answers[0].ticket, 7U);
  EXPECT_EQ(news.answers[0].status, 200);
  EXPECT_TRUE(panics.settled());
}

TEST_F(SourceTest, WhatFailedIsDueAgainAndNobodyIsTold) {
  DesiredSource panics(DesiredKind::kPanic, 10s, 0ms);
  panics.want(at(0), "a", 1, 7, news);
  panics.requeue(at(1), filled(panics, 0), unreachable(), news);
  EXPECT_EQ(filled(panics, 1).body, R"({"communityUserIds":["a"],"isPanic":true})");
  EXPECT_TRUE(news.answers.empty());
}

TEST_F(SourceTest, ARefusedGroupIsHalvedAndAUnitAloneIsTold) {
  DesiredSource panics(DesiredKind::kPanic, 10s, 0ms);
  panics.want(at(0), "a", 1, 1, news);
  panics.want(at(0), "b", 1, 2, news);
  panics.rejected(at(0), filled(panics, 0), not_found(), news);
  EXPECT_TRUE(news.answers.empty());
  const Cargo alone = filled(panics, 0);
  EXPECT_EQ(alone.group.units.size(), 1U);
  panics.rejected(at(0), alone, not_found(), news);
  ASSERT_EQ(news.answers.size(), 1U);
  EXPECT_EQ(news.answers[0].error.kind, ErrorKind::kNotFound);
  EXPECT_EQ(news.log.back().text, "The CAD refused a panic of unit 'a' (404): A sentence. [trace trace]");
}

TEST_F(SourceTest, TheRoadsRefusalsSetAGroupApartOnlyWhileTheCadAnswersOthers) {
  for (const bool cad_answers : {false, true}) {
    DesiredSource panics(DesiredKind::kPanic, 10s, 0ms);
    panics.want(at(0), "a", 1, 1, news);
    panics.want(at(0), "b", 1, 2, news);
    bool apart = false;
    for (int i = 0; i < 3; ++i) {
      const Time word = cad_answers ? at(i) : Time::min();
      apart = panics.refused_by_road(at(i), filled(panics, i), road(), word, random, news);
    }
    EXPECT_EQ(apart, cad_answers);
    EXPECT_EQ(panics.suspects_only(), cad_answers);
  }
}

TEST_F(SourceTest, StatusesGatherButNotInAStop) {
  DesiredSource statuses(DesiredKind::kStatus, 10s, 50ms);
  statuses.want(at(0), "a", 2, 0, news);
  EXPECT_EQ(statuses.due(), at(0.05));
  statuses.want(at(0.01), "b", 2, 0, news);
  EXPECT_EQ(statuses.due(), at(0.05)) << "from the first one on";
  statuses.begin_stop();
  EXPECT_LE(statuses.due(), at(0));
  EXPECT_EQ(filled(statuses, 0.02).body, R"({"communityUserIds":["a","b"],"status":2})");
  api::Outcome stopped;
  stopped.error.kind = ErrorKind::kShuttingDown;
  statuses.want(at(1), "c", 1, 9, news);
  statuses.end_stop(stopped, news);
  ASSERT_FALSE(news.answers.empty());
  EXPECT_EQ(news.answers.back().ticket, 9U);
  EXPECT_EQ(news.answers.back().error.kind, ErrorKind::kShuttingDown);
}

TEST_F(SourceTest, AHeartbeatGoesAgainAfterAFailureAndAfterItsIntervalElse) {
  HeartbeatSource heartbeat(60s);
  EXPECT_EQ(heartbeat.due(), kNever);
  heartbeat.set_player_count(at(0), 9);
  const Cargo first = filled(heartbeat, 0);
  EXPECT_EQ(first.body, R"({"playerCount":9})");
  EXPECT_EQ(heartbeat.subject(not_found()), Subject::kServer);
  heartbeat.requeue(at(1), first, silence(), news);
  heartbeat.delivered(at(2), filled(heartbeat, 1), delivered(), news);
  EXPECT_EQ(heartbeat.due(), at(62));
  heartbeat.rejected(at(63), filled(heartbeat, 62), refused(), news);
  EXPECT_EQ(news.log.back().text, "The CAD refused the heartbeat (400): A sentence. [trace trace]");
  heartbeat.begin_stop();
  EXPECT_EQ(heartbeat.due(), kNever);
  EXPECT_TRUE(heartbeat.settled());
}

struct PositionSourceTest : SourceTest {
  PositionSource positions{Settings{}};
  void push(double time_s, const char* unit, double x) {
    state::PositionSample sample;
    sample.unit = unit;
    sample.x = x;
    positions.push(at(time_s), sample, true);
  }
};

TEST_F(PositionSourceTest, UnitsThatMovedShareARequest) {
  push(0, "a", 1);
  push(0, "b", 2);
  EXPECT_EQ(positions.pending(), 2U);
  const Cargo cargo = filled(positions, 0);
  EXPECT_NE(cargo.body.find("\"a\""), std::string::npos);
  EXPECT_NE(cargo.body.find("\"b\""), std::string::npos);
  positions.delivered(at(1), cargo, delivered(), news);
  EXPECT_TRUE(positions.settled());
  push(2, "a", 50);
  positions.begin_stop();
  EXPECT_EQ(positions.due(), kNever);
  EXPECT_TRUE(positions.settled());
}

TEST_F(PositionSourceTest, WhatHadGoneStaleGivesNoRequest) {
  push(0, "a", 1);
  EXPECT_FALSE(positions.fill(at(301)));
}

TEST_F(PositionSourceTest, A404IsAboutTheServerUnlessItNamesAUnit) {
  push(0, "license:a", 1);
  push(0, "license:b", 1);
  filled(positions, 0);
  EXPECT_EQ(positions.subject(not_found()), Subject::kMaybeServer);
  auto named = not_found();
  named.body = R"({"title":"Not Found","status":404,"detail":"The unit 'license:b' is not known."})";
  EXPECT_EQ(positions.subject(named), Subject::kUnits);
}

TEST_F(PositionSourceTest, TheUnitThatARefusalNamesIsSearchedForAndLeftOut) {
  push(0, "license:a", 1);
  push(0, "license:b", 1);
  auto named = refused();
  named.body = R"({"detail":"license:b"})";
  positions.rejected(at(0), filled(positions, 0), named, news);
  bool left_out = false;
  for (int i = 1; i < 4 && !left_out; ++i) {
    const Cargo cargo = filled(positions, i);
    const bool bad = cargo.body.find("license:b") != std::string::npos;
    bad ? positions.rejected(at(i), cargo, refused(), news) : positions.delivered(at(i), cargo, delivered(), news);
    left_out = bad;
  }
  EXPECT_EQ(positions.positions().left_out(), 1U);
  EXPECT_NE(news.log.back().text.find("'license:b'"), std::string::npos);
}

struct RosterSourceTest : SourceTest {
  RosterSourceTest() { roster.follow(); }
  RosterSource roster;
};

TEST_F(RosterSourceTest, AsksForAPageAndTellsWhoIsOnDuty) {
  EXPECT_EQ(RosterSource().due(), kNever) << "where nobody wants to know";
  const Cargo cargo = filled(roster, 0);
  EXPECT_EQ(cargo.query, "?includeOffline=false&onlyUnits=true&limit=500&offset=0");
  EXPECT_EQ(cargo.body, "");
  auto page = delivered();
  page.body = R"([{"communityUserId":"a"}])";
  roster.delivered(at(1), cargo, page, news);
  const auto change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->added, std::vector<std::string>{"a"});
  EXPECT_EQ(roster.due(), at(20));
}

TEST_F(RosterSourceTest, APageThatFailsIsAskedForAgainForAMinuteThenTheReadingHasFailed) {
  double now = 0;
  for (; now < 60; now += 10) {
    roster.requeue(at(now), filled(roster, now), silence(), news);
    EXPECT_TRUE(news.log.empty()) << now;
  }
  roster.requeue(at(now), filled(roster, now), silence(), news);
  ASSERT_EQ(news.log.size(), 1U);
  EXPECT_NE(news.log[0].text.find("A sentence."), std::string::npos);
}

TEST_F(RosterSourceTest, WhoIsNotAskedForTenMinutesIsOnDutyNoMore) {
  auto page = delivered();
  page.body = R"([{"communityUserId":"a"}])";
  roster.delivered(at(0), filled(roster, 0), page, news);
  roster.take_change();
  for (double now = 1; now < 599; now += 1) {
    if (roster.deadline() <= at(now)) roster.expire(at(now), news);
  }
  EXPECT_EQ(news.log.size(), 1U) << "that it cannot be read";
  EXPECT_FALSE(roster.take_change());
  EXPECT_LE(roster.deadline(), at(600));
  roster.expire(at(600), news);
  const auto change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->removed, std::vector<std::string>{"a"});
  EXPECT_EQ(roster.deadline(), kNever);
}

TEST_F(RosterSourceTest, ACadThatRefusesThePageIsAskedForLess) {
  roster.rejected(at(0), filled(roster, 0), refused(), news);
  EXPECT_NE(filled(roster, 20).query.find("limit=100"), std::string::npos);
}

}  // namespace
}  // namespace sonoran::schedule
