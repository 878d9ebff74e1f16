#include "runtime/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/limits.h"

namespace sonoran::runtime {
namespace {

Event line(std::string text) {
  return LogLine{LogLevel::kInfo, std::move(text)};
}
Event answer(Ticket ticket, std::size_t bytes = 0) {
  schedule::Answer result;
  result.ticket = ticket;
  result.body.assign(bytes, 'x');
  return result;
}

TEST(Outbox, GivesEventsInTheirOrderAndCountsThem) {
  Outbox outbox;
  std::vector<Event> events;
  EXPECT_EQ(outbox.take(events, 10), 0U);
  for (Ticket ticket = 1; ticket <= 3; ++ticket) outbox.put(answer(ticket));
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
    for (Ticket ticket = 1; ticket <= 4; ++ticket) outbox.put(answer(ticket, 1000));
    EXPECT_EQ(outbox.take(events, 2), 2U);
    // The second pair of a turn finds the first one still there, because the loop thread has not run since.
    EXPECT_EQ(outbox.take(events, 2), 2U);
    EXPECT_EQ(std::get<schedule::Answer>(events[0]).ticket, 3U);
    outbox.free_spent();
  }
  EXPECT_EQ(outbox.take(events, 2), 0U);
  EXPECT_TRUE(events.empty());
}

/// All waiting events.
std::vector<Event> all(Outbox& outbox) {
  std::vector<Event> events;
  outbox.take(events, 1'000'000);
  return events;
}

/// The tickets among these, in their order.
std::vector<Ticket> tickets(const std::vector<Event>& events) {
  std::vector<Ticket> found;
  for (const Event& event : events) {
    if (const auto* one = std::get_if<schedule::Answer>(&event)) found.push_back(one->ticket);
  }
  return found;
}

TEST(Outbox, AtItsBoundLogLinesGoAndNoAnswer) {
  Outbox outbox;
  outbox.put(answer(1));
  outbox.put(line("old"));
  std::vector<Ticket> given = {1};
  for (std::size_t i = 2; i < limits::kEvents; ++i) {
    outbox.put(answer(i));
    given.push_back(i);
  }
  EXPECT_EQ(outbox.pending(), limits::kEvents);
  EXPECT_EQ(outbox.dropped(), 0U);
  for (const Ticket ticket : {100001U, 100002U, 100003U}) {
    outbox.put(answer(ticket));
    given.push_back(ticket);
  }
  EXPECT_EQ(outbox.dropped(), 1U) << "the line";
  outbox.put(line("new"));
  EXPECT_EQ(outbox.dropped(), 2U) << "there is no room for a line among answers";
  EXPECT_EQ(outbox.pending(), limits::kEvents + 2);
  const auto events = all(outbox);
  EXPECT_TRUE(std::ranges::none_of(events, [](const Event& e) { return std::holds_alternative<LogLine>(e); }));
  EXPECT_EQ(tickets(events), given);
  EXPECT_EQ(outbox.dropped_bodies(), 0U);
  EXPECT_EQ(outbox.pending(), 0U);
}

TEST(Outbox, BeyondItsBytesTheOldestBodiesGoAndTheirTicketsSaySo) {
  static constexpr std::size_t kPart = limits::kEventBytes / 4;
  Outbox outbox;
  schedule::Answer first;
  first.ticket = 1;
  first.status = 201;
  first.body.assign(kPart, 'x');
  outbox.put(std::move(first));
  outbox.put(answer(2, limits::kSmallBodyBytes));
  schedule::Answer refused;
  refused.ticket = 3;
  refused.status = 404;
  refused.error = {ErrorKind::kNotFound, "Not Found", "No such call.", "trace"};
  refused.body.assign(kPart, 'x');
  outbox.put(std::move(refused));
  for (Ticket ticket = 4; ticket <= 7; ++ticket) outbox.put(answer(ticket, kPart));
  EXPECT_EQ(outbox.dropped_bodies(), 3U) << "of 1, 3 and 4";
  EXPECT_EQ(outbox.dropped(), 0U);
  const auto events = all(outbox);
  ASSERT_EQ(tickets(events), (std::vector<Ticket>{1, 2, 3, 4, 5, 6, 7}));
  const auto& dropped = std::get<schedule::Answer>(events[0]);
  EXPECT_EQ(dropped.status, 201);
  EXPECT_EQ(dropped.body, "");
  EXPECT_EQ(dropped.error.kind, ErrorKind::kAnswerDropped);
  EXPECT_EQ(dropped.error.detail,
            "The CAD carried this out (status 201), but its answer of 16777216 bytes was dropped, because more than 64 "
            "MiB of answers waited for the game server.");
  EXPECT_EQ(std::get<schedule::Answer>(events[1]).body.size(), limits::kSmallBodyBytes);
  EXPECT_EQ(std::get<schedule::Answer>(events[1]).error.kind, ErrorKind::kNone);
  const auto& failed = std::get<schedule::Answer>(events[2]);
  EXPECT_EQ(failed.body, "");
  EXPECT_EQ(failed.error.kind, ErrorKind::kNotFound) << "what it failed for stays";
  EXPECT_EQ(failed.error.detail, "No such call.");
  EXPECT_EQ(std::get<schedule::Answer>(events[6]).body.size(), kPart);
}

TEST(Outbox, BytesComeBackWhenTheyAreTaken) {
  static constexpr std::size_t kPart = limits::kEventBytes / 4;
  Outbox outbox;
  for (int turn = 0; turn < 3; ++turn) {
    for (Ticket ticket = 1; ticket <= 3; ++ticket) outbox.put(answer(ticket, kPart));
    std::vector<Event> some;
    outbox.take(some, 2);
    for (Ticket ticket = 4; ticket <= 6; ++ticket) outbox.put(answer(ticket, kPart));
    EXPECT_EQ(outbox.dropped_bodies(), 0U);
    EXPECT_EQ(tickets(all(outbox)), (std::vector<Ticket>{3, 4, 5, 6}));
  }
  outbox.put(answer(9, kPart));
  outbox.put(answer(10, limits::kEventBytes + 1));
  EXPECT_EQ(outbox.dropped_bodies(), 1U) << "that of 9";
  const auto events = all(outbox);
  EXPECT_EQ(std::get<schedule::Answer>(events.back()).body.size(), limits::kEventBytes + 1)
      << "one that is larger than all is let in alone";
}

TEST(Outbox, NewsThatWereDroppedAreAskedForAnew) {
  Outbox outbox;
  outbox.put(ActiveUnits{"{}"});
  outbox.put(line("a line goes before news"));
  for (std::size_t i = 1; i < limits::kEvents; ++i) outbox.put(answer(i));
  EXPECT_FALSE(outbox.take_lost_news());
  outbox.put(answer(100001));
  EXPECT_TRUE(outbox.take_lost_news());
  EXPECT_FALSE(outbox.take_lost_news()) << "once";
  outbox.put(ActiveUnits{"{}"});
  EXPECT_TRUE(outbox.take_lost_news()) << "there was no room for it";
  EXPECT_EQ(outbox.dropped(), 3U);
  EXPECT_EQ(tickets(all(outbox)).size(), limits::kEvents);
  outbox.put(ActiveUnits{"{}"});
  EXPECT_EQ(outbox.pending(), 1U);
  EXPECT_FALSE(outbox.take_lost_news());
}

/// Some changes without the others would mislead, so all of them are dropped, and a whole list follows.
TEST(Outbox, NewsAreDroppedTogetherOrNotAtAll) {
  Outbox outbox;
  outbox.put(ActiveUnits{"first"});
  outbox.put(answer(1));
  outbox.put(ActiveUnits{"second"});
  for (std::size_t i = 3; i < limits::kEvents; ++i) outbox.put(answer(i));
  EXPECT_EQ(outbox.pending(), limits::kEvents);
  EXPECT_FALSE(outbox.has_room_for_news());
  outbox.put(ActiveUnits{"third"});
  EXPECT_TRUE(outbox.take_lost_news());
  const auto events = all(outbox);
  EXPECT_EQ(events.size(), limits::kEvents - 1) << "answers, and the third";
  std::vector<std::string> news;
  for (const Event& event : events) {
    if (const auto* units = std::get_if<ActiveUnits>(&event)) news.push_back(units->news);
  }
  EXPECT_EQ(news, std::vector<std::string>{"third"});
  EXPECT_EQ(outbox.dropped(), 2U);
  EXPECT_TRUE(outbox.has_room_for_news());
}

TEST(Outbox, WhateverIsPutAndTakenEachTicketHasOneEndAndTheBytesAreRight) {
  // Random sizes on both sides of the bounds, with takes between; then the outbox takes as much as a new one.
  std::mt19937 random(14);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time, on purpose
  const auto below = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most - 1)(random); };
  Outbox outbox;
  std::vector<Ticket> put;
  std::vector<Ticket> taken;
  std::vector<Event> events;
  for (Ticket ticket = 1; ticket <= 1000; ++ticket) {
    switch (below(4)) {
      case 0:
        outbox.put(line(std::string(below(3'000'000), 'l')));
        break;
      case 1:
        outbox.put(ActiveUnits{std::string(below(1'000'000), 'u')});
        break;
      default:
        outbox.put(answer(ticket, below(2) == 0 ? below(600) : below(6'000'000)));
        put.push_back(ticket);
    }
    if (below(40) == 0) {
      outbox.take(events, below(60));
      const auto some = tickets(events);
      taken.insert(taken.end(), some.begin(), some.end());
      std::size_t bytes = 0;
      for (const Event& event : events) {
        if (const auto* one = std::get_if<schedule::Answer>(&event)) bytes += one->body.size();
      }
      EXPECT_LE(bytes, limits::kEventBytes);
      outbox.free_spent();
    }
  }
  const auto rest = tickets(all(outbox));
  taken.insert(taken.end(), rest.begin(), rest.end());
  EXPECT_EQ(taken, put);
  EXPECT_GT(outbox.dropped_bodies(), 0U);
  const auto dropped = outbox.dropped_bodies();
  for (Ticket ticket = 1; ticket <= 4; ++ticket) outbox.put(answer(ticket, limits::kEventBytes / 4));
  EXPECT_EQ(outbox.dropped_bodies(), dropped);
}

PushedEvent pushed(std::size_t number, std::size_t bytes = 1) {
  return {.type = std::to_string(number), .data = std::string(bytes, 'd')};
}

/// The numbers of the CAD's events among these, in their order.
std::vector<std::size_t> numbers(const std::vector<Event>& events) {
  std::vector<std::size_t> found;
  for (const Event& event : events) {
    if (const auto* one = std::get_if<PushedEvent>(&event)) found.push_back(std::stoul(one->type));
  }
  return found;
}

TEST(Outbox, TheCadsEventsKeepTheirOrderAndTheOldestGo) {
  Outbox outbox;
  outbox.put(answer(1));
  for (std::size_t i = 0; i < limits::kPushEvents + 3; ++i) outbox.put(pushed(i));
  outbox.put(answer(2));
  EXPECT_EQ(outbox.pushed(), limits::kPushEvents);
  EXPECT_EQ(outbox.dropped_pushed(), 3U);
  EXPECT_EQ(outbox.pending(), limits::kPushEvents + 2);
  std::vector<Event> events;
  EXPECT_EQ(outbox.take(events, 4), 4U) << "answers first";
  EXPECT_EQ(tickets(events), (std::vector<Ticket>{1, 2}));
  EXPECT_EQ(numbers(events), (std::vector<std::size_t>{3, 4}));
  EXPECT_EQ(outbox.pushed(), limits::kPushEvents - 2);
  const auto rest = numbers(all(outbox));
  ASSERT_EQ(rest.size(), limits::kPushEvents - 2);
  for (std::size_t i = 0; i < rest.size(); ++i) ASSERT_EQ(rest[i], i + 5);
  EXPECT_EQ(outbox.pending(), 0U);
  EXPECT_EQ(outbox.pushed_bytes(), 0U);
  EXPECT_EQ(outbox.dropped(), 0U) << "these are counted by themselves";
}

TEST(Outbox, TheCadsEventsHaveBytesOfTheirOwnAndTakeNothingFromAnswers) {
  constexpr std::size_t kPart = limits::kPushBytes / 4;
  Outbox outbox;
  outbox.put(answer(1, limits::kEventBytes));
  for (std::size_t i = 0; i < 4; ++i) outbox.put(pushed(i, kPart - 1));
  EXPECT_EQ(outbox.pushed_bytes(), limits::kPushBytes);
  EXPECT_EQ(outbox.dropped_pushed(), 0U);
  outbox.put(pushed(4, kPart));
  EXPECT_EQ(outbox.dropped_pushed(), 2U) << "one byte more than the oldest had";
  EXPECT_EQ(outbox.dropped_bodies(), 0U);
  // An event that is larger than the bound is kept when it is alone.
  outbox.put(pushed(5, limits::kPushBytes + 1));
  EXPECT_EQ(outbox.pushed(), 1U);
  EXPECT_EQ(numbers(all(outbox)), std::vector<std::size_t>{5});
  EXPECT_EQ(outbox.pushed_bytes(), 0U);
}

TEST(Outbox, AnEventOfTheCadWakesLikeAnyOther) {
  Outbox outbox;
  int woken = 0;
  outbox.set_wakeup([](void* context) { ++*static_cast<int*>(context); }, &woken);
  outbox.put(Event(pushed(1)));
  outbox.put(answer(1));
  outbox.put(pushed(2));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(numbers(all(outbox)), (std::vector<std::size_t>{1, 2}));
  outbox.put(pushed(3));
  EXPECT_EQ(woken, 2);
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

TEST(Outbox, OfSeveralChangesOfStateTheLastIsToldFirstOfAll) {
  Outbox outbox;
  outbox.put(answer(1));
  outbox.put(Event(StateChange{.state = "running", .reason = {}, .hub = {}}));
  outbox.put(Event(StateChange{.state = "unavailable", .reason = "Why.", .hub = {}}));
  EXPECT_EQ(outbox.pending(), 2U);
  std::vector<Event> events;
  EXPECT_EQ(outbox.take(events, 1), 1U);
  EXPECT_EQ(std::get<StateChange>(events[0]).state, "unavailable");
  EXPECT_EQ(outbox.pending(), 1U);
  EXPECT_EQ(outbox.take(events, 5), 1U);
  EXPECT_EQ(std::get<schedule::Answer>(events[0]).ticket, 1U);
}

}  // namespace
}  // namespace sonoran::runtime
