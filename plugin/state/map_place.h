// Where a unit is on the map, in the form that both ways to the CAD (HTTP and its hub) compare.
#pragma once

#include <cstdint>

namespace sonoran::state {

/// A unit's number, dense and small: what is kept by unit is a table. See Positions.
using Slot = std::uint32_t;

struct MapPlace {
  double x = 0, y = 0, z = 0;  // metres
  double heading = 0;          // degrees, 0 <= heading < 360
  std::uint32_t texts = 0;     // another number for every other location, peer or vehicle
  std::uint32_t bytes = 0;     // of its update at most, in a call of the hub

  bool operator==(const MapPlace&) const = default;
};

}  // namespace sonoran::state
