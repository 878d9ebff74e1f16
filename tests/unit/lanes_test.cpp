#include "schedule/lanes.h"

#include <gtest/gtest.h>

namespace sonoran::schedule {
namespace {

const api::Operation& find(const char* id) {
  return *api::find_operation(id);
}

/// How many requests find a connection.
std::size_t room(Lanes& lanes, const api::Operation& operation, Traffic traffic) {
  std::size_t count = 0;
  for (; lanes.free(operation, traffic) && count < 100; ++count) lanes.enter(operation, traffic);
  return count;
}

TEST(Lanes, UrgentRequestsAlwaysHaveAConnection) {
  Lanes lanes;
  EXPECT_EQ(room(lanes, api::set_unit_panic(), Traffic::kOwn), 100U);
  EXPECT_EQ(room(lanes, find("create911Call"), Traffic::kCall), 100U);
}

TEST(Lanes, CallsLeaveTheLastConnectionOfTheNormalLaneToTheModulesOwn) {
  Lanes lanes;
  EXPECT_EQ(room(lanes, find("getCalls"), Traffic::kCall), limits::kNormalConnections - 1);
  EXPECT_FALSE(lanes.free(api::get_active_units(), Traffic::kCall)) << "who is on duty is no more urgent than a call";
  EXPECT_EQ(room(lanes, api::set_unit_status(), Traffic::kOwn), 1U);
  EXPECT_FALSE(lanes.free(api::heartbeat(), Traffic::kOwn));
  lanes.leave(find("getCalls"), Traffic::kCall);
  EXPECT_TRUE(lanes.free(find("getCalls"), Traffic::kCall));
}

TEST(Lanes, TheModulesOwnMayTakeAllOfTheNormalLane) {
  Lanes lanes;
  EXPECT_EQ(room(lanes, api::set_unit_status(), Traffic::kOwn), limits::kNormalConnections);
  EXPECT_FALSE(lanes.free(find("getCalls"), Traffic::kCall));
}

TEST(Lanes, WhatOnlyKnocksTakesNobodysConnection) {
  Lanes lanes;
  EXPECT_EQ(room(lanes, find("getVersion"), Traffic::kKnock), 100U);
  EXPECT_EQ(room(lanes, api::set_unit_status(), Traffic::kOwn), limits::kNormalConnections);
  EXPECT_TRUE(lanes.free(find("getVersion"), Traffic::kKnock));
  lanes.leave(find("getVersion"), Traffic::kKnock);
  EXPECT_FALSE(lanes.free(api::set_unit_status(), Traffic::kOwn));
}

TEST(Lanes, PositionsHaveAConnectionOfTheirOwnWhateverCallsDo) {
  Lanes lanes;
  EXPECT_EQ(room(lanes, find("setPenalCodes"), Traffic::kCall), limits::kBulkConnections - 1);
  EXPECT_TRUE(lanes.free(api::update_unit_locations(), Traffic::kOwn));
  lanes.enter(api::update_unit_locations(), Traffic::kOwn);
  lanes.leave(find("setPenalCodes"), Traffic::kCall);
  EXPECT_TRUE(lanes.free(find("setPenalCodes"), Traffic::kCall));
}

}  // namespace
}  // namespace sonoran::schedule
