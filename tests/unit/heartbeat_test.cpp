#include "state/heartbeat.h"

#include <gtest/gtest.h>

#include "virtual_time.h"

namespace sonoran::state {
namespace {

using test::at;
using namespace std::chrono_literals;

struct HeartbeatTest : testing::Test {
  Heartbeat heartbeat{60s};
  ~HeartbeatTest() override {
    const auto& c = heartbeat.counters();
    EXPECT_EQ(c.accepted, c.delivered + c.coalesced + c.rejected + c.shutdown + heartbeat.pending());
  }
};

TEST_F(HeartbeatTest, IsNotDueBeforeTheFirstCountAndThenAtOnce) {
  EXPECT_EQ(heartbeat.due(), kNever);
  heartbeat.set(at(3), 12);
  EXPECT_EQ(heartbeat.due(), at(3));
}

TEST_F(HeartbeatTest, TheNewestWins) {
  heartbeat.set(at(0), 1);
  heartbeat.set(at(1), 2);
  EXPECT_EQ(heartbeat.take(), 2U);
  heartbeat.set(at(2), 3);
  heartbeat.count_coalesced(4);
  heartbeat.delivered(at(2));
  EXPECT_EQ(heartbeat.counters().coalesced, 5U);
  EXPECT_EQ(heartbeat.counters().delivered, 1U);
  EXPECT_EQ(heartbeat.due(), at(62)) << "not more often than every 60 s";
  EXPECT_EQ(heartbeat.take(), 3U);
}

TEST_F(HeartbeatTest, GoesOnWithTheLastCountWhereNoNewOneCame) {
  heartbeat.set(at(0), 7);
  heartbeat.take();
  EXPECT_EQ(heartbeat.due(), kNever) << "one at a time";
  heartbeat.delivered(at(1));
  ASSERT_EQ(heartbeat.due(), at(61));
  EXPECT_EQ(heartbeat.take(), 7U);
  heartbeat.delivered(at(62));
  EXPECT_EQ(heartbeat.counters().delivered, 1U) << "a repeat is no new count";
}

TEST_F(HeartbeatTest, AFailureIsTriedAgainWithTheNewestCount) {
  heartbeat.set(at(0), 7);
  heartbeat.take();
  heartbeat.set(at(1), 8);
  heartbeat.failed();
  EXPECT_LE(heartbeat.due(), at(1));
  EXPECT_EQ(heartbeat.take(), 8U);
  heartbeat.failed();
  EXPECT_EQ(heartbeat.take(), 8U);
}

TEST_F(HeartbeatTest, ARefusedCountIsDroppedAndTheNextOneWaitsItsTurn) {
  heartbeat.set(at(0), 7);
  heartbeat.take();
  heartbeat.rejected(at(1));
  EXPECT_EQ(heartbeat.counters().rejected, 1U);
  EXPECT_EQ(heartbeat.due(), at(61));
}

TEST_F(HeartbeatTest, EndsWithWhatItHad) {
  heartbeat.set(at(0), 7);
  heartbeat.drop_all();
  EXPECT_EQ(heartbeat.due(), kNever);
  EXPECT_EQ(heartbeat.counters().shutdown, 1U);
}

}  // namespace
}  // namespace sonoran::state
