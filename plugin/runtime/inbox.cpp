#include "runtime/inbox.h"

#include <algorithm>

namespace sonoran::runtime {

UnitTexts WaitingTexts::given() const {
  UnitTexts texts;
  if (has_location) texts.location = location.view();
  if (has_peer) texts.peer = peer.view();
  if (has_vehicle) texts.vehicle = vehicle.view();
  texts.vehicle_kind = vehicle_kind;
  texts.siren = siren;
  return texts;
}

void WaitingTexts::clear() {
  has_location = has_peer = has_vehicle = false;
  vehicle_kind = VehicleKind::kUnknown;
  siren.reset();
}

state::PositionSample UnitRecord::sample() const {
  const UnitTexts given = texts.given();
  return {.unit = unit.view(),
          .x = x,
          .y = y,
          .z = z,
          .heading = heading,
          .location = given.location,
          .peer = given.peer,
          .vehicle = given.vehicle,
          .vehicle_kind = given.vehicle_kind,
          .siren = given.siren};
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
  // As a rule all is in order already: bindings and texts come first, and then all rows in the same order as before.
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

}  // namespace sonoran::runtime
