#include "schedule/map_chooser.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sonoran::schedule {
namespace {

/// The time in which so many units leave at the hub's full pace.
Duration round_of(std::size_t units) {
  return std::chrono::milliseconds(limits::kHubCall_ms) * static_cast<Duration::rep>(units) /
         static_cast<Duration::rep>(limits::kHubUpdates);
}

}  // namespace

std::uint8_t MapChooser::class_of(double weight) {
  const double octave = weight > 0 ? std::log2(weight) - kLeastOctave : 0.0;
  return static_cast<std::uint8_t>(std::clamp(octave * kOctave, 0.0, static_cast<double>(kClasses - 1)));
}

std::uint8_t MapChooser::heap_of(double weight, Urgency urgency) {
  if (urgency == Urgency::kPanic) return kPanicHeap;
  if (urgency == Urgency::kNew) return kNewHeap;
  return urgency == Urgency::kIdle ? kIdleHeap : class_of(weight);
}

/// For how long the map must be wrong about a unit before it counts as overdue.
Duration MapChooser::overdue_after() const {
  return std::max(kOverdue, kOverdueRounds * round_of(waiting_ - idle_));
}

template <class Each>
void MapChooser::for_each_class(Each each) const {
  for (std::size_t word = 0; word < used_.size(); ++word) {
    for (std::uint64_t bits = used_[word]; bits != 0; bits &= bits - 1)
      each(roots_[word * 64 + static_cast<std::size_t>(std::countr_zero(bits))]);
  }
}

void MapChooser::set_root(std::size_t heap, Slot root) {
  roots_[heap] = root;
  if (root != kNobody) nodes_[root].previous = kNobody;
  if (heap >= kClasses) return;
  const std::uint64_t bit = std::uint64_t{1} << (heap % 64);
  root == kNobody ? used_[heap / 64] &= ~bit : used_[heap / 64] |= bit;
}

/// Makes one heap of two roots that have no siblings.
Slot MapChooser::meld(Slot a, Slot b) {
  if (a == kNobody) return b;
  if (b == kNobody) return a;
  if (nodes_[b].since < nodes_[a].since) std::swap(a, b);
  Node& parent = nodes_[a];
  Node& child = nodes_[b];
  child.next = parent.child;
  child.previous = a;
  if (parent.child != kNobody) nodes_[parent.child].previous = b;
  parent.child = b;
  return a;
}

/// Melds in pairs from the left, then all from the right. This order makes a pairing heap O(log n).
Slot MapChooser::meld_children(Slot first) {
  Slot pairs = kNobody;  // linked by `next`, the last pair first
  while (first != kNobody) {
    const Slot second = nodes_[first].next;
    const Slot rest = second == kNobody ? kNobody : nodes_[second].next;
    nodes_[first].next = kNobody;
    if (second != kNobody) nodes_[second].next = kNobody;
    const Slot pair = meld(first, second);
    nodes_[pair].next = pairs;
    pairs = pair;
    first = rest;
  }
  Slot root = kNobody;
  while (pairs != kNobody) {
    const Slot rest = nodes_[pairs].next;
    nodes_[pairs].next = kNobody;
    root = meld(root, pairs);
    pairs = rest;
  }
  return root;
}

void MapChooser::want(Slot slot, double weight, Time since, Urgency urgency) {
  if (slot >= nodes_.size()) nodes_.resize(slot + 1);
  drop(slot);
  Node& node = nodes_[slot];
  node.since = since;
  node.weight = weight;
  node.heap = heap_of(weight, urgency);
  set_root(node.heap, meld(roots_[node.heap], slot));
  ++waiting_;
  if (node.heap == kIdleHeap) ++idle_;
}

void MapChooser::drop(Slot slot) {
  if (!waits(slot)) return;
  Node& node = nodes_[slot];
  const Slot children = meld_children(node.child);
  if (roots_[node.heap] == slot) {
    set_root(node.heap, children);
  } else {
    Node& before = nodes_[node.previous];
    (before.child == slot ? before.child : before.next) = node.next;
    if (node.next != kNobody) nodes_[node.next].previous = node.previous;
    set_root(node.heap, meld(roots_[node.heap], children));
  }
  if (node.heap == kIdleHeap) --idle_;
  node = {};
  --waiting_;
}

std::optional<Slot> MapChooser::first(Time now) const {
  const Slot urgent = roots_[kPanicHeap] != kNobody ? roots_[kPanicHeap] : roots_[kNewHeap];
  if (urgent != kNobody && urgent_taken_ < limits::kHubUrgent) return urgent;
  Slot oldest = kNobody;
  Slot neediest = kNobody;
  double most = -1;
  for_each_class([&](Slot root) {
    const Node& node = nodes_[root];
    if (oldest == kNobody || node.since < nodes_[oldest].since) oldest = root;
    const double need = node.weight * seconds(now - node.since);
    if (need > most) most = need, neediest = root;
  });
  if (oldest == kNobody) {
    const Slot other = urgent != kNobody ? urgent : roots_[kIdleHeap];
    return other == kNobody ? std::nullopt : std::optional(other);
  }
  const bool overdue = now - nodes_[oldest].since >= overdue_after();
  return overdue && overdue_taken_ < limits::kHubOverdue ? oldest : neediest;
}

void MapChooser::take(Time now, Slot slot) {
  if (!waits(slot)) return;
  const Node& node = nodes_[slot];
  if (node.heap == kPanicHeap || node.heap == kNewHeap) {
    ++urgent_taken_;
  } else if (node.heap != kIdleHeap && now - node.since >= overdue_after()) {
    ++overdue_taken_;
  }
  drop(slot);
}

}  // namespace sonoran::schedule
