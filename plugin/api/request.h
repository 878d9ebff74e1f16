// Writes the module's own requests as they go over the wire. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/location_update.h"
#include "api/operation.h"

namespace sonoran::api {

/// The path of `operation` with its {serverId} filled in.
std::string target(const Operation& operation, std::int64_t server_id);

/// {"updates":[...]}, as the HTTP route takes it; see append_update().
std::string location_body(std::span<const LocationUpdate> updates);

/// [[...]]: the arguments of the hub's unitLocation, which are one, the array of updates; see append_update().
std::string hub_locations(std::span<const LocationUpdate> updates, const VehicleModels& models);

/// {"communityUserIds":[...],"isPanic":...}
std::string panic_body(std::span<const std::string> units, bool on);

/// {"communityUserIds":[...],"status":...}
std::string status_body(std::span<const std::string> units, int status);

/// The query of getActiveUnits for one page of the units on duty.
std::string active_units_query(std::size_t limit, std::size_t offset);

/// {"playerCount":...}
std::string heartbeat_body(unsigned player_count);

}  // namespace sonoran::api
