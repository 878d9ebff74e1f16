// The operations of the CAD's v2 API as one constant table, generated from config/operations.json.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sonoran::api {

/// How a request is treated (docs/design.md, "Classes of traffic").
enum class TrafficClass : std::uint8_t { kPosition, kBeat, kDesired, kCommand, kQuery };

/// Who goes first.
enum class Lane : std::uint8_t { kUrgent, kNormal, kBulk };
inline constexpr std::size_t kLanes = 3;

/// A row of the table. Texts are constants.
struct Operation {
  std::string_view id;      // "setUnitPanic"
  std::string_view method;  // "PATCH"
  std::string_view path;    // "/v2/emergency/servers/{serverId}/units/panic"
  int rate_per_minute;      // published limit a key, requests in any 60 s
  TrafficClass traffic_class;
  Lane lane;
  bool authenticated;  // sends the API key
  bool repeatable;     // may be sent again when it is not known whether it arrived
};

/// All of them, in the file's order.
std::span<const Operation> operations();

/// The one with this id, or nullptr.
const Operation* find_operation(std::string_view id);

/// The four that the module sends by itself.
const Operation& update_unit_locations();
const Operation& heartbeat();
const Operation& set_unit_panic();
const Operation& set_unit_status();

}  // namespace sonoran::api
