// Everything that the game thread has said since the loop thread looked last: one record per unit, slot or call.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/fixed_text.h"
#include "core/limits.h"
#include "core/ticket.h"
#include "core/vehicle_kind.h"
#include "runtime/call_slots.h"
#include "state/position.h"
#include "state/waiting_values.h"

namespace sonoran::runtime {

/// Texts of a unit; those that are not given stay as they are.
struct UnitTexts {
  std::optional<std::string_view> location{};
  std::optional<std::string_view> peer{};
  std::optional<std::string_view> vehicle{};
  VehicleKind vehicle_kind = VehicleKind::kUnknown;  // not given
  std::optional<bool> siren{};
};

/// Texts of a unit that wait. Copying them allocates nothing.
struct WaitingTexts {
  bool has_location = false, has_peer = false, has_vehicle = false;
  FixedText<limits::kLocationBytes> location;
  FixedText<limits::kPeerIdBytes> peer;
  FixedText<limits::kVehicleModelBytes> vehicle;
  VehicleKind vehicle_kind = VehicleKind::kUnknown;  // not given
  std::optional<bool> siren;

  /// Takes what a UnitTexts or a PositionSample gives, and keeps the rest.
  template <class Given>
  void add(const Given& given) {
    put(has_location, location, given.location);
    put(has_peer, peer, given.peer);
    put(has_vehicle, vehicle, given.vehicle);
    if (given.vehicle_kind != VehicleKind::kUnknown) vehicle_kind = given.vehicle_kind;
    if (given.siren) siren = given.siren;
  }
  /// The views live as long as this object.
  [[nodiscard]] UnitTexts given() const;
  void clear();

 private:
  template <std::size_t N>
  static void put(bool& has, FixedText<N>& to, const std::optional<std::string_view>& text) {
    if (!text) return;
    has = true;
    to.assign(*text);
  }
};

/// A unit's newest sample, or its removal, or both (removed, then seen again).
struct UnitRecord {
  // Not "= default": then a new record's hundreds of bytes of texts would all be cleared first, on the game thread.
  UnitRecord() {}

  FixedText<limits::kUnitIdBytes> unit;
  bool removed = false;  // forget everything known before this record
  bool has_sample = false;
  double x = 0, y = 0, z = 0, heading = 0;
  WaitingTexts texts;
  std::uint32_t coalesced = 0;  // samples that this one has replaced
  std::uint64_t removed_turn = 0;
  std::uint64_t turn = 0;  // of the sample

  [[nodiscard]] state::PositionSample sample() const;
};

/// A row's heading that stays as it was.
inline constexpr std::int32_t kSameHeading = INT32_MIN;

/// The newest place of a slot, in the units of sb_push_rows.
struct Row {
  std::uint32_t slot = 0;
  std::int32_t x = 0, y = 0, z = 0;  // decimetres
  std::int32_t heading = 0;          // degrees, 0 to 359, or kSameHeading
  std::uint32_t coalesced = 0;       // rows that this one has replaced
  std::uint64_t turn = 0;
};

/// The unit that a slot stands for from now on, or texts for the slot's next place.
struct SlotNews {
  enum class Kind : std::uint8_t { kBound, kUnbound, kTexts };

  SlotNews() {}  // as UnitRecord's

  Kind kind = Kind::kBound;
  std::uint32_t slot = 0;
  FixedText<limits::kUnitIdBytes> unit;
  WaitingTexts texts;
  std::uint64_t turn = 0;
};

/// The text that a script shows as the unit's place; "": no longer.
struct LocationText {
  LocationText() {}  // as UnitRecord's

  FixedText<limits::kUnitIdBytes> unit;
  FixedText<limits::kLocationBytes> text;
};

/// A panic or status that the host wants.
struct DesiredState {
  state::DesiredKind kind = state::DesiredKind::kPanic;
  FixedText<limits::kUnitIdBytes> unit;
  int value = 0;
  Ticket ticket = 0;
};

/// Places, bindings, texts and removals carry a turn: a number that grows with each of them.
struct Inbox {
  std::vector<UnitRecord> units;
  std::vector<Row> rows;
  std::vector<SlotNews> slots;
  std::vector<LocationText> locations;
  std::vector<DesiredState> desired;
  CallSlots calls;
  std::vector<Ticket> cancels;
  std::vector<Ticket> superseded;  // of panics merged with a later press of their unit: answered as repeats
  std::optional<unsigned> player_count;
  std::uint64_t coalesced_player_counts = 0;

  void clear();
  /// The same, but keeps calls that were not drained, and the cancellations behind them.
  void clear_read();

  /// Calls `row(Row)`, `slot(SlotNews)`, `removal(UnitRecord)` and `sample(UnitRecord)` for all of these, in the order
  /// of their turns.
  template <class OnRow, class OnSlot, class OnRemoval, class OnSample>
  void visit_places(OnRow&& row, OnSlot&& slot, OnRemoval&& removal, OnSample&& sample) {
    for (const Said& said : in_order()) {
      switch (said.what) {
        case Said::What::kRow:
          row(rows[said.index]);
          break;
        case Said::What::kSlot:
          slot(slots[said.index]);
          break;
        case Said::What::kRemoval:
          removal(units[said.index]);
          break;
        case Said::What::kSample:
          sample(units[said.index]);
          break;
      }
    }
  }

 private:
  struct Said {
    enum class What : std::uint8_t { kRow, kSlot, kRemoval, kSample };
    std::uint64_t turn;
    std::uint32_t index;
    What what;
  };
  const std::vector<Said>& in_order();

  std::vector<Said> order_;  // reused
};

}  // namespace sonoran::runtime
