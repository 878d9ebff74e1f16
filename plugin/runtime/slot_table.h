// Which unit each of the host's slots stands for, on the loop thread. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text.h"
#include "runtime/inbox.h"
#include "state/map_place.h"
#include "state/position.h"

namespace sonoran::runtime {

/// A slot is a small number of the host (a player's server id) that stands for a unit, so that the unit's id crosses
/// once and not with every place. Several slots may stand for one unit. Memory grows with the largest slot; a place
/// allocates nothing.
class SlotTable {
 public:
  /// Returns the unit that has lost its last slot by this; "": there is none.
  std::string bind(std::uint32_t slot, std::string_view unit);
  std::string unbind(std::uint32_t slot);
  /// Texts that travel with the slot's next place.
  void describe(const SlotNews& news);

  /// Calls `take(PositionSample)` for the row's unit; the sample's views live during that call. Does nothing when the
  /// slot stands for nobody.
  template <class Take>
  void sample(const Row& row, Take&& take) {
    if (unit(row.slot).empty()) return;
    Slot& slot = slots_[row.slot];
    if (row.heading != kSameHeading) slot.heading = row.heading;
    state::PositionSample sample;
    sample.unit = slot.unit;
    sample.x = row.x / 10.0;
    sample.y = row.y / 10.0;
    sample.z = row.z / 10.0;
    sample.heading = slot.heading;
    sample.location = slot.location;
    sample.peer = slot.peer;
    sample.vehicle = slot.vehicle;
    sample.vehicle_kind = slot.vehicle_kind;
    sample.siren = slot.siren;
    take(sample);
    // They are not given again: from now on the unit's record has them.
    slot.location.reset();
    slot.peer.reset();
    slot.vehicle.reset();
    slot.vehicle_kind = VehicleKind::kUnknown;
    slot.siren.reset();
  }

  /// "": nobody.
  [[nodiscard]] std::string_view unit(std::uint32_t slot) const {
    return slot < slots_.size() ? std::string_view(slots_[slot].unit) : std::string_view();
  }
  /// A place of this slot came, and the positions keep it under their slot `place`.
  void note(std::uint32_t slot, state::Slot place);
  /// The host's slot to read for the positions' slot `place`, which is that of `unit`. Nothing when no slot stands for
  /// the unit any more.
  [[nodiscard]] std::optional<std::uint32_t> slot_of(state::Slot place, std::string_view unit) const;
  [[nodiscard]] bool stands_for(std::string_view unit) const { return holders_.contains(unit); }

  /// `visit(slot)` for each slot that stands for a unit.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (!slots_[slot].unit.empty()) visit(slot);
    }
  }
  /// How many slots stand for a unit.
  [[nodiscard]] std::size_t bound() const { return bound_; }

 private:
  struct Slot {
    std::string unit;  // "": nobody
    std::int32_t heading = 0;
    // For the next place:
    VehicleKind vehicle_kind = VehicleKind::kUnknown;
    std::optional<bool> siren;
    std::optional<std::string> location, peer, vehicle;
  };

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> by_place_;  // by the positions' slot: the host's slot whose place came last
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> holders_;  // slots by unit
  std::size_t bound_ = 0;
};

}  // namespace sonoran::runtime
