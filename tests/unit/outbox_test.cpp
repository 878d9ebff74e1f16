#include "runtime/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/limits.h"

namespace sonoran::runtime {
namespace {

Event line(std::string text) {
  return LogLine{LogLevel::kInfo, std::move(text)};
}
Event answer(state::Ticket ticket, std::size_t bytes = 0) {
  schedule::Answer result;
  result.ticket = ticket;
  result.body.assign(bytes, 'x');
  return result;
}

TEST(Outbox, GivesEventsInTheirOrderAndCountsThem) {
  Outbox outbox;
  std::vector<Event> events;
  EXPECT_EQ(outbox.take(events, 10), 0U);
  for (state::Ticket ticket = 1; ticket <= 3; ++ticket) outbox.put(answer(ticket));
  EXPECT_EQ(outbox.pending(), 3U);
  EXPECT_EQ(*outbox.pending_address(), 3U);
  EXPECT_EQ(outbox.take(events, 2), 2U);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(std::get<schedule::Answer>(events[1]).ticket, 2U);
  EXPECT_EQ(outbox.take(events, 2), 1U);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(std::get<schedule::Answer>(events[0]).ticket, 3U);
  EXPECT_EQ(outbox.pending(), 0U);
}

TEST(Outbox, WhatWasTakenIsFreedByWhoPut) {
  Outbox outbox;
  std::vector<Event> events;
  for (int turn = 0; turn < 3; ++turn) {
    for (state::Ticket ticket = 1; ticket <= 4; ++ticket) outbox.put(answer(ticket, 1000));
    EXPECT_EQ(outbox.take(events, 2), 2U);
    // The second pair of a turn finds that of the first still there: the loop thread has not been here.
    EXPECT_EQ(outbox.take(events, 2), 2U);
    EXPECT_EQ(std::get<schedule::Answer>(events[0]).ticket, 3U);
    outbox.free_spent();
  }
  EXPECT_EQ(outbox.take(events, 2), 0U);
  EXPECT_TRUE(events.empty());
}

TEST(Outbox, AtItsBoundLogLinesGoFirstAndTheLossIsCounted) {
  Outbox outbox;
  outbox.put(answer(1));
  outbox.put(line("old"));
  for (std::size_t i = 2; i < limits::kEvents; ++i) outbox.put(answer(i));
  outbox.put(answer(100001));
  EXPECT_EQ(outbox.dropped(), 1U);
  outbox.put(answer(100002));
  EXPECT_EQ(outbox.dropped(), 2U);
  EXPECT_EQ(outbox.pending(), limits::kEvents);
  std::vector<Event> events;
  outbox.take(events, limits::kEvents);
  EXPECT_TRUE(std::ranges::none_of(events, [](const Event& e) { return std::holds_alternative<LogLine>(e); }));
  EXPECT_EQ(std::get<schedule::Answer>(events.front()).ticket, 2U) << "then the oldest answer";
  EXPECT_EQ(std::get<schedule::Answer>(events.back()).ticket, 100002U);
}

TEST(Outbox, BytesAreBoundedTooAndComeBackWhenTheyAreTaken) {
  static constexpr std::size_t kPart = limits::kEventBytes / 4;
  Outbox outbox;
  std::vector<Event> events;
  for (state::Ticket ticket = 1; ticket <= 5; ++ticket) outbox.put(answer(ticket, kPart));
  EXPECT_EQ(outbox.dropped(), 1U);
  EXPECT_EQ(outbox.take(events, 10), 4U);
  EXPECT_EQ(std::get<schedule::Answer>(events.front()).ticket, 2U);
  for (state::Ticket ticket = 6; ticket <= 9; ++ticket) outbox.put(answer(ticket, kPart));
  EXPECT_EQ(outbox.dropped(), 1U);
  outbox.put(answer(10, limits::kEventBytes + 1));
  EXPECT_EQ(outbox.pending(), 1U) << "one that is larger than all is let in alone";
}

TEST(Outbox, WakesForTheFirstEventOnly) {
  Outbox outbox;
  int woken = 0;
  outbox.set_wakeup([](void* context) { ++*static_cast<int*>(context); }, &woken);
  outbox.put(answer(1));
  outbox.put(answer(2));
  EXPECT_EQ(woken, 1);
  std::vector<Event> events;
  outbox.take(events, 1);
  outbox.put(answer(3));
  EXPECT_EQ(woken, 1) << "something still waited";
  outbox.take(events, 10);
  outbox.put(answer(4));
  EXPECT_EQ(woken, 2);
  outbox.set_wakeup(nullptr, nullptr);
  outbox.take(events, 10);
  outbox.put(answer(5));
  EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace sonoran::runtime
