#include "runtime/readings.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "runtime/reading_counts.h"
#include "runtime/reading_plan.h"
#include "runtime/slot_table.h"
#include "schedule/scheduler.h"

namespace sonoran::runtime {
namespace {

using namespace std::chrono_literals;

std::vector<std::int32_t> taken(Readings& readings, std::size_t capacity) {
  std::vector<std::int32_t> slots(capacity);
  slots.resize(readings.take(slots));
  return slots;
}

TEST(Readings, AListIsTakenInPiecesAndInOrder) {
  Readings readings;
  EXPECT_TRUE(readings.taken());
  EXPECT_TRUE(taken(readings, 4).empty());
  const std::array<std::int32_t, 5> list = {1, 2, -4, 4, 5};
  readings.put(list);
  EXPECT_FALSE(readings.taken());
  EXPECT_TRUE(taken(readings, 0).empty());
  EXPECT_EQ(taken(readings, 3), (std::vector<std::int32_t>{1, 2, -4}));
  EXPECT_FALSE(readings.taken()) << "the rest of it waits";
  EXPECT_EQ(taken(readings, 3), (std::vector<std::int32_t>{4, 5}));
  EXPECT_TRUE(readings.taken());
}

/// Meant for tsan.
TEST(Readings, EachSlotCrossesOnceBetweenTwoThreads) {
  Readings readings;
  constexpr std::int32_t kSlots = 2000;
  std::thread loop([&] {
    for (std::int32_t next = 0; next < kSlots;) {
      if (!readings.taken()) continue;
      const std::array<std::int32_t, 4> list = {next, next + 1, next + 2, next + 3};
      readings.put(list);
      next += 4;
    }
  });
  std::int32_t expected = 0;
  while (expected < kSlots) {
    for (const std::int32_t slot : taken(readings, 3)) ASSERT_EQ(slot, expected++);
  }
  loop.join();
}

TEST(ReadingCounts, PlacesCountAsAskedAnsweredAndLate) {
  ReadingCounts counts;
  const auto are = [&](std::uint64_t asked, std::uint64_t answered, std::uint64_t late) {
    return counts.asked() == asked && counts.answered() == answered && counts.late() == late;
  };
  const Time at(1h);
  counts.named(at, 0);
  counts.answered(at + 1s, false);
  EXPECT_TRUE(are(0, 0, 0)) << "there was nothing to read";
  counts.named(at, 60);
  EXPECT_TRUE(are(60, 0, 0));
  counts.answered(at + 250ms, false);
  EXPECT_TRUE(are(60, 60, 0));
  counts.answered(at + 1s, false);
  EXPECT_TRUE(are(60, 60, 0)) << "once";
  counts.named(at + 2s, 5);
  counts.answered(at + 2251ms, false);
  EXPECT_TRUE(are(65, 65, 5));
}

TEST(ReadingCounts, AnAnswerIsOfTheListThatTheHostHadTaken) {
  ReadingCounts counts;
  const Time at(1h);
  counts.named(at, 10);
  counts.named(at + 200ms, 3);
  counts.answered(at + 300ms, true);
  EXPECT_EQ(counts.answered(), 10U) << "the newest list waits";
  EXPECT_EQ(counts.late(), 10U);
  counts.answered(at + 400ms, false);
  EXPECT_EQ(counts.answered(), 13U);
  EXPECT_EQ(counts.late(), 10U) << "it has a time of its own";
  counts.named(at + 1s, 4);
  counts.named(at + 1s, 2);
  counts.answered(at + 1s, true);
  counts.answered(at + 1s, true);
  EXPECT_EQ(counts.answered(), 17U);
}

struct ReadingPlanTest : testing::Test {
  Time now = Time(1h);
  schedule::Scheduler scheduler{Settings(), 1};
  SlotTable slots;
  ReadingPlan plan{1s};

  void bind(std::uint32_t slot) {
    slots.bind(slot, "unit-" + std::to_string(slot));
    plan.bound(now, slot);
  }
  /// The place of the slot comes, for the plan and the scheduler.
  void place(std::uint32_t slot, double x) {
    state::PositionSample sample;
    sample.unit = slots.unit(slot);
    sample.x = x;
    if (const auto kept = scheduler.read_position(now, sample)) slots.note(slot, *kept);
    plan.settled(slot);
  }
  [[nodiscard]] Time due() const { return plan.due(now, scheduler, slots); }
  std::vector<std::int32_t> name() {
    const auto named = plan.name(now, scheduler, slots);
    return {named.begin(), named.end()};
  }
  /// The hub takes positions from now on, and the slot was bound and read.
  void read_under_the_hub(std::uint32_t slot) {
    scheduler.expect_hub(now);
    scheduler.set_live(now, true);
    bind(slot);
    now += 10ms;
    name();
    place(slot, 1);
  }
  /// Positions leave by HTTP and are taken; the next request may leave in 5 s.
  void send() {
    const auto request = scheduler.next(now);
    ASSERT_TRUE(request);
    api::Outcome outcome;
    outcome.status = 200;
    scheduler.done(now, request->id, outcome);
  }
};

TEST_F(ReadingPlanTest, WhoeverIsBoundInOneMomentIsReadAtOnceAndTogether) {
  EXPECT_EQ(due(), kNever) << "there is nobody";
  bind(7);
  now += 3ms;
  bind(5);
  EXPECT_LE(due(), now + 10ms);
  now += 8ms;
  ASSERT_LE(due(), now);
  EXPECT_EQ(name(), (std::vector<std::int32_t>{7, 5}));
  EXPECT_EQ(due(), now + 2s) << "their places are still awaited";
}

TEST_F(ReadingPlanTest, WhoIsToldAnewBeforeTheirPlaceCameIsReadOnce) {
  bind(7);
  now += 5ms;
  bind(7);
  now += 10ms;
  EXPECT_EQ(name(), std::vector<std::int32_t>{7});
  place(7, 1);
  now += 2s;
  EXPECT_NE(name(), (std::vector<std::int32_t>{7, 7})) << "nothing of the first telling is left";
}

TEST_F(ReadingPlanTest, WhoHasNoPlaceIsReadAgainEveryTwoSecondsAndNotWithAllOthers) {
  bind(7);
  bind(5);
  now += 10ms;
  name();
  place(7, 1);
  send();
  now += 2s;
  ASSERT_LE(due(), now);
  EXPECT_EQ(name(), std::vector<std::int32_t>{5});
  now += 2900ms;
  ASSERT_EQ(name(), std::vector<std::int32_t>{5});
  ASSERT_LE(due(), now);
  EXPECT_EQ(name(), std::vector<std::int32_t>{7});
}

TEST_F(ReadingPlanTest, AllAreReadJustBeforePositionsMayLeaveByHttp) {
  for (const std::uint32_t slot : {1U, 2U, 3U}) bind(slot);
  now += 10ms;
  name();
  for (const std::uint32_t slot : {1U, 2U, 3U}) place(slot, 1);
  send();
  const Time opens = scheduler.positions_open(now);
  ASSERT_GT(opens, now + 4s);
  EXPECT_EQ(due(), opens - 100ms) << "two ticks of the game before";
  now = due();
  EXPECT_EQ(name(), (std::vector<std::int32_t>{1, 2, 3}));
  EXPECT_EQ(due(), now + 1s) << "nothing has left since, so the interval counts";
}

TEST_F(ReadingPlanTest, NobodyIsReadWhoWasLetGoOf) {
  for (const std::uint32_t slot : {1U, 2U}) bind(slot);
  slots.unbind(1);
  plan.settled(1);
  now += 10ms;
  EXPECT_EQ(name(), std::vector<std::int32_t>{2});
  slots.unbind(2);
  plan.settled(2);
  EXPECT_EQ(due(), kNever);
  plan.settled(9);  // a slot that was never bound
}

TEST_F(ReadingPlanTest, WhileTheHubTakesPositionsTheLiveMapNamesSixtyATurnAndNobodyByAnId) {
  scheduler.expect_hub(now);
  scheduler.set_live(now, true);
  state::PositionSample drone;
  drone.unit = "drone";
  scheduler.push_position(now, drone);
  EXPECT_EQ(due(), kNever);
  for (std::uint32_t slot = 0; slot < 100; ++slot) bind(slot);
  now += 10ms;
  EXPECT_EQ(name().size(), 60U);
  ASSERT_LE(due(), now);
  EXPECT_EQ(name().size(), 40U) << "whoever has no place is first";
  for (std::uint32_t slot = 0; slot < 100; ++slot) place(slot, 1);
  api::HubAnswer taken;
  taken.success = taken.verdict = true;
  std::vector<Time> read_at(100, now);
  Duration longest{};
  for (const Time end = now + 20s; now < end; now += 10ms) {
    while (const auto call = scheduler.next_hub_call(now)) {
      scheduler.hub_answered(now, call->number, taken);
    }
    if (due() > now) continue;
    const auto named = name();
    EXPECT_LE(named.size(), 60U);
    for (const std::int32_t one : named) {
      const auto slot = static_cast<std::uint32_t>(one < 0 ? -1 - one : one);
      ASSERT_LT(slot, 100U);
      longest = std::max(longest, now - read_at[slot]);
      read_at[slot] = now;
      place(slot, static_cast<double>((now.time_since_epoch() / 1ms) % 10000));
    }
    scheduler.readings_answered();
  }
  EXPECT_LE(longest, 2s) << "each unit is read every two seconds";
}

TEST_F(ReadingPlanTest, NoSlotIsReadForAUnitThatItDoesNotStandForAnyMore) {
  read_under_the_hub(7);
  slots.bind(7, "another");  // the plan is not told
  now += 3s;
  ASSERT_LE(due(), now);
  EXPECT_TRUE(name().empty()) << "nobody stands for it any more";
}

TEST_F(ReadingPlanTest, AUnitThatWasForgottenWhileASlotStandsForItIsReadAgainWithinFiveSeconds) {
  read_under_the_hub(7);
  scheduler.remove_unit("unit-7");
  now += 5s;
  ASSERT_LE(due(), now);
  name();
  now += 10ms;
  ASSERT_LE(due(), now);
  EXPECT_EQ(name(), std::vector<std::int32_t>{7});
}

TEST_F(ReadingPlanTest, MoreSlotsThanOneTickReadsAreNamedEarlier) {
  for (std::uint32_t slot = 0; slot < 1024; ++slot) bind(slot);
  now += 10ms;
  EXPECT_EQ(name().size(), 1024U);
  for (std::uint32_t slot = 0; slot < 1024; ++slot) place(slot, 1);
  send();
  EXPECT_EQ(due(), scheduler.positions_open(now) - 300ms);
}

}  // namespace
}  // namespace sonoran::runtime
