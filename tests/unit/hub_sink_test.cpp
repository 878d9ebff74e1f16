// Positions by the CAD's hub and by HTTP: one state, two ways. The scheduler is asked as the module asks it, and a
// small CAD applies the updates that arrive.
#include "schedule/hub_sink.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/request.h"
#include "api/vehicle_models.h"
#include "core/limits.h"
#include "counted.h"
#include "outcomes.h"
#include "schedule/scheduler.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

namespace json = boost::json;
using test::at;

api::HubAnswer hub_answer(api::HubRefusal refusal, bool verdict = true) {
  const bool success = refusal == api::HubRefusal::kNone && verdict;
  return {.success = success, .verdict = verdict, .refusal = refusal, .error = success ? "" : "words of the CAD"};
}
const api::HubAnswer kTaken = hub_answer(api::HubRefusal::kNone);

struct HubSinkTest : testing::Test {
  Scheduler scheduler{Settings{}, 1};
  std::map<std::string, double> map;  // what the CAD shows of each unit: its x
  std::vector<std::string> shown;     // "unit x", in the order in which it was applied

  void SetUp() override { scheduler.expect_hub(at(0)); }

  void position(double now, const std::string& unit, double x) {
    state::PositionSample sample{.unit = unit, .x = x, .location = "Main St", .peer = {}, .vehicle = {}};
    ASSERT_TRUE(scheduler.push_position(at(now), sample));
  }
  void up(double now) { scheduler.set_live(at(now), true); }
  void down(double now) { scheduler.set_live(at(now), false); }

  void apply(const json::array& updates) {
    for (const json::value& update : updates) {
      const std::string unit(update.at("communityUserId").as_string());
      const double x = update.at("coordinates").at("x").to_number<double>();
      map[unit] = x;
      shown.push_back(unit + " " + std::to_string(static_cast<int>(x)));
    }
  }
  std::optional<HubCall> call(double now) {
    static_cast<void>(scheduler.next(at(now)));  // it expires late calls
    return scheduler.next_hub_call(at(now));
  }
  static json::array updates(const HubCall& call) { return json::parse(call.arguments).as_array().at(0).as_array(); }
  static std::vector<std::string> units(const HubCall& call) {
    std::vector<std::string> units;
    for (const json::value& update : updates(call)) units.emplace_back(update.at("communityUserId").as_string());
    return units;
  }
  /// A call that leaves now; the CAD takes it.
  std::vector<std::string> take(double now) {
    const auto leaving = call(now);
    if (!leaving) return {};
    apply(updates(*leaving));
    answer(now, *leaving, kTaken);
    return units(*leaving);
  }
  /// The hub is up from 0 s on, and the CAD shows the unit at x = 1.
  void shown_by_hub(const std::string& unit) {
    up(0);
    position(0, unit, 1);
    EXPECT_EQ(take(0), std::vector<std::string>{unit});
  }
  /// A call with unit a at x = 10 that leaves at 1 s, when the CAD shows the unit at x = 1.
  HubCall call_of_a_moved_unit() {
    shown_by_hub("a");
    position(1, "a", 10);
    auto leaving = call(1);
    EXPECT_TRUE(leaving);
    return leaving ? *std::move(leaving) : HubCall{};
  }
  /// A request with unit a at x = 1, which is under way when the unit is at x = 20 and the hub comes up at 4 s.
  Request request_before_the_hub() {
    position(0, "a", 1);
    auto leaving = request(limits::kHubGrace_s);
    EXPECT_TRUE(leaving);
    position(4, "a", 20);
    up(4);
    return leaving ? *std::move(leaving) : Request{};
  }
  void answer(double now, const HubCall& leaving, const api::HubAnswer& answer) {
    scheduler.hub_answered(at(now), leaving.number, answer);
  }
  std::optional<Request> request(double now) {
    while (auto next = scheduler.next(at(now))) {
      if (next->operation == &api::update_unit_locations()) return next;
      scheduler.done(at(now), next->id, test::delivered());
    }
    return std::nullopt;
  }
  void arrive(const Request& request) { apply(json::parse(request.body).at("updates").as_array()); }
  bool by_http(double now) {
    const auto leaving = request(now);
    if (!leaving) return false;
    arrive(*leaving);
    scheduler.done(at(now), leaving->id, test::delivered());
    return true;
  }
  void expect_counted() const {
    EXPECT_EQ(scheduler.positions().counters().accepted, test::counted(scheduler.positions()));
  }
};

TEST_F(HubSinkTest, WhileTheHubIsUpPositionsGoByItAlone) {
  up(0);
  for (int i = 0; i < 100; ++i) {
    const double now = i * 0.25;
    position(now, "a", i * 10);
    EXPECT_EQ(take(now), std::vector<std::string>{"a"});
    EXPECT_FALSE(request(now));
  }
  EXPECT_EQ(map["a"], 990);
  EXPECT_EQ(scheduler.hub_sink().counters().acknowledged, 100U);
  EXPECT_EQ(scheduler.hub_sink().updates_per_s(at(24.9)), 4);
  EXPECT_TRUE(scheduler.settled());
  expect_counted();
}

TEST_F(HubSinkTest, WhatAUnitHasIsWrittenInTheHubsFormAndALocationIsNeverEmpty) {
  up(0);
  std::vector<std::string> unknown;
  state::MapFiles files;
  files.models = std::make_shared<const api::VehicleModels>(
      *api::VehicleModels::read(R"({"police":{"model":"https://example.com/p.glb"}})", unknown));
  scheduler.use_map_files(files);
  scheduler.push_position(at(0), {.unit = "a",
                                  .x = 1.234,
                                  .y = -2,
                                  .z = 3,
                                  .heading = 359.96,
                                  .location = "",
                                  .peer = "p",
                                  .vehicle = "police3",
                                  .vehicle_kind = VehicleKind::kPolice,
                                  .siren = true});
  const auto leaving = call(0);
  ASSERT_TRUE(leaving);
  EXPECT_EQ(leaving->arguments,
            R"([[{"communityUserId":"a","location":"1, -2","coordinates":{"x":1.23,"y":-2,"z":3,"w":0},)"
            R"("peerId":"p","vehicle":{"model":"https://example.com/p.glb","lights":true}}]])");
}

TEST_F(HubSinkTest, AHubThatIsDownForLongerThanTheGraceGivesPositionsToHttp) {
  shown_by_hub("a");
  down(10);
  position(10, "a", 20);
  EXPECT_FALSE(by_http(10 + limits::kHubGrace_s - 0.01));
  EXPECT_EQ(scheduler.positions_open(at(10)), at(10 + limits::kHubGrace_s));
  EXPECT_TRUE(by_http(10 + limits::kHubGrace_s));
  EXPECT_EQ(map["a"], 20);
  expect_counted();
}

TEST_F(HubSinkTest, AtTheStartHttpWaitsForTheHubAsWell) {
  position(0, "a", 1);
  EXPECT_FALSE(by_http(0));
  EXPECT_TRUE(by_http(limits::kHubGrace_s));
}

TEST_F(HubSinkTest, WithoutAHubPositionsGoByHttpAtOnce) {
  Scheduler other{Settings{}, 1};
  other.push_position(at(0), {.unit = "a", .x = 1, .location = {}, .peer = {}, .vehicle = {}});
  EXPECT_TRUE(other.next(at(0)));
  EXPECT_FALSE(other.next_hub_call(at(0)));
}

TEST_F(HubSinkTest, WhatOneWayHasBroughtIsKnownToTheOther) {
  up(0);
  for (const char* unit : {"a", "b"}) position(0, unit, 1);
  take(0);
  down(1);
  EXPECT_FALSE(by_http(30));  // nothing has changed
  position(30, "a", 50);
  EXPECT_TRUE(by_http(31));
  EXPECT_EQ(shown.back(), "a 50");
  EXPECT_EQ(shown.size(), 3U);
  up(35);
  EXPECT_EQ(take(35), std::vector<std::string>{});
  position(36, "a", 51);  // it has moved too little
  EXPECT_EQ(take(36), std::vector<std::string>{});
  position(37, "b", 9);
  EXPECT_EQ(take(37), std::vector<std::string>{"b"});
  expect_counted();
}

TEST_F(HubSinkTest, WhatAnEndedConnectionLeftUnansweredGoesAgainOnceAndNewestOnly) {
  const HubCall lost = call_of_a_moved_unit();
  down(1.1);
  position(1.2, "a", 20);
  position(1.3, "a", 30);
  up(2);
  EXPECT_EQ(take(2), std::vector<std::string>{"a"});
  EXPECT_EQ(shown, (std::vector<std::string>{"a 1", "a 30"}));
  answer(2.1, lost, kTaken);  // too late: it is ignored
  EXPECT_EQ(scheduler.hub_sink().counters().lost, 1U);
  EXPECT_EQ(take(5), std::vector<std::string>{});
  expect_counted();
}

TEST_F(HubSinkTest, WhatAnEndedConnectionLeftUnansweredGoesByHttpEvenWhereTheUnitIsBack) {
  const HubCall lost = call_of_a_moved_unit();
  apply(updates(lost));  // it has arrived, but nobody knows
  down(1.1);
  position(1.2, "a", 1);
  EXPECT_TRUE(by_http(1.2 + limits::kHubGrace_s));
  EXPECT_EQ(map["a"], 1);
  expect_counted();
}

TEST_F(HubSinkTest, ACallWithoutAnAnswerIsLostAndItsUnitsGoAgain) {
  up(0);
  position(0, "a", 1);
  ASSERT_TRUE(call(0));
  EXPECT_EQ(scheduler.wakeup(at(1)), at(limits::kHubAnswer_s));
  position(1, "a", 7);
  EXPECT_FALSE(scheduler.settled());
  const auto again = call(limits::kHubAnswer_s);
  ASSERT_TRUE(again);
  EXPECT_EQ(updates(*again).at(0).at("coordinates").at("x").to_number<double>(), 7);
  EXPECT_EQ(scheduler.hub_sink().counters().lost, 1U);
  expect_counted();
}

TEST_F(HubSinkTest, EachVerdictThatIsNoSuccessLeavesTheUnitUnsent) {
  using enum api::HubRefusal;
  for (const auto& verdict : {hub_answer(kTooFast), hub_answer(kOther), hub_answer(kNone, false)}) {
    Scheduler one{Settings{}, 1};
    one.expect_hub(at(0));
    one.set_live(at(0), true);
    one.push_position(at(0), {.unit = "a", .x = 1, .location = {}, .peer = {}, .vehicle = {}});
    const auto first = one.next_hub_call(at(0));
    ASSERT_TRUE(first);
    one.hub_answered(at(0.1), first->number, verdict);
    EXPECT_EQ(one.positions().counters().delivered, 0U);
    EXPECT_EQ(one.positions().pending(), 1U);
    EXPECT_TRUE(one.next_hub_call(at(1.5)));
  }
}

TEST_F(HubSinkTest, AUnitThatIsRefusedAloneIsLeftOutAndItsReasonIsOnRecordAndToldOnce) {
  up(0);
  for (const char* unit : {"good", "bad"}) position(0, unit, 1);
  const auto refuses = [&](double from, double until) {
    for (double now = from; now < until; now += 0.25) {
      const auto leaving = call(now);
      if (!leaving) continue;
      const auto names = units(*leaving);
      const bool bad = std::ranges::find(names, "bad") != names.end();
      if (!bad) apply(updates(*leaving));
      answer(now, *leaving, bad ? hub_answer(api::HubRefusal::kUpdates) : kTaken);
    }
  };
  refuses(0, 3);
  EXPECT_EQ(map.count("good"), 1U);
  const auto* noted = scheduler.refusals().of("bad");
  ASSERT_NE(noted, nullptr);
  EXPECT_EQ(noted->refusal.error.detail, "words of the CAD");
  EXPECT_EQ(noted->refusal.operation, &api::update_unit_locations());
  EXPECT_NE(scheduler.positions().seen("bad")->left_out_until, kNever);
  const auto count_lines = [&] {
    return std::ranges::count_if(scheduler.take_log(), [](const LogLine& line) {
      return line.level == LogLevel::kWarn && line.text.find("'bad'") != std::string::npos;
    });
  };
  EXPECT_EQ(count_lines(), 1);
  EXPECT_FALSE(request(3));  // for one bad unit nothing goes by HTTP
  // The unit comes back by itself, and is refused again without a further log line.
  position(400, "bad", 2);
  refuses(400, 402);
  EXPECT_EQ(scheduler.hub_sink().counters().left_out, 2U);
  EXPECT_EQ(count_lines(), 0);
  // At last the hub takes it.
  position(800, "bad", 3);
  EXPECT_EQ(take(800), std::vector<std::string>{"bad"});
  EXPECT_EQ(scheduler.positions().seen("bad")->left_out_until, kNever);
  expect_counted();
}

TEST_F(HubSinkTest, AHubThatTakesNothingGivesPositionsToHttpAndIsTriedOn) {
  using enum api::HubRefusal;
  for (const auto& verdict : {hub_answer(kOther), hub_answer(kUpdates), hub_answer(kNone, false)}) {
    Scheduler one{Settings{}, 1};
    one.expect_hub(at(0));
    one.set_live(at(0), true);
    int requests = 0;
    std::size_t calls = 0;
    const auto turn = [&](double now, const api::HubAnswer& answer) {
      one.push_position(at(now), {.unit = "a", .x = now, .location = {}, .peer = {}, .vehicle = {}});
      one.push_position(at(now), {.unit = "b", .x = now, .location = {}, .peer = {}, .vehicle = {}});
      while (auto next = one.next(at(now))) {
        requests += next->operation == &api::update_unit_locations() ? 1 : 0;
        one.done(at(now), next->id, test::delivered());
      }
      while (auto next = one.next_hub_call(at(now))) {
        ++calls;
        one.hub_answered(at(now), next->number, answer);
      }
    };
    for (double now = 0; now < 60; now += 0.25) turn(now, verdict);
    EXPECT_GE(requests, 10);
    EXPECT_LE(calls, 30U);  // so the hub is not tried all the time
    // The first call that it takes ends HTTP's turn.
    for (double now = 60; now < 70; now += 0.25) turn(now, kTaken);
    EXPECT_TRUE(one.hub_sink().serves());
    requests = 0;
    for (double now = 70; now < 100; now += 0.25) turn(now, kTaken);
    EXPECT_EQ(requests, 0);
  }
}

TEST_F(HubSinkTest, AHubThatComesUpAndTakesNothingDoesNotKeepHttpFromItsTurn) {
  position(0, "a", 0);
  int requests = 0;
  for (int i = 0; i < 30; ++i) {
    const double now = i;
    position(now, "a", 10 * i);
    up(now + 0.1);
    static_cast<void>(call(now + 0.2));
    down(now + 0.3);
    requests += by_http(now + 0.4) ? 1 : 0;
  }
  EXPECT_GE(requests, 4);
  expect_counted();
}

TEST_F(HubSinkTest, AHubThatComesUpWaitsForARequestThatIsUnderWay) {
  const Request old = request_before_the_hub();
  EXPECT_FALSE(call(4));
  arrive(old);
  scheduler.done(at(4.5), old.id, test::delivered());
  EXPECT_EQ(take(4.5), std::vector<std::string>{"a"});
  EXPECT_EQ(shown, (std::vector<std::string>{"a 1", "a 20"}));
}

TEST_F(HubSinkTest, WhatARequestBringsLateGoesAgain) {
  const Request old = request_before_the_hub();
  EXPECT_EQ(take(4 + limits::kHubHandover_s), std::vector<std::string>{"a"});
  arrive(old);  // so the map jumps back
  scheduler.done(at(7), old.id, test::delivered());
  EXPECT_EQ(take(7), std::vector<std::string>{"a"});
  EXPECT_EQ(map["a"], 20);
  EXPECT_EQ(take(8), std::vector<std::string>{});
}

TEST_F(HubSinkTest, ARequestThatTheHubHasOvertakenSaysNothingOfWhatTheCadShows) {
  const Request old = request_before_the_hub();
  arrive(old);
  EXPECT_EQ(take(4 + limits::kHubHandover_s), std::vector<std::string>{"a"});
  position(6.5, "a", 1);  // as the request had it, but the map shows 20
  scheduler.done(at(7), old.id, test::delivered());
  EXPECT_EQ(take(7), std::vector<std::string>{"a"});
  EXPECT_EQ(map["a"], 1);
}

TEST_F(HubSinkTest, WhatARequestMayHaveBroughtGoesAgainByTheHub) {
  shown_by_hub("a");
  down(1);
  position(1, "a", 30);
  const auto old = request(1 + limits::kHubGrace_s);
  ASSERT_TRUE(old);
  arrive(*old);
  scheduler.done(at(5), old->id, test::silence());
  position(6, "a", 1);  // as the CAD acknowledged it last
  up(6);
  EXPECT_EQ(take(6), std::vector<std::string>{"a"});
  EXPECT_EQ(map["a"], 1);
}

TEST_F(HubSinkTest, AUnitThatLogsInIsBackOnTheMapAtOnceAlthoughItStands) {
  up(0);
  position(0, "license:a", 1);
  take(0);
  map.clear();
  api::UnitNews news{.what = api::UnitNews::What::kLogin,
                     .units = {{.ident = 5, .ids = {"a"}, .status = {}, .panic = {}}}};
  scheduler.heard(at(10), news);
  EXPECT_EQ(take(10.25), std::vector<std::string>{"license:a"});
  EXPECT_EQ(map.size(), 1U);
  // By HTTP too.
  down(20);
  map.clear();
  scheduler.heard(at(30), news);
  EXPECT_TRUE(by_http(30));
  EXPECT_EQ(map.size(), 1U);
}

TEST_F(HubSinkTest, ALoginAmidACallOrARequestMakesTheUnitGoAgain) {
  const api::UnitNews news{.what = api::UnitNews::What::kLogin,
                           .units = {{.ident = 5, .ids = {"a"}, .status = {}, .panic = {}}}};
  up(0);
  position(0, "a", 1);
  const auto leaving = call(0);
  scheduler.heard(at(0.05), news);
  answer(0.1, *leaving, kTaken);  // it may have been applied before
  EXPECT_EQ(take(0.25), std::vector<std::string>{"a"});
  down(1);
  position(1, "a", 50);
  const auto old = request(1 + limits::kHubGrace_s);
  ASSERT_TRUE(old);
  scheduler.heard(at(4.5), news);
  scheduler.done(at(5), old->id, test::delivered());
  EXPECT_TRUE(by_http(20));
}

TEST_F(HubSinkTest, AUnitInPanicGoesFirstWhoeverSaidSoAndWhenever) {
  up(0);
  // Before its first place is known, by another spelling; and by an event.
  scheduler.want(at(0), state::DesiredKind::kPanic, "license:early", 1, 0);
  scheduler.heard(at(0), {.what = api::UnitNews::What::kChange,
                          .units = {{.ident = 5, .ids = {"told"}, .status = {}, .panic = true}}});
  for (int i = 0; i < 60; ++i) position(0, "u" + std::to_string(i), 1000);
  position(0, "early", 1);
  position(0, "told", 1);
  const auto first = take(0);
  for (const char* unit : {"early", "told"}) EXPECT_NE(std::ranges::find(first, unit), first.end()) << unit;
  // After the end of its panic the unit is sent by need again.
  for (double now = 0.25; now < 2; now += 0.25) take(now);
  scheduler.heard(at(2), {.what = api::UnitNews::What::kChange,
                          .units = {{.ident = 5, .ids = {"told"}, .status = {}, .panic = false}}});
  for (int i = 0; i < 60; ++i) position(3, "u" + std::to_string(i), 3000);
  for (const char* unit : {"early", "told"}) position(3, unit, 4);
  const auto later = take(3);
  EXPECT_NE(std::ranges::find(later, "early"), later.end());
  EXPECT_EQ(std::ranges::find(later, "told"), later.end());
}

TEST_F(HubSinkTest, AForgottenUnitsSlotServesAnotherAndItsAnswerChangesNothing) {
  up(0);
  position(0, "a", 1);
  const auto leaving = call(0);
  scheduler.remove_unit("a");
  position(0.1, "b", 1);
  EXPECT_EQ(scheduler.positions().slot_of("b"), 0U);
  answer(0.2, *leaving, kTaken);
  EXPECT_EQ(scheduler.positions().seen("b")->taken_at, kNever);
  EXPECT_EQ(take(0.25), std::vector<std::string>{"b"});
  expect_counted();
}

TEST_F(HubSinkTest, AUnitNotHeardOfIsForgottenWhileTheHubIsUp) {
  shown_by_hub("a");
  EXPECT_EQ(scheduler.wakeup(at(100)), scheduler.positions().next_stale());
  static_cast<void>(call(301));
  EXPECT_EQ(scheduler.positions().known(), 0U);
}

TEST_F(HubSinkTest, ACallHasAtMost25UpdatesAndItsRecordFitsTheHubs) {
  up(0);
  const std::string odd(limits::kUnitIdBytes - 4, '\x01');
  const std::string text(limits::kLocationBytes, '\x02');
  for (int i = 0; i < 200; ++i) {
    scheduler.push_position(at(0), {.unit = odd + std::to_string(i),
                                    .x = 1,
                                    .location = text,
                                    .peer = std::string_view(text).substr(0, limits::kPeerIdBytes),
                                    .vehicle = std::string_view(text).substr(0, limits::kVehicleModelBytes)});
  }
  std::size_t sent = 0;
  for (double now = 0; now < 30 && sent < 200; now += 0.25) {
    const auto leaving = call(now);
    ASSERT_TRUE(leaving);
    EXPECT_LE(leaving->arguments.size() + limits::kHubFrameBytes, 32768U);
    EXPECT_LE(updates(*leaving).size(), limits::kHubUpdates);
    sent += updates(*leaving).size();
    answer(now, *leaving, kTaken);
  }
  EXPECT_EQ(sent, 200U);
}

}  // namespace
}  // namespace sonoran::schedule
