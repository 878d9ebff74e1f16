// The reports of sb_units and sb_stats, for a scheduler in virtual time.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings.h"
#include "runtime/report.h"
#include "schedule/scheduler.h"
#include "virtual_time.h"

namespace sonoran::runtime {
namespace {

namespace json = boost::json;
using state::DesiredKind;
using test::at;

struct UnitsReport : testing::Test {
  schedule::Scheduler scheduler{Settings{}, 1};

  void push(double time_s, const char* unit, double x, double y, double heading) {
    state::PositionSample sample;
    sample.unit = unit;
    sample.x = x;
    sample.y = y;
    sample.heading = heading;
    ASSERT_TRUE(scheduler.push_position(at(time_s), sample));
  }
  /// Sends all that may leave now, and answers it with `outcome`.
  void answer(double time_s, const api::Outcome& outcome) {
    while (const auto request = scheduler.next(at(time_s))) scheduler.done(at(time_s), request->id, outcome);
  }
  static api::Outcome no_answer() {
    api::Outcome outcome;
    outcome.failure = api::Failure::kConnect;
    outcome.error = {ErrorKind::kUnavailable, "Title", "A sentence.", ""};
    return outcome;
  }
  double waits(double time_s, std::string_view operation) const {
    return stats(time_s)
        .at("operations")
        .at({operation.data(), operation.size()})
        .at("longest_wait_s")
        .to_number<double>();
  }
  void take(double time_s) {
    api::Outcome taken;
    taken.status = 200;
    answer(time_s, taken);
  }
  /// The rows, by unit.
  std::map<std::string, json::array> units(double time_s) const {
    std::map<std::string, json::array> found;
    for (const std::string& piece : units_report(scheduler, at(time_s))) {
      const json::value read = json::parse(piece);
      for (const json::value& row : read.at("rows").as_array()) {
        found[json::value_to<std::string>(row.at(0))] = row.as_array();
      }
    }
    return found;
  }
  EventCounts events;
  json::value stats(double time_s) const {
    const HubReport hub{.client = nullptr, .reason = "", .events = events, .dropped = 0};
    return json::parse(report(scheduler, {}, hub, at(0), at(time_s)));
  }
};

TEST_F(UnitsReport, NobodyIsAnEmptyList) {
  EXPECT_EQ(units_report(scheduler, at(0)), std::vector<std::string>{R"({"piece":0,"of":1,"panics":0,"rows":[]})"});
}

TEST_F(UnitsReport, ManyUnitsComeInPiecesOfABoundAndThoseInPanicWithEach) {
  constexpr std::size_t kMany = 3 * kPieceUnits + 5;
  constexpr std::size_t kPressed = kPiecePanics + 3;  // more than fit into each piece
  for (std::size_t i = 0; i < kMany; ++i) push(0, ("unit-" + std::to_string(i)).c_str(), 1, 2, 3);
  for (std::size_t i = 0; i < kPressed; ++i) {
    scheduler.want(at(0), DesiredKind::kPanic, "unit-" + std::to_string(7 * i), 1, i + 1);
  }
  const auto pieces = units_report(scheduler, at(1));
  ASSERT_EQ(pieces.size(), 3U);  // 741 rows beside those that come with each
  std::map<std::string, std::size_t> seen;
  std::set<std::string> in_panic;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const json::value piece = json::parse(pieces[i]);
    EXPECT_EQ(piece.at("piece"), i);
    EXPECT_EQ(piece.at("of"), pieces.size());
    EXPECT_EQ(piece.at("panics"), kPressed);
    EXPECT_LE(piece.at("rows").as_array().size(), kPieceUnits + kPiecePanics);
    for (const json::value& row : piece.at("rows").as_array()) {
      const auto unit = json::value_to<std::string>(row.at(0));
      ++seen[unit];
      if (row.at(6) != 0) in_panic.insert(unit);
    }
  }
  EXPECT_EQ(seen.size(), kMany);
  EXPECT_EQ(in_panic.size(), kPressed);
  std::size_t with_each = 0;
  for (const auto& [unit, times] : seen) {
    with_each += times == pieces.size() ? 1 : 0;
    EXPECT_TRUE(times == 1 || (times == pieces.size() && in_panic.contains(unit))) << unit << ' ' << times;
  }
  EXPECT_EQ(with_each, kPiecePanics);
}

TEST_F(UnitsReport, APlaceHasItsAgeAndTheAgeOfWhatTheCadHas) {
  push(0, "a", 10.4, -20.6, 359.6);
  EXPECT_EQ(units(3).at("a"), json::parse(R"(["a", 10, -21, 360, 3, null, 0, 0])").as_array());
  take(4);
  push(6, "a", 500, 0, 90);
  EXPECT_EQ(units(10).at("a"), json::parse(R"(["a", 500, 0, 90, 4, 6, 0, 0])").as_array());
}

TEST_F(UnitsReport, APlaceThatTheCadRefusedHasNotArrivedThere) {
  push(0, "a", 10, 20, 30);
  api::Outcome refused;
  refused.failure = api::Failure::kRejected;
  refused.status = 400;
  refused.error = {ErrorKind::kRejected, "Title", "A sentence.", "trace"};
  answer(1, refused);
  EXPECT_EQ(units(2).at("a"), json::parse(R"(["a", 10, 20, 30, 2, null, 0, 1])").as_array());
}

TEST_F(UnitsReport, APanicWaitsAndThenHasArrivedAlsoWhereNobodyKnowsThePlace) {
  push(0, "a", 1, 2, 3);
  scheduler.want(at(0), DesiredKind::kPanic, "a", 1, 1);
  scheduler.want(at(0), DesiredKind::kPanic, "\"lost\"", 1, 2);
  scheduler.want(at(0), DesiredKind::kPanic, "off", 0, 3);
  EXPECT_EQ(units(1).at("a").at(6), 1);
  EXPECT_EQ(units(1).at("\"lost\""), json::parse(R"(["\"lost\"", null, null, null, null, null, 1, 0])").as_array());
  EXPECT_EQ(units(1).count("off"), 0U);
  take(1);
  EXPECT_EQ(units(2).at("a").at(6), 2);
  scheduler.want(at(3), DesiredKind::kPanic, "a", 0, 4);
  EXPECT_EQ(units(3).at("a").at(6), 0);
}

TEST_F(UnitsReport, AStateHasItsAgeAndAFailureItsWords) {
  scheduler.set_player_count(at(0), 3);
  take(5);
  EXPECT_EQ(stats(25).at("state"), "running");
  EXPECT_EQ(stats(25).at("state_s").to_number<double>(), 20);
  EXPECT_TRUE(stats(25).at("operations").at("setUnitPanic").at("last_failure").is_null());
  scheduler.want(at(30), DesiredKind::kPanic, "a", 1, 1);
  api::Outcome refused;
  refused.failure = api::Failure::kRejected;
  refused.status = 400;
  refused.error = {ErrorKind::kRejected, "Title", std::string(1000, 'x'), "trace"};
  answer(30, refused);
  const json::value last = stats(31).at("operations").at("setUnitPanic").at("last_failure");
  EXPECT_EQ(last.at("kind"), "rejected");
  EXPECT_EQ(last.at("trace_id"), "trace");
  EXPECT_EQ(last.at("ago_s").to_number<double>(), 1);
  EXPECT_LE(last.at("detail").as_string().size(), 403U);
}

TEST_F(UnitsReport, APanicsLatencyIsFromThePressToTheAnswer) {
  scheduler.want(at(10), DesiredKind::kPanic, "a", 1, 1);
  EXPECT_EQ(stats(12).at("classes").at("panic").at("longest_wait_s").to_number<double>(), 2);
  const auto request = scheduler.next(at(12));
  ASSERT_TRUE(request);
  api::Outcome taken;
  taken.status = 200;
  scheduler.done(at(13), request->id, taken);
  const json::value latency = stats(14).at("classes").at("panic").at("latency_ms");
  EXPECT_EQ(latency.at("count"), 1);
  EXPECT_EQ(latency.at("sum").to_number<double>(), 3000);
  EXPECT_EQ(stats(14).at("classes").at("panic").at("longest_wait_s").to_number<double>(), 0);
}

// For how long the oldest of each operation has waited: in flight as well, and counted from the first value that was
// replaced.

TEST_F(UnitsReport, APlaceWaitsFromItsFirstSampleUntilTheCadHasOne) {
  EXPECT_EQ(waits(0, "updateUnitLocations"), 0);
  push(1, "a", 1, 2, 3);
  push(2, "b", 1, 2, 3);
  push(3, "a", 100, 2, 3);
  EXPECT_EQ(waits(4, "updateUnitLocations"), 3);
  const auto sent = scheduler.next(at(5));
  ASSERT_TRUE(sent);
  EXPECT_EQ(waits(6, "updateUnitLocations"), 5);
  push(7, "b", 300, 2, 3);
  scheduler.done(at(8), sent->id, no_answer());
  EXPECT_EQ(waits(9, "updateUnitLocations"), 8) << "what did not arrive has waited all the time";
  take(60);
  EXPECT_EQ(waits(61, "updateUnitLocations"), 0);
  push(62, "b", 900, 2, 3);
  EXPECT_EQ(waits(64, "updateUnitLocations"), 2);
}

TEST_F(UnitsReport, ACountOfPlayersWaitsFromItsFirstUntilTheCadHasOne) {
  scheduler.set_player_count(at(1), 3);
  scheduler.set_player_count(at(2), 4);
  EXPECT_EQ(waits(4, "heartbeat"), 3);
  const auto sent = scheduler.next(at(4));
  ASSERT_TRUE(sent);
  scheduler.set_player_count(at(5), 5);
  EXPECT_EQ(waits(6, "heartbeat"), 5);
  scheduler.done(at(7), sent->id, no_answer());
  EXPECT_EQ(waits(8, "heartbeat"), 7);
  take(60);
  EXPECT_EQ(waits(61, "heartbeat"), 0);
}

TEST_F(UnitsReport, APressWaitsUntilTheCadHasItAndOneOperationSaysNothingOfAnother) {
  scheduler.want(at(1), DesiredKind::kStatus, "a", 1, 1);
  scheduler.want(at(3), DesiredKind::kPanic, "a", 1, 2);
  EXPECT_EQ(waits(4, "setUnitStatus"), 3);
  EXPECT_EQ(waits(4, "setUnitPanic"), 1);
  take(5);
  EXPECT_EQ(waits(6, "setUnitStatus"), 0);
}

}  // namespace
}  // namespace sonoran::runtime
