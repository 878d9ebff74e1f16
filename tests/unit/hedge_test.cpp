// When a request without an answer is sent a second time, and what that costs.
#include "schedule/hedge.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/limits.h"
#include "schedule/scheduler.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using namespace std::chrono_literals;
using state::DesiredKind;
using test::at;

constexpr double kDelay_s = limits::kHedge_ms / 1000.0;

api::Outcome answered() {
  api::Outcome outcome;
  outcome.status = 200;
  return outcome;
}
api::Outcome failed(api::Failure failure) {
  api::Outcome outcome;
  outcome.failure = failure;
  outcome.error = {ErrorKind::kUnavailable, "Title", "A sentence.", ""};
  return outcome;
}

TEST(AnswerTimes, HalfOfTheRecentOnesDecide) {
  AnswerTimes times;
  EXPECT_FALSE(times.slower_than(at(0), 2s)) << "nothing is known";
  times.record(at(0), 3s);
  EXPECT_TRUE(times.slower_than(at(0), 2s));
  times.record(at(1), 100ms);
  EXPECT_TRUE(times.slower_than(at(1), 2s)) << "one of two";
  times.record(at(2), 2s);
  EXPECT_FALSE(times.slower_than(at(2), 2s)) << "one of three; as long as the limit is not longer";
}

TEST(AnswerTimes, OnlyTheNewestCountAndOnlyForAWhile) {
  AnswerTimes times;
  for (int i = 0; i < 100; ++i) times.record(at(i), 3s);
  for (std::size_t i = 0; i <= limits::kHedgeAnswers / 2; ++i) times.record(at(100), 1ms);
  EXPECT_FALSE(times.slower_than(at(100), 2s));
  times = {};
  times.record(at(0), 3s);
  EXPECT_TRUE(times.slower_than(at(limits::kHedgeMemory_s - 1), 2s));
  EXPECT_FALSE(times.slower_than(at(limits::kHedgeMemory_s), 2s));
}

struct HedgeTest : testing::Test {
  HedgeTest() : HedgeTest(Settings{}) {}
  explicit HedgeTest(const Settings& settings) : scheduler(settings, 1) {}

  Scheduler scheduler;
  int presses = 0;

  /// Sends a panic of a new unit.
  std::uint64_t press(double time_s) {
    scheduler.want(at(time_s), DesiredKind::kPanic, "unit" + std::to_string(++presses), 1, 0);
    const auto request = scheduler.next(at(time_s));
    EXPECT_TRUE(request && request->hedged);
    return request ? request->id : 0;
  }
  void spend(double time_s, int requests) {
    for (int i = 0; i < requests; ++i) scheduler.done(at(time_s), press(time_s), answered());
  }
  const OperationState& panics() { return scheduler.operation(api::set_unit_panic()); }
  int left(double time_s) { return panics().window.left(at(time_s)); }
  /// How many places of the budget one panic holds when its second copy ends like this.
  int spent_when_the_second_copy(HedgeEnd end) {
    const int before = left(0);
    const auto id = press(0);
    EXPECT_TRUE(scheduler.permit(at(kDelay_s), id, Copy::kHedge));
    scheduler.done(at(3), id, answered(), end);
    return before - left(3);
  }
};

TEST_F(HedgeTest, ASecondCopyTakesAPlaceOfTheBudget) {
  const int before = left(0);
  const auto id = press(0);
  EXPECT_EQ(left(0), before - 1);
  ASSERT_TRUE(scheduler.permit(at(kDelay_s), id, Copy::kHedge));
  EXPECT_EQ(left(kDelay_s), before - 2);
  EXPECT_FALSE(scheduler.permit(at(kDelay_s), id, Copy::kHedge)) << "one second copy, not two";
  scheduler.done(at(3), id, answered(), HedgeEnd::kWon);
  EXPECT_EQ(left(3), before - 2) << "both may have arrived";
  EXPECT_EQ(left(62.9), before - 2);
  EXPECT_EQ(left(70), before - 1) << "the first had no answer";
  EXPECT_EQ(left(3 + limits::kUnansweredLife_s + 60.3), before);
  EXPECT_EQ(panics().counters.hedged, 1U);
  EXPECT_EQ(panics().counters.hedges_won, 1U);
  EXPECT_EQ(panics().counters.sent, 1U);
  EXPECT_EQ(panics().counters.succeeded, 1U);
}

TEST_F(HedgeTest, TheLosersPlaceIsHeldAsWell) {
  EXPECT_EQ(spent_when_the_second_copy(HedgeEnd::kLost), 2);
  EXPECT_EQ(panics().counters.hedges_won, 0U);
}

TEST_F(HedgeTest, WhatNeverLeftCostsNothing) {
  EXPECT_EQ(spent_when_the_second_copy(HedgeEnd::kNeverLeft), 1);
}

TEST_F(HedgeTest, TheLastQuarterOfTheBudgetIsNotForSecondCopies) {
  const int limit = panics().window.limit(at(0));
  ASSERT_EQ(limit, 20);
  spend(0, limit - limit / 4 - 2);
  const auto first = press(0);
  ASSERT_EQ(left(0), limit / 4 + 1);
  EXPECT_TRUE(scheduler.permit(at(kDelay_s), first, Copy::kHedge));
  const auto second = press(kDelay_s);
  EXPECT_FALSE(scheduler.permit(at(2 * kDelay_s), second, Copy::kHedge));
}

TEST_F(HedgeTest, ABudgetThatA429ClosedHasNoSecondCopy) {
  const auto first = press(0);
  const auto second = press(0);
  scheduler.done(at(1), second, failed(api::Failure::kRateLimited));
  EXPECT_FALSE(scheduler.permit(at(kDelay_s), first, Copy::kHedge));
}

struct HedgeOfASmallShare : HedgeTest {
  static Settings small() {
    Settings settings;
    settings.rate_share = 0.1;
    return settings;
  }
  HedgeOfASmallShare() : HedgeTest(small()) {}
};

TEST_F(HedgeOfASmallShare, OfTwoPlacesOneMayBeForTheSecondCopy) {
  ASSERT_EQ(panics().window.limit(at(0)), 2);
  EXPECT_TRUE(scheduler.permit(at(kDelay_s), press(0), Copy::kHedge));
}

TEST_F(HedgeTest, NoneWhileTheCadAnswersMoreSlowlyThanThatAnyway) {
  const auto first = press(0);
  ASSERT_TRUE(scheduler.permit(at(kDelay_s), first, Copy::kHedge));
  scheduler.done(at(kDelay_s + 1), first, answered(), HedgeEnd::kLost);
  const auto second = press(10);
  EXPECT_FALSE(scheduler.permit(at(10 + kDelay_s), second, Copy::kHedge));
  scheduler.done(at(10 + kDelay_s + 1), second, answered());
  spend(20, 3);
  EXPECT_TRUE(scheduler.permit(at(20 + kDelay_s), press(20), Copy::kHedge)) << "it is fast again";
}

TEST_F(HedgeTest, AnAnswerToTheSecondCopyIsAsSlowAsThatCopyWas) {
  for (int i = 0; i < 4; ++i) {
    const double now = 10 * i;
    const auto id = press(now);
    ASSERT_TRUE(scheduler.permit(at(now + kDelay_s), id, Copy::kHedge)) << i;
    scheduler.done(at(now + kDelay_s + 0.2), id, answered(), HedgeEnd::kWon);
  }
}

TEST_F(HedgeTest, ANewConnectionThatIsNotAnsweredOnEitherSaysThatTheCadIsSlow) {
  const auto id = press(0);
  ASSERT_TRUE(scheduler.permit(at(kDelay_s), id, Copy::kHedge));
  scheduler.done(at(15), id, failed(api::Failure::kNoAnswer), HedgeEnd::kLost);
  const auto again = scheduler.next(at(40));
  ASSERT_TRUE(again);
  EXPECT_FALSE(scheduler.permit(at(40 + kDelay_s), again->id, Copy::kHedge));
}

TEST_F(HedgeTest, OnlyPanicsAndStatusesHaveASecondCopy) {
  scheduler.set_player_count(at(0), 1);
  state::PositionSample sample;
  sample.unit = "a";
  scheduler.push_position(at(0), sample);
  api::CheckedCall call;
  call.operation = api::find_operation("getInfo");
  call.target = "/t";
  scheduler.call(at(0), 7, std::move(call), at(60));
  scheduler.want(at(0), DesiredKind::kStatus, "a", 2, 0);
  std::vector<std::string> hedged;
  int requests = 0;
  while (const auto request = scheduler.next(at(1))) {
    ++requests;
    EXPECT_EQ(request->hedged, scheduler.permit(at(1 + kDelay_s), request->id, Copy::kHedge));
    if (request->hedged) hedged.emplace_back(request->operation->id);
  }
  EXPECT_EQ(requests, 4);
  EXPECT_EQ(hedged, std::vector<std::string>{"setUnitStatus"});
}

TEST_F(HedgeTest, ASecondCopyOfAStatusHasAConnectionOfItsLaneOrDoesNotLeave) {
  std::vector<std::uint64_t> ids;
  for (int value = 0; value < static_cast<int>(limits::kNormalConnections); ++value) {
    scheduler.want(at(0), DesiredKind::kStatus, "unit" + std::to_string(value), value, 0);
    const auto request = scheduler.next(at(0.05));
    ASSERT_TRUE(request);
    ids.push_back(request->id);
  }
  EXPECT_FALSE(scheduler.permit(at(kDelay_s), ids[0], Copy::kHedge)) << "all connections are used";
  scheduler.done(at(kDelay_s), ids[1], answered());
  EXPECT_TRUE(scheduler.permit(at(kDelay_s), ids[0], Copy::kHedge));
  EXPECT_FALSE(scheduler.permit(at(kDelay_s), ids[2], Copy::kHedge)) << "the second copy uses one";
  scheduler.done(at(kDelay_s), ids[0], answered(), HedgeEnd::kLost);
  EXPECT_TRUE(scheduler.permit(at(kDelay_s), ids[2], Copy::kHedge));
}

TEST_F(HedgeTest, APanicHasItsSecondCopyAlsoWhileTheCadCannotBeReached) {
  scheduler.done(at(0), press(0), failed(api::Failure::kConnect));
  double now = 0;
  while (scheduler.state() != State::kUnavailable || scheduler.operation(api::set_unit_panic()).counters.sent < 3) {
    now += 1;
    if (const auto request = scheduler.next(at(now))) {
      scheduler.done(at(now), request->id, failed(api::Failure::kConnect));
    }
  }
  std::optional<Request> probe;
  for (; !probe; now += 1) probe = scheduler.next(at(now));
  ASSERT_TRUE(probe->hedged) << "it is the panic";
  EXPECT_TRUE(scheduler.permit(at(now + kDelay_s), probe->id, Copy::kHedge));
}

TEST_F(HedgeTest, APanicHasItsSecondCopyAlsoWhileTheKeyIsRefused) {
  scheduler.done(at(0), press(0), failed(api::Failure::kUnauthorized));
  ASSERT_EQ(scheduler.state(), State::kUnauthorized);
  std::optional<Request> again;
  double now = 0;
  for (; !again || again->operation != &api::set_unit_panic(); now += 0.5) {
    if (again) scheduler.done(at(now), again->id, failed(api::Failure::kUnauthorized));
    again = scheduler.next(at(now));
  }
  EXPECT_TRUE(scheduler.permit(at(now + kDelay_s), again->id, Copy::kHedge));
}

TEST_F(HedgeTest, ACopyInPlaceOfTheFirstTakesAPlaceOfTheBudgetToo) {
  const int before = left(0);
  const auto id = press(0);
  ASSERT_TRUE(scheduler.permit(at(0.1), id, Copy::kReplace));
  EXPECT_EQ(left(0.1), before - 2);
  scheduler.done(at(0.2), id, failed(api::Failure::kConnect));
  EXPECT_EQ(left(0.2), before - 1) << "the first may have arrived";
  EXPECT_EQ(panics().counters.replaced, 1U);
}

TEST_F(HedgeTest, ACopyInPlaceOfTheFirstWaitsForTheBudgetLikeAnyRequest) {
  spend(0, left(0) - 1);
  const auto id = press(0);
  ASSERT_EQ(left(0), 0);
  EXPECT_FALSE(scheduler.permit(at(0.1), id, Copy::kReplace));
}

TEST_F(HedgeTest, WhatIsNotUnderWayHasNoCopy) {
  EXPECT_FALSE(scheduler.permit(at(0), 4711, Copy::kHedge));
  EXPECT_FALSE(scheduler.permit(at(0), 4711, Copy::kReplace));
}

}  // namespace
}  // namespace sonoran::schedule
