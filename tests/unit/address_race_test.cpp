#include "net/address_race.h"

#include <gtest/gtest.h>

#include "unit/virtual_time.h"

namespace sonoran::net {
namespace {

using test::at;

std::vector<std::size_t> starts(AddressRace& race, double now) {
  std::vector<std::size_t> started;
  while (const auto next = race.start(at(now))) started.push_back(*next);
  return started;
}

using Started = std::vector<std::size_t>;

TEST(AddressRace, TheNextStarts250MsAfterASynWithoutAnswer) {
  AddressRace race(3);
  EXPECT_EQ(starts(race, 0), Started{0});
  EXPECT_EQ(race.next_start(), at(0.25));
  EXPECT_EQ(starts(race, 0.249), Started{});
  EXPECT_EQ(starts(race, 0.25), Started{1});
  EXPECT_EQ(race.next_start(), at(0.5));
  EXPECT_EQ(starts(race, 0.5), Started{2});
  EXPECT_EQ(race.next_start(), kNever);
  EXPECT_FALSE(race.lost());
}

TEST(AddressRace, TheNextStartsAtOnceWhenAnAttemptFails) {
  AddressRace race(3);
  EXPECT_EQ(starts(race, 0), Started{0});
  race.failed(0);
  EXPECT_LE(race.next_start(), at(0.01));
  EXPECT_EQ(starts(race, 0.01), Started{1});
  // The first has failed; now only the second delays the third.
  EXPECT_EQ(race.next_start(), at(0.26));
}

TEST(AddressRace, ALateFailureStartsNoneWhileAnotherIsFresh) {
  AddressRace race(3);
  starts(race, 0);
  starts(race, 0.25);
  race.failed(0);
  EXPECT_EQ(starts(race, 0.26), Started{});
  race.failed(1);
  EXPECT_EQ(starts(race, 0.27), Started{2});
}

TEST(AddressRace, AfterTcpTheHandshakeHasHalfASecondAlone) {
  AddressRace race(2);
  starts(race, 0);
  race.connected(0, at(0.02));
  EXPECT_EQ(starts(race, 0.25), Started{}) << "a TCP connection is an answer";
  EXPECT_EQ(race.next_start(), at(0.52));
  EXPECT_EQ(starts(race, 0.52), Started{1});
}

TEST(AddressRace, OrThreeRoundTripsWhereTheWayIsLong) {
  AddressRace race(2);
  starts(race, 0);
  race.connected(0, at(0.2));
  EXPECT_EQ(race.next_start(), at(0.2 + 3 * 0.2));
}

TEST(AddressRace, WhoeverIsFurtherHoldsTheNextBackLonger) {
  AddressRace race(3);
  starts(race, 0);
  starts(race, 0.25);
  race.connected(0, at(0.26));  // a late answer to the first SYN
  EXPECT_EQ(race.next_start(), at(0.26 + 3 * 0.26));
  race.failed(0);
  EXPECT_EQ(race.next_start(), at(0.5));
}

TEST(AddressRace, ItIsLostWhenAllHaveFailed) {
  AddressRace race(2);
  starts(race, 0);
  race.failed(0);
  EXPECT_FALSE(race.lost());
  starts(race, 0.01);
  race.failed(1);
  EXPECT_TRUE(race.lost());
  EXPECT_EQ(starts(race, 9), Started{});
}

TEST(AddressRace, TheWinnerOvertookThoseThatBeganBeforeItAndAreUnderWay) {
  AddressRace race(4);
  starts(race, 0);
  starts(race, 0.25);
  starts(race, 0.5);
  race.failed(1);
  EXPECT_EQ(race.overtaken_by(2), Started{0});
  EXPECT_EQ(race.overtaken_by(0), Started{});
}

}  // namespace
}  // namespace sonoran::net
