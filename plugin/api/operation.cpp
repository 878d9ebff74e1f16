#include "api/operation.h"

#include <algorithm>
#include <array>

namespace sonoran::api {
namespace {

constexpr auto kPosition = TrafficClass::kPosition;
constexpr auto kBeat = TrafficClass::kBeat;
constexpr auto kDesired = TrafficClass::kDesired;
constexpr auto kCommand = TrafficClass::kCommand;
constexpr auto kQuery = TrafficClass::kQuery;
constexpr auto kUrgent = Lane::kUrgent;
constexpr auto kNormal = Lane::kNormal;
constexpr auto kBulk = Lane::kBulk;

constexpr Operation kOperations[] = {
#define OPERATION(id, method, path, rate, traffic_class, lane, authenticated, repeatable) \
  Operation{id, method, path, rate, traffic_class, lane, authenticated, repeatable},
#include "operations_table.inc"
#undef OPERATION
};

/// An id that is not in the table does not compile.
consteval std::size_t index_of(std::string_view id) {
  std::size_t index = 0;
  while (kOperations[index].id != id) ++index;
  return index;
}

constexpr const Operation& kUpdateUnitLocations = kOperations[index_of("updateUnitLocations")];
constexpr const Operation& kHeartbeat = kOperations[index_of("heartbeat")];
constexpr const Operation& kSetUnitPanic = kOperations[index_of("setUnitPanic")];
constexpr const Operation& kSetUnitStatus = kOperations[index_of("setUnitStatus")];

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}
const Operation* find_operation(std::string_view id) {
  const auto* found = std::ranges::find(kOperations, id, &Operation::id);
  return found == std::end(kOperations) ? nullptr : found;
}
const Operation& update_unit_locations() {
  return kUpdateUnitLocations;
}
const Operation& heartbeat() {
  return kHeartbeat;
}
const Operation& set_unit_panic() {
  return kSetUnitPanic;
}
const Operation& set_unit_status() {
  return kSetUnitStatus;
}

}  // namespace sonoran::api
