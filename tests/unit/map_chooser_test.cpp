#include "schedule/map_chooser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using test::at;
using Urgency = MapChooser::Urgency;

/// The call that would leave at `now`.
std::vector<Slot> call(MapChooser& chooser, Time now) {
  std::vector<Slot> slots;
  chooser.begin_call();
  while (slots.size() < limits::kHubUpdates) {
    const auto slot = chooser.first(now);
    if (!slot) break;
    chooser.take(now, *slot);
    slots.push_back(*slot);
  }
  return slots;
}

TEST(MapChooser, NobodyLeavesWhenNobodyWaits) {
  MapChooser chooser;
  EXPECT_EQ(chooser.first(at(0)), std::nullopt);
  chooser.want(7, 1, at(0));
  EXPECT_TRUE(chooser.waits(7));
  chooser.drop(7);
  chooser.drop(7);
  EXPECT_EQ(chooser.first(at(1)), std::nullopt);
  EXPECT_EQ(chooser.waiting(), 0U);
}

TEST(MapChooser, WhoHasBeenMostWrongForLongestLeavesFirst) {
  MapChooser chooser;
  chooser.want(0, 10, at(0));    // 10 at the first second
  chooser.want(1, 50, at(0.9));  // 5
  chooser.want(2, 4, at(-2));    // 12
  EXPECT_EQ(call(chooser, at(1)), (std::vector<Slot>{2, 0, 1}));
}

TEST(MapChooser, APanicGoesFirstAndThenWhoHasNoPlace) {
  MapChooser chooser;
  chooser.want(0, 1000, at(-3));
  chooser.want(1, 1, at(0), Urgency::kNew);
  chooser.want(2, 1, at(0.5), Urgency::kPanic);
  EXPECT_EQ(call(chooser, at(1)), (std::vector<Slot>{2, 1, 0}));
}

TEST(MapChooser, UrgentUnitsLeaveAPartOfEachCallToOthersThatWait) {
  MapChooser chooser;
  for (Slot slot = 0; slot < 60; ++slot) chooser.want(slot, 1, at(0), slot < 30 ? Urgency::kPanic : Urgency::kNone);
  const std::vector<Slot> first = call(chooser, at(1));
  EXPECT_EQ(std::ranges::count_if(first, [](Slot slot) { return slot < 30; }),
            static_cast<std::ptrdiff_t>(limits::kHubUrgent));
  for (Slot slot = 30; slot < 60; ++slot) chooser.drop(slot);
  EXPECT_EQ(call(chooser, at(1)).size(), 10U);
}

TEST(MapChooser, WhoIsOverdueGoesBeforeWhoNeedsItMoreAndTakesAPartOfEachCallOnly) {
  MapChooser chooser;
  for (Slot slot = 0; slot < 30; ++slot) chooser.want(slot, 1e-3, at(-10));
  for (Slot slot = 30; slot < 60; ++slot) chooser.want(slot, 1e6, at(0));
  const std::vector<Slot> first = call(chooser, at(1));
  EXPECT_EQ(std::ranges::count_if(first, [](Slot slot) { return slot < 30; }),
            static_cast<std::ptrdiff_t>(limits::kHubOverdue));
}

TEST(MapChooser, IdleUnitsLeaveWhereNobodyElseWaitsAndAreNeverOverdue) {
  MapChooser chooser;
  for (Slot slot = 0; slot < 30; ++slot) chooser.want(slot, 1e6, at(slot - 1000.0), Urgency::kIdle);
  for (Slot slot = 30; slot < 50; ++slot) chooser.want(slot, 1e-3, at(0.9));
  for (Slot slot = 50; slot < 52; ++slot) chooser.want(slot, 1, at(0.9), Urgency::kNew);
  const std::vector<Slot> first = call(chooser, at(1));
  ASSERT_EQ(first.size(), limits::kHubUpdates);
  EXPECT_EQ(std::ranges::count_if(first, [](Slot slot) { return slot >= 30; }), 22);
  EXPECT_EQ(std::vector<Slot>(first.end() - 3, first.end()), (std::vector<Slot>{0, 1, 2}));
  // Idle units do not delay the moment at which others are overdue.
  for (Slot slot = 100; slot < 2000; ++slot) chooser.want(slot, 1, at(0), Urgency::kIdle);
  for (Slot slot = 30; slot < 60; ++slot) chooser.want(slot, slot == 30 ? 1e-6 : 1e6, at(slot == 30 ? 0 : 4));
  EXPECT_EQ(chooser.first(at(4.1)), 30U);
}

/// Some units move far and some little, and all wait again as soon as they were sent.
TEST(MapChooser, TheLongestThatAMovingUnitGoesUnsentHasItsBoundAtEachPace) {
  constexpr double kFull = 0.25;  // seconds between two calls
  for (const double pace : {kFull, 0.5, 1.0}) {
    for (const Slot units : {64U, 200U, 2048U}) {
      for (const bool panics : {false, true}) {
        MapChooser chooser;
        std::vector<Time> left(units, at(0));
        const auto weight = [&](Slot slot) { return slot % 2 == 0 ? 1e-2 : 1e6; };
        const auto urgency = [&](Slot slot) { return panics && slot < 40 ? Urgency::kPanic : Urgency::kNone; };
        for (Slot slot = 0; slot < units; ++slot) chooser.want(slot, weight(slot), at(0), urgency(slot));
        const double round = kFull * units / static_cast<double>(limits::kHubUpdates);
        const double most = std::max(4.0, 3 * round) + 5 * round * pace / kFull + 4 * pace;
        const double end = 4 * most;
        for (double now = pace; now < end; now += pace) {
          for (const Slot slot : call(chooser, at(now))) {
            EXPECT_LE(seconds(at(now) - left[slot]), most) << slot << " of " << units;
            left[slot] = at(now);
            chooser.want(slot, weight(slot), at(now), urgency(slot));
          }
        }
        for (Slot slot = 0; slot < units; ++slot) {
          EXPECT_LE(seconds(at(end) - left[slot]), most) << slot << " of " << units << ", " << pace;
        }
      }
    }
  }
}

/// Compared with a search through all units: no unit is sent whose need is a fifth less than the need of one that
/// stays.
TEST(MapChooser, IsRightAboutWhoNeedsItMostWhateverComesAndGoes) {
  MapChooser chooser;
  std::mt19937_64 bits(3);
  const auto draw = [&](double to) { return to * static_cast<double>(bits() >> 11) * 0x1p-53; };
  struct Want {
    double weight;
    double since;
  };
  std::vector<std::optional<Want>> wants(300);
  double now = 0;
  for (int i = 0; i < 20000; ++i) {
    now += 0.0001;
    const auto slot = static_cast<Slot>(bits() % wants.size());
    if (bits() % 4 == 0) {
      chooser.drop(slot);
      wants[slot].reset();
    } else {
      wants[slot] = {.weight = 0.01 + draw(1000) * draw(1000), .since = now - draw(2)};
      chooser.want(slot, wants[slot]->weight, at(wants[slot]->since));
    }
    if (bits() % 8 != 0) continue;
    const auto first = chooser.first(at(now));
    double most = -1;
    std::size_t waiting = 0;
    for (const auto& want : wants) {
      if (!want) continue;
      ++waiting;
      most = std::max(most, want->weight * (now - want->since));
    }
    ASSERT_EQ(chooser.waiting(), waiting);
    ASSERT_EQ(first.has_value(), waiting != 0);
    if (!first) continue;
    ASSERT_TRUE(wants[*first]);
    // Overdue ones have their part; none is here.
    ASSERT_GE(wants[*first]->weight * (now - wants[*first]->since), most * 0.8) << i;
    chooser.begin_call();
    chooser.take(at(now), *first);
    wants[*first].reset();
  }
}

}  // namespace
}  // namespace sonoran::schedule
