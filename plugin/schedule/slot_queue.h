// Slots in the order in which they were put in; one is taken out or put at the end again in O(1). Pure.
#pragma once

#include <vector>

#include "schedule/map_chooser.h"

namespace sonoran::schedule {

class SlotQueue {
 public:
  static constexpr Slot kNobody = UINT32_MAX;

  /// At the end, wherever it was.
  void push(Slot slot) {
    if (slot >= links_.size()) links_.resize(slot + 1);
    erase(slot);
    Link& link = links_[slot];
    link = {.next = kNobody, .previous = last_, .in = true};
    (last_ == kNobody ? first_ : links_[last_].next) = slot;
    last_ = slot;
    ++size_;
  }

  void erase(Slot slot) {
    if (!holds(slot)) return;
    Link& link = links_[slot];
    (link.previous == kNobody ? first_ : links_[link.previous].next) = link.next;
    (link.next == kNobody ? last_ : links_[link.next].previous) = link.previous;
    link.in = false;
    --size_;
  }

  [[nodiscard]] bool holds(Slot slot) const { return slot < links_.size() && links_[slot].in; }
  /// kNobody: there is none.
  [[nodiscard]] Slot first() const { return first_; }
  [[nodiscard]] Slot next(Slot slot) const { return links_[slot].next; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Link {
    Slot next = kNobody;
    Slot previous = kNobody;
    bool in = false;
  };

  std::vector<Link> links_;  // by slot
  Slot first_ = kNobody;
  Slot last_ = kNobody;
  std::size_t size_ = 0;
};

}  // namespace sonoran::schedule
