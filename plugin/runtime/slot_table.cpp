#include "runtime/slot_table.h"

#include <utility>

namespace sonoran::runtime {

std::string SlotTable::bind(std::uint32_t slot, std::string_view unit) {
  if (this->unit(slot) == unit) return {};
  std::string left = unbind(slot);
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  slots_[slot].unit = unit;
  ++holders_[slots_[slot].unit];
  ++bound_;
  return left;
}

std::string SlotTable::unbind(std::uint32_t slot) {
  if (unit(slot).empty()) return {};
  std::string unit = std::move(slots_[slot].unit);
  slots_[slot] = {};
  --bound_;
  const auto held = holders_.find(unit);
  if (--held->second != 0) return {};
  holders_.erase(held);
  return unit;
}

void SlotTable::note(std::uint32_t slot, state::Slot place) {
  if (place >= by_place_.size()) by_place_.resize(place + 1, limits::kSlots);
  by_place_[place] = slot;
}

std::optional<std::uint32_t> SlotTable::slot_of(state::Slot place, std::string_view unit) const {
  if (place >= by_place_.size() || unit.empty() || this->unit(by_place_[place]) != unit) return std::nullopt;
  return by_place_[place];
}

void SlotTable::describe(const SlotNews& news) {
  if (unit(news.slot).empty()) return;
  Slot& slot = slots_[news.slot];
  const WaitingTexts& texts = news.texts;
  if (texts.has_location) slot.location = texts.location.view();
  if (texts.has_peer) slot.peer = texts.peer.view();
  if (texts.has_vehicle) slot.vehicle = texts.vehicle.view();
  if (texts.vehicle_kind != VehicleKind::kUnknown) slot.vehicle_kind = texts.vehicle_kind;
  if (texts.siren) slot.siren = texts.siren;
}

}  // namespace sonoran::runtime
