// Where a unit is on the map, in the form that both ways to the CAD (HTTP and its hub) compare.
#pragma once

#include <cstdint>

namespace sonoran::state {

/// A small number that Positions gives to each known unit, so that tables can be indexed by unit.
using Slot = std::uint32_t;

struct MapPlace {
  double x = 0, y = 0, z = 0;  // metres
  double heading = 0;          // degrees, 0 <= heading < 360
  std::uint32_t texts = 0;     // a number that changes with the location, peer or vehicle
  std::uint32_t bytes = 0;     // at most, of its update in a call of the hub

  bool operator==(const MapPlace&) const = default;
};

}  // namespace sonoran::state
