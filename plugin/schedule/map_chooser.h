// Which unit of the live map leaves next. Pure.
//
// A unit's need is its weight, which grows with how wrong the map is about it, times how long it has been wrong. Needs
// grow all the time, each at its own pace, so no single heap holds them in order. Units of nearly the same weight do
// keep their order: who has been wrong for longest needs it most. So there is a heap for each class of weights, and the
// greatest need is at the top of one of them. Putting a unit in, or taking it off, costs O(log n), and O(classes) to
// look at the tops; nothing is allocated for it, since the links of the heaps are part of the units' records.
//
// Of each call, limits::kHubOverdue updates are for units that have been wrong for kOverdue, or for kOverdueRounds
// times the time in which all that wait would leave at the hub's full pace (a round): those first that wait for
// longest. So at that pace a unit waits for four seconds, or three rounds, and five rounds more at most: that long it
// takes until all have left by these updates alone, or by the five of a call that panics and new units leave to others.
// More such updates would shorten that, and make the mean worse, since it is least when slow units wait for longer.
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

/// Memory grows with the largest one.
using state::Slot;

class MapChooser {
 public:
  /// Goes before needs, panics first. New: the map has no place of it. Idle: it leaves where nobody else waits.
  enum class Urgency : std::uint8_t { kIdle, kNone, kNew, kPanic };

  /// See above.
  static constexpr Duration kOverdue = std::chrono::seconds(4);
  static constexpr int kOverdueRounds = 3;

  /// The unit should leave; what was said of it before is replaced. `weight` is more than 0; `since`: when the map
  /// began to be wrong about it.
  void want(Slot slot, double weight, Time since, Urgency urgency = Urgency::kNone);
  /// It need not leave any more.
  void drop(Slot slot);

  /// A call begins. Of each call limits::kHubUrgent updates at most are urgent while others wait.
  void begin_call() { urgent_taken_ = overdue_taken_ = 0; }
  /// Who leaves next, if anybody waits. It stays until drop().
  [[nodiscard]] std::optional<Slot> first(Time now) const;
  /// The unit that first() named is in the call.
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
  /// An index of a node, or the one that stands for none.
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
  std::size_t idle_ = 0;          // of these
  std::size_t urgent_taken_ = 0;  // of the call
  std::size_t overdue_taken_ = 0;
};

}  // namespace sonoran::schedule
