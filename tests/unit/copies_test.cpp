// What a budget counts.
#include "schedule/copies.h"

#include <gtest/gtest.h>

#include "core/limits.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using api::Failure;
using test::at;

struct CopiesTest : testing::Test {
  Budget window{RateWindow(20, 1, false)};
  Copies leave(double time_s) {
    EXPECT_TRUE(window.take(at(time_s)));
    return Copies(at(time_s));
  }
  int used(double time_s) { return 20 - window.left(at(time_s)); }
};

TEST_F(CopiesTest, ARequestCountsWhenItLeavesAndUntilAMinuteAfterItsAnswer) {
  Copies copies = leave(0);
  EXPECT_EQ(used(500), 1) << "for as long as it is under way";
  copies.end(at(500), Failure::kNone, HedgeEnd::kNone, window);
  EXPECT_EQ(used(560), 1);
  EXPECT_EQ(used(561), 0);
  EXPECT_EQ(copies.answer_time(), std::chrono::seconds(500));
}

TEST_F(CopiesTest, WhatNeverLeftGivesItsPlaceBack) {
  Copies copies = leave(0);
  copies.end(at(1), Failure::kConnect, HedgeEnd::kNone, window);
  EXPECT_EQ(used(1), 0);
  EXPECT_FALSE(copies.answer_time());
}

TEST_F(CopiesTest, ASecondCopyCountsWhoeverIsAnswered) {
  for (const HedgeEnd hedge : {HedgeEnd::kWon, HedgeEnd::kLost, HedgeEnd::kNeverLeft}) {
    window = Budget(RateWindow(20, 1, false));
    Copies copies = leave(0);
    EXPECT_TRUE(window.take_for_copy(at(2)));
    copies.hedge(at(2));
    EXPECT_EQ(used(2), 2);
    copies.end(at(3), Failure::kNone, hedge, window);
    EXPECT_EQ(used(3), hedge == HedgeEnd::kNeverLeft ? 1 : 2);
    EXPECT_EQ(copies.won(), hedge == HedgeEnd::kWon);
  }
}

TEST_F(CopiesTest, ACopyWithoutAnAnswerIsAStrayAndHoldsItsPlaceForItsLife) {
  Copies answered = leave(0);
  answered.end(at(1), Failure::kNone, HedgeEnd::kNone, window);
  EXPECT_FALSE(answered.strays());
  window = Budget(RateWindow(20, 1, false));
  Copies hedged = leave(0);
  EXPECT_TRUE(window.take_for_copy(at(2)));
  hedged.hedge(at(2));
  hedged.end(at(3), Failure::kNone, HedgeEnd::kWon, window);
  EXPECT_TRUE(hedged.strays()) << "the first may arrive still";
  EXPECT_EQ(used(64), 1);
  EXPECT_EQ(used(3 + limits::kUnansweredLife_s + 60), 1);
  EXPECT_EQ(used(3 + limits::kUnansweredLife_s + 61), 0);
  Copies silent = leave(100);
  silent.end(at(115), Failure::kNoAnswer, HedgeEnd::kNone, window);
  EXPECT_TRUE(silent.strays());
}

TEST_F(CopiesTest, WhatIsUnderWayWhenABridgeEndsStillCounts) {
  Copies copies = leave(0);
  EXPECT_TRUE(window.take_for_copy(at(2)));
  copies.hedge(at(2));
  copies.break_off(at(3), window);
  EXPECT_EQ(used(60), 2);
  EXPECT_EQ(used(3 + 3600), 0);
}

TEST_F(CopiesTest, OneInPlaceOfAnotherCountsBesideIt) {
  Copies copies = leave(0);
  EXPECT_TRUE(window.take_for_copy(at(1)));
  copies.replace(at(1), window);
  EXPECT_EQ(used(1), 2);
  copies.end(at(2), Failure::kNone, HedgeEnd::kNone, window);
  EXPECT_EQ(used(2), 2);
}

}  // namespace
}  // namespace sonoran::schedule
