#include "schedule/live_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using test::at;

Settings settings() {
  const std::array<SettingPair, 1> pairs = {SettingPair{"sonoran_apiKey", "k"}};
  return *parse_settings(pairs);
}

MapPlace place(double x, double heading = 0, std::uint32_t texts = 0) {
  return {.x = x, .heading = heading, .texts = texts, .bytes = 200};
}

class LiveMapTest : public testing::Test {
 protected:
  /// Slots of the call that leaves at `now`, in order.
  std::vector<Slot> leave(double now) {
    const auto call = map.next(at(now));
    number = call ? call->number : 0;
    std::vector<Slot> slots;
    if (!call) return slots;
    for (const auto& update : call->updates) {
      slots.push_back(update.slot);
      places[update.slot] = update.place;
    }
    return slots;
  }
  std::optional<Slot> end(double now, HubVerdict verdict = HubVerdict::kTaken) {
    return map.ended(at(now), number, verdict);
  }
  /// `count` units that the CAD knows at x = 0.
  void settle(Slot count) {
    for (Slot slot = 0; slot < count; ++slot) map.read(at(0), slot, place(0));
    double now = 0;
    for (; !leave(now).empty(); now += 0.25) end(now + 0.06);
    ASSERT_LE(now, 30);
  }

  LiveMap map{settings()};
  std::uint64_t number = 0;
  std::map<Slot, MapPlace> places;
};

TEST_F(LiveMapTest, AUnitIsSentWhenItsPlaceWasReadAndNotBefore) {
  map.track(at(0), 3);
  EXPECT_EQ(map.due(at(0)), kNever);
  map.read(at(0.1), 3, place(5));
  EXPECT_EQ(leave(0.1), std::vector<Slot>{3});
  EXPECT_EQ(places[3], place(5));
  EXPECT_FALSE(map.settled(3));
  end(0.15);
  EXPECT_TRUE(map.settled(3));
  EXPECT_EQ(map.acknowledged(3), place(5));
}

TEST_F(LiveMapTest, WhoHasHardlyMovedStays) {
  settle(1);
  map.read(at(20), 0, place(1.9, 14));
  EXPECT_EQ(map.due(at(20)), kNever);
  for (const MapPlace& moved : {place(2, 0), place(0, 15), place(0, 345), place(0, 0, 1)}) {
    map.read(at(21), 0, moved);
    EXPECT_NE(map.due(at(21)), kNever);
  }
}

TEST_F(LiveMapTest, AUnitThatStandsStillIsSentAgainAfterAWhile) {
  settle(1);
  map.read(at(59), 0, place(0));
  EXPECT_EQ(map.due(at(59)), kNever);
  map.read(at(70), 0, place(0));
  EXPECT_EQ(leave(70), std::vector<Slot>{0});
}

TEST_F(LiveMapTest, WhoStandsStillWaitsUntilNobodyMovesAndForTenTimesAsLongAtMost) {
  settle(40);
  bool sent = false;
  for (double now = 20; now < 700 && !sent; now += 0.25) {
    map.read(at(now), 0, place(0));
    for (Slot slot = 1; slot < 40; ++slot) map.read(at(now), slot, place(now * 40));
    sent = std::ranges::count(leave(now), Slot{0}) != 0;
    end(now + 0.06);
    EXPECT_TRUE(!sent || now >= 600) << now;
  }
  EXPECT_TRUE(sent);
}

TEST_F(LiveMapTest, ACallHas25UpdatesAndNoMoreBytesThanTheHubTakes) {
  for (Slot slot = 0; slot < 60; ++slot) map.read(at(0), slot, place(0));
  EXPECT_EQ(leave(0).size(), 25U);
  end(0.1);
  for (Slot slot = 0; slot < 60; ++slot) {
    MapPlace large = place(100);
    large.bytes = 4000;
    map.read(at(1), slot, large);
  }
  EXPECT_EQ(leave(1).size(), 7U);
}

TEST_F(LiveMapTest, WhatACallDoesNotDeliverGoesAgainAsItIsThen) {
  for (const HubVerdict verdict : {HubVerdict::kTooFast, HubVerdict::kLost, HubVerdict::kRefused}) {
    map = LiveMap(settings());
    map.read(at(0), 0, place(0));
    leave(0);
    end(0.1);
    map.read(at(1), 0, place(50));
    leave(1);
    end(1.1, verdict);
    EXPECT_EQ(map.acknowledged(0), place(0));
    // The unit is back where it was, but it is not known what the map shows.
    map.read(at(2), 0, place(0));
    EXPECT_EQ(leave(2), std::vector<Slot>{0});
    EXPECT_EQ(places[0], place(0));
    end(2.1);
    EXPECT_TRUE(map.settled(0));
  }
}

TEST_F(LiveMapTest, AfterAReconnectWhatMayNotHaveArrivedGoesAgainNewestOnly) {
  settle(2);
  map.read(at(20), 0, place(50));
  leave(20);
  map.read(at(20.25), 0, place(60));
  leave(20.25);
  map.disconnected(at(21));
  map.read(at(22), 0, place(70));
  EXPECT_EQ(leave(22), std::vector<Slot>{0});
  EXPECT_EQ(places[0], place(70));
  EXPECT_EQ(leave(23), std::vector<Slot>{});
}

TEST_F(LiveMapTest, TheLateEndOfAnOlderCallChangesNothingOfWhatTheMapShows) {
  for (const HubVerdict verdict : {HubVerdict::kLost, HubVerdict::kTaken}) {
    map = LiveMap(settings());
    settle(1);
    map.read(at(20), 0, place(50));
    leave(20);
    const std::uint64_t first = number;
    map.read(at(20.25), 0, place(60));
    leave(20.25);
    end(20.3);
    map.ended(at(20.4), first, verdict);
    EXPECT_EQ(map.acknowledged(0), place(60));
    EXPECT_TRUE(map.settled(0));
  }
}

TEST_F(LiveMapTest, AnAnswerIsNotTakenForAnotherUnitInTheSameSlot) {
  settle(1);
  map.read(at(20), 0, place(50));
  leave(20);
  map.forget(0);
  map.read(at(20.1), 0, place(900));
  end(20.2);
  EXPECT_EQ(map.acknowledged(0), std::nullopt);
  EXPECT_EQ(leave(20.25), std::vector<Slot>{0});
}

TEST_F(LiveMapTest, AUnitThatLoggedInIsReadAndSentAtOnceAlsoWhereItStoodStill) {
  settle(200);
  map.read(at(30), 7, place(0));
  EXPECT_EQ(map.due(at(30)), kNever);
  map.logged_in(at(30), 7);
  EXPECT_LE(map.readings_due(at(30)), at(30.02));
  const auto readings = map.name_readings(at(30.02));
  EXPECT_TRUE(readings.front().slot == 7 && readings.front().whole);
  EXPECT_EQ(leave(30.02), std::vector<Slot>{7});
}

TEST_F(LiveMapTest, WhatWasUnderWayAtALoginCountsForNothing) {
  settle(1);
  map.read(at(20), 0, place(50));
  leave(20);
  map.logged_in(at(20.1), 0);
  end(20.2);
  EXPECT_EQ(map.acknowledged(0), std::nullopt);
  EXPECT_EQ(leave(20.25), std::vector<Slot>{0});
}

TEST_F(LiveMapTest, AUnitInPanicGoesFirstForHoweverLittleItMoved) {
  settle(100);
  for (Slot slot = 0; slot < 100; ++slot) map.read(at(20), slot, place(slot == 42 ? 0.5 : 100));
  map.set_panic(at(20), 42, true);
  EXPECT_EQ(leave(20.1).front(), 42U);
}

TEST_F(LiveMapTest, ARefusalOfOneBadUnitIsSearchedForInHalvesBesideTheRestOfTheMap) {
  constexpr Slot kBad = 11;
  std::set<Slot> known;
  std::vector<Slot> left_out;
  double now = 0;
  for (Slot slot = 0; slot < 100; ++slot) map.read(at(0), slot, place(0));
  for (; now < 20; now += 0.25) {
    const std::vector<Slot> call = leave(now);
    if (call.empty()) continue;
    const bool bad = std::ranges::find(call, kBad) != call.end();
    if (!bad) known.insert(call.begin(), call.end());
    if (const auto out = end(now + 0.06, bad ? HubVerdict::kBadUnit : HubVerdict::kTaken)) left_out.push_back(*out);
  }
  EXPECT_EQ(left_out, std::vector<Slot>{kBad});
  EXPECT_EQ(known.size(), 99U);
  // After its time the unit comes back, in a call of its own.
  map.read(at(200), kBad, place(9));
  EXPECT_EQ(map.due(at(200)), kNever);
  map.read(at(320), kBad, place(9));
  EXPECT_EQ(leave(320), std::vector<Slot>{kBad});
}

/// A call of 25 in halves: at most two calls for each halving, and the rest of the map has every second one.
TEST_F(LiveMapTest, ABadUnitIsFoundInTwentyCallsAmongHoweverManyAndTheRestMoves) {
  for (const Slot units : {25U, 64U, 2048U}) {
    for (Slot bad = 0; bad < units; bad += units / 5) {
      map = LiveMap(settings());
      settle(units);
      int search = 0;
      std::size_t others = 0;
      double now = 200;
      for (bool refused = false; now < 230; now += 0.25) {
        for (Slot slot = 0; slot < units; ++slot) map.read(at(now), slot, place(now * 40 + slot));
        const std::vector<Slot> call = leave(now);
        const bool is_bad = std::ranges::count(call, bad) != 0;
        refused = refused || is_bad;
        if (refused) ++search;
        if (refused && !is_bad) others += call.size();
        if (end(now + 0.06, is_bad ? HubVerdict::kBadUnit : HubVerdict::kTaken) == bad) break;
      }
      EXPECT_LE(now, 229) << bad << " of " << units;
      EXPECT_LE(search, 20) << bad << " of " << units;
      // Every second call was for the other units, if there are any.
      if (units > 50) {
        EXPECT_GE(others, static_cast<std::size_t>(search / 2 - 1) * 25) << bad << " of " << units;
      }
    }
  }
}

TEST_F(LiveMapTest, ASearchEndsAlsoWhenItsUnitsLeaveOrItsCallsAreLost) {
  for (Slot slot = 0; slot < 8; ++slot) map.read(at(0), slot, place(0));
  leave(0);
  end(0.1, HubVerdict::kBadUnit);
  EXPECT_EQ(leave(1).size(), 4U);
  end(1.1, HubVerdict::kLost);
  for (Slot slot = 0; slot < 3; ++slot) map.forget(slot);
  std::set<Slot> known;
  for (double now = 2; now < 5; now += 0.25) {
    for (const Slot slot : leave(now)) known.insert(slot);
    end(now + 0.1);
  }
  EXPECT_EQ(known, (std::set<Slot>{3, 4, 5, 6, 7}));
}

TEST_F(LiveMapTest, RefusalsForUnknownReasonsAreThoughtToBeAboutAUnitTheThirdTimeInARow) {
  for (Slot slot = 0; slot < 8; ++slot) map.read(at(0), slot, place(0));
  for (const double now : {0.0, 0.25, 0.5}) {
    EXPECT_EQ(leave(now).size(), 8U);
    end(now + 0.1, HubVerdict::kRefused);
  }
  EXPECT_EQ(leave(0.75).size(), 4U);
}

TEST_F(LiveMapTest, WhatIsNewIsReadAtOnceAndWholeSixtyATurn) {
  for (Slot slot = 0; slot < 100; ++slot) map.track(at(0), slot);
  std::set<Slot> named;
  for (const double now : {0.0, 0.02}) {
    EXPECT_LE(map.readings_due(at(now)), at(now));
    for (const auto reading : map.name_readings(at(now))) {
      EXPECT_TRUE(reading.whole);
      named.insert(reading.slot);
    }
    EXPECT_EQ(named.size(), now == 0 ? limits::kHubReadings : 100U);
  }
}

TEST_F(LiveMapTest, EveryTrackedUnitIsReadEveryTwoSecondsAndATurnNamesSixtyAtMost) {
  for (const Slot units : {1U, 64U, 200U, 480U, 1000U, 2048U}) {
    map = LiveMap(settings());
    std::vector<double> read(units, 0);
    for (Slot slot = 0; slot < units; ++slot) map.read(at(0), slot, place(0));
    for (double now = 0.005; now < 12; now += 0.005) {
      if (leave(now).empty() || end(now)) {
      }
      if (map.readings_due(at(now)) > at(now)) continue;
      const auto readings = map.name_readings(at(now));
      ASSERT_LE(readings.size(), limits::kHubReadings);
      std::set<Slot> distinct;
      for (const auto reading : readings) {
        EXPECT_TRUE(distinct.insert(reading.slot).second);
        EXPECT_LE(now - read[reading.slot], 2.02) << units;
        read[reading.slot] = now;
        // A third of the units moves fast, and the ranking prefers these.
        map.read(at(now), reading.slot, place(reading.slot % 3 == 0 ? now * 45 : 0));
      }
    }
    for (Slot slot = 0; slot < units; ++slot) EXPECT_GE(read[slot], 9.9) << slot << " of " << units;
  }
}

TEST_F(LiveMapTest, WhoIsInPanicIsReadInEveryTurnAndWhoIsNotAnyMoreIsNot) {
  settle(1000);
  for (Slot slot = 0; slot < 1000; ++slot) map.read(at(20), slot, place(0));
  map.set_panic(at(20), 7, true);
  for (double now = 20; now < 21; now += 0.02) {
    const auto readings = map.name_readings(at(now));
    EXPECT_TRUE(std::ranges::any_of(readings, [](const auto& one) { return one.slot == 7 && one.whole; })) << now;
  }
  map.set_panic(at(21), 7, false);
  int named = 0;
  for (double now = 21; now < 22; now += 0.02) {
    for (const auto reading : map.name_readings(at(now))) named += reading.slot == 7;
  }
  EXPECT_LE(named, 1);
}

TEST_F(LiveMapTest, ATurnNamesSixtyAtMostAlsoWhereNewUnitsMeetPanics) {
  settle(30);
  for (Slot slot = 0; slot < 30; ++slot) {
    map.set_panic(at(20), slot, true);
    map.read(at(20), slot, place(0));
  }
  for (Slot slot = 100; slot < 200; ++slot) map.track(at(20), slot);
  EXPECT_EQ(map.name_readings(at(20.1)).size(), limits::kHubReadings);
}

TEST_F(LiveMapTest, PlacesAreNamedAsEarlyBeforeACallAsTheGameTakesToReadThem) {
  for (const double takes_s : {0.02, 0.04, 0.07}) {
    map = LiveMap(settings());
    settle(10);
    double named_at = 0;
    double left_at = 30;
    std::vector<Slot> to_read;
    for (double now = 20; now < 60; now += 0.001) {
      if (!to_read.empty() && now >= named_at + takes_s) {
        for (const Slot slot : to_read) map.read(at(now), slot, place(now * 40));
        to_read.clear();
      }
      if (to_read.empty() && map.readings_due(at(now)) <= at(now)) {
        for (const auto reading : map.name_readings(at(now))) to_read.push_back(reading.slot);
        named_at = now;
      }
      if (leave(now).empty()) continue;
      end(now);
      if (now < 30) continue;
      EXPECT_LE(now * 40 - places[0].x, 0.02 * 40) << takes_s;
      EXPECT_LE(now - left_at, 0.263) << takes_s;
      left_at = now;
    }
  }
}

TEST_F(LiveMapTest, ACallWaitsForReadingsThatAreAboutToComeAndNotForLong) {
  settle(10);
  for (Slot slot = 0; slot < 10; ++slot) map.read(at(20), slot, place(90));
  leave(20);
  end(20.06);
  for (Slot slot = 0; slot < 10; ++slot) map.read(at(20.1), slot, place(100));
  map.name_readings(at(20.23));
  EXPECT_EQ(leave(20.25), std::vector<Slot>{});
  EXPECT_EQ(leave(20.263).size(), 10U);
}

TEST_F(LiveMapTest, ACallWaitsForNoneOfThoseThatCouldNotBeRead) {
  settle(10);
  for (Slot slot = 0; slot < 10; ++slot) map.read(at(20), slot, place(90));
  leave(20);
  end(20.06);
  for (Slot slot = 0; slot < 10; ++slot) map.read(at(20.1), slot, place(100));
  ASSERT_FALSE(map.name_readings(at(20.23)).empty());
  map.read(at(20.24), 3, place(103));
  map.readings_answered();
  EXPECT_EQ(leave(20.25).size(), 10U);
  EXPECT_EQ(places[3], place(103));
}

TEST_F(LiveMapTest, WhoCannotBeReadIsSentAndNeverNamed) {
  map.read(at(0), 0, place(0), false);
  map.read(at(0), 1, place(0));
  EXPECT_EQ(leave(0).size(), 2U);
  end(0.06);
  map.set_panic(at(0.1), 0, true);
  map.logged_in(at(0.1), 0);
  for (double now = 0.1; now < 10; now += 0.05) {
    if (map.readings_due(at(now)) > at(now)) continue;
    for (const LiveMap::Reading& reading : map.name_readings(at(now))) EXPECT_EQ(reading.slot, 1U);
    map.read(at(now), 1, place(now * 20));
    leave(now);
    end(now);
  }
  map.read(at(10), 0, place(50));
  ASSERT_LE(map.readings_due(at(20)), at(20));
  bool named = false;
  for (const LiveMap::Reading& reading : map.name_readings(at(20))) named = named || reading.slot == 0;
  EXPECT_TRUE(named) << "now it can be read";
}

}  // namespace
}  // namespace sonoran::schedule
