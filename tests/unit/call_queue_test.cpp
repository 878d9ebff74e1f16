#include "schedule/call_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/limits.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using test::at;

constexpr double kDeadline_s = 30;

struct CallQueueTest : testing::Test {
  CallQueue queue;
  Random random{1};
  Ticket tickets = 0;

  /// Adds a call; returns its ticket.
  Ticket add(const char* operation, std::string target, const std::string& order = "", double now_s = 0,
             double deadline_s = kDeadline_s) {
    api::CheckedCall call;
    call.operation = api::find_operation(operation);
    call.target = std::move(target);
    if (!order.empty()) call.order_keys.add(order);
    queue.add(at(now_s), ++tickets, std::move(call), at(deadline_s));
    return tickets;
  }
  /// The call of this operation that leaves now; 0 when none does.
  CallQueue::Id take(const char* operation, double now_s = 0) {
    const api::Operation& row = *api::find_operation(operation);
    if (queue.due(row) > at(now_s)) return 0;
    const auto id = queue.oldest(row, at(now_s));
    queue.take(id);
    return id;
  }
  std::vector<Answer> ends() { return queue.take_answers(); }
  /// The kind of error of the one call that has ended.
  ErrorKind end() {
    auto all = ends();
    EXPECT_EQ(all.size(), 1U);
    return all.size() == 1 ? all[0].error.kind : ErrorKind::kNone;
  }
  static api::Outcome ok(std::string body = "{}") {
    api::Outcome outcome;
    outcome.status = 200;
    outcome.body = std::move(body);
    return outcome;
  }
  static api::Outcome bad(api::Failure failure = api::Failure::kServerError, ErrorKind kind = ErrorKind::kUnavailable) {
    api::Outcome outcome;
    outcome.failure = failure;
    outcome.error = {kind, "Title", "A sentence.", ""};
    return outcome;
  }
  void expect_sum(const CallCounters& counters) {
    std::uint64_t dropped = 0;
    for (const auto count : counters.dropped) dropped += count;
    EXPECT_EQ(counters.accepted, counters.delivered + counters.deduplicated + dropped + counters.pending);
  }
};

TEST_F(CallQueueTest, IdenticalQueriesShareARequestAndEachCallerGetsTheAnswer) {
  const Ticket first = add("getCalls", "/calls?type=1");
  const Ticket second = add("getCalls", "/calls?type=1");
  add("getCalls", "/calls?type=2");
  const auto id = take("getCalls");
  const Ticket late = add("getCalls", "/calls?type=1");
  queue.done(id, ok("[1]"), false);
  const auto told = ends();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].ticket, first);
  EXPECT_FALSE(told[0].deduplicated);
  EXPECT_EQ(told[1].ticket, second);
  EXPECT_TRUE(told[1].deduplicated);
  EXPECT_EQ(told[2].ticket, late) << "it was under way, and serves who asks meanwhile";
  for (const auto& end : told) EXPECT_EQ(end.body, "[1]");
  EXPECT_EQ(queue.queries().pending, 1U);
  EXPECT_EQ(queue.queries().deduplicated, 2U);
  expect_sum(queue.queries());
  add("getCalls", "/calls?type=1");
  EXPECT_EQ(queue.waiting(*api::find_operation("getCalls")), 2U) << "an answered one serves nobody any more";
}

TEST_F(CallQueueTest, TheOldestOfAnOperationIsKnownWhetherItWaitsOrIsInFlight) {
  const auto& calls = *api::find_operation("getCalls");
  EXPECT_EQ(queue.longest_wait(calls, at(1)), Duration(0));
  add("createDispatchCall", "/calls", "", 1);
  const Ticket first = add("getCalls", "/a", "", 3);
  add("getCalls", "/b", "", 5);
  EXPECT_EQ(queue.longest_wait(calls, at(9)), std::chrono::seconds(6));
  EXPECT_EQ(queue.longest_wait(*api::find_operation("createDispatchCall"), at(9)), std::chrono::seconds(8));
  const auto id = queue.oldest(calls, at(9));
  queue.take(id);
  EXPECT_EQ(queue.longest_wait(calls, at(9)), std::chrono::seconds(6)) << "also in flight";
  queue.cancel(first);
  queue.done(id, {}, false);
  EXPECT_EQ(queue.longest_wait(calls, at(9)), std::chrono::seconds(4));
}

TEST_F(CallQueueTest, CommandsShareNothing) {
  add("createDispatchCall", "/calls");
  add("createDispatchCall", "/calls");
  EXPECT_NE(take("createDispatchCall"), 0U);
  EXPECT_NE(take("createDispatchCall"), 0U);
}

TEST_F(CallQueueTest, CommandsWithOneTargetLeaveInTheirOrder) {
  add("addCallNote", "/calls/1/notes", "call:1");
  add("closeDispatchCalls", "/calls/close", "call:1");
  add("closeDispatchCalls", "/calls/close", "call:2");
  const auto note = take("addCallNote");
  EXPECT_NE(note, 0U);
  const auto other = take("closeDispatchCalls");
  EXPECT_NE(other, 0U) << "call 2 waits for nobody";
  EXPECT_EQ(take("closeDispatchCalls"), 0U) << "call 1 is not closed before its note has arrived";
  queue.done(note, ok(), false);
  EXPECT_NE(take("closeDispatchCalls"), 0U);
}

TEST_F(CallQueueTest, AFailedCommandKeepsItsPlaceBeforeThoseOfTheSameTarget) {
  add("updateCallPostal", "/a", "call:1");
  add("updateCallPostal", "/b", "call:1");
  const auto first = take("updateCallPostal");
  EXPECT_TRUE(queue.again(at(1), first, bad(), at(1), random));
  EXPECT_EQ(take("updateCallPostal", 1 + 10.1), first);
}

TEST_F(CallQueueTest, AtItsDeadlineACallerGetsWhatIsKnown) {
  add("getCalls", "/a");
  queue.expire(at(29.9));
  EXPECT_TRUE(ends().empty());
  EXPECT_EQ(queue.next_deadline(), at(30));
  queue.expire(at(30));
  EXPECT_EQ(end(), ErrorKind::kTimeout) << "it never left";
  EXPECT_TRUE(queue.empty());

  add("getCalls", "/a");
  queue.again(at(1), take("getCalls"), bad(), at(1), random);
  queue.expire(at(30));
  EXPECT_EQ(end(), ErrorKind::kUnavailable) << "why its last try failed";

  add("createDispatchCall", "/a");
  const auto id = take("createDispatchCall");
  queue.expire(at(30));
  EXPECT_EQ(end(), ErrorKind::kOutcomeUnknown) << "it is under way and must not be repeated";
  queue.done(id, ok(), false);
  EXPECT_TRUE(ends().empty()) << "nobody waits for it any more";
  EXPECT_TRUE(queue.empty());
  expect_sum(queue.commands());
  expect_sum(queue.queries());
}

TEST_F(CallQueueTest, EachCallerOfASharedQueryHasHisOwnDeadline) {
  add("getCalls", "/a", "", 0, 5);
  const Ticket patient = add("getCalls", "/a", "", 0, 50);
  queue.expire(at(5));
  EXPECT_EQ(end(), ErrorKind::kTimeout);
  queue.done(take("getCalls", 6), ok(), false);
  const auto told = ends();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].ticket, patient);
}

TEST_F(CallQueueTest, ACallWhoseDeadlineHasPassedDoesNotLeave) {
  add("getCalls", "/a", "", 10, 10);
  EXPECT_EQ(end(), ErrorKind::kTimeout);
  EXPECT_EQ(take("getCalls", 10), 0U);
}

TEST_F(CallQueueTest, ACancelledCallDoesNotLeave) {
  const Ticket ticket = add("createDispatchCall", "/a");
  EXPECT_TRUE(queue.cancel(ticket));
  EXPECT_EQ(end(), ErrorKind::kCancelled);
  EXPECT_EQ(take("createDispatchCall"), 0U);
  EXPECT_FALSE(queue.cancel(ticket)) << "once";
  EXPECT_FALSE(queue.cancel(4711));
}

TEST_F(CallQueueTest, WhatHasLeftHoldsItsPlaceAlsoWhenItIsCancelled) {
  const Ticket ticket = add("updateCallPostal", "/a", "call:1");
  add("updateCallPostal", "/b", "call:1");
  const auto id = take("updateCallPostal");
  EXPECT_TRUE(queue.cancel(ticket));
  EXPECT_EQ(end(), ErrorKind::kCancelled);
  EXPECT_EQ(take("updateCallPostal"), 0U) << "the second must not overtake it";
  queue.done(id, ok(), false);
  EXPECT_TRUE(ends().empty());
  EXPECT_NE(take("updateCallPostal"), 0U);
}

TEST_F(CallQueueTest, AFailureThatNobodyWaitsForIsNotTriedAgain) {
  const Ticket ticket = add("getCalls", "/a");
  const auto id = take("getCalls");
  queue.cancel(ticket);
  EXPECT_FALSE(queue.again(at(1), id, bad(), at(1), random));
  EXPECT_TRUE(queue.empty());
}

TEST_F(CallQueueTest, AWaitPastEveryDeadlineIsToldAtOnce) {
  add("getCalls", "/a");
  auto outcome = bad(api::Failure::kRateLimited, ErrorKind::kRateLimited);
  outcome.retry_after = std::chrono::seconds(60);
  EXPECT_FALSE(queue.again(at(1), take("getCalls"), outcome, at(61), random));
  const auto told = ends();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].error.kind, ErrorKind::kRateLimited);
  EXPECT_EQ(told[0].retry_after, std::chrono::seconds(60));
}

TEST_F(CallQueueTest, ThereIsALastTry) {
  add("getCalls", "/a", "", 0, 1e6);
  int tries = 0;
  for (double now = 0; tries < 100; now += 60) {
    const auto id = take("getCalls", now);
    if (id == 0) break;
    ++tries;
    queue.again(at(now), id, bad(), at(now), random);
  }
  EXPECT_EQ(tries, limits::kCallTries);
  EXPECT_EQ(end(), ErrorKind::kUnavailable);
}

TEST_F(CallQueueTest, PastTheBoundOfAnOperationACallIsRefusedAndOthersAreNot) {
  for (std::size_t i = 0; i < limits::kQueuedCalls; ++i) add("createDispatchCall", "/a");
  EXPECT_TRUE(ends().empty());
  add("createDispatchCall", "/a");
  const auto told = ends();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].error.kind, ErrorKind::kQueueFull);
  EXPECT_EQ(told[0].error.detail, "256 calls of createDispatchCall wait already; this one was not taken.");
  add("addCallNote", "/a");
  EXPECT_TRUE(ends().empty());
  expect_sum(queue.commands());
}

TEST_F(CallQueueTest, AnEndOfEverythingSaysWhoseOutcomeIsUnknown) {
  add("createDispatchCall", "/once");
  take("createDispatchCall");
  add("getCalls", "/under way");
  take("getCalls");
  add("addCallNote", "/waits");
  queue.end(CallQueue::Which::kAll, {ErrorKind::kShuttingDown, "Title", "A sentence.", ""});
  const auto told = ends();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].error.kind, ErrorKind::kOutcomeUnknown);
  EXPECT_EQ(told[1].error.kind, ErrorKind::kShuttingDown);
  EXPECT_EQ(told[2].error.kind, ErrorKind::kShuttingDown);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
  expect_sum(queue.commands());
  expect_sum(queue.queries());
}

TEST_F(CallQueueTest, BytesAreThoseOfWhatIsHeld) {
  add("createDispatchCall", "12345", "key");
  EXPECT_EQ(queue.bytes(), 8U + sizeof(std::uint32_t)) << "with where the key ends";
  queue.done(take("createDispatchCall"), ok(), false);
  EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace sonoran::schedule
