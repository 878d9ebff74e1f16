// A panic in bad weather: how long it waits, and what the CAD counts. Virtual time; a scripted CAD.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "outcomes.h"
#include "schedule/scheduler.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using namespace test;
using namespace std::chrono_literals;
using state::DesiredKind;

constexpr double kReadLimit_s = 15;
constexpr double kStep_s = 0.05;

/// The CAD's reply to a request.
struct Reply {
  double after_s = 0.05;  // kReadLimit_s: no answer comes
  api::Outcome outcome = delivered();
};
const Reply kSilence{kReadLimit_s, silence()};

/// Traffic, a CAD, and what left when.
struct Weather {
  explicit Weather(const Settings& settings = {}) : scheduler(settings, 1) {}

  Scheduler scheduler;
  double now = 0;
  std::function<Reply(const Request&)> cad = [](const Request&) { return Reply{}; };
  bool hedges = true;
  bool moves = true;
  bool counts_unreachable = false;  // requests that found no connection count as well
  int heartbeats = 0;

  struct Exchange {
    std::uint64_t id;
    double ends_s;
    double sent_s;
    api::Outcome outcome;
    bool hedged;
  };
  std::vector<Exchange> under_way;
  std::map<std::string, std::vector<double>> left;  // when requests and their copies left, by operation
  std::map<Ticket, double> told;
  std::size_t most_copies = 0;  // of panics, in the air at one time

  void press(Ticket ticket, bool on = true, const std::string& unit = "a") {
    scheduler.want(at(now), DesiredKind::kPanic, unit, on ? 1 : 0, ticket);
  }
  /// Plays until `until_s`.
  void play(double until_s) {
    for (; now < until_s; now += kStep_s) {
      if (now >= heartbeats * 60) {
        scheduler.set_player_count(at(now), 1);
        ++heartbeats;
      }
      if (moves) {
        state::PositionSample sample;
        sample.unit = "mover";
        sample.x = now * 10;
        scheduler.push_position(at(now), sample);
      }
      std::vector<Exchange> ended;
      std::erase_if(under_way, [&](const Exchange& exchange) {
        if (exchange.ends_s > now) return false;
        ended.push_back(exchange);
        return true;
      });
      for (Exchange& exchange : ended) {
        scheduler.done(at(now), exchange.id, std::move(exchange.outcome),
                       exchange.hedged ? HedgeEnd::kLost : HedgeEnd::kNone);
      }
      for (Exchange& exchange : under_way) {
        if (!hedges || exchange.hedged || now < exchange.sent_s + 2 ||
            !scheduler.permit(at(now), exchange.id, Copy::kHedge)) {
          continue;
        }
        exchange.hedged = true;
        left["setUnitPanic"].push_back(now);
      }
      while (const auto request = scheduler.next(at(now))) {
        const Reply reply = cad(*request);
        if (counts_unreachable || !api::never_left(reply.outcome.failure))
          left[std::string(request->operation->id)].push_back(now);
        under_way.push_back({request->id, now + reply.after_s, now, reply.outcome, false});
      }
      for (const Answer& answer : scheduler.take_answers()) told.emplace(answer.ticket, now);
    }
  }
  static bool is(const Request& request, const char* operation) { return request.operation->id == operation; }
  /// The longest time between two requests of any kind within [from, to].
  double longest_pause(double from, double to) const {
    std::vector<double> all{from, to};
    for (const auto& [id, times] : left) {
      std::ranges::copy_if(times, std::back_inserter(all), [&](double time) { return time >= from && time <= to; });
    }
    std::ranges::sort(all);
    double longest = 0;
    for (std::size_t i = 1; i < all.size(); ++i) longest = std::max(longest, all[i] - all[i - 1]);
    return longest;
  }
  static int most_in_60_s(std::vector<double> times) { return most_in(60, std::move(times)); }
  static int most_in(double seconds, std::vector<double> times) {
    std::ranges::sort(times);
    std::size_t most = 0;
    for (std::size_t begin = 0, end = 0; end < times.size(); ++end) {
      while (times[end] - times[begin] >= seconds) ++begin;
      most = std::max(most, end - begin + 1);
    }
    return static_cast<int>(most);
  }
};

struct PanicWeather : testing::Test, Weather {};

// Row a.
TEST_F(PanicWeather, AStrayRefusalOfTheKeyOrTheServerDelaysNoPanic) {
  for (const auto& stray : {unauthorized(), not_found()}) {
    for (const char* operation : {"heartbeat", "updateUnitLocations", "setUnitPanic"}) {
      if (stray.status == 404 && std::string(operation) == "setUnitPanic") continue;  // that is about the unit
      for (const double pressed_s : {0.0, 0.1, 7.0, 31.0, 58.0}) {
        Weather other;
        bool strayed = false;
        other.cad = [&](const Request& request) {
          if (strayed || !is(request, operation)) return Reply{};
          strayed = true;
          return Reply{0.05, stray};
        };
        other.play(pressed_s);
        other.press(1);
        other.play(pressed_s + 6);
        ASSERT_TRUE(other.told.contains(1)) << operation << " " << stray.status << " " << pressed_s;
        EXPECT_LE(other.told[1] - pressed_s, 5.0) << operation << " " << stray.status << " " << pressed_s;
      }
    }
  }
}

TEST_F(PanicWeather, WhereTheKeyIsWrongAPanicIsTriedNowAndThenAndANewPressOnce) {
  cad = [](const Request&) { return Reply{0.05, unauthorized()}; };
  play(1);
  press(1);
  play(300);
  const auto tries = left["setUnitPanic"];
  ASSERT_GE(tries.size(), 6U);
  const std::vector<double> waits = {5, 10, 20, 40, 60};
  EXPECT_LE(tries[0] - 1, 0.1) << "at once";
  for (std::size_t i = 0; i < waits.size(); ++i) EXPECT_NEAR(tries[i + 1] - tries[i], waits[i], 0.3) << i;
  play(320);
  const std::size_t before = left["setUnitPanic"].size();
  press(2, true, "b");
  play(330);
  EXPECT_EQ(left["setUnitPanic"].size(), before + 1);
  cad = [](const Request&) { return Reply{}; };
  play(400);
  EXPECT_EQ(told.size(), 2U);
}

// Row b.
TEST_F(PanicWeather, A503sRetryAfterKeepsNoPanic) {
  int panics = 0;
  cad = [&](const Request& request) {
    if (!is(request, "setUnitPanic") || ++panics > 1) return Reply{};
    auto outcome = trouble();
    outcome.retry_after = 90s;
    return Reply{0.05, outcome};
  };
  play(1);
  press(1);
  play(2);
  press(2, true, "b");
  play(10);
  EXPECT_LE(told.at(1), 6.0);
  EXPECT_LE(told.at(2), 7.0);
}

TEST_F(PanicWeather, A429sRetryAfterKeepsAPanicForAMinuteAtMost) {
  for (const auto wait : {Duration(20s), Duration(600s)}) {
    Weather other;
    bool first = true;
    other.cad = [&](const Request& request) {
      if (!is(request, "setUnitPanic") || !std::exchange(first, false)) return Reply{};
      return Reply{0.05, limited(wait)};
    };
    other.play(1);
    other.press(1);
    other.play(70);
    ASSERT_TRUE(other.told.contains(1));
    EXPECT_NEAR(other.told[1], 1 + std::min(seconds(wait), double{limits::kPanicLimited_s}), 0.5);
  }
}

// Row c.
TEST_F(PanicWeather, WhereOnlyPositionsAreSilentAPanicWaitsForNothing) {
  cad = [](const Request& request) { return is(request, "updateUnitLocations") ? kSilence : Reply{}; };
  for (Ticket ticket = 1; ticket <= 20; ++ticket) {
    play(static_cast<double>(ticket) * 13);
    press(ticket, true, "u" + std::to_string(ticket));
    const double pressed_s = now;
    play(now + 2);
    ASSERT_TRUE(told.contains(ticket)) << ticket;
    EXPECT_LE(told[ticket] - pressed_s, 1.0);
  }
}

TEST_F(PanicWeather, WhileTheCadIsSilentSomethingLeavesEveryFiveSecondsForHoursAndHalfThePanicBudgetIsKept) {
  for (const bool moving : {true, false}) {
    Weather other;
    other.moves = moving;
    other.play(1);
    other.cad = [](const Request&) { return kSilence; };
    for (Ticket ticket = 1; ticket <= 15; ++ticket) {
      other.press(ticket, true, "u" + std::to_string(ticket));
      other.play(other.now + 3);
    }
    const double end_s = moving ? 900 : 3 * 3600;
    other.play(end_s);
    EXPECT_LE(other.longest_pause(1, end_s), limits::kKnock_s + kStep_s) << moving;
    // The CAD may count a request from when it leaves until its life is over: so many may be in one window.
    for (const auto& [operation, times] : other.left) {
      EXPECT_LE(most_in(kReadLimit_s + limits::kUnansweredLife_s + 60, times),
                api::find_operation(operation)->rate_per_minute)
          << operation;
    }
    EXPECT_LE(most_in_60_s(other.left["setUnitPanic"]), 10) << moving;
    other.cad = [](const Request&) { return Reply{}; };
    other.play(end_s + 6);
    EXPECT_GE(other.scheduler.operation(api::set_unit_panic()).window.left(at(other.now)), 1);
    other.play(end_s + 30);
    EXPECT_EQ(other.told.size(), 15U) << moving;
  }
}

/// How the settings change this: the longest wait for an answer, and a share of the budget (docs/limits.md).
TEST_F(PanicWeather, TheKnocksLastForTheLongestWaitForAnAnswerAndForHalfOfTheBudget) {
  for (const auto& [wait_s, share] : std::vector<std::pair<double, double>>{{60, 1}, {15, 0.5}}) {
    Settings settings;
    settings.rate_share = share;
    settings.heartbeat = std::chrono::seconds(600);
    Weather other(settings);
    other.moves = false;
    other.play(1);
    other.cad = [wait_s = wait_s](const Request&) { return Reply{wait_s, silence()}; };
    other.press(1);
    other.play(3600);
    EXPECT_LE(other.longest_pause(1, 3600), limits::kKnock_s + kStep_s) << wait_s << " s, share " << share;
  }
}

/// This holds for every answer of the CAD or the road, and for everything that delays the panic.
TEST_F(PanicWeather, WhileAPanicWaitsSomethingLeavesEveryFiveSecondsInEveryState) {
  auto page = unauthorized();
  page.failure = api::Failure::kRoad;
  for (const auto& outcome : {unauthorized(), not_found(), trouble(), unreachable(), page}) {
    Weather other;
    other.moves = false;
    other.counts_unreachable = true;
    // The CAD does not refuse the panic as such: it does not know the server or the key.
    other.cad = [&](const Request& request) {
      const bool panic = is(request, "setUnitPanic");
      return panic && outcome.status == 404 ? Reply{0.05, trouble()} : Reply{0.05, outcome};
    };
    other.play(100);
    other.press(1);
    other.play(1900);
    ASSERT_FALSE(other.told.contains(1)) << outcome.status;
    EXPECT_LE(other.longest_pause(101, 1900), limits::kKnock_s + kStep_s) << outcome.status << outcome.error.detail;
    other.cad = [](const Request&) { return Reply{}; };
    other.play(1907);
    EXPECT_TRUE(other.told.contains(1)) << outcome.status << ": the first answer releases it";
  }
}

TEST_F(PanicWeather, WhatAsksWhetherTheCadAnswersLeavesOnANewConnection) {
  for (const auto& outcome : {unauthorized(), unreachable()}) {
    Weather weather;
    std::size_t asked = 0;
    bool begun = false;
    weather.cad = [&](const Request& request) {
      if (begun && !is(request, "setUnitPanic")) {
        ++asked;
        EXPECT_FALSE(request.repeatable) << request.operation->id;
      }
      return Reply{0.1, outcome};
    };
    weather.play(10);
    begun = true;
    weather.press(1);
    weather.play(100);
    EXPECT_GE(asked, 8U);
  }
}

TEST_F(PanicWeather, WhatAsksNextIsOfAnotherOperation) {
  std::vector<const api::Operation*> asked;
  cad = [&](const Request& request) {
    if (!request.repeatable) asked.push_back(request.operation);
    return kSilence;
  };
  for (int unit = 0; unit < 30; ++unit) {
    scheduler.want(at(0), DesiredKind::kStatus, "officer" + std::to_string(unit), unit, 0);
  }
  press(1);
  play(300);
  ASSERT_GE(asked.size(), 20U);
  // Later the budgets of some are spent, so that one may be left.
  for (std::size_t i = 1; i < 12; ++i) EXPECT_NE(asked[i], asked[i - 1]) << "the " << i << "th";
}

TEST_F(PanicWeather, TheFirstAnswerToAnythingReleasesThePanicAtOnce) {
  scheduler.set_player_count(at(0), 1);
  press(1);
  int panics = 0;
  for (bool answered = false; !answered; now += kStep_s) {
    ASSERT_LT(now, 600);
    while (const auto request = scheduler.next(at(now))) {
      const bool panic = is(*request, "setUnitPanic");
      if (panic) ++panics;
      // The panic has just failed and waits for its backoff, which is 4 s at least by now.
      answered = !panic && panics >= 8;
      scheduler.done(at(now), request->id, answered ? delivered() : unreachable());
      if (answered) break;
    }
  }
  const auto request = scheduler.next(at(now - kStep_s));
  ASSERT_TRUE(request);
  EXPECT_TRUE(is(*request, "setUnitPanic"));
}

TEST_F(PanicWeather, AtMostTwoCopiesOfOnePanicAreInTheAir) {
  cad = [](const Request&) { return kSilence; };
  press(1);
  for (; now < 200;) {
    play(now + 1);
    std::size_t copies = 0;
    for (const Exchange& exchange : under_way) copies += exchange.hedged ? 2 : 0;
    EXPECT_LE(copies, 2U);
  }
}

// Row d: the value that the CAD has in the end.
TEST_F(PanicWeather, TheLastValueWinsWhereTheCadIsSlow) {
  for (const DesiredKind kind : {DesiredKind::kStatus, DesiredKind::kPanic}) {
    for (const double late_s : {16.0, 20.0, 30.0, 44.0}) {
      Weather other;
      other.hedges = false;
      std::vector<std::pair<double, int>> carried_out;
      bool first = true;
      const char* operation = kind == DesiredKind::kPanic ? "setUnitPanic" : "setUnitStatus";
      other.cad = [&](const Request& request) {
        if (!is(request, operation)) return Reply{};
        const int value =
            request.body.find("true") != std::string::npos || request.body.find(":1}") != std::string::npos;
        const bool late = std::exchange(first, false);
        carried_out.emplace_back(other.now + (late ? late_s : 0.0), value);
        return late ? kSilence : Reply{};
      };
      other.play(1);
      other.scheduler.want(at(other.now), kind, "a", 1, 1);
      other.play(4);
      other.scheduler.want(at(other.now), kind, "a", kind == DesiredKind::kPanic ? 0 : 2, 2);
      other.play(90);
      const auto last = std::ranges::max_element(carried_out, {}, [](const auto& entry) { return entry.first; });
      EXPECT_EQ(last->second, 0) << operation << " " << late_s;
      EXPECT_EQ(other.told.size(), 2U);
    }
  }
}

TEST_F(PanicWeather, BeyondTheLifeOfARequestTheLateOneWins) {
  std::vector<std::pair<double, int>> carried_out;
  bool first = true;
  hedges = false;
  cad = [&](const Request& request) {
    if (!is(request, "setUnitStatus")) return Reply{};
    const bool late = std::exchange(first, false);
    carried_out.emplace_back(now + (late ? kReadLimit_s + limits::kUnansweredLife_s + 5 : 0.0),
                             request.body.find(":1}") != std::string::npos);
    return late ? kSilence : Reply{};
  };
  scheduler.want(at(0), DesiredKind::kStatus, "a", 1, 1);
  play(4);
  scheduler.want(at(now), DesiredKind::kStatus, "a", 2, 2);
  play(90);
  const auto last = std::ranges::max_element(carried_out, {}, [](const auto& entry) { return entry.first; });
  EXPECT_EQ(last->second, 1) << "docs/limits.md says so";
}

// Row e: the CAD reads each request on a kept connection and closes it; the copy on a new one is answered.
TEST_F(PanicWeather, CopiesInPlaceOfOthersKeepTheBudgetToo) {
  std::vector<double> arrived;
  for (int press_number = 0; now < 120; now += 1, ++press_number) {
    scheduler.want(at(now), DesiredKind::kPanic, "u" + std::to_string(press_number), 1, 0);
    while (const auto request = scheduler.next(at(now))) {
      if (!is(*request, "setUnitPanic")) {
        scheduler.done(at(now), request->id, delivered());
        continue;
      }
      arrived.push_back(now);
      if (scheduler.permit(at(now), request->id, Copy::kReplace)) {
        arrived.push_back(now);
        scheduler.done(at(now), request->id, delivered());
      } else {
        scheduler.done(at(now), request->id, silence());
      }
    }
  }
  EXPECT_LE(most_in_60_s(arrived), 20);
  EXPECT_GE(most_in_60_s(arrived), 10);
}

// Row f: the CAD stands still, then counts all requests that have come in.
TEST_F(PanicWeather, WhatCameInWhileTheCadStoodStillIsCountedWithWhatFollows) {
  for (const double still_s : {20.0, 40.0, 44.0}) {
    Weather other;
    std::vector<double> counted;
    other.hedges = false;
    other.cad = [&](const Request& request) {
      const bool still = other.now < still_s;
      if (is(request, "setUnitPanic")) counted.push_back(still ? still_s : other.now);
      return still && other.now + kReadLimit_s <= still_s ? kSilence : Reply{still ? still_s - other.now : 0.05};
    };
    for (int i = 0; i < 90; ++i) {
      other.press(0, true, "u" + std::to_string(i));
      other.play(other.now + 2);
    }
    EXPECT_LE(most_in_60_s(counted), 20) << still_s;
  }
}

// Row h.
TEST_F(PanicWeather, AfterAStormOf429sTheBudgetFlowsAtOnceAtHalfTheLimit) {
  double storm_s = 46;
  cad = [&](const Request& request) {
    return is(request, "setUnitPanic") && now < storm_s ? Reply{0.05, limited(std::nullopt)} : Reply{};
  };
  play(1);
  for (Ticket ticket = 1; now < 46; ++ticket) {
    press(ticket, true, "u" + std::to_string(ticket));
    play(now + 5);
  }
  play(storm_s + 10);
  EXPECT_GE(told.size(), 9U) << "all that waited";
  EXPECT_GE(scheduler.operation(api::set_unit_panic()).window.limit(at(now)), 10);
  const std::size_t before = left["setUnitPanic"].size();
  for (int i = 0; i < 9; ++i) {
    press(0, true, "late" + std::to_string(i));
    play(now + 0.5);
  }
  EXPECT_EQ(left["setUnitPanic"].size(), before + 9) << "one request each, at once";
}

}  // namespace
}  // namespace sonoran::schedule
