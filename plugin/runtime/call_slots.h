// Calls on their way from the game thread to the loop thread, in slots whose memory is reused.
//
// The game thread copies a call in, and the loop thread copies it out. If one thread allocated memory and the other
// freed it, both would wait for the allocator's lock, and the game thread must not wait. Calls of more than 4 KiB are
// moved, because copying them would take longer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "api/call.h"
#include "core/ticket.h"
#include "core/time.h"

namespace sonoran::runtime {

/// A command or query, checked.
struct QueuedCall {
  Ticket ticket = 0;
  api::CheckedCall call;
  Time deadline;
};

class CallSlots {
 public:
  /// Copies up to 4 KiB, moves longer calls; always moves the form out.
  void put(Ticket ticket, api::CheckedCall& call, Time deadline);
  [[nodiscard]] std::span<const QueuedCall> used() const { return std::span(slots_).first(used_); }
  /// Calls `visit(ticket, call, deadline)` for each call in order, copied or moved out, until these calls have named
  /// `targets` units, calls or records (a call counts as one more). The rest follows next time.
  template <class Visit>
  void drain(std::size_t targets, Visit&& visit) {
    while (drained_ < used_ && targets != 0) {
      QueuedCall& slot = slots_[drained_++];
      targets -= std::min(targets, targets_of(slot.call));
      visit(slot.ticket, taken_out(slot), slot.deadline);
    }
    if (drained_ == used_) clear();
  }
  [[nodiscard]] std::size_t size() const { return used_ - drained_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// Keeps at most 1,024 slots of 4 KiB each for later calls.
  void clear();

 private:
  static std::size_t targets_of(const api::CheckedCall& call);
  static api::CheckedCall taken_out(QueuedCall& slot);

  std::vector<QueuedCall> slots_;
  std::size_t used_ = 0;
  std::size_t drained_ = 0;  // of the used ones
};

}  // namespace sonoran::runtime
