// Writes the module's own requests as they go over the wire. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/operation.h"

namespace sonoran::api {

/// One element of updateUnitLocations. The texts are views, valid during the call.
struct LocationUpdate {
  std::string_view unit;
  std::string_view location;
  std::string_view peer;     // "" is left out
  std::string_view vehicle;  // model; "" is left out
  double x = 0, y = 0, z = 0;
  double heading = 0;  // degrees
};

/// The path of `operation` with its {serverId} filled in.
std::string target(const Operation& operation, std::int64_t server_id);

/// {"updates":[...]}; coordinates are rounded to the centimetre, headings to a tenth of a degree.
std::string location_body(std::span<const LocationUpdate> updates);

/// The arguments of the hub's unitLocation: one, the array of updates. They are written as in location_body(), except
/// that a unit without a location has its coordinates in its place, since the hub takes no empty one.
std::string hub_locations(std::span<const LocationUpdate> updates);

/// An upper bound of the bytes that `update` takes in either of them, close to them for plain texts.
std::size_t location_bytes(const LocationUpdate& update);

/// {"communityUserIds":[...],"isPanic":...}
std::string panic_body(std::span<const std::string> units, bool on);

/// {"communityUserIds":[...],"status":...}
std::string status_body(std::span<const std::string> units, int status);

/// The query of getActiveUnits for one page of the units on duty.
std::string active_units_query(std::size_t limit, std::size_t offset);

/// {"playerCount":...}
std::string heartbeat_body(unsigned player_count);

}  // namespace sonoran::api
