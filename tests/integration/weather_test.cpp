// Bad weather for a panic: the cases that only real sockets can show. All others, and every number of seconds, are
// tested in virtual time (tests/property/rows_test.cpp).
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/own_cad.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;

class Weather : public testing::Test, protected OwnCad {
 protected:
  Weather() : OwnCad(true) {}

  json::value of_operation(const char* operation) { return cad_stats().at("operations").at(operation); }
  int requests(const char* operation) { return of_operation(operation).at("requests").to_number<int>(); }
  void expect_within_its_limit(const char* operation) {
    const json::value counted = of_operation(operation);
    EXPECT_LE(counted.at("largest_window").to_number<int>(), counted.at("limit").to_number<int>()) << operation;
  }
  json::value unit(const std::string& name) {
    const json::value stats = cad_stats();
    const auto* unit = stats.at("units").as_object().if_contains(name);
    return unit == nullptr ? json::object{{"status", nullptr}, {"panic", nullptr}} : *unit;
  }
  static bool is_spent(Bridge& bridge, const char* operation) {
    const json::value stats = bridge.stats();
    const auto* spent = stats.at("operations").as_object().if_contains(operation);
    return spent != nullptr && spent->at("budget").at("left").to_number<int>() == 0;
  }
};

/// Presses one after another, until the budget is spent.
TEST_F(Weather, AConnectionThatClosesOnItsSecondRequestHasCountedIt) {
  set_faults({{"nth", 2}, {"half_close", "AFTER"}});
  Bridge bridge(settings_);
  for (int i = 0; i < 45 && !is_spent(bridge, "setUnitPanic"); ++i) {
    const auto panic = bridge.panic("license:" + std::to_string(i));
    EXPECT_TRUE(eventually([&] { return bridge.answered(panic) || is_spent(bridge, "setUnitPanic"); }));
  }
  for (int i = 0; i < 65 && !is_spent(bridge, "setUnitStatus"); ++i) {
    const auto status = bridge.status("license:" + std::to_string(i), i % 5);
    EXPECT_TRUE(eventually([&] { return bridge.answered(status) || is_spent(bridge, "setUnitStatus"); }));
  }
  bridge.stop(0);
  // The fault struck, and what was closed counts.
  EXPECT_GT(cad_stats().at("faults_struck").to_number<int>(), 10);
  EXPECT_GE(requests("setUnitPanic"), 15);
  for (const char* operation : {"setUnitPanic", "setUnitStatus"}) expect_within_its_limit(operation);
}

TEST_F(Weather, WhatCameWhileTheCadStoodStillCountsAllAtOnce) {
  settings_["sonoran_bridge_read_timeout_ms"] = "1000";
  Bridge bridge(settings_);
  EXPECT_EQ(bridge.answer(bridge.panic("license:first")).status, 200);
  set_faults({{"still_for_ms", 4000}});
  std::vector<std::uint64_t> panics;
  for (int i = 0; i < 30; ++i) {
    panics.push_back(bridge.panic("license:" + std::to_string(i)));
    // Officers press in turn: each press has left before the next.
    if (i < 10) {
      EXPECT_EQ(sb_flush(bridge.raw(), 1), SB_TIMED_OUT);
    }
  }
  for (const auto panic : panics) {
    EXPECT_TRUE(eventually([&] { return bridge.answered(panic).has_value(); }, std::chrono::seconds(150)));
  }
  expect_within_its_limit("setUnitPanic");
  for (int i = 0; i < 30; ++i) EXPECT_EQ(unit("license:" + std::to_string(i)).at("panic"), true);
  bridge.stop(0);
}

/// Silence of one operation does not hold the others back.
TEST_F(Weather, AnOperationThatIsNeverAnsweredDoesNotMakeTheCadUnavailable) {
  settings_["sonoran_bridge_read_timeout_ms"] = "1000";
  set_faults({{"stall", "AFTER"}, {"only", "updateUnitLocations"}});
  Bridge bridge(settings_);
  EXPECT_EQ(bridge.answer(bridge.panic("license:0")).status, 200);
  int step = 0;
  EXPECT_TRUE(eventually(
      [&] {
        bridge.position("license:a", ++step * 10.0);
        return requests("updateUnitLocations") >= 5;
      },
      std::chrono::seconds(120)));
  EXPECT_EQ(bridge.stats().at("state"), "running") << bridge.log();
  EXPECT_EQ(bridge.answer(bridge.panic("license:1")).status, 200);
  bridge.stop(0);
}

/// The CAD processes the first values after it has acknowledged newer ones.
TEST_F(Weather, TheLastValueWinsAlsoWhenAnEarlierOneIsCarriedOutLate) {
  settings_["sonoran_bridge_read_timeout_ms"] = "1000";
  json::array late;
  for (const char* operation : {"setUnitPanic", "setUnitStatus"}) {
    late.push_back({{"late_ms", 15000}, {"times", 1}, {"only", operation}});
  }
  set_faults({{"rules", late}});
  Bridge bridge(settings_);
  // Acknowledged by their second try; the first is on its way to the CAD still.
  const auto on = bridge.panic("license:a", true);
  const auto first = bridge.status("license:a", 1);
  EXPECT_EQ(bridge.answer(on).status, 200);
  EXPECT_EQ(bridge.answer(first).status, 200);
  EXPECT_EQ(bridge.answer(bridge.panic("license:a", false)).status, 200);
  EXPECT_EQ(bridge.answer(bridge.status("license:a", 2)).status, 200);
  EXPECT_TRUE(eventually([&] { return unit("license:a").at("panic") == true; })) << "the late one was carried out";
  EXPECT_TRUE(eventually([&] { return unit("license:a").at("status") == 1; })) << "the late one was carried out";
  EXPECT_TRUE(eventually([&] { return unit("license:a").at("panic") == false && unit("license:a").at("status") == 2; }))
      << json::serialize(unit("license:a"));
  bridge.stop(0);
}

}  // namespace
}  // namespace sonoran::integration
