// The kinds of vehicle that the map tells apart, by the names of the vendor's own table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sonoran {

enum class VehicleKind : std::uint8_t {
  kUnknown,  // nobody has said it
  kFoot,
  kPolice,
  kFire,
  kEms,
  kCar,
  kMotorcycle,
  kBicycle,
  kBoat,
  kPlane,
  kHelicopter,
};
inline constexpr std::size_t kVehicleKinds = 11;  // kUnknown among them

/// The kind of this name; nothing for a name that there is not. "helicoper" is the vendor's spelling of "helicopter".
std::optional<VehicleKind> find_vehicle_kind(std::string_view name);

/// "foot", "police", ...; "" for kUnknown.
std::string_view vehicle_kind_name(VehicleKind kind);

/// "foot, police, fire, ..." for messages.
std::string all_vehicle_kinds();

}  // namespace sonoran
