#include "schedule/refused_tries.h"

#include <gtest/gtest.h>

#include <vector>

#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using test::at;

TEST(RefusedTries, AtOnceThenAfterGrowingWaitsAndInTheEndEveryMinute) {
  RefusedTries tries;
  tries.begin();
  double now = 0;
  for (const double wait : {5, 10, 20, 40, 60, 60}) {
    EXPECT_LE(tries.next(), at(now));
    tries.sent(at(now));
    tries.begin();  // it goes on refusing
    now += wait;
    EXPECT_EQ(tries.next(), at(now));
  }
}

TEST(RefusedTries, ANewPressIsTriedOnceWhenTheLastTryIsFiveSecondsOld) {
  RefusedTries tries;
  tries.begin();
  for (const double now : {0, 5, 15, 35}) tries.sent(at(now));
  EXPECT_EQ(tries.next(), at(75));
  tries.pressed();
  EXPECT_EQ(tries.next(), at(40));
  tries.sent(at(50));
  EXPECT_EQ(tries.next(), at(110)) << "once";
}

TEST(RefusedTries, NothingIsHeldBackWhereNothingIsRefused) {
  RefusedTries tries;
  tries.sent(at(0));
  EXPECT_LE(tries.next(), at(0));
  tries.begin();
  tries.sent(at(1));
  tries.restart();
  EXPECT_LE(tries.next(), at(1)) << "what came of it was no refusal";
  tries.sent(at(2));
  tries.end();
  EXPECT_LE(tries.next(), at(2));
}

}  // namespace
}  // namespace sonoran::schedule
