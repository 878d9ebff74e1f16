#include "runtime/mailbox.h"

#include <utility>

namespace sonoran::runtime {

namespace {
// Removals have room beyond the bound for positions: forgetting must work when everything is full.
constexpr std::size_t kRecords = 2 * limits::kUnits;

constexpr std::size_t kDesired = 256;  // as many come in one turn now and then

template <std::size_t N>
void assign(bool& has, FixedText<N>& to, const std::optional<std::string_view>& text) {
  if (!text) return;
  has = true;
  to.assign(*text);
}

/// What is not said stays as it is.
template <class To, class From>
void assign_vehicle(To& to, const From& from) {
  if (from.vehicle_kind != VehicleKind::kUnknown) to.vehicle_kind = from.vehicle_kind;
  if (from.siren) to.siren = from.siren;
}

constexpr std::size_t kKeptSlots = 1024;
constexpr std::size_t kKeptSlotBytes = 4096;

bool is_large(const api::CheckedCall& call) {
  return call.text_bytes() > kKeptSlotBytes;
}
}  // namespace

state::PositionSample UnitRecord::sample() const {
  state::PositionSample sample;
  sample.unit = unit.view();
  sample.x = x;
  sample.y = y;
  sample.z = z;
  sample.heading = heading;
  if (has_location) sample.location = location.view();
  if (has_peer) sample.peer = peer.view();
  if (has_vehicle) sample.vehicle = vehicle.view();
  sample.vehicle_kind = vehicle_kind;
  sample.siren = siren;
  return sample;
}

void CallSlots::put(Ticket ticket, api::CheckedCall& call, Time deadline) {
  if (used_ == slots_.size()) slots_.emplace_back();
  QueuedCall& slot = slots_[used_++];
  slot.ticket = ticket;
  slot.deadline = deadline;
  if (is_large(call)) {
    slot.call = std::move(call);
    return;
  }
  std::shared_ptr<const api::Multipart> form = std::move(call.multipart);
  slot.call = call;
  slot.call.multipart = std::move(form);
}

api::CheckedCall CallSlots::taken_out(QueuedCall& slot) {
  // The memory of a large one is not kept.
  return is_large(slot.call) ? std::move(slot.call) : slot.call;
}

void CallSlots::clear() {
  for (QueuedCall& slot : std::span(slots_).first(used_)) slot.call.clear(kKeptSlotBytes);
  if (slots_.size() > kKeptSlots) {
    slots_.resize(kKeptSlots);
    slots_.shrink_to_fit();
  }
  used_ = 0;
  drained_ = 0;
}

std::size_t CallSlots::targets_of(const api::CheckedCall& call) {
  return 1 + call.order_keys.size() + call.desired.units.size();
}

void Inbox::clear() {
  calls.clear();
  clear_read();
}

const std::vector<Inbox::Said>& Inbox::in_order() {
  order_.clear();
  const auto put = [this](Said::What what, std::size_t index, std::uint64_t turn) {
    order_.push_back({.turn = turn, .index = static_cast<std::uint32_t>(index), .what = what});
  };
  for (std::size_t i = 0; i < slots.size(); ++i) put(Said::What::kSlot, i, slots[i].turn);
  for (std::size_t i = 0; i < rows.size(); ++i) put(Said::What::kRow, i, rows[i].turn);
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i].removed) put(Said::What::kRemoval, i, units[i].removed_turn);
    if (units[i].has_sample) put(Said::What::kSample, i, units[i].turn);
  }
  // As a rule it is in order: bindings and texts, then all rows as always.
  if (!std::ranges::is_sorted(order_, {}, &Said::turn)) std::ranges::sort(order_, {}, &Said::turn);
  return order_;
}

void Inbox::clear_read() {
  units.clear();
  rows.clear();
  slots.clear();
  locations.clear();
  desired.clear();
  superseded.clear();
  if (calls.empty()) cancels.clear();
  player_count.reset();
  coalesced_player_counts = 0;
}

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
  assign(record->has_location, record->location, sample.location);
  assign(record->has_peer, record->peer, sample.peer);
  assign(record->has_vehicle, record->vehicle, sample.vehicle);
  assign_vehicle(*record, sample);
  record->turn = ++turn_;
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_removal(std::string_view unit) {
  const std::lock_guard lock(mutex_);
  UnitRecord* record = record_of(unit, kRecords);
  if (record == nullptr) return Put::kFull;
  record->removed = true;
  record->removed_turn = ++turn_;
  // Its samples so far are counted as replaced: nothing of them is left.
  if (record->has_sample) ++record->coalesced;
  record->has_sample = record->has_location = record->has_peer = record->has_vehicle = false;
  record->vehicle_kind = VehicleKind::kUnknown;
  record->siren.reset();
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
  // What waits is the unit's before; what comes is another's.
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
    news.turn = ++turn_;  // further texts keep it: they may travel with a place that waits, but none may miss the next
  }
  SlotNews& news = waiting_.slots[state.texts];
  assign(news.has_location, news.location, texts.location);
  assign(news.has_peer, news.peer, texts.peer);
  assign(news.has_vehicle, news.vehicle, texts.vehicle);
  assign_vehicle(news, texts);
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
  // The buffer that comes back must be as large as the one that goes, or a position would allocate.
  inbox.units.reserve(kRecords);
  inbox.rows.reserve(limits::kUnits);
  inbox.desired.reserve(kDesired);
  decltype(joined_) joined;
  {
    const std::lock_guard lock(mutex_);
    if (!inbox.calls.empty()) {
      // They swap twice and so stay where they are.
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
