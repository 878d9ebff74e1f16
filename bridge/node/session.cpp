#include "session.h"

#include <utility>

#include "../sb_text.h"

namespace sonoran::node {
void Session::close(std::uint32_t timeout_ms) {
  sb_destroy(std::exchange(bridge_, nullptr), timeout_ms, nullptr);
}

void Session::bind(std::size_t slot, std::string unit) {
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  slots_[slot] = Slot{std::move(unit), {}, {}, false};
}

void Session::describe(std::size_t slot, std::optional<std::string> location, std::optional<std::string> vehicle) {
  if (slot >= slots_.size()) return;
  Slot& described = slots_[slot];
  if (location) described.location = std::move(location);
  if (vehicle) described.vehicle = std::move(vehicle);
  described.described = true;
}

std::size_t Session::push(std::span<const std::int32_t> rows) {
  batch_.clear();
  for (std::size_t at = 0; at + kStride <= rows.size(); at += kStride) {
    const auto slot = static_cast<std::size_t>(rows[at]);  // a negative one becomes huge
    // A slot that nobody holds has no unit: the bridge refuses the row, and counts it.
    const Slot& from = slot < slots_.size() ? slots_[slot] : nobody_;
    sb_position position{};
    position.struct_size = sizeof position;
    position.unit = as_sb_text(from.unit);
    position.x = rows[at + 1] / 10.0;
    position.y = rows[at + 2] / 10.0;
    position.z = rows[at + 3] / 10.0;
    position.heading = rows[at + 4];
    if (from.described) {
      position.location = as_sb_text(from.location);
      position.vehicle = as_sb_text(from.vehicle);
    }
    batch_.push_back(position);
  }
  std::size_t taken = 0;
  sb_push_positions(bridge_, batch_.data(), batch_.size(), &taken);
  // The module keeps the texts from now on.
  for (std::size_t at = 0; at + kStride <= rows.size(); at += kStride) {
    const auto slot = static_cast<std::size_t>(rows[at]);
    if (slot >= slots_.size() || !slots_[slot].described) continue;
    slots_[slot].location.reset();
    slots_[slot].vehicle.reset();
    slots_[slot].described = false;
  }
  return taken;
}

}  // namespace sonoran::node
