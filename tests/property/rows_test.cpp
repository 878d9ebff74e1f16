// One kind of bad weather at a time, as it was once observed, and what the bridge guarantees then. Virtual time.
#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <random>
#include <string>

#include "api/unit_news.h"
#include "schedule/scheduler.h"
#include "virtual_cad.h"
#include "virtual_road.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using state::DesiredKind;
using test::at;
using test::Cad;
using test::Road;
using test::Verdict;

/// A bridge, its road and its CAD; each way takes 50 ms at most.
class Row : public testing::Test {
 protected:
  explicit Row(const Settings& settings = {}) : scheduler_(settings, 1), road_(random_, cad_, scheduler_) {
    road_.weather.most_delay_s = 0.05;
  }

  /// Plays heartbeats, and positions of a unit that moves, like a server.
  void run(double until_s) {
    for (; now_s_ < until_s; now_s_ += kStep_s) {
      scheduler_.set_player_count(at(now_s_), 5);
      if (scheduler_.positions_open(at(now_s_)) <= at(now_s_)) {
        state::PositionSample sample;
        sample.unit = "mover";
        sample.x = now_s_ * 10;
        scheduler_.push_position(at(now_s_), sample);
      }
      road_.run(now_s_);
      scheduler_.take_answers();
      scheduler_.take_log();
    }
  }
  void panic(const std::string& unit, bool on = true) {
    scheduler_.want(at(now_s_), DesiredKind::kPanic, unit, on ? 1 : 0, ++tickets_);
  }
  void status(const std::string& unit, int value) {
    scheduler_.want(at(now_s_), DesiredKind::kStatus, unit, value, ++tickets_);
  }
  /// The time from the press until the CAD had it; more than `most_s`: it has not arrived yet.
  double waited(const std::string& unit, double pressed_s, double most_s = 300) {
    while (cad_.panics(unit).empty() && now_s_ < pressed_s + most_s) run(now_s_ + kStep_s);
    return (cad_.panics(unit).empty() ? now_s_ : cad_.panics(unit).front().time_s) - pressed_s;
  }
  int largest_window(const std::string& operation) { return cad_.largest_windows()[operation]; }
  /// Prints a row of the table of measurements.
  void measured(const std::string& what, double value) {
    std::cout << testing::UnitTest::GetInstance()->current_test_info()->name() << ": " << what << " " << value << "\n";
  }

  /// The CAD refuses one request of this operation with `status`; the unit's press behind it waits 5 s at most.
  void press_after_a_stray_refusal(const std::string& operation, int status, const std::string& unit) {
    road_.weather.only = {operation};
    road_.weather.refused = 1;
    road_.weather.verdicts = {Verdict{status, "", ""}};
    const std::size_t before = cad_.requests(operation);
    while (cad_.requests(operation) == before) run(now_s_ + kStep_s);
    road_.weather.refused = 0;
    run(now_s_ + 0.2);
    panic(unit);
    const double wait_s = waited(unit, now_s_);
    measured(unit + ", seconds", wait_s);
    EXPECT_LE(wait_s, 5) << unit;
    run(now_s_ + 200);
  }

  static constexpr double kStep_s = 0.02;
  std::mt19937_64 random_{1};
  Cad cad_;
  Scheduler scheduler_;
  Road road_;
  double now_s_ = 0;
  Ticket tickets_ = 0;
};

class RowOfRareHeartbeats : public Row {
 protected:
  RowOfRareHeartbeats()
      : Row([] {
          Settings settings;
          settings.heartbeat = std::chrono::seconds(600);
          return settings;
        }()) {}
};

/// The CAD's own refusal of one request that names no unit holds no panic.
TEST_F(Row, AStrayRefusalOfAnotherOperationHoldsNoPanic) {
  for (const int status : {401, 404}) {
    for (const char* operation : {"heartbeat", "updateUnitLocations"}) {
      const std::string unit = std::string(operation) + std::to_string(status);
      press_after_a_stray_refusal(operation, status, unit);
    }
  }
}

TEST_F(RowOfRareHeartbeats, AStrayRefusalOfAPositionHoldsNoPanic) {
  run(30);
  for (const int status : {401, 404}) {
    const std::string unit = "unit" + std::to_string(status);
    press_after_a_stray_refusal("updateUnitLocations", status, unit);
  }
}

/// A dispatcher clears a panic or sets another status, while the bridge still trusts the acknowledgement.
TEST_F(Row, WhatADispatcherChangesLetsTheNextPressThroughAtOnce) {
  run(20);
  const auto heard = [&](const char* type, const std::string& data) {
    const auto news = api::read_unit_news(type, data);
    ASSERT_TRUE(news) << data;
    scheduler_.heard(at(now_s_), *news);
  };
  // The CAD's id has a prefix and the game's has none, or the other way round.
  int ident = 0;
  for (const auto& [game, cad] : std::vector<std::pair<std::string, std::string>>{
           {"same", "same"}, {"short", "license:short"}, {"license:long", "long"}}) {
    const std::string number = std::to_string(++ident);
    std::string unit = R"({"unit":{"id":)";
    unit.append(number).append(R"(,"data":{"communityUserId":")").append(cad).append(R"("}}})");
    heard("EVENT_UNIT_LOGIN", unit);
    panic(game);
    status(game, 2);
    run(now_s_ + 2);
    panic(game);
    status(game, 2);
    run(now_s_ + 2);
    EXPECT_EQ(cad_.panics(game).size(), 1U) << game << ": a repeat is believed to be known";
    EXPECT_EQ(cad_.statuses(game).size(), 1U) << game;
    heard("EVENT_UNIT_PANIC", R"({"identIds":[)" + number + R"(],"isPanic":false})");
    heard("EVENT_UNIT_STATUS", R"({"identIds":[)" + number + R"(],"status":0})");
    panic(game);
    status(game, 2);
    run(now_s_ + 2);
    EXPECT_EQ(cad_.panics(game).size(), 2U) << game;
    EXPECT_EQ(cad_.statuses(game).size(), 2U) << game;
    // An echo of our own value ends nothing.
    heard("EVENT_UNIT_PANIC", R"({"identIds":[)" + number + R"(],"isPanic":true})");
    panic(game);
    run(now_s_ + 2);
    EXPECT_EQ(cad_.panics(game).size(), 2U) << game;
    // A unit that logs out and in again has neither.
    heard("EVENT_UNIT_LOGOUT", R"({"identId":)" + number + "}");
    panic(game);
    run(now_s_ + 2);
    EXPECT_EQ(cad_.panics(game).size(), 3U) << game;
  }
}

/// A Retry-After with a 503 may come from anything on the road: it is not the CAD's word about its budget.
TEST_F(Row, ARetryAfterOf503HoldsNoPanic) {
  run(20);
  road_.weather.only = {"setUnitPanic"};
  road_.weather.refused = 1;
  road_.weather.verdicts = {Verdict{503, "90", ""}};
  panic("first");
  const double first_s = now_s_;
  while (cad_.requests("setUnitPanic") == 0) run(now_s_ + kStep_s);
  road_.weather.refused = 0;
  run(now_s_ + 1);
  const double second_s = now_s_;
  if (cad_.panics("second").empty()) panic("second");
  const double second_wait_s = waited("second", second_s);
  const double first_wait_s = waited("first", first_s);
  measured("first, seconds", first_wait_s);
  measured("second, seconds", second_wait_s);
  EXPECT_LE(first_wait_s, 5);
  EXPECT_LE(second_wait_s, 5);
}

/// A Retry-After of 429 is the CAD's word about the panics' budget: obeyed, and for a minute at most.
TEST_F(Row, ARetryAfterOf429HoldsAPanicForThatLongAndForAMinuteAtMost) {
  run(20);
  road_.weather.only = {"setUnitPanic"};
  for (const auto& [asked_s, least_s, most_s] : {std::array{30, 29, 35}, std::array{300, 59, 65}}) {
    road_.weather.refused = 1;
    road_.weather.verdicts = {Verdict{429, std::to_string(asked_s), ""}};
    const std::size_t before = cad_.requests("setUnitPanic");
    const std::string unit = "told" + std::to_string(asked_s);
    panic(unit);
    while (cad_.requests("setUnitPanic") == before) run(now_s_ + kStep_s);
    road_.weather.refused = 0;
    const double wait_s = waited(unit, now_s_, 400);
    measured("asked to wait " + std::to_string(asked_s) + ", seconds", wait_s);
    EXPECT_GE(wait_s, least_s) << asked_s;
    EXPECT_LE(wait_s, most_s) << asked_s;
    run(now_s_ + 400);
  }
}

/// Silence of one operation says nothing about the CAD.
TEST_F(Row, SilenceOfOneOperationHoldsNoPanic) {
  run(20);
  road_.weather.only = {"updateUnitLocations"};
  road_.weather.silent = 1;
  double most_s = 0;
  // The presses are so far apart that nothing else is answered for a while.
  for (int press = 0; press < 40; ++press) {
    run(now_s_ + 63.7);
    const std::string unit = "unit" + std::to_string(press);
    panic(unit);
    most_s = std::max(most_s, waited(unit, now_s_));
  }
  measured("longest, seconds", most_s);
  EXPECT_LE(most_s, 1);
}

/// The CAD carries a request out after nobody waits for its answer; the last value is sent once more.
TEST_F(Row, TheLastValueWinsAlsoWhenAnEarlierOneIsCarriedOutLate) {
  run(20);
  int wrong = 0;
  for (int round = 0; round < 20; ++round) {
    const bool of_status = round % 2 == 0;
    const std::string unit = "unit" + std::to_string(round);
    road_.weather.only = {of_status ? "setUnitStatus" : "setUnitPanic"};
    road_.weather.late = 1;
    of_status ? status(unit, 1) : panic(unit, true);
    // The request has left, and is carried out within the life of a request without an answer.
    run(now_s_ + 1);
    road_.weather.late = 0;
    run(now_s_ + 13 + round % 8);
    of_status ? status(unit, 2) : panic(unit, false);
    run(now_s_ + 200);
    const auto& told = of_status ? cad_.statuses(unit) : cad_.panics(unit);
    ASSERT_FALSE(told.empty());
    if (told.back().value != (of_status ? 2 : 0)) ++wrong;
    EXPECT_EQ(told.back().value, of_status ? 2 : 0) << unit;
  }
  measured("units of 20 whose last value is not the last wanted", wrong);
}

/// Presses all the time, under 40 names.
class Pressed : public Row {
 protected:
  void press_for(double seconds) {
    const double end_s = now_s_ + seconds;
    while (now_s_ < end_s) {
      panic("unit" + std::to_string(++pressed_));
      run(now_s_ + 0.5);
    }
  }
  int pressed_ = 0;
};

TEST_F(Pressed, AConnectionThatClosesOnARequestHasCountedIt) {
  road_.weather.closes_kept = 1;
  run(5);
  press_for(180);
  measured("setUnitPanic in 60 s", largest_window("setUnitPanic"));
  EXPECT_LE(largest_window("setUnitPanic"), 20);
}

TEST_F(Pressed, ACadThatStoodStillCountsAllOfItAtOnce) {
  run(5);
  for (int times = 0; times < 3; ++times) {
    road_.weather.still = true;
    press_for(40);
    road_.end_stillness();
    press_for(80);
  }
  measured("setUnitPanic in 60 s", largest_window("setUnitPanic"));
  EXPECT_LE(largest_window("setUnitPanic"), 20);
}

/// Seconds after the last 429 panics flow at half the limit or more.
TEST_F(Pressed, A429WithoutAWaitIsNotRememberedForLong) {
  road_.weather.only = {"setUnitPanic"};
  run(5);
  road_.weather.refused = 1;
  road_.weather.verdicts = {Verdict{429, "", ""}};
  press_for(45);
  road_.weather.refused = 0;
  const double end_s = now_s_;
  press_for(70);
  const auto& arrivals = cad_.arrivals("setUnitPanic");
  const auto first = std::ranges::upper_bound(arrivals, end_s);
  ASSERT_NE(first, arrivals.end());
  const auto flown = std::ranges::upper_bound(arrivals, end_s + 70) - std::ranges::upper_bound(arrivals, end_s + 10);
  measured("first arrives after, seconds", *first - end_s);
  measured("requests in the minute after the first 10 s", static_cast<double>(flown));
  EXPECT_LE(*first - end_s, 10);
  EXPECT_GE(flown, 9);  // half of 20, without those of the first 10 s
}

}  // namespace
}  // namespace sonoran::schedule
