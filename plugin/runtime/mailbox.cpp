#include "runtime/mailbox.h"

#include <utility>

namespace sonoran::runtime {
namespace {

// Records for removals as well, so that a unit can be removed when limits::kUnits positions wait.
constexpr std::size_t kRecords = 2 * limits::kUnits;

constexpr std::size_t kDesired = 256;  // room that is kept: more seldom come in one turn

}  // namespace

Mailbox::Mailbox() {
  waiting_.units.reserve(kRecords);
  waiting_.rows.reserve(limits::kUnits);
  waiting_.desired.reserve(kDesired);
  index_.reserve(kRecords);
}

UnitRecord* Mailbox::record_of(std::string_view unit, std::size_t bound) {
  if (const auto found = index_.find(unit); found != index_.end()) return &waiting_.units[found->second];
  if (waiting_.units.size() >= bound) return nullptr;
  UnitRecord& record = waiting_.units.emplace_back();
  record.unit.assign(unit);
  index_.emplace(record.unit.view(), static_cast<std::uint32_t>(waiting_.units.size() - 1));
  return &record;
}

Mailbox::Put Mailbox::put_sample(const state::PositionSample& sample) {
  UnitRecord* record = record_of(sample.unit, limits::kUnits);
  if (record == nullptr) return Put::kFull;
  if (record->has_sample) ++record->coalesced;
  record->has_sample = true;
  record->x = sample.x;
  record->y = sample.y;
  record->z = sample.z;
  record->heading = sample.heading;
  record->texts.add(sample);
  record->turn = ++turn_;
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_removal(std::string_view unit) {
  const std::lock_guard lock(mutex_);
  UnitRecord* record = record_of(unit, kRecords);
  if (record == nullptr) return Put::kFull;
  record->removed = true;
  record->removed_turn = ++turn_;
  // The sample that waited counts as replaced.
  if (record->has_sample) ++record->coalesced;
  record->has_sample = false;
  record->texts.clear();
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_location(std::string_view unit, std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (waiting_.locations.size() >= limits::kUnits) return Put::kFull;
  LocationText& shown = waiting_.locations.emplace_back();
  shown.unit.assign(unit);
  shown.text.assign(text);
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_binding(std::uint32_t slot, std::string_view unit) {
  const std::lock_guard lock(mutex_);
  if (waiting_.slots.size() >= limits::kSlotNews) return Put::kFull;
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  SlotNews& news = waiting_.slots.emplace_back();
  news.kind = unit.empty() ? SlotNews::Kind::kUnbound : SlotNews::Kind::kBound;
  news.slot = slot;
  news.unit.assign(unit);
  news.turn = ++turn_;
  // A row and texts that wait belong to the unit before: later ones get records of their own.
  slots_[slot] = {.bound = !unit.empty()};
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_texts(std::uint32_t slot, const UnitTexts& texts) {
  if (!is_bound(slot)) return Put::kFull;
  const std::lock_guard lock(mutex_);
  SlotState& state = slots_[slot];
  if (state.texts_batch != batch_) {
    if (waiting_.slots.size() >= limits::kSlotNews) return Put::kFull;
    state.texts = static_cast<std::uint32_t>(waiting_.slots.size());
    state.texts_batch = batch_;
    SlotNews& news = waiting_.slots.emplace_back();
    news.kind = SlotNews::Kind::kTexts;
    news.slot = slot;
    news.turn = ++turn_;  // further texts keep it, so that all of them are read before the next place
  }
  waiting_.slots[state.texts].texts.add(texts);
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_row(const Row& row) {
  SlotState& state = slots_[row.slot];
  if (state.row_batch == batch_) {
    Row& waits = waiting_.rows[state.row];
    const std::int32_t heading = row.heading == kSameHeading ? waits.heading : row.heading;
    const std::uint32_t coalesced = waits.coalesced + 1;
    waits = row;
    waits.heading = heading;
    waits.coalesced = coalesced;
  } else {
    if (waiting_.rows.size() >= limits::kUnits) return Put::kFull;
    state.row = static_cast<std::uint32_t>(waiting_.rows.size());
    state.row_batch = batch_;
    waiting_.rows.push_back(row);
  }
  waiting_.rows[state.row].turn = ++turn_;
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_desired(const DesiredState& wanted) {
  const std::lock_guard lock(mutex_);
  const bool status = wanted.kind == state::DesiredKind::kStatus;
  if (status && waiting_.desired.size() >= limits::kMailboxCalls) return Put::kFull;
  if (waiting_.desired.size() < limits::kMailboxPanics) {
    waiting_.desired.push_back(wanted);
    return Put::kTaken;
  }
  const std::string_view unit = wanted.unit.view();
  if (joined_.size() >= limits::kDesiredUnits && !joined_.contains(unit)) return Put::kFull;
  JoinedPanics& joined = joined_[std::string(unit)];
  if (joined.ticket != 0) waiting_.superseded.push_back(joined.ticket);
  joined.ticket = wanted.ticket;
  if (joined.values.empty() || joined.values.back() != wanted.value) joined.values.push_back(wanted.value);
  state::shorten(state::DesiredKind::kPanic, joined.values, [](const auto&) {});
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_call(Ticket ticket, api::CheckedCall& call, Time deadline) {
  const std::lock_guard lock(mutex_);
  const std::size_t reserved = api::is_emergency(*call.operation) ? 0 : limits::kEmergencyCalls;
  if (waiting_.calls.size() >= limits::kMailboxCalls - reserved) return Put::kFull;
  waiting_.calls.put(ticket, call, deadline);
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_cancel(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  if (waiting_.cancels.size() >= limits::kMailboxCalls) return Put::kFull;
  waiting_.cancels.push_back(ticket);
  return Put::kTaken;
}

void Mailbox::put_player_count(unsigned count) {
  const std::lock_guard lock(mutex_);
  if (waiting_.player_count) ++waiting_.coalesced_player_counts;
  waiting_.player_count = count;
}

void Mailbox::take(Inbox& inbox) {
  // Reserved before the swap, because a position must not allocate.
  inbox.units.reserve(kRecords);
  inbox.rows.reserve(limits::kUnits);
  inbox.desired.reserve(kDesired);
  decltype(joined_) joined;
  {
    const std::lock_guard lock(mutex_);
    if (!inbox.calls.empty()) {
      // A second swap below brings them back, so they stay where they are.
      std::swap(waiting_.calls, inbox.calls);
      std::swap(waiting_.cancels, inbox.cancels);
    }
    std::swap(waiting_, inbox);
    ++batch_;
    index_.clear();
    if (!joined_.empty()) std::swap(joined_, joined);
  }
  for (const auto& [unit, panics] : joined) {
    for (const int& value : panics.values) {
      const Ticket ticket = &value == &panics.values.back() ? panics.ticket : 0;
      inbox.desired.push_back({state::DesiredKind::kPanic, FixedText<limits::kUnitIdBytes>(unit), value, ticket});
    }
  }
}

bool Mailbox::empty() {
  const std::lock_guard lock(mutex_);
  return waiting_.units.empty() && waiting_.locations.empty() && waiting_.rows.empty() && waiting_.slots.empty() &&
         waiting_.desired.empty() && waiting_.superseded.empty() && waiting_.calls.empty() &&
         waiting_.cancels.empty() && !waiting_.player_count && joined_.empty();
}

}  // namespace sonoran::runtime
