#include "core/vehicle_kind.h"

#include <algorithm>
#include <array>

namespace sonoran {
namespace {

constexpr std::array<std::string_view, kVehicleKinds> kNames = {
    "", "foot", "police", "fire", "ems", "car", "motorcycle", "bicycle", "boat", "plane", "helicopter"};
static_assert(static_cast<std::size_t>(VehicleKind::kHelicopter) + 1 == kVehicleKinds);

}  // namespace

std::optional<VehicleKind> find_vehicle_kind(std::string_view name) {
  if (name == "helicoper") return VehicleKind::kHelicopter;
  const auto* found = std::find(kNames.begin() + 1, kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<VehicleKind>(found - kNames.begin());
}

std::string_view vehicle_kind_name(VehicleKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::string all_vehicle_kinds() {
  std::string all;
  for (const std::string_view name : kNames) {
    if (name.empty()) continue;
    if (!all.empty()) all += ", ";
    all += name;
  }
  return all;
}

}  // namespace sonoran
