#include "state/desired_states.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "core/limits.h"
#include "virtual_time.h"

namespace sonoran::state {
namespace {

using test::at;
using How = TicketEnd::How;

struct Fixture {
  explicit Fixture(DesiredKind kind) : states(kind, std::chrono::seconds(10)) {}
  DesiredStates states;
  TicketEnds ends;
  DesiredStates::Group take() { return states.take(at(1e6), limits::kGroupUnits); }
  bool ended(Ticket ticket, How how) const {
    return std::ranges::any_of(ends, [&](const TicketEnd& end) { return end.ticket == ticket && end.how == how; });
  }
  void expect_sum() const {
    const auto& c = states.counters();
    EXPECT_EQ(c.accepted,
              c.delivered + c.coalesced + c.deduplicated + c.rejected + c.refused + c.shutdown + states.pending());
  }
};

struct Panic : testing::Test, Fixture {
  Panic() : Fixture(DesiredKind::kPanic) {}
  ~Panic() override { expect_sum(); }

  /// An ON without an answer, pressed again and acknowledged; then an OFF, which leaves once more and fails.
  void let_an_off_wait_to_be_sent_once_more() {
    states.want(at(0), "a", 1, 1, ends);
    states.failed(at(15), states.take(at(0), 500), true, ends);
    states.delivered(at(15.1), states.take(at(15), 500), ends, true);
    states.want(at(16), "a", 0, 2, ends);
    states.delivered(at(17), states.take(at(16), 500), ends);
    states.failed(at(47), states.take(at(46), 500), false, ends);
  }
};
struct Status : testing::Test, Fixture {
  Status() : Fixture(DesiredKind::kStatus) {}
  ~Status() override { expect_sum(); }
};

TEST_F(Panic, OneThatTheRoadRefusesGoesBehindOneThatItHasNotRefused) {
  for (const char* unit : {"a", "b"}) states.want(at(0), unit, 1, 0, ends);
  states.rejected(at(0), take(), ends);  // each leaves in a request of its own from now on
  const auto first = take();
  EXPECT_EQ(first.units, std::vector<std::string>{"a"});
  states.struck(at(1), first, Time::min(), {at(2), at(3)}, ends);
  EXPECT_EQ(take().units, std::vector<std::string>{"b"});
  EXPECT_EQ(take().units, std::vector<std::string>{"a"});
}

TEST_F(Panic, UnitsThatWantTheSameShareOneRequest) {
  for (const char* unit : {"a", "b", "c"}) states.want(at(0), unit, 1, 0, ends);
  const auto group = take();
  EXPECT_EQ(group.value, 1);
  EXPECT_EQ(group.units, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(states.ready());
}

TEST_F(Panic, LatencyCountsCallsOnceAndNeitherRepeatsNorWhatIsSentOnceMore) {
  states.want(at(0), "a", 1, 1, ends);
  states.want(at(3), "a", 1, 2, ends);
  EXPECT_EQ(states.longest_wait(at(5)), std::chrono::seconds(5));
  states.failed(at(4), take(), true, ends);
  EXPECT_EQ(states.latency().count(), 0U);
  states.delivered(at(6), take(), ends);
  EXPECT_EQ(states.latency().count(), 1U);
  EXPECT_EQ(states.latency().sum_ms(), 6000);
  EXPECT_EQ(states.longest_wait(at(7)), Duration{});
}

TEST_F(Panic, ARepeatOfWhatWaitsOrIsUnderWaySendsNothingAndGetsTheSameAnswer) {
  states.want(at(0), "a", 1, 1, ends);
  states.want(at(0), "a", 1, 2, ends);
  const auto group = take();
  states.want(at(0.1), "a", 1, 3, ends);
  EXPECT_FALSE(states.ready());
  states.delivered(at(0.2), group, ends);
  EXPECT_TRUE(ended(1, How::kAnswered));
  EXPECT_TRUE(ended(2, How::kRepeat));
  EXPECT_TRUE(ended(3, How::kRepeat));
  EXPECT_EQ(states.counters().deduplicated, 2U);
}

TEST_F(Panic, ARepeatIsNotSentForTenSecondsAfterTheAnswerAndThenIs) {
  states.want(at(0), "a", 1, 1, ends);
  states.delivered(at(1), take(), ends);
  states.want(at(10.9), "a", 1, 2, ends);
  EXPECT_FALSE(states.ready());
  EXPECT_TRUE(ended(2, How::kRepeat));
  // A dispatcher may have cleared the panic: after the window a press counts as a new one.
  states.want(at(11.1), "a", 1, 3, ends);
  EXPECT_TRUE(states.ready());
}

TEST_F(Panic, AnOnIsNotSwallowedByALaterOff) {
  states.want(at(0), "a", 1, 1, ends);
  states.want(at(0), "a", 0, 2, ends);
  const auto on = take();
  EXPECT_EQ(on.value, 1);
  EXPECT_FALSE(states.ready()) << "the OFF waits until the ON was answered";
  states.delivered(at(1), on, ends);
  const auto off = take();
  EXPECT_EQ(off.value, 0);
  states.delivered(at(2), off, ends);
  EXPECT_TRUE(ended(1, How::kAnswered));
  EXPECT_TRUE(ended(2, How::kAnswered));
}

TEST_F(Panic, HoweverOftenItIsPressedWhileNothingLeavesAtMostTwoValuesWaitAndOneIsOn) {
  Ticket ticket = 0;
  for (int i = 0; i < 101; ++i) states.want(at(0), "a", i % 2 == 0 ? 1 : 0, ++ticket, ends);
  std::vector<int> sent;
  while (states.ready()) {
    const auto group = take();
    sent.push_back(group.value);
    states.delivered(at(1), group, ends);
  }
  EXPECT_LE(sent.size(), 2U);
  EXPECT_EQ(sent.back(), 1) << "the last press was ON";
  EXPECT_EQ(ends.size(), 101U) << "every press is answered";
}

TEST_F(Panic, AFailedOnIsSentAgainBeforeTheOffThatCameMeanwhile) {
  states.want(at(0), "a", 1, 1, ends);
  const auto group = take();
  states.want(at(0.5), "a", 0, 2, ends);
  states.failed(at(0.2), group, true, ends);
  EXPECT_EQ(take().value, 1);
}

TEST_F(Panic, OneUnitThatTheCadDoesNotKnowKeepsNoOtherFromArriving) {
  for (const char* unit : {"a", "b", "bad", "c", "d"}) states.want(at(0), unit, 1, 0, ends);
  std::vector<std::string> arrived;
  int requests = 0;
  while (states.ready() && requests < 20) {
    ++requests;
    const auto group = take();
    if (std::ranges::find(group.units, "bad") != group.units.end()) {
      states.rejected(at(0.2), group, ends);
    } else {
      arrived.insert(arrived.end(), group.units.begin(), group.units.end());
      states.delivered(at(1), group, ends);
    }
  }
  std::ranges::sort(arrived);
  EXPECT_EQ(arrived, (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(states.counters().rejected, 1U);
  EXPECT_LE(requests, 7);
}

TEST_F(Panic, IsNeverRefusedWhenAStatusWouldBe) {
  for (std::size_t i = 0; i <= limits::kDesiredUnits; ++i) {
    ASSERT_TRUE(states.want(at(0), "unit-" + std::to_string(i), 1, 0, ends));
  }
  EXPECT_EQ(states.unsettled(), limits::kDesiredUnits + 1);
}

TEST_F(Panic, RepeatsBeyondTheBoundAreAnsweredAtOnceAndHoldNoMemory) {
  for (Ticket ticket = 1; ticket <= limits::kRepeatTickets + 10; ++ticket) states.want(at(0), "a", 1, ticket, ends);
  EXPECT_EQ(ends.size(), 10U);
  states.delivered(at(1), take(), ends);
  EXPECT_EQ(ends.size(), limits::kRepeatTickets + 10);
}

TEST_F(Status, TheLastOneWinsAndTheOvertakenOneIsToldSo) {
  states.want(at(0), "a", 2, 1, ends);
  states.want(at(0), "a", 3, 2, ends);
  EXPECT_TRUE(ended(1, How::kSuperseded));
  const auto group = take();
  EXPECT_EQ(group.value, 3);
  states.delivered(at(1), group, ends);
  EXPECT_TRUE(ended(2, How::kAnswered));
}

TEST_F(Status, GoingBackToWhatIsUnderWayNeedsNoSecondRequest) {
  states.want(at(0), "a", 2, 1, ends);
  const auto group = take();
  states.want(at(0.1), "a", 3, 2, ends);
  states.want(at(0.2), "a", 2, 3, ends);
  states.delivered(at(1), group, ends);
  EXPECT_FALSE(states.ready());
  EXPECT_TRUE(ended(2, How::kSuperseded));
  EXPECT_TRUE(ended(3, How::kRepeat));
}

TEST_F(Status, GoingBackToWhatWasJustAcknowledgedNeedsNoRequest) {
  states.want(at(0), "a", 2, 1, ends);
  states.delivered(at(1), take(), ends);
  states.want(at(2), "a", 4, 2, ends);
  const auto group = take();
  states.want(at(3), "a", 2, 3, ends);
  states.failed(at(4), group, false, ends);
  EXPECT_FALSE(states.ready()) << "4 never left, and the CAD still has 2";
  EXPECT_TRUE(ended(2, How::kSuperseded));
  EXPECT_TRUE(ended(3, How::kRepeat));
  EXPECT_EQ(states.pending(), 0U);
}

TEST_F(Status, GoingBackNeedsARequestWhenWhatCameBetweenMayHaveArrived) {
  states.want(at(0), "a", 2, 1, ends);
  states.delivered(at(1), take(), ends);
  states.want(at(2), "a", 4, 2, ends);
  const auto group = take();
  states.want(at(3), "a", 2, 3, ends);
  states.failed(at(4), group, true, ends);
  EXPECT_EQ(take().value, 2);
}

TEST_F(Status, AFailureDoesNotBringBackAnOvertakenValue) {
  states.want(at(0), "a", 2, 1, ends);
  const auto group = take();
  states.want(at(0.1), "a", 4, 2, ends);
  states.failed(at(0.2), group, true, ends);
  EXPECT_TRUE(ended(1, How::kSuperseded));
  EXPECT_EQ(take().value, 4);
}

TEST_F(Status, FiveStatusesOfTwoHundredUnitsNeedFiveRequests) {
  for (int i = 0; i < 200; ++i) states.want(at(0), "unit-" + std::to_string(i), i % 5, 0, ends);
  int requests = 0;
  while (states.ready()) {
    states.delivered(at(1), take(), ends);
    ++requests;
  }
  EXPECT_EQ(requests, 5);
}

TEST_F(Status, WhatIsLeftAtTheEndIsCountedAndAnswered) {
  states.want(at(0), "a", 2, 1, ends);
  states.want(at(0), "b", 2, 2, ends);
  states.drop_all(ends);
  EXPECT_EQ(ends.size(), 2U);
  EXPECT_EQ(states.counters().shutdown, 2U);
  EXPECT_EQ(states.unsettled(), 0U);
}

// ------------------------------------------------------------------------------------------- what the road refuses

std::pair<Time, Time> waits_at(double first_s, double second_s) {
  return {test::at(first_s), test::at(second_s)};
}

TEST_F(Panic, WhatTheRoadRefusesLeavesTogetherAgainWhileTheCadAnswersNobody) {
  for (const char* unit : {"a", "b", "c", "d"}) states.want(at(0), unit, 1, 0, ends);
  for (int i = 0; i < 20; ++i) {
    const auto group = states.take(at(i), limits::kGroupUnits);
    EXPECT_EQ(group.units.size(), 4U);
    EXPECT_FALSE(group.suspect);
    EXPECT_FALSE(states.struck(at(i), group, at(-1), waits_at(i + 1, i + 2), ends));
    EXPECT_TRUE(states.ready()) << "whoever presses now joins them";
  }
  EXPECT_TRUE(ends.empty()) << "nothing is given up";
}

TEST_F(Panic, WhatTheRoadRefusesThreeTimesWhileTheCadAnswersOthersIsSetApartInHalvesOfTheirOwn) {
  for (const char* unit : {"a", "b", "c", "d"}) states.want(at(0), unit, 1, 0, ends);
  EXPECT_FALSE(states.struck(at(1), take(), at(1.5), waits_at(9, 9), ends));
  EXPECT_FALSE(states.struck(at(2), take(), at(2.5), waits_at(9, 9), ends));
  EXPECT_TRUE(states.struck(at(3), take(), at(2.5), waits_at(4, 5), ends));
  EXPECT_FALSE(states.ready());
  EXPECT_EQ(states.due(), at(4));
  EXPECT_TRUE(states.take(at(3.9), limits::kGroupUnits).units.empty());
  // A unit that presses meanwhile is sent at once, and alone.
  states.want(at(3.5), "late", 1, 0, ends);
  EXPECT_EQ(states.take(at(9), limits::kGroupUnits).units, std::vector<std::string>{"late"});
  const auto first = states.take(at(9), limits::kGroupUnits);
  EXPECT_TRUE(first.suspect);
  EXPECT_EQ(first.units, (std::vector<std::string>{"a", "b"})) << "though both halves may leave now";
  EXPECT_EQ(states.take(at(9), limits::kGroupUnits).units, (std::vector<std::string>{"c", "d"}));
}

TEST_F(Panic, OneUnitThatTheRoadNeverLetsPassKeepsNoOtherFromArrivingAndIsNeverGivenUp) {
  for (const char* unit : {"a", "b", "bad", "c", "d", "e", "f"}) states.want(at(0), unit, 1, 0, ends);
  std::set<std::string> arrived;
  double now = 1;
  int requests = 0;
  for (; now < 60; now += 1) {
    const auto group = states.take(at(now), limits::kGroupUnits);
    if (group.units.empty()) continue;
    ++requests;
    if (std::ranges::find(group.units, "bad") != group.units.end()) {
      states.struck(at(now), group, at(now - 0.5), waits_at(now + 1, now + 1.1), ends);
    } else {
      arrived.insert(group.units.begin(), group.units.end());
      states.delivered(at(now), group, ends);
    }
  }
  EXPECT_EQ(arrived, (std::set<std::string>{"a", "b", "c", "d", "e", "f"}));
  EXPECT_EQ(states.unsettled(), 1U);
  EXPECT_GT(requests, 20) << "it is tried on";
  states.delivered(at(now), take(), ends);
  EXPECT_EQ(states.unsettled(), 0U);
  states.want(at(100), "bad", 1, 0, ends);
  EXPECT_TRUE(states.ready()) << "and nothing is held against it any more";
}

TEST_F(Panic, WhereNothingPassedAndThenSomethingDoesAllThatAreSetApartLeaveTogether) {
  constexpr int kUnits = 32;
  for (int i = 0; i < kUnits; ++i) states.want(at(0), "u" + std::to_string(i), 1, 0, ends);
  double now = 1;
  for (int i = 0; i < 300; ++i, now += 1) {
    if (const auto group = states.take(at(now), limits::kGroupUnits); !group.units.empty()) {
      states.struck(at(now), group, at(now - 0.5), waits_at(now + 1, now + 2), ends);
    }
  }
  int requests = 0;
  for (; states.unsettled() != 0 && requests < 100; ++requests, now += 1) {
    states.delivered(at(now), states.take(at(now + 10), limits::kGroupUnits), ends);
  }
  EXPECT_LE(requests, 3);
}

TEST_F(Panic, AVerdictEndsWhatTheRoadBegan) {
  for (const char* unit : {"a", "b"}) states.want(at(0), unit, 1, static_cast<Ticket>(unit[0]), ends);
  for (int i = 1; i <= 3; ++i) states.struck(at(i), take(), at(i - 0.5), waits_at(4, 5), ends);
  EXPECT_TRUE(states.rejected(at(4), states.take(at(4), limits::kGroupUnits), ends));
  EXPECT_TRUE(ended('a', How::kAnswered));
  EXPECT_FALSE(ended('b', How::kAnswered));
  EXPECT_EQ(states.due(), at(5)) << "the other one waits as before";
}

// ------------------------------------------------------------------------------------------------ the last value wins

constexpr double kLife_s = limits::kUnansweredLife_s;

/// A unit whose first value got no answer at 15 s, and whose second was acknowledged at 15.2 s.
struct LateStatus : Status {
  LateStatus() {
    states.want(at(0), "a", 1, 1, ends);
    const auto first = states.take(at(0), 500);
    states.want(at(5), "a", 2, 2, ends);
    states.failed(at(15), first, true, ends);
    const auto second = states.take(at(15), 500);
    EXPECT_EQ(second.value, 2);
    states.delivered(at(15.2), second, ends);
  }
};

TEST_F(LateStatus, IsSentOnceMoreWhenTheOtherCanComeNoMore) {
  EXPECT_EQ(states.due(), at(15 + kLife_s));
  EXPECT_EQ(states.pending(), 0U) << "it is nobody's call";
  EXPECT_TRUE(states.take(at(15 + kLife_s - 0.1), 500).units.empty());
  const auto again = states.take(at(15 + kLife_s), 500);
  EXPECT_EQ(again.value, 2);
  EXPECT_EQ(again.units, std::vector<std::string>{"a"});
  states.delivered(at(46), again, ends);
  EXPECT_EQ(states.due(), kNever) << "once";
  EXPECT_EQ(states.confirmed(), 1U);
}

TEST_F(LateStatus, IsSentUntilItIsAcknowledged) {
  states.failed(at(46), states.take(at(45), 500), false, ends);
  EXPECT_TRUE(states.ready());
  const auto again = states.take(at(50), 500);
  EXPECT_EQ(again.value, 2);
  states.delivered(at(51), again, ends);
  EXPECT_EQ(states.due(), kNever);
}

TEST_F(Panic, APressThatJoinsWhatIsSentOnceMoreIsNotTakenBackByALaterOff) {
  states.want(at(0), "a", 0, 1, ends);
  const auto off = take();
  states.want(at(5), "a", 1, 2, ends);
  states.failed(at(15), off, true, ends);
  states.delivered(at(16), states.take(at(16), 500), ends);  // the OFF again, or the ON in its place
  while (states.ready()) states.delivered(at(16), states.take(at(16), 500), ends);
  states.failed(at(46), states.take(at(46), 500), false, ends);
  states.want(at(60), "a", 1, 3, ends);
  states.want(at(61), "a", 0, 4, ends);
  const auto on = states.take(at(61), 500);
  EXPECT_EQ(on.value, 1);
  states.delivered(at(62), on, ends);
  EXPECT_TRUE(ended(3, How::kAnswered));
  EXPECT_EQ(states.take(at(62), 500).value, 0);
}

TEST_F(LateStatus, WhatWasTakenBackBeforeItLeftIsNotWhatTheCadHas) {
  states.failed(at(46), states.take(at(45), 500), false, ends);  // once more: it could not leave
  states.want(at(47), "a", 3, 3, ends);
  states.want(at(48), "a", 2, 4, ends);
  const auto again = states.take(at(48), 500);
  EXPECT_EQ(again.value, 2) << "the first may have come after the second";
  EXPECT_EQ(again.units, std::vector<std::string>{"a"});
  states.delivered(at(49), again, ends);
  EXPECT_TRUE(ended(4, How::kAnswered));
  EXPECT_EQ(states.due(), kNever);
}

TEST_F(LateStatus, NorIsItWhereANewerWordWaitedAtTheEndOfTheOthersLife) {
  states.failed(at(43), states.take(at(42), 500), false, ends);
  states.want(at(44), "a", 2, 3, ends);  // acknowledged at 15.2 s: no repeat any more
  states.delivered(at(44.2), states.take(at(44), 500), ends);
  states.want(at(44.5), "a", 3, 4, ends);
  const auto third = states.take(at(44.6), 500);
  EXPECT_EQ(third.value, 3);
  states.failed(at(45.5), third, false, ends);
  states.failed(at(46), states.take(at(45.6), 500), false, ends);  // the other's life has ended meanwhile
  states.want(at(47), "a", 2, 5, ends);
  EXPECT_EQ(states.take(at(47), 500).value, 2) << "the first may have come after the second";
}

TEST_F(LateStatus, AnAnswerThatTookLongDoesNotSayThatItCameLast) {
  states.want(at(44), "a", 3, 3, ends);
  const auto third = states.take(at(44), 500);
  states.delivered(at(58), third, ends);
  EXPECT_EQ(states.take(at(58), 500).value, 3) << "the first came until 45 s, and the third left before that";
}

TEST_F(LateStatus, AValueThatLeavesAtTheEndOfTheOthersLifeComesAfterIt) {
  states.want(at(44), "a", 3, 3, ends);
  states.delivered(at(46), states.take(at(15 + kLife_s), 500), ends);
  EXPECT_EQ(states.due(), kNever);
}

TEST_F(LateStatus, ANewerValueTakesItsPlace) {
  states.want(at(20), "a", 3, 3, ends);
  const auto third = states.take(at(20), 500);
  EXPECT_EQ(third.value, 3);
  states.delivered(at(21), third, ends);
  EXPECT_EQ(states.due(), at(15 + kLife_s)) << "the first may still come after the third";
  EXPECT_EQ(states.take(at(46), 500).value, 3);
}

TEST_F(LateStatus, ARepeatOfItWhileItWaitsIsTold) {
  states.want(at(26), "a", 2, 9, ends);  // a request of its own: the ten seconds are over
  const auto repeat = states.take(at(26), 500);
  states.delivered(at(26.1), repeat, ends);
  EXPECT_TRUE(ended(9, How::kAnswered));
  EXPECT_EQ(states.due(), at(15 + kLife_s));
}

TEST_F(LateStatus, SomebodyElsesWordEndsIt) {
  states.heard(at(16), "a", 2);
  EXPECT_EQ(states.due(), at(15 + kLife_s)) << "our own, as the CAD has it";
  states.heard(at(14), "a", 4);
  EXPECT_EQ(states.due(), at(15 + kLife_s)) << "older than our acknowledgement";
  states.heard(at(17), "a", 4);
  EXPECT_EQ(states.due(), kNever);
  states.want(at(18), "a", 2, 9, ends);
  EXPECT_TRUE(states.ready()) << "what was acknowledged is not believed any more";
}

TEST_F(LateStatus, ItIsDroppedWithAllElse) {
  states.drop_all(ends);
  EXPECT_EQ(states.due(), kNever);
}

TEST_F(Status, NothingIsSentOnceMoreWhereTheUnansweredValueIsTheLastOne) {
  states.want(at(0), "a", 1, 1, ends);
  states.failed(at(15), take(), true, ends);
  states.delivered(at(16), take(), ends);
  EXPECT_EQ(states.due(), kNever);
}

TEST_F(Status, NothingIsSentOnceMoreWhereTheOtherCannotHaveArrivedOrIsOver) {
  states.want(at(0), "a", 1, 1, ends);
  states.failed(at(15), take(), false, ends);
  states.want(at(16), "a", 2, 2, ends);
  states.delivered(at(17), take(), ends);
  EXPECT_EQ(states.due(), kNever);
  states.want(at(20), "b", 1, 3, ends);
  states.failed(at(35), take(), true, ends);
  states.want(at(36), "b", 2, 4, ends);
  states.delivered(at(36 + kLife_s), states.take(at(35 + kLife_s), 500), ends);
  EXPECT_EQ(states.due(), kNever) << "its life was over when the last left";
}

TEST_F(Status, TheLoserOfTwoCopiesCountsTheSame) {
  states.want(at(0), "a", 1, 1, ends);
  states.delivered(at(3), states.take(at(0), 500), ends, true);
  EXPECT_EQ(states.due(), kNever) << "it says the same";
  states.want(at(5), "a", 2, 2, ends);
  states.delivered(at(6), states.take(at(5), 500), ends);
  EXPECT_EQ(states.due(), at(3 + kLife_s));
}

TEST_F(Panic, AnOffIsSentOnceMoreAfterALateOnButNotAfterAnEventThatSaysOn) {
  for (const bool event : {false, true}) {
    const std::string unit = event ? "heard" : "a";
    states.want(at(0), unit, 1, 1, ends);
    const auto first = take();
    states.want(at(5), unit, 0, 2, ends);
    states.failed(at(15), first, true, ends);
    const auto on = states.take(at(15), 500);
    EXPECT_EQ(on.value, 1) << "an ON is never swallowed";
    states.delivered(at(15.1), on, ends);
    const auto off = states.take(at(15.2), 500);
    EXPECT_EQ(off.value, 0);
    states.delivered(at(15.3), off, ends);
    if (event) states.heard(at(20), unit, 1);
    const auto again = states.take(at(46), 500);
    EXPECT_EQ(again.units.empty(), event);
    if (!event) states.delivered(at(47), again, ends);
  }
}

TEST_F(Panic, AnEventThatSaysOnAlsoStopsAnOffThatWaitsToBeSentOnceMore) {
  let_an_off_wait_to_be_sent_once_more();
  ASSERT_TRUE(states.ready());
  states.heard(at(48), "a", 1);
  EXPECT_FALSE(states.ready());
}

TEST_F(Panic, APressTakesThePlaceOfWhatWouldBeSentOnceMore) {
  let_an_off_wait_to_be_sent_once_more();
  states.want(at(48), "a", 1, 3, ends);
  const auto press = take();
  EXPECT_EQ(press.value, 1) << "no OFF before it";
  states.delivered(at(49), press, ends);
  EXPECT_TRUE(ended(3, How::kAnswered));
}

/// A call looks at a few of the units on record, however many there are.
TEST(DesiredStatesMany, ACallPaysForItselfAndNeverForAllOthers) {
  DesiredStates panics(DesiredKind::kPanic, std::chrono::seconds(10));
  TicketEnds ends;
  constexpr std::size_t kUnits = 80000;
  for (std::size_t i = 0; i < kUnits; ++i) {
    const std::uint64_t before = panics.forget_steps();
    panics.want(at(0), "u" + std::to_string(i), 1, i + 1, ends);
    ASSERT_LE(panics.forget_steps() - before, DesiredStates::kForgotten);
  }
  EXPECT_EQ(panics.units(), kUnits);
  EXPECT_GT(panics.bytes(), kUnits * 100);
  std::size_t delivered = 0;
  while (panics.due() <= at(1)) {
    const auto group = panics.take(at(1), 500);
    delivered += group.units.size();
    panics.delivered(at(1), group, ends);
  }
  EXPECT_EQ(delivered, kUnits);
  EXPECT_EQ(ends.size(), kUnits);
  // When the units no longer count, each call forgets a few of them and frees their bytes.
  for (std::size_t i = 0; i < kUnits / (DesiredStates::kForgotten - 1) + 1; ++i) {
    const std::uint64_t before = panics.forget_steps();
    panics.want(at(20), "later" + std::to_string(i), 1, 0, ends);
    ASSERT_LE(panics.forget_steps() - before, DesiredStates::kForgotten);
  }
  EXPECT_EQ(panics.units(), kUnits / (DesiredStates::kForgotten - 1) + 1) << "only those that wait";
  ends.clear();
  panics.drop_all(ends);
  for (std::size_t i = 0; i < kUnits; ++i) panics.want(at(40), "last", static_cast<int>(i % 2), 0, ends);
  EXPECT_EQ(panics.units(), 1U);
  EXPECT_LT(panics.bytes(), 2000U);
}

/// Many units were acknowledged anew, and one behind them is due: a status of a further unit takes its place.
TEST(DesiredStatesMany, AFullTableRefusesNoStatusWhileAUnitOnRecordMayBeForgotten) {
  DesiredStates statuses(DesiredKind::kStatus, std::chrono::seconds(10));
  TicketEnds ends;
  const auto deliver = [&](double now_s) {
    while (statuses.due() <= at(now_s)) statuses.delivered(at(now_s), statuses.take(at(now_s), 500), ends);
  };
  const auto name = [](std::size_t i) { return "u" + std::to_string(i); };
  for (std::size_t i = 0; i < limits::kDesiredUnits; ++i) statuses.want(at(0), name(i), 1, 0, ends);
  deliver(0);
  constexpr std::size_t kAnew = 500;
  for (std::size_t i = 0; i < kAnew; ++i) statuses.want(at(9), name(i), 2, 0, ends);
  deliver(9);
  ASSERT_EQ(statuses.units(), limits::kDesiredUnits);
  for (std::size_t i = 0; i < 100; ++i) {
    const std::uint64_t before = statuses.forget_steps();
    EXPECT_TRUE(statuses.want(at(12), "new" + std::to_string(i), 1, 0, ends)) << i;
    ASSERT_LE(statuses.forget_steps() - before, DesiredStates::kForgotten + DesiredStates::kForgottenWhenFull);
  }
}

/// Of thousands of waiting units those that have waited longest leave, in their order.
TEST(DesiredStatesMany, WhoHasWaitedLongestLeavesFirst) {
  DesiredStates panics(DesiredKind::kPanic, std::chrono::seconds(10));
  TicketEnds ends;
  for (int i = 0; i < 3000; ++i) panics.want(at(0), "u" + std::to_string(i), i % 3 == 0 ? 0 : 1, 0, ends);
  std::vector<int> left;
  while (panics.due() <= at(1)) {
    const auto group = panics.take(at(1), 500);
    EXPECT_LE(group.units.size(), 500U);
    const int first = std::stoi(group.units.front().substr(1));
    EXPECT_EQ(group.value, first % 3 == 0 ? 0 : 1);
    int before = -1;
    for (const std::string& unit : group.units) {
      const int number = std::stoi(unit.substr(1));
      EXPECT_GT(number, before) << "in their order";
      before = number;
    }
    left.push_back(first);
    panics.delivered(at(1), group, ends);
  }
  EXPECT_EQ(left, (std::vector<int>{0, 1, 751, 1500, 1501, 2251}));
}

/// A unit that is asked for again is not forgotten before its last value no longer counts.
TEST(DesiredStatesMany, WhatStillCountsIsNotForgotten) {
  DesiredStates statuses(DesiredKind::kStatus, std::chrono::seconds(10));
  TicketEnds ends;
  const auto deliver = [&](double now_s) { statuses.delivered(at(now_s), statuses.take(at(now_s), 500), ends); };
  statuses.want(at(0), "a", 1, 1, ends);
  deliver(0);
  statuses.want(at(8), "a", 2, 2, ends);
  deliver(8);
  ends.clear();
  statuses.want(at(12), "b", 1, 3, ends);
  statuses.want(at(12), "a", 2, 4, ends);
  ASSERT_EQ(ends.size(), 1U) << "a repeat";
  EXPECT_EQ(ends[0].ticket, 4U);
  deliver(12);
  statuses.want(at(30), "c", 1, 5, ends);
  EXPECT_EQ(statuses.units(), 1U);
}

}  // namespace
}  // namespace sonoran::state
