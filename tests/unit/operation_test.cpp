// The table of operations, and the four requests that the module writes by itself.
#include "api/operation.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "api/request.h"

namespace sonoran::api {
namespace {

TEST(Operations, AreSixtyNineWithIdsOfTheirOwnAndABudgetEach) {
  std::set<std::string_view> ids;
  std::set<std::pair<std::string_view, std::string_view>> routes;
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
    EXPECT_TRUE(routes.insert({operation.method, operation.path}).second) << operation.id;
    EXPECT_GT(operation.rate_per_minute, 0) << operation.id;
    EXPECT_TRUE(operation.path.starts_with("/v2/")) << operation.id;
    EXPECT_EQ(find_operation(operation.id), &operation);
  }
  EXPECT_EQ(ids.size(), 69U);
  EXPECT_EQ(find_operation("setUnitPanik"), nullptr);
}

TEST(Operations, TheClassSaysHowEachIsTreated) {
  for (const Operation& operation : operations()) {
    if (operation.traffic_class == TrafficClass::kQuery) {
      EXPECT_EQ(operation.method, "GET") << operation.id;
    }
    if (operation.method == "GET" || operation.method == "PUT" || operation.method == "DELETE" ||
        operation.traffic_class == TrafficClass::kDesired) {
      EXPECT_TRUE(operation.repeatable) << operation.id;
    }
    if (operation.method == "POST" && operation.traffic_class == TrafficClass::kCommand) {
      EXPECT_FALSE(operation.repeatable) << operation.id;
    }
  }
  EXPECT_EQ(set_unit_panic().lane, Lane::kUrgent);
  EXPECT_EQ(update_unit_locations().lane, Lane::kBulk);
  EXPECT_EQ(update_unit_locations().traffic_class, TrafficClass::kPosition);
  EXPECT_EQ(heartbeat().traffic_class, TrafficClass::kBeat);
  EXPECT_EQ(set_unit_status().rate_per_minute, 30);
}

TEST(Request, TheServerIdGoesIntoThePath) {
  EXPECT_EQ(target(set_unit_panic(), 7), "/v2/emergency/servers/7/units/panic");
  EXPECT_EQ(target(*find_operation("getVersion"), 7), "/v2/general/version");
}

TEST(Request, PanicAndStatusCarryAllTheirUnits) {
  const std::vector<std::string> units = {"a", "say \"b\"\\", "\xC3\xBC"};
  EXPECT_EQ(panic_body(units, true), R"({"communityUserIds":["a","say \"b\"\\","ü"],"isPanic":true})");
  EXPECT_EQ(status_body({&units[0], 1}, 100), R"({"communityUserIds":["a"],"status":100})");
  EXPECT_EQ(heartbeat_body(42), R"({"playerCount":42})");
}

TEST(Request, APositionIsRoundedAndLeavesOutWhatIsNotKnown) {
  const LocationUpdate updates[] = {
      {.unit = "a",
       .location = "Elm St",
       .peer = "p1",
       .vehicle = "police3",
       .x = 441.2345,
       .y = -0.001,
       .z = 1e5,
       .heading = 359.96},
      {.unit = "b", .location = "", .peer = "", .vehicle = "", .x = 0, .y = 1.005, .z = -3, .heading = 90.04}};
  EXPECT_EQ(
      location_body(updates),
      R"({"updates":[{"communityUserId":"a","location":"Elm St","coordinates":{"x":441.23,"y":0,"z":100000,"w":0},)"
      R"("peerId":"p1","vehicle":{"model":"police3"}},{"communityUserId":"b","location":"","coordinates":{"x":0,)"
      R"("y":1,"z":-3,"w":90}}]})");
  EXPECT_EQ(location_body({}), R"({"updates":[]})");
}

}  // namespace
}  // namespace sonoran::api
