#include "runtime/call_slots.h"

#include <memory>
#include <utility>

namespace sonoran::runtime {
namespace {

constexpr std::size_t kKeptSlots = 1024;
constexpr std::size_t kKeptSlotBytes = 4096;

bool is_large(const api::CheckedCall& call) {
  return call.text_bytes() > kKeptSlotBytes;
}

}  // namespace

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
  // The memory of a large call is not kept.
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

}  // namespace sonoran::runtime
