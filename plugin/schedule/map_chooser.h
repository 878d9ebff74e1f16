// Chooses the unit of the live map that is sent next. Pure.
//
// A unit's need is its weight, which grows with how wrong the map is about it, times how long it has been wrong. Needs
// grow all the time, each at its own pace, so no single heap keeps them in order. Units of nearly the same weight do
// keep their order: the one that has been wrong for longest has the greatest need. So there is a heap for each class of
// weights, and the greatest need is at the top of one of them. To insert or remove a unit costs O(log n), and to look
// at the tops O(classes). Neither allocates, because the links of the heaps are part of the units' records.
//
// A round is the time in which all waiting units would leave at the hub's full pace. A unit is overdue when it has been
// wrong for kOverdue, or for kOverdueRounds rounds if that is longer. Of each call, limits::kHubOverdue updates are for
// overdue units, the one that waits longest first. So at that pace a unit waits for at most five rounds more: in this
// time all leave by these updates alone, or by the five updates that panics and new units leave to others. At a slower
// pace these five rounds, and only they, take as much longer. More such updates would shorten the wait but make the
// mean error worse, which is least when slow units wait longer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/limits.h"
#include "core/time.h"
#include "state/map_place.h"

namespace sonoran::schedule {

/// Memory grows with the largest slot.
using state::Slot;

class MapChooser {
 public:
  /// Ranks before need: first panics, then new units, of which the map has no place. An idle unit is sent when nobody
  /// else waits.
  enum class Urgency : std::uint8_t { kIdle, kNone, kNew, kPanic };

  /// When a unit is overdue: see above.
  static constexpr Duration kOverdue = std::chrono::seconds(4);
  static constexpr int kOverdueRounds = 3;

  /// The unit should be sent. Replaces an earlier call for it. `weight` is more than 0. `since`: when the map began to
  /// be wrong about the unit.
  void want(Slot slot, double weight, Time since, Urgency urgency = Urgency::kNone);
  /// The unit need not be sent any more.
  void drop(Slot slot);

  /// A call begins. While others wait, at most limits::kHubUrgent updates of it are for panics and new units.
  void begin_call() { urgent_taken_ = overdue_taken_ = 0; }
  /// The unit to send next, if one waits. It stays until take() or drop().
  [[nodiscard]] std::optional<Slot> first(Time now) const;
  /// The unit, which first() has named, is in the call and waits no more.
  void take(Time now, Slot slot);

  [[nodiscard]] bool waits(Slot slot) const { return slot < nodes_.size() && nodes_[slot].heap != kOut; }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }

 private:
  /// Classes of weights: four an octave, 2^-8 to 2^24.
  static constexpr std::size_t kClasses = 128;
  static constexpr int kOctave = 4;
  static constexpr int kLeastOctave = -8;
  static constexpr std::size_t kNewHeap = kClasses;
  static constexpr std::size_t kPanicHeap = kClasses + 1;
  static constexpr std::size_t kIdleHeap = kClasses + 2;
  static constexpr std::size_t kHeaps = kClasses + 3;
  static constexpr std::uint8_t kOut = 255;
  static_assert(kHeaps < kOut);
  static constexpr Slot kNobody = UINT32_MAX;

  /// A node of a pairing heap, the earliest `since` on top.
  struct Node {
    Time since{};
    double weight = 0;
    Slot child = kNobody;
    Slot next = kNobody;      // sibling
    Slot previous = kNobody;  // sibling, or the parent of the first child
    std::uint8_t heap = kOut;
  };
  /// Of each heap the slot at its top, or kNobody.
  struct Roots : std::array<Slot, kHeaps> {
    Roots() { fill(kNobody); }
  };

  static std::uint8_t class_of(double weight);
  static std::uint8_t heap_of(double weight, Urgency urgency);
  [[nodiscard]] Duration overdue_after() const;
  Slot meld(Slot a, Slot b);
  Slot meld_children(Slot first);
  void set_root(std::size_t heap, Slot root);
  template <class Each>
  void for_each_class(Each each) const;

  std::vector<Node> nodes_;  // by slot
  Roots roots_;
  std::array<std::uint64_t, kClasses / 64> used_{};  // classes that have a root
  std::size_t waiting_ = 0;
  std::size_t idle_ = 0;           // of the waiting units
  std::size_t urgent_taken_ = 0;   // in the present call
  std::size_t overdue_taken_ = 0;  // in the present call
};

}  // namespace sonoran::schedule
