#include "schedule/cad_health.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "outcomes.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using namespace test;

struct CadHealthTest : testing::Test {
  CadHealth health{"https://cad.example", 7};
  Random random{1};
  std::vector<LogLine> lines;

  CadHealth::Change ended(double time_s, const api::Operation& operation, const api::Outcome& outcome, Subject subject,
                          bool probe = false) {
    return health.ended(at(time_s), {.operation = &operation, .subject = subject, .probe = probe}, outcome, random,
                        lines);
  }
  CadHealth::Change panic(double time_s, const api::Outcome& outcome) {
    return ended(time_s, api::set_unit_panic(), outcome, Subject::kUnits);
  }
  CadHealth::Change status(double time_s, const api::Outcome& outcome) {
    return ended(time_s, api::set_unit_status(), outcome, Subject::kUnits);
  }
  CadHealth::Change heartbeat(double time_s, const api::Outcome& outcome, bool probe = false) {
    return ended(time_s, api::heartbeat(), outcome, Subject::kServer, probe);
  }
  /// The log lines since the last call.
  std::vector<std::string> told() {
    std::vector<std::string> texts;
    for (LogLine& line : std::exchange(lines, {})) {
      if (line.level <= LogLevel::kInfo) texts.push_back(std::move(line.text));
    }
    return texts;
  }
};

TEST_F(CadHealthTest, TheFirstAnswerConnects) {
  EXPECT_EQ(health.state(), State::kStarting);
  EXPECT_FALSE(health.holds_sources());
  EXPECT_TRUE(heartbeat(0, delivered()).running);
  EXPECT_EQ(health.state(), State::kRunning);
  EXPECT_EQ(told(), std::vector<std::string>{"Connected to https://cad.example as server 7."});
  EXPECT_FALSE(heartbeat(60, delivered()).running) << "it is known";
  EXPECT_TRUE(told().empty());
}

TEST_F(CadHealthTest, ThreeFailuresOpenAndAnAnswerCloses) {
  heartbeat(0, delivered());
  told();
  EXPECT_FALSE(panic(1, unreachable()).opened);
  EXPECT_FALSE(status(2, unreachable()).opened);
  EXPECT_TRUE(panic(3, unreachable()).opened);
  EXPECT_EQ(health.state(), State::kUnavailable);
  EXPECT_TRUE(health.holds_calls());
  EXPECT_GT(health.probe_time(), at(3));
  health.probe_sent();
  EXPECT_EQ(health.probe_time(), kNever) << "one probe at a time";
  EXPECT_FALSE(heartbeat(5, unreachable(), true).opened) << "it is open";
  EXPECT_EQ(told().size(), 1U) << "said once";
  EXPECT_TRUE(heartbeat(20, delivered(), true).running);
  EXPECT_FALSE(health.holds_sources());
}

/// Any request may end meanwhile, and the state may change in any way.
TEST_F(CadHealthTest, TwoProbesNeverRunAtOnce) {
  const std::vector<api::Outcome> outcomes = {delivered(),   unauthorized(), not_found(), trouble(),
                                              unreachable(), silence(),      road(401),   road()};
  std::size_t while_one_runs = 0;
  std::size_t probes = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    random.seed(seed);
    health = CadHealth("https://cad.example", 7);
    bool probing = false;
    for (int step = 0; step < 400; ++step) {
      const double now = step * 2;
      const bool held = health.holds_sources();
      if (probing && held) {
        ++while_one_runs;
        ASSERT_EQ(health.probe_time(), kNever) << "seed " << seed << ", step " << step;
      }
      if (held && !probing && health.probe_time() <= at(now)) {
        health.probe_sent();
        probing = true;
        ++probes;
      }
      const api::Outcome& outcome = outcomes[random() % outcomes.size()];
      if (probing && random() % 8 == 0) {
        heartbeat(now, outcome, true);
        probing = false;
      } else if (random() % 2 == 0) {
        random() % 2 == 0 ? panic(now, outcome) : heartbeat(now, outcome);
      }
    }
  }
  EXPECT_GT(probes, 100U);
  EXPECT_GT(while_one_runs, 100U);
}

TEST_F(CadHealthTest, SilenceOfOneOperationIsThatOperationsAndOfTwoIsTheCads) {
  heartbeat(0, delivered());
  for (int i = 1; i < 10; ++i) EXPECT_FALSE(panic(i, silence()).opened) << "it may be of panics only";
  EXPECT_EQ(health.state(), State::kRunning);
  heartbeat(10, delivered());
  EXPECT_FALSE(panic(11, silence()).opened);
  EXPECT_FALSE(panic(12, silence()).opened);
  EXPECT_TRUE(status(13, silence()).opened) << "three, of two, with no answer between";
  health.probe_sent();
  EXPECT_FALSE(panic(20, silence()).opened);
  EXPECT_EQ(health.probe_time(), kNever) << "the probe is under way, whatever else fails";
  heartbeat(21, silence(), true);
  EXPECT_GT(health.probe_time(), at(21));
  EXPECT_LT(health.probe_time(), kNever);
}

TEST_F(CadHealthTest, RefusesWhatTheCadItselfRefuses) {
  panic(0, unreachable());
  EXPECT_FALSE(health.refuses());
  panic(1, unauthorized());
  EXPECT_TRUE(health.refuses());
  EXPECT_EQ(health.answered_at(), at(1));
  panic(2, silence());
  EXPECT_TRUE(health.refuses()) << "nobody took it back";
  panic(3, delivered());
  EXPECT_FALSE(health.refuses());
  heartbeat(4, not_found());
  EXPECT_TRUE(health.refuses());
}

TEST_F(CadHealthTest, A401OfTheCadHoldsAllBackAndAsksOnceAMinute) {
  EXPECT_TRUE(panic(0, unauthorized()).unauthorized);
  EXPECT_EQ(health.state(), State::kUnauthorized);
  EXPECT_TRUE(health.holds_calls());
  EXPECT_FALSE(health.doubts_server());
  EXPECT_EQ(health.probe_time(), at(60));
  health.probe_sent();
  EXPECT_EQ(health.probe_time(), kNever);
  heartbeat(61, unauthorized(), true);
  EXPECT_EQ(health.probe_time(), at(121));
  EXPECT_EQ(told().size(), 1U);
  EXPECT_TRUE(heartbeat(121, delivered(), true).running);
  EXPECT_FALSE(health.holds_calls());
}

TEST_F(CadHealthTest, A404IsAboutTheServerWhereNothingElseCanBeMeant) {
  panic(0, not_found());
  EXPECT_NE(health.state(), State::kServerUnknown) << "the unit";
  heartbeat(1, delivered());
  ended(2, api::update_unit_locations(), not_found(), Subject::kMaybeServer);
  EXPECT_EQ(health.state(), State::kRunning) << "the server is known";
  heartbeat(3, not_found());
  EXPECT_EQ(health.state(), State::kServerUnknown);
  EXPECT_TRUE(health.holds_sources());
  EXPECT_FALSE(health.holds_calls());
  EXPECT_TRUE(health.doubts_server());
  ended(4, *api::find_operation("getServers"), delivered(), Subject::kCall);
  EXPECT_EQ(health.state(), State::kServerUnknown) << "that call names no server";
  ended(5, api::update_unit_locations(), delivered(), Subject::kMaybeServer);
  EXPECT_EQ(health.state(), State::kRunning);
}

TEST_F(CadHealthTest, A401OfTheRoadHoldsNothingBackAndIsToldOfSeveralOperations) {
  for (int i = 0; i < 10; ++i) panic(i, road(401));
  EXPECT_EQ(health.state(), State::kUnavailable) << "of one operation only";
  told();
  status(10, road(401));
  EXPECT_EQ(health.state(), State::kUnauthorized);
  EXPECT_FALSE(health.holds_sources());
  ASSERT_EQ(told().size(), 1U);
  panic(11, delivered());
  EXPECT_EQ(health.state(), State::kRunning);
}

TEST_F(CadHealthTest, TheRoadIsSaidOnceUntilTheCadHasAnsweredWhatItHeldUp) {
  heartbeat(0, delivered());
  told();
  for (int i = 0; i < 4; ++i) {
    panic(1 + i, road());
    status(1 + i, road());
  }
  EXPECT_EQ(told().size(), 1U);
  EXPECT_EQ(health.state(), State::kUnavailable);
  heartbeat(6, delivered());
  EXPECT_EQ(health.state(), State::kRunning);
  EXPECT_EQ(health.cads_word(), at(6));
  panic(7, delivered());
  EXPECT_TRUE(told().empty()) << "statuses are held up still";
  status(8, delivered());
  EXPECT_EQ(told(), std::vector<std::string>{"The CAD itself answers again."});
}

TEST_F(CadHealthTest, WhatIsTooLargeForTheRoadSaysNothingOfTheCad) {
  EXPECT_FALSE(panic(0, refused(413)).running);
  EXPECT_TRUE(panic(0, refused(400)).running) << "it read the request";
}

}  // namespace
}  // namespace sonoran::schedule
