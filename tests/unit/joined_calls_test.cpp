#include "schedule/joined_calls.h"

#include <gtest/gtest.h>

#include <vector>

#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using test::at;

Answer taken(Ticket ticket, bool repeat = false) {
  return {.ticket = ticket, .status = 200, .deduplicated = repeat, .body = "{}"};
}
Answer refused(Ticket ticket, const char* title) {
  return {.ticket = ticket, .status = 404, .error = {ErrorKind::kNotFound, title, "A sentence.", ""}};
}

TEST(JoinedCalls, AnAnswerToAnybodyElseComesBackAsItIs) {
  JoinedCalls calls;
  calls.add(7, 1, at(30));
  const auto answer = calls.pass(taken(7, true));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->ticket, 7U) << "a press may have any number";
  EXPECT_TRUE(answer->deduplicated);
}

TEST(JoinedCalls, TheCallerIsAnsweredOnceWithTheLastUnit) {
  JoinedCalls calls;
  const Ticket unit = calls.add(7, 3, at(30));
  EXPECT_NE(unit, 7U);
  EXPECT_FALSE(calls.pass(taken(unit)));
  EXPECT_FALSE(calls.pass(taken(unit)));
  const auto answer = calls.pass(taken(unit));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->ticket, 7U);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "{}");
  EXPECT_FALSE(calls.pass(taken(unit))) << "nobody is told twice";
  EXPECT_EQ(calls.next_deadline(), kNever);
}

TEST(JoinedCalls, TheFirstFailureIsTold) {
  JoinedCalls calls;
  const Ticket unit = calls.add(7, 4, at(30));
  calls.pass(taken(unit));
  calls.pass(refused(unit, "first"));
  calls.pass(refused(unit, "second"));
  const auto answer = calls.pass(taken(unit));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error.title, "first");
  EXPECT_EQ(answer->status, 404);
}

TEST(JoinedCalls, ItIsARepeatWhereEveryUnitIs) {
  JoinedCalls calls;
  Ticket unit = calls.add(7, 2, at(30));
  calls.pass(taken(unit, true));
  EXPECT_TRUE(calls.pass(taken(unit, true))->deduplicated);
  for (const bool first : {true, false}) {
    unit = calls.add(8, 2, at(30));
    calls.pass(taken(unit, first));
    EXPECT_FALSE(calls.pass(taken(unit, !first))->deduplicated);
  }
}

TEST(JoinedCalls, ADeadlineEndsTheWaitOfThatCallerOnly) {
  JoinedCalls calls;
  const Ticket late = calls.add(8, 1, at(40));
  const Ticket early = calls.add(7, 2, at(30));
  calls.pass(taken(early));
  EXPECT_EQ(calls.next_deadline(), at(30));
  std::vector<Answer> answers;
  calls.expire(at(29.9), answers);
  EXPECT_TRUE(answers.empty());
  calls.expire(at(30), answers);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].ticket, 7U);
  EXPECT_EQ(answers[0].error.kind, ErrorKind::kTimeout);
  EXPECT_FALSE(calls.pass(taken(early))) << "he was told";
  EXPECT_EQ(calls.next_deadline(), at(40));
  EXPECT_TRUE(calls.pass(taken(late)));
}

TEST(JoinedCalls, WhoGivesUpIsToldAndNobodyElse) {
  JoinedCalls calls;
  const Ticket unit = calls.add(7, 1, at(30));
  EXPECT_FALSE(calls.cancel(8));
  const auto answer = calls.cancel(7);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->ticket, 7U);
  EXPECT_EQ(answer->error.kind, ErrorKind::kCancelled);
  EXPECT_FALSE(calls.cancel(7));
  EXPECT_FALSE(calls.pass(taken(unit)));
  EXPECT_EQ(calls.next_deadline(), kNever);
}

TEST(JoinedCalls, WhatWaitsIsInTheAccountOfMemoryUntilItsLastUnitIsAnswered) {
  JoinedCalls calls;
  EXPECT_EQ(calls.bytes(), 0U);
  const Ticket one = calls.add(7, 2, at(30));
  const std::size_t each = calls.bytes();
  EXPECT_GE(each, sizeof(Answer));
  const Ticket two = calls.add(8, 1, at(30));
  EXPECT_EQ(calls.bytes(), 2 * each);
  calls.pass(taken(one));
  EXPECT_EQ(calls.bytes(), 2 * each) << "a unit is left";
  calls.pass(taken(one));
  EXPECT_EQ(calls.bytes(), each);
  calls.pass(taken(two));
  EXPECT_EQ(calls.bytes(), 0U);
}

}  // namespace
}  // namespace sonoran::schedule
