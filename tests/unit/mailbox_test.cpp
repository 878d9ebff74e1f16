#include "runtime/mailbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>

namespace sonoran::runtime {
namespace {

using state::DesiredKind;
using state::PositionSample;

TextList keys(std::initializer_list<std::string_view> texts) {
  TextList list;
  for (const std::string_view text : texts) list.add(text);
  return list;
}

struct MailboxTest : testing::Test {
  Mailbox mailbox;
  Inbox inbox;
  std::size_t push(std::string_view unit, double x, std::optional<std::string_view> location = std::nullopt) {
    PositionSample sample;
    sample.unit = unit;
    sample.x = x;
    sample.location = location;
    return mailbox.put_positions(1, [&](std::size_t) { return sample; });
  }
  std::size_t put_row(std::uint32_t slot, std::int32_t x, std::int32_t heading = 0) {
    return mailbox.put_rows(1, [&](std::size_t) { return Row{.slot = slot, .x = x, .heading = heading}; });
  }
  Mailbox::Put call(DesiredKind kind, std::string_view unit, int value, Ticket ticket) {
    return mailbox.put_desired({kind, FixedText<limits::kUnitIdBytes>(unit), value, ticket});
  }
  void take() {
    inbox.clear();
    mailbox.take(inbox);
  }
};

TEST_F(MailboxTest, TheNewestSampleOfAUnitReplacesTheOneThatWaits) {
  push("a", 1, "Elm St");
  push("b", 2);
  push("a", 3);
  take();
  ASSERT_EQ(inbox.units.size(), 2U);
  EXPECT_EQ(inbox.units[0].unit.view(), "a");
  EXPECT_EQ(inbox.units[0].x, 3);
  EXPECT_EQ(inbox.units[0].coalesced, 1U);
  EXPECT_EQ(inbox.units[0].sample().location, "Elm St") << "text that is not given stays as it was";
  EXPECT_EQ(inbox.units[1].sample().location, std::nullopt);
  EXPECT_TRUE(mailbox.empty());
}

TEST_F(MailboxTest, ARemovalForgetsWhatWaitedButNotWhatComesLater) {
  push("a", 1, "Elm St");
  mailbox.put_removal("a");
  take();
  ASSERT_EQ(inbox.units.size(), 1U);
  EXPECT_TRUE(inbox.units[0].removed);
  EXPECT_FALSE(inbox.units[0].has_sample);
  EXPECT_EQ(inbox.units[0].coalesced, 1U);
  mailbox.put_removal("a");
  push("a", 5);
  take();
  EXPECT_TRUE(inbox.units[0].removed);
  EXPECT_TRUE(inbox.units[0].has_sample);
  EXPECT_EQ(inbox.units[0].sample().location, std::nullopt) << "the old street is gone";
}

TEST_F(MailboxTest, RefusesTheUnitPastItsBoundAndStillTakesRemovals) {
  for (std::size_t i = 0; i < limits::kUnits; ++i) ASSERT_EQ(push("u" + std::to_string(i), 0), 0U);
  EXPECT_EQ(push("one more", 0), 1U);
  EXPECT_EQ(push("u7", 1), 0U) << "a unit that waits already has its place";
  EXPECT_EQ(mailbox.put_removal("another"), Mailbox::Put::kTaken);
  take();
  EXPECT_EQ(push("one more", 0), 0U);
}

/// Rows, bindings, removals and samples as text, in the order in which they come out.
std::vector<std::string> in_order(Inbox& inbox) {
  std::vector<std::string> said;
  inbox.visit_places(
      [&](const Row& row) { said.push_back("row " + std::to_string(row.slot) + " " + std::to_string(row.x)); },
      [&](const SlotNews& news) {
        const bool texts = news.kind == SlotNews::Kind::kTexts;
        said.push_back((texts ? "texts " : "bind ") + std::to_string(news.slot) + " " +
                       std::string(texts ? news.texts.location.view() : news.unit.view()));
      },
      [&](const UnitRecord& record) { said.push_back("remove " + std::string(record.unit.view())); },
      [&](const UnitRecord& record) { said.push_back("sample " + std::string(record.unit.view())); });
  return said;
}

TEST_F(MailboxTest, TheNewestRowOfASlotReplacesTheOneThatWaitsAndComesOutLast) {
  ASSERT_EQ(mailbox.put_binding(7, "a"), Mailbox::Put::kTaken);
  ASSERT_EQ(mailbox.put_binding(9, "b"), Mailbox::Put::kTaken);
  EXPECT_EQ(put_row(7, 1, 90), 0U);
  EXPECT_EQ(put_row(9, 2, 90), 0U);
  EXPECT_EQ(put_row(7, 3, kSameHeading), 0U);
  take();
  ASSERT_EQ(inbox.rows.size(), 2U);
  EXPECT_EQ(inbox.rows[0].x, 3);
  EXPECT_EQ(inbox.rows[0].heading, 90) << "the heading that waited is kept";
  EXPECT_EQ(inbox.rows[0].coalesced, 1U);
  EXPECT_EQ(in_order(inbox), (std::vector<std::string>{"bind 7 a", "bind 9 b", "row 9 2", "row 7 3"}));
  EXPECT_TRUE(mailbox.empty());
  put_row(7, 4);
  take();
  EXPECT_EQ(in_order(inbox), std::vector<std::string>{"row 7 4"}) << "the slot stands for it still";
}

TEST_F(MailboxTest, ARowStaysTheUnitsThatTheSlotStoodForWhenItWasPushed) {
  mailbox.put_binding(7, "a");
  put_row(7, 1);
  mailbox.put_binding(7, "b");
  put_row(7, 2);
  put_row(7, 3);
  mailbox.put_binding(7, "");
  EXPECT_FALSE(mailbox.is_bound(7));
  take();
  EXPECT_EQ(in_order(inbox), (std::vector<std::string>{"bind 7 a", "row 7 1", "bind 7 b", "row 7 3", "bind 7 "}));
  EXPECT_FALSE(mailbox.is_bound(6)) << "a slot that nobody has named";
  EXPECT_FALSE(mailbox.is_bound(limits::kSlots));
}

TEST_F(MailboxTest, WhatIsSaidOfAUnitByItsSlotAndByItsIdKeepsItsOrder) {
  mailbox.put_binding(7, "a");
  put_row(7, 1);
  push("a", 2);
  mailbox.put_removal("a");
  put_row(7, 3);
  take();
  EXPECT_EQ(in_order(inbox), (std::vector<std::string>{"bind 7 a", "remove a", "row 7 3"}));
  put_row(7, 4);
  push("a", 5);
  put_row(7, 6);
  push("a", 7);
  take();
  EXPECT_EQ(in_order(inbox), (std::vector<std::string>{"row 7 6", "sample a"}));
}

TEST_F(MailboxTest, TextsOfASlotAreJoinedAndNoneMissesTheNextRow) {
  EXPECT_EQ(mailbox.put_texts(7, {.location = "Elm St"}), Mailbox::Put::kFull) << "it stands for nobody";
  mailbox.put_binding(7, "a");
  EXPECT_EQ(mailbox.put_texts(7, {.location = "Elm St", .vehicle = "POLICE"}), Mailbox::Put::kTaken);
  put_row(7, 1);
  EXPECT_EQ(mailbox.put_texts(7, {.location = "Oak St"}), Mailbox::Put::kTaken);
  mailbox.put_binding(7, "b");
  EXPECT_EQ(mailbox.put_texts(7, {.location = "Ash St"}), Mailbox::Put::kTaken);
  take();
  ASSERT_EQ(inbox.slots.size(), 4U);
  EXPECT_EQ(inbox.slots[1].texts.vehicle.view(), "POLICE");
  EXPECT_EQ(in_order(inbox),
            (std::vector<std::string>{"bind 7 a", "texts 7 Oak St", "row 7 1", "bind 7 b", "texts 7 Ash St"}));
}

TEST_F(MailboxTest, RowsAndNewsOfSlotsHaveABound) {
  for (std::uint32_t slot = 0; slot < limits::kSlotNews; ++slot) {
    ASSERT_EQ(mailbox.put_binding(slot, "u"), Mailbox::Put::kTaken);
  }
  EXPECT_EQ(mailbox.put_binding(3, ""), Mailbox::Put::kFull);
  EXPECT_TRUE(mailbox.is_bound(3)) << "what was refused has changed nothing";
  EXPECT_EQ(mailbox.put_texts(3, {.location = "Elm St"}), Mailbox::Put::kFull);
  for (std::uint32_t slot = 0; slot < limits::kUnits; ++slot) ASSERT_EQ(put_row(slot, 1), 0U);
  EXPECT_EQ(put_row(limits::kUnits, 1), 1U);
  EXPECT_EQ(put_row(7, 2), 0U) << "a slot that waits already has its place";
  take();
  EXPECT_EQ(put_row(limits::kUnits, 1), 0U);
  EXPECT_EQ(mailbox.put_binding(3, ""), Mailbox::Put::kTaken);
}

TEST_F(MailboxTest, KindAndSirenAreKeptUntilTheyAreSaidAnew) {
  PositionSample sample;
  sample.unit = "a";
  sample.vehicle_kind = VehicleKind::kFire;
  sample.siren = true;
  const auto put = [&] { mailbox.put_positions(1, [&](std::size_t) { return sample; }); };
  put();
  sample.vehicle_kind = VehicleKind::kUnknown;
  sample.siren.reset();
  put();
  take();
  EXPECT_EQ(inbox.units[0].sample().vehicle_kind, VehicleKind::kFire);
  EXPECT_EQ(inbox.units[0].sample().siren, true);
  sample.vehicle_kind = VehicleKind::kCar;
  put();
  mailbox.put_removal("a");
  sample.vehicle_kind = VehicleKind::kUnknown;
  put();
  take();
  EXPECT_EQ(inbox.units[0].sample().vehicle_kind, VehicleKind::kUnknown) << "another's";
  ASSERT_EQ(mailbox.put_binding(3, "b"), Mailbox::Put::kTaken);
  ASSERT_EQ(mailbox.put_texts(3, {.vehicle_kind = VehicleKind::kBoat, .siren = false}), Mailbox::Put::kTaken);
  ASSERT_EQ(mailbox.put_texts(3, {.location = "Pier"}), Mailbox::Put::kTaken);
  take();
  EXPECT_EQ(inbox.slots[1].texts.vehicle_kind, VehicleKind::kBoat);
  EXPECT_EQ(inbox.slots[1].texts.siren, false);
}

TEST_F(MailboxTest, TextsOfPlacesKeepTheirOrderAndHaveABound) {
  EXPECT_EQ(mailbox.put_location("a", "Base"), Mailbox::Put::kTaken);
  EXPECT_FALSE(mailbox.empty());
  EXPECT_EQ(mailbox.put_location("a", ""), Mailbox::Put::kTaken);
  take();
  ASSERT_EQ(inbox.locations.size(), 2U);
  EXPECT_EQ(inbox.locations[0].text.view(), "Base");
  EXPECT_EQ(inbox.locations[1].text.view(), "");
  for (std::size_t i = 0; i < limits::kUnits; ++i) EXPECT_EQ(mailbox.put_location("a", "x"), Mailbox::Put::kTaken);
  EXPECT_EQ(mailbox.put_location("a", "x"), Mailbox::Put::kFull);
  take();
  EXPECT_EQ(mailbox.put_location("a", "x"), Mailbox::Put::kTaken);
}

TEST_F(MailboxTest, CallsKeepTheirOrder) {
  call(DesiredKind::kPanic, "a", 1, 1);
  call(DesiredKind::kStatus, "a", 3, 2);
  call(DesiredKind::kPanic, "a", 0, 3);
  take();
  ASSERT_EQ(inbox.desired.size(), 3U);
  EXPECT_EQ(inbox.desired[1].kind, DesiredKind::kStatus);
  EXPECT_EQ(inbox.desired[2].ticket, 3U);
}

TEST_F(MailboxTest, StatusesHaveABoundAndPanicsAreJoinedPastTheirs) {
  for (std::size_t i = 0; i < limits::kMailboxCalls; ++i) {
    ASSERT_EQ(call(DesiredKind::kStatus, "u", 1, 1), Mailbox::Put::kTaken);
  }
  EXPECT_EQ(call(DesiredKind::kStatus, "u", 1, 1), Mailbox::Put::kFull);
  for (std::size_t i = limits::kMailboxCalls; i < limits::kMailboxPanics; ++i) {
    ASSERT_EQ(call(DesiredKind::kPanic, "u", 0, 1), Mailbox::Put::kTaken);
  }
  EXPECT_EQ(call(DesiredKind::kPanic, "v", 1, 71), Mailbox::Put::kTaken);
  EXPECT_EQ(call(DesiredKind::kPanic, "v", 0, 72), Mailbox::Put::kTaken);
  take();
  EXPECT_EQ(inbox.superseded, std::vector<Ticket>{71}) << "the loop thread answers it";
  ASSERT_EQ(inbox.desired.size(), limits::kMailboxPanics + 2);
  const auto& on = inbox.desired[inbox.desired.size() - 2];
  const auto& off = inbox.desired.back();
  EXPECT_EQ(on.value, 1) << "the ON was not swallowed";
  EXPECT_EQ(off.value, 0);
  EXPECT_EQ(off.ticket, 72U);
  EXPECT_TRUE(mailbox.empty());
}

TEST_F(MailboxTest, ACallInASlotThatWasUsedBeforeHasNothingOfTheOneBefore) {
  const auto put = [&](Ticket ticket, api::CheckedCall call) {
    return mailbox.put_call(ticket, call, Time(std::chrono::seconds(1)));
  };
  const auto form = std::make_shared<const api::Multipart>();
  api::CheckedCall full{.operation = &api::operations()[3],
                        .target = std::string(3000, 't'),
                        .body = std::string(3000, 'b'),
                        .multipart = form,
                        .order_keys = keys({"unit:a", "unit:b", "unit:c"}),
                        .desired = {}};
  // Each of the two buffers is used several times, for moved and for copied calls.
  for (const std::size_t bytes : {3000U, 3000U, 3000U, 1000U, 1000U, 1000U}) {
    full.body.resize(bytes);
    full.target.resize(bytes);
    ASSERT_EQ(put(1, full), Mailbox::Put::kTaken);
    take();
    ASSERT_EQ(inbox.calls.used().size(), 1U);
    EXPECT_EQ(inbox.calls.used()[0].call.body, full.body);
    EXPECT_EQ(inbox.calls.used()[0].call.order_keys, full.order_keys);
    EXPECT_EQ(inbox.calls.used()[0].call.multipart, form);
    inbox.clear();
    EXPECT_EQ(form.use_count(), 2) << "no slot holds on to a form: this one here and that of `full`";
  }
  api::CheckedCall bare;
  bare.operation = &api::operations()[4];
  bare.target = "/x";
  ASSERT_EQ(put(2, bare), Mailbox::Put::kTaken);
  take();
  ASSERT_EQ(inbox.calls.used().size(), 1U);
  const QueuedCall& queued = inbox.calls.used()[0];
  EXPECT_EQ(queued.ticket, 2U);
  EXPECT_EQ(queued.call.operation, &api::operations()[4]);
  EXPECT_EQ(queued.call.target, "/x");
  EXPECT_EQ(queued.call.body, "");
  EXPECT_EQ(queued.call.multipart, nullptr);
  EXPECT_TRUE(queued.call.order_keys.empty());
  EXPECT_TRUE(queued.call.desired.units.empty());
}

TEST_F(MailboxTest, CallsAreDrainedWhole) {
  for (const std::size_t bytes : {std::size_t{10}, std::size_t{100000}}) {
    api::CheckedCall call;
    call.operation = &api::operations()[0];
    call.target = "/x";
    call.body = std::string(bytes, 'b');
    call.order_keys = keys({"unit:a"});
    call.multipart = std::make_shared<const api::Multipart>();
    ASSERT_EQ(mailbox.put_call(bytes, call, Time(std::chrono::seconds(3))), Mailbox::Put::kTaken);
    EXPECT_EQ(call.multipart, nullptr) << "the form was taken";
  }
  take();
  std::vector<Ticket> tickets;
  inbox.calls.drain(1000, [&](Ticket ticket, const api::CheckedCall& call, Time deadline) {
    tickets.push_back(ticket);
    EXPECT_EQ(call.target, "/x");
    EXPECT_EQ(call.body, std::string(ticket, 'b'));
    EXPECT_EQ(call.order_keys, keys({"unit:a"}));
    EXPECT_NE(call.multipart, nullptr);
    EXPECT_EQ(deadline, Time(std::chrono::seconds(3)));
  });
  EXPECT_EQ(tickets, (std::vector<Ticket>{10, 100000}));
  EXPECT_TRUE(inbox.calls.empty());
}

/// A call that names many units does not delay the presses behind it.
TEST_F(MailboxTest, CallsAreDrainedInTurnsAndPressesComeBetween) {
  const auto put = [&](Ticket ticket, std::size_t units) {
    api::CheckedCall call;
    call.operation = &api::operations()[0];
    for (std::size_t i = 0; i < units; ++i) call.desired.units.add("u", std::to_string(i));
    ASSERT_EQ(mailbox.put_call(ticket, call, {}), Mailbox::Put::kTaken);
  };
  std::vector<Ticket> drained;
  const auto turn = [&] {
    mailbox.take(inbox);
    drained.clear();
    inbox.calls.drain(100, [&](Ticket ticket, const api::CheckedCall&, Time) { drained.push_back(ticket); });
  };
  for (const Ticket ticket : {1U, 2U, 3U, 4U}) put(ticket, 60);
  ASSERT_EQ(mailbox.put_cancel(4), Mailbox::Put::kTaken);
  turn();
  EXPECT_EQ(drained, (std::vector<Ticket>{1, 2}));
  inbox.clear_read();
  EXPECT_EQ(inbox.cancels, std::vector<Ticket>{4}) << "it stands behind the call that it is about";
  call(DesiredKind::kPanic, "officer", 1, 5);
  put(6, 1);
  ASSERT_EQ(mailbox.put_cancel(6), Mailbox::Put::kTaken);
  turn();
  ASSERT_EQ(inbox.desired.size(), 1U);
  EXPECT_EQ(inbox.desired[0].unit.view(), "officer");
  EXPECT_EQ(drained, (std::vector<Ticket>{3, 4}));
  EXPECT_EQ(inbox.cancels, std::vector<Ticket>{4});
  EXPECT_FALSE(mailbox.empty());
  inbox.clear_read();
  EXPECT_TRUE(inbox.cancels.empty());
  turn();
  EXPECT_EQ(drained, std::vector<Ticket>{6});
  EXPECT_EQ(inbox.cancels, std::vector<Ticket>{6});
  EXPECT_TRUE(mailbox.empty());
}

TEST_F(MailboxTest, CallsHaveABoundAndComeOutInTheirOrder) {
  api::CheckedCall call;
  call.operation = &api::operations()[0];
  api::CheckedCall emergency;
  emergency.operation = api::find_operation("create911Call");
  for (Ticket ticket = 1; ticket <= limits::kMailboxCalls; ++ticket) {
    const bool reserved = ticket > limits::kMailboxCalls - limits::kEmergencyCalls;
    if (reserved) {
      ASSERT_EQ(mailbox.put_call(1, call, {}), Mailbox::Put::kFull) << "the rest is for emergencies";
    }
    ASSERT_EQ(mailbox.put_call(ticket, reserved ? emergency : call, {}), Mailbox::Put::kTaken);
  }
  EXPECT_EQ(mailbox.put_call(1, emergency, {}), Mailbox::Put::kFull);
  take();
  ASSERT_EQ(inbox.calls.size(), limits::kMailboxCalls);
  for (std::size_t i = 0; i < inbox.calls.size(); ++i) ASSERT_EQ(inbox.calls.used()[i].ticket, i + 1);
  EXPECT_EQ(mailbox.put_call(1, call, {}), Mailbox::Put::kTaken);
}

TEST_F(MailboxTest, TheNewestPlayerCountWins) {
  for (const unsigned count : {1U, 2U, 3U}) mailbox.put_player_count(count);
  take();
  EXPECT_EQ(inbox.player_count, 3U);
  EXPECT_EQ(inbox.coalesced_player_counts, 2U);
}

/// Meant for tsan. Each sample arrives or is counted as replaced.
TEST_F(MailboxTest, NothingIsLostBetweenTwoThreads) {
  constexpr int kSamples = 20000;
  std::thread game([&] {
    for (int i = 0; i < kSamples; ++i) push("u" + std::to_string(i % 50), i);
  });
  std::uint64_t seen = 0;
  std::vector<double> last(50, -1);
  const auto read = [&] {
    take();
    for (const UnitRecord& record : inbox.units) {
      seen += 1 + record.coalesced;
      double& before = last[static_cast<std::size_t>(std::stoi(std::string(record.unit.view().substr(1))))];
      EXPECT_GT(record.x, before);
      before = record.x;
    }
  };
  while (seen < kSamples / 2) read();
  game.join();
  read();
  EXPECT_EQ(seen, static_cast<std::uint64_t>(kSamples));
}

}  // namespace
}  // namespace sonoran::runtime
