#include "runtime/mailbox.h"

#include <utility>

namespace sonoran::runtime {

namespace {
// Removals have room beyond the bound for positions: forgetting must work when everything is full.
constexpr std::size_t kRecords = 2 * limits::kUnits;

constexpr std::size_t kDesired = 256;  // as many come in one turn now and then

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

void Inbox::clear_read() {
  units.clear();
  desired.clear();
  superseded.clear();
  if (calls.empty()) cancels.clear();
  player_count.reset();
  coalesced_player_counts = 0;
}

Mailbox::Mailbox() {
  waiting_.units.reserve(kRecords);
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
  if (sample.location) {
    record->has_location = true;
    record->location.assign(*sample.location);
  }
  if (sample.peer) {
    record->has_peer = true;
    record->peer.assign(*sample.peer);
  }
  if (sample.vehicle) {
    record->has_vehicle = true;
    record->vehicle.assign(*sample.vehicle);
  }
  return Put::kTaken;
}

Mailbox::Put Mailbox::put_removal(std::string_view unit) {
  const std::lock_guard lock(mutex_);
  UnitRecord* record = record_of(unit, kRecords);
  if (record == nullptr) return Put::kFull;
  record->removed = true;
  // Its samples so far are counted as replaced: nothing of them is left.
  if (record->has_sample) ++record->coalesced;
  record->has_sample = record->has_location = record->has_peer = record->has_vehicle = false;
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
  return waiting_.units.empty() && waiting_.desired.empty() && waiting_.superseded.empty() && waiting_.calls.empty() &&
         waiting_.cancels.empty() && !waiting_.player_count && joined_.empty();
}

}  // namespace sonoran::runtime
