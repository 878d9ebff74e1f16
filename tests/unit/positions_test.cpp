#include "state/positions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "api/request.h"
#include "core/limits.h"
#include "counted.h"
#include "virtual_time.h"

namespace sonoran::state {
namespace {

using test::at;

struct PositionsTest : testing::Test {
  Positions positions{PositionRules{}};
  void push(double time_s, const char* unit, double x, double heading = 0, const char* location = "Main St") {
    PositionSample sample;
    sample.unit = unit;
    sample.x = x;
    sample.heading = heading;
    sample.location = location;
    ASSERT_TRUE(positions.push(at(time_s), sample));
  }
  bool is_due(double time_s) { return positions.due() <= at(time_s); }
  ~PositionsTest() override { EXPECT_EQ(positions.counters().accepted, test::counted(positions)); }
};

TEST_F(PositionsTest, TheNewestWinsAndAllThatMovedShareOneRequest) {
  push(0, "a", 0);
  push(0, "a", 50);
  push(0, "b", 7);
  const auto updates = positions.take(at(1));
  ASSERT_EQ(updates.size(), 2U);
  for (const auto& update : updates) EXPECT_EQ(update.place->x, update.unit == "a" ? 50 : 7);
  EXPECT_EQ(positions.counters().coalesced, 1U);
}

TEST_F(PositionsTest, MovedMeansTwoMetresFifteenDegreesOrAnotherText) {
  push(0, "a", 0);
  positions.take(at(0));
  positions.delivered(at(0));
  push(1, "a", 1.9, 14);
  EXPECT_FALSE(is_due(1));
  push(2, "a", 2);
  EXPECT_TRUE(is_due(2));
  push(3, "a", 0);
  EXPECT_FALSE(is_due(3)) << "back where the CAD has it";
  push(4, "a", 0, 346);
  EXPECT_FALSE(is_due(4)) << "346 is 14 degrees from 0";
  push(5, "a", 0, 345);
  EXPECT_TRUE(is_due(5));
  push(6, "a", 0, 0, "Elm St");
  EXPECT_TRUE(is_due(6));
}

TEST_F(PositionsTest, AUnitThatStandsStillIsSentAgainEverySixtySeconds) {
  push(0, "a", 0);
  positions.take(at(0));
  positions.delivered(at(1));
  EXPECT_EQ(positions.due(), at(61));
  EXPECT_TRUE(positions.take(at(60)).empty());
  EXPECT_EQ(positions.take(at(61)).size(), 1U);
  positions.delivered(at(62));
  EXPECT_EQ(positions.counters().delivered, 1U) << "a resend is no new sample";
}

TEST_F(PositionsTest, AfterAFailureTheSampleIsKeptUnlessANewerOneCame) {
  push(0, "a", 0);
  push(0, "b", 0);
  positions.take(at(0));
  push(1, "b", 30);
  positions.failed(at(2));
  const auto updates = positions.take(at(2));
  ASSERT_EQ(updates.size(), 2U);
  for (const auto& update : updates) EXPECT_EQ(update.place->x, update.unit == "b" ? 30 : 0);
}

TEST_F(PositionsTest, ARemovedUnitIsForgottenAtOnceEvenWhileItsRequestIsUnderWay) {
  push(0, "a", 0);
  push(0, "b", 0);
  positions.remove("b");
  EXPECT_EQ(positions.take(at(0)).size(), 1U);
  positions.remove("a");
  positions.failed(at(1));
  EXPECT_EQ(positions.known(), 0U);
  EXPECT_EQ(positions.due(), kNever);
  EXPECT_EQ(positions.counters().removed, 2U);
}

TEST_F(PositionsTest, AUnitNotHeardOfIsNoLongerSent) {
  push(0, "a", 0);
  EXPECT_TRUE(positions.take(at(301)).empty());
  EXPECT_EQ(positions.counters().stale, 1U);
}

// ----------------------------------------------------------------------------------------------- bounds of a request

TEST_F(PositionsTest, ARequestHasABoundOfUnitsAndTheRestIsFirstInTheNextOne) {
  for (std::size_t i = 0; i < limits::kUnits; ++i) push(0, ("u" + std::to_string(i)).c_str(), 1);
  std::set<std::string> sent;
  for (const auto& update : positions.take(at(0))) sent.emplace(update.unit);
  EXPECT_EQ(sent.size(), limits::kPositionUnits);
  positions.delivered(at(1));
  // All units move again: those that were not sent yet go first.
  for (std::size_t i = 0; i < limits::kUnits; ++i) push(2, ("u" + std::to_string(i)).c_str(), 50);
  for (const auto& update : positions.take(at(5))) EXPECT_TRUE(sent.emplace(update.unit).second) << update.unit;
  EXPECT_EQ(sent.size(), limits::kUnits);
}

TEST_F(PositionsTest, ARequestHasABoundOfBytes) {
  const std::string longest(limits::kLocationBytes, '\x01');
  for (int i = 0; i < 2000; ++i) push(0, ("u" + std::to_string(i)).c_str(), 1, 0, longest.c_str());
  std::size_t units = 0;
  while (units < 2000) {
    const auto updates = positions.take(at(1));
    ASSERT_FALSE(updates.empty());
    std::vector<api::LocationUpdate> rows;
    rows.reserve(updates.size());
    for (const auto& [unit, place] : updates) {
      rows.push_back({.unit = unit,
                      .location = place->location,
                      .peer = place->peer,
                      .vehicle = place->vehicle,
                      .x = place->x,
                      .y = place->y,
                      .z = place->z,
                      .heading = place->heading});
    }
    EXPECT_LE(api::location_body(rows).size(), limits::kPositionBytes);
    units += updates.size();
    positions.delivered(at(1));
  }
  EXPECT_EQ(units, 2000U);
}

// ------------------------------------------------------------------------------------------------ texts and vehicles

struct PlaceTexts : PositionsTest {
  std::string shown(const char* unit) {
    const auto slot = positions.slot_of(unit);
    return slot ? api::location_text(positions.row(positions.update_of(*slot))) : "";
  }
  /// Whether it changed the place of a known unit.
  bool show(const char* unit, std::string_view text) {
    std::optional<Slot> slot;
    EXPECT_TRUE(positions.set_location(at(0), unit, text, slot));
    return slot.has_value();
  }
  void arrive() {
    positions.take(at(0));
    positions.delivered(at(0));
  }
};

TEST_F(PlaceTexts, TheLastKnownStreetIsShownElseTheCoordinates) {
  push(0, "a", 12.6, 0, "");
  EXPECT_EQ(shown("a"), "13, 0");
  push(1, "a", 20, 0, "Elm St");
  EXPECT_EQ(shown("a"), "Elm St");
  push(2, "a", 900, 0, "");
  EXPECT_EQ(shown("a"), "Elm St");
  push(3, "a", 900, 0, "Alta St");
  EXPECT_EQ(shown("a"), "Alta St");
}

TEST_F(PlaceTexts, TheNearestPostalStandsBeforeTheStreetAndBeforeCoordinates) {
  MapFiles files;
  files.postals = std::make_shared<const Postals>(std::vector<api::Postal>{{0, 0, "8040"}, {100, 0, "12"}});
  positions.use(files);
  push(0, "a", 40);
  EXPECT_EQ(shown("a"), "[8040] Main St");
  push(1, "a", 60);
  EXPECT_EQ(shown("a"), "[12] Main St");
  push(1, "b", 60, 0, "");
  EXPECT_EQ(shown("b"), "[12] 60, 0");
  for (const char* unit : {"a", "b"}) {
    const auto update = positions.update_of(*positions.slot_of(unit));
    const auto row = positions.row(update);
    EXPECT_LE(api::hub_locations({&row, 1}, positions.models()).size(),
              positions.place_of(*positions.slot_of(unit)).bytes);
  }
  EXPECT_TRUE(show("a", "Training ground"));
  EXPECT_EQ(shown("a"), "Training ground") << "as the script has it";
}

TEST_F(PlaceTexts, AScriptsTextHoldsUntilItIsTakenBack) {
  EXPECT_FALSE(show("a", "Base")) << "not known yet";
  push(0, "a", 0);
  EXPECT_EQ(shown("a"), "Base");
  push(1, "a", 0, 0, "Elm St");
  EXPECT_EQ(shown("a"), "Base");
  arrive();
  EXPECT_FALSE(show("a", "Base")) << "it shows that already";
  EXPECT_FALSE(is_due(1));
  EXPECT_TRUE(show("a", "Gate"));
  EXPECT_TRUE(is_due(1)) << "a unit that stands still is sent with it at once";
  arrive();
  positions.remove("a");
  push(2, "a", 0, 0, "");
  EXPECT_EQ(shown("a"), "Gate");
  EXPECT_TRUE(show("a", ""));
  EXPECT_EQ(shown("a"), "0, 0");
  push(3, "a", 0, 0, "Elm St");
  EXPECT_FALSE(show("a", "")) << "there is none";
  EXPECT_EQ(shown("a"), "Elm St");
}

TEST_F(PlaceTexts, TextsOfScriptsHaveABound) {
  std::optional<Slot> slot;
  for (std::size_t i = 0; i < limits::kUnits; ++i) {
    ASSERT_TRUE(positions.set_location(at(0), "u" + std::to_string(i), "here", slot));
  }
  EXPECT_FALSE(positions.set_location(at(0), "one more", "here", slot));
  EXPECT_TRUE(positions.set_location(at(0), "u0", "there", slot)) << "a unit that has one";
  EXPECT_TRUE(positions.set_location(at(0), "u1", "", slot));
  EXPECT_TRUE(positions.set_location(at(0), "one more", "here", slot));
}

TEST_F(PlaceTexts, KindAndSirenStayAsTheyWereUntilTheyAreSaidAnew) {
  PositionSample sample;
  sample.unit = "a";
  sample.vehicle_kind = VehicleKind::kPolice;
  sample.siren = true;
  ASSERT_TRUE(positions.push(at(0), sample));
  arrive();
  push(1, "a", 0, 0, "");
  const auto row = [&] { return positions.row(positions.update_of(*positions.slot_of("a"))); };
  EXPECT_EQ(row().kind, VehicleKind::kPolice);
  EXPECT_TRUE(row().siren);
  EXPECT_FALSE(is_due(1));
  sample.vehicle_kind = VehicleKind::kUnknown;
  sample.siren = false;
  ASSERT_TRUE(positions.push(at(2), sample));
  EXPECT_EQ(row().kind, VehicleKind::kPolice);
  EXPECT_FALSE(row().siren);
  EXPECT_TRUE(is_due(2)) << "lights that went out are news";
}

// -------------------------------------------------------------------------------------------------- what is refused

/// A CAD that refuses every request with a bad unit, and records all arrivals.
struct RefusedPositions : PositionsTest {
  std::set<std::string> bad;
  std::map<std::string, std::vector<double>> arrived;  // times, by unit
  std::vector<Positions::Refusal> refusals;
  std::vector<bool> searched;  // by turn: a part of the search left, and not the map
  bool names = false;
  int requests = 0;
  double turn = 0;

  static std::string unit(int i) { return "unit-" + std::to_string(i); }

  /// One turn: every unit has moved, one request leaves, and is answered.
  void play(int units, double step_s = 5) {
    for (int i = 0; i < units; ++i) push(turn, unit(i).c_str(), turn * 10 + 5);
    std::vector<std::string> ids;
    for (const auto& update : positions.take(at(turn))) ids.emplace_back(update.unit);
    searched.push_back(positions.searching());
    std::vector<std::size_t> named;
    bool refused = false;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!bad.contains(ids[i])) continue;
      refused = true;
      if (names) named.push_back(i);
    }
    if (!ids.empty()) ++requests;
    if (refused) {
      refusals.push_back(positions.refused(at(turn), named));
    } else if (!ids.empty()) {
      for (const std::string& id : ids) arrived[id].push_back(turn);
      positions.delivered(at(turn));
    }
    turn += step_s;
  }
  std::vector<std::string> left_out() const {
    std::vector<std::string> units;
    for (const auto& refusal : refusals) {
      if (!refusal.left_out.empty()) units.push_back(refusal.left_out);
    }
    return units;
  }
  double last_arrival(const std::string& id) { return arrived[id].empty() ? -1e9 : arrived[id].back(); }
  /// The longest time that this unit stood still on the map, from `begin_s` to now.
  double longest_gap(const std::string& id, double begin_s) {
    double last = begin_s;
    double gap = 0;
    for (const double time : arrived[id]) {
      if (time < begin_s) continue;
      gap = std::max(gap, time - last);
      last = time;
    }
    return std::max(gap, turn - 5 - last);
  }
};

TEST_F(RefusedPositions, AUnitThatTheRefusalNamesIsTakenOffTheMapAtOnce) {
  names = true;
  bad = {unit(3)};
  for (int i = 0; i < 4; ++i) play(10);
  EXPECT_EQ(left_out(), std::vector<std::string>{unit(3)});
  EXPECT_EQ(positions.left_out(), 1U);
  EXPECT_EQ(refusals.size(), 2U) << "the map once, and the unit alone";
  for (int i = 0; i < 10; ++i) {
    if (i != 3) {
      EXPECT_LE(longest_gap(unit(i), 0), 10) << i;
    }
  }
}

TEST_F(RefusedPositions, AUnitThatIsNamedByMistakeGoesOnAfterARequestOfItsOwn) {
  push(0, "good", 1);
  push(0, "bad", 1);
  const auto first = positions.take(at(0));
  const std::size_t good = first[0].unit == "good" ? 0 : 1;
  positions.refused(at(0), std::vector<std::size_t>{good});
  const auto second = positions.take(at(5));
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].unit, "good") << "the search begins";
  positions.delivered(at(5));
  EXPECT_EQ(positions.take(at(10)).size(), 1U) << "the map";
  EXPECT_EQ(positions.refused(at(10), {}).left_out, "bad");
}

TEST_F(RefusedPositions, OneBadUnitOfManyIsFoundByHalvesWhileTheRestOfTheMapMoves) {
  play(200);
  bad = {unit(77)};
  while (left_out().empty() && requests < 60) play(200);
  EXPECT_EQ(left_out(), std::vector<std::string>{unit(77)});
  EXPECT_LE(requests, 2 + 2 * 2 * 8) << "at most two turns of the search and two of the map for each of eight halvings";
  const double found = turn;
  for (int i = 0; i < 20; ++i) play(200);
  for (int i = 0; i < 200; ++i) {
    if (i != 77) {
      EXPECT_LE(longest_gap(unit(i), found), 5) << "nothing is searched for any more: " << i;
    }
  }
  EXPECT_EQ(positions.moved(), 0U);
}

TEST_F(RefusedPositions, TheSearchTakesEverySecondTurnOnly) {
  play(64);
  bad = {unit(5), unit(40)};
  while (left_out().size() < 2 && requests < 200) play(64);
  EXPECT_EQ(left_out().size(), 2U);
  EXPECT_GE(std::ranges::count(searched, true), 8);
  for (std::size_t i = 1; i < searched.size(); ++i) EXPECT_FALSE(searched[i] && searched[i - 1]) << i;
}

TEST_F(RefusedPositions, AUnitThatIsLeftOutComesBackAloneAfterFiveMinutesAndIsNamedOnceOnly) {
  bad = {unit(1)};
  while (left_out().empty() && requests < 1000) play(8);
  const double since = turn - 5;
  const auto refused = refusals.size();
  while (refusals.size() == refused && requests < 1000) play(8);
  EXPECT_GE(turn - 5 - since, limits::kLeftOut_s);
  EXPECT_LE(turn - 5 - since, limits::kLeftOut_s + 10);
  EXPECT_EQ(refusals.back().units, 1U);
  EXPECT_TRUE(refusals.back().again) << "it has been said";
  EXPECT_GT(positions.counters().left_out, 0U) << "what it sent meanwhile is counted";
  bad.clear();
  for (int i = 0; i < limits::kLeftOut_s / 5 + 3; ++i) play(8);
  EXPECT_EQ(positions.left_out(), 0U);
  EXPECT_LE(turn - 5 - last_arrival(unit(1)), 5) << "it is on the map again";
  bad = {unit(1)};
  const auto before = left_out().size();
  while (left_out().size() == before && requests < 2000) play(8);
  EXPECT_FALSE(refusals.back().again) << "that is news again";
}

TEST_F(RefusedPositions, WhenAUnitIsTakenAgainTheOthersAreAskedForAtOnce) {
  for (int i = 0; i < 20; ++i) bad.insert(unit(i));
  while (positions.left_out() < 20 && requests < 400) play(40);
  ASSERT_EQ(positions.left_out(), 20U);
  bad.clear();
  const double well = turn;
  while (positions.left_out() != 0 && requests < 2000) play(40);
  for (int i = 0; i < 3; ++i) play(40);
  EXPECT_LE(turn - well, limits::kLeftOut_s + 30);
  for (int i = 0; i < 40; ++i) EXPECT_LE(turn - last_arrival(unit(i)), 20) << i;
}

TEST_F(RefusedPositions, WhatIsRemovedWhileItIsSearchedForIsForgotten) {
  bad = {unit(0), unit(1)};
  for (int i = 0; i < 6; ++i) play(4);
  for (int i = 0; i < 4; ++i) positions.remove(unit(i));
  EXPECT_EQ(positions.known(), 0U);
  EXPECT_EQ(positions.left_out(), 0U);
  EXPECT_TRUE(positions.take(at(turn)).empty());
  EXPECT_EQ(positions.due(), kNever);
}

TEST_F(RefusedPositions, ATooLargeRequestIsHalvedForGood) {
  for (int i = 0; i < 100; ++i) push(0, unit(i).c_str(), 1);
  EXPECT_EQ(positions.take(at(0)).size(), 100U);
  EXPECT_EQ(positions.too_large(at(0)).units, 100U);
  std::set<std::string> sent;
  for (int i = 0; i < 2; ++i) {
    for (const auto& update : positions.take(at(1 + i))) sent.emplace(update.unit);
    EXPECT_FALSE(positions.searching());
    positions.delivered(at(1 + i));
  }
  EXPECT_EQ(sent.size(), 100U) << "in two requests of 50";
  positions.take(at(62));
  positions.too_large(at(62));
  EXPECT_EQ(positions.take(at(63)).size(), 25U);
  positions.delivered(at(63));
}

TEST_F(RefusedPositions, AUnitThatIsTooLargeAloneIsLeftOut) {
  push(0, "a", 1);
  positions.take(at(0));
  EXPECT_EQ(positions.too_large(at(0)).left_out, "a");
  EXPECT_EQ(positions.due(), at(limits::kLeftOut_s));
}

TEST_F(RefusedPositions, TheRoadIsBelievedAfterThreeRefusalsInARowWhileTheCadAnswersOthers) {
  for (int i = 0; i < 4; ++i) push(0, unit(i).c_str(), 1);
  for (int i = 0; i < 10; ++i) {
    positions.take(at(i));
    EXPECT_FALSE(positions.struck(at(i), Time::min())) << "the CAD answers nobody";
  }
  EXPECT_EQ(positions.take(at(10)).size(), 4U) << "nothing is given up";
  EXPECT_TRUE(positions.struck(at(10), at(9))) << "the CAD answered somebody meanwhile";
  EXPECT_EQ(positions.refused(at(10), {}, true).units, 4U);
  EXPECT_EQ(positions.take(at(15)).size(), 2U);
  EXPECT_TRUE(positions.searching());
  EXPECT_FALSE(positions.struck(at(15), at(9))) << "not since";
  positions.take(at(20));
  EXPECT_FALSE(positions.searching());
  positions.delivered(at(20));
  positions.take(at(25));
  EXPECT_TRUE(positions.struck(at(25), at(20))) << "at once, where half of it has passed";
  positions.refused(at(25), {}, true);
}

/// Bad units are random and change: a good unit that is not suspected moves every second turn. In the end all good
/// units are on the map, and all bad ones are left out.
TEST_F(RefusedPositions, AtRandomTheGoodOnesMoveAndTheBadOnesAreLeftOut) {
  std::mt19937 random(1);
  for (int round = 0; round < 25; ++round) {
    positions = Positions{PositionRules{}};
    arrived.clear();
    bad.clear();
    refusals.clear();
    turn = 0;
    const int units = 1 + static_cast<int>(random() % 120);
    const auto most_bad = 1 + static_cast<int>(random() % 6);
    names = random() % 3 == 0;
    play(units);
    for (int i = 0; i < most_bad; ++i) bad.insert(unit(static_cast<int>(random() % static_cast<unsigned>(units))));
    for (int i = 0; i < 240; ++i) play(units);
    SCOPED_TRACE("round " + std::to_string(round) + ", " + std::to_string(units) + " units, " +
                 std::to_string(bad.size()) + " of them bad");
    for (int i = 0; i < units; ++i) {
      if (bad.contains(unit(i))) {
        EXPECT_LE(arrived[unit(i)].size(), 1U) << i;
      } else {
        EXPECT_LE(longest_gap(unit(i), turn - 300), 10) << i;
      }
    }
    bad.clear();
    for (int i = 0; i < limits::kLeftOut_s / 5 + 20; ++i) play(units);
    for (int i = 0; i < units; ++i) EXPECT_LE(turn - 5 - last_arrival(unit(i)), 10) << i;
    EXPECT_EQ(positions.left_out(), 0U);
  }
}

}  // namespace
}  // namespace sonoran::state
