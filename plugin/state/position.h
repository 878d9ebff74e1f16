// A unit's position: as the host gives it, and as it is sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/vehicle_kind.h"

namespace sonoran::state {

/// What the host gives. Texts that are not given stay unchanged.
struct PositionSample {
  std::string_view unit;
  double x = 0, y = 0, z = 0;  // metres
  double heading = 0;          // degrees, 0 <= heading < 360
  std::optional<std::string_view> location;
  std::optional<std::string_view> peer;
  std::optional<std::string_view> vehicle;
  VehicleKind vehicle_kind = VehicleKind::kUnknown;  // not given
  std::optional<bool> siren{};
};

/// What is sent.
struct Place {
  double x = 0, y = 0, z = 0;
  double heading = 0;
  std::string location;  // the last one that was not empty, or the text of a script instead
  std::string peer;
  std::string vehicle;
  VehicleKind kind = VehicleKind::kUnknown;
  bool siren = false;
  bool as_it_is = false;  // the location is the text of a script: no postal stands before it
};

}  // namespace sonoran::state
