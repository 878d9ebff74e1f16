#include "api/operation.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace sonoran::api {
namespace {

constexpr auto kPosition = TrafficClass::kPosition;
constexpr auto kHeartbeat = TrafficClass::kHeartbeat;
constexpr auto kDesired = TrafficClass::kDesired;
constexpr auto kCommand = TrafficClass::kCommand;
constexpr auto kQuery = TrafficClass::kQuery;
constexpr auto kUrgent = Lane::kUrgent;
constexpr auto kNormal = Lane::kNormal;
constexpr auto kBulk = Lane::kBulk;

using enum ValueType;
using enum Presence;
using enum BodyKind;

constexpr Parameter kParameters[] = {
#define PARAMETER(name, type, presence, low, high, left_out, insisted, texts, secret) \
  Parameter{name, type, presence, low, high, left_out, insisted, texts, secret},
#include "operations_table.inc"
};
constexpr std::string_view kIdentifiers[] = {
#define IDENTIFIER(name) name,
#include "operations_table.inc"
};
constexpr OrderRule kOrderRules[] = {
#define ORDER(kind, argument) OrderRule{kind, argument},
#include "operations_table.inc"
};

template <class Row, std::size_t kSize>
constexpr std::span<const Row> part(const Row (&rows)[kSize], std::size_t first, std::size_t size) {
  return std::span<const Row>(rows).subspan(first, size);
}

constexpr Operation kOperations[] = {
#define OPERATION(id, method, path, rate, traffic_class, lane, authenticated, repeatable, body, path_first, path_size, \
                  query_first, query_size, field_first, field_size, one_first, one_size, order_first, order_size)      \
  Operation{id,                                                                                                        \
            method,                                                                                                    \
            path,                                                                                                      \
            rate,                                                                                                      \
            traffic_class,                                                                                             \
            lane,                                                                                                      \
            authenticated,                                                                                             \
            repeatable,                                                                                                \
            body,                                                                                                      \
            part(kParameters, path_first, path_size),                                                                  \
            part(kParameters, query_first, query_size),                                                                \
            part(kParameters, field_first, field_size),                                                                \
            part(kIdentifiers, one_first, one_size),                                                                   \
            part(kOrderRules, order_first, order_size)},
#include "operations_table.inc"
};

/// Levenshtein's distance, without regard to the case of ASCII letters.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

/// An id that is not in the table does not compile.
consteval std::size_t index_of(std::string_view id) {
  std::size_t index = 0;
  while (kOperations[index].id != id) ++index;
  return index;
}

constexpr const Operation& kUpdateUnitLocations = kOperations[index_of("updateUnitLocations")];
constexpr const Operation& kHeartbeatOperation = kOperations[index_of("heartbeat")];
constexpr const Operation& kSetUnitPanic = kOperations[index_of("setUnitPanic")];
constexpr const Operation& kSetUnitStatus = kOperations[index_of("setUnitStatus")];
constexpr const Operation& kGetActiveUnits = kOperations[index_of("getActiveUnits")];
constexpr std::array kKnocks = {&kOperations[index_of("getVersion")], &kOperations[index_of("getServers")],
                                &kOperations[index_of("getInfo")], &kOperations[index_of("getDispatchTemplates")]};

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}
const Operation* find_operation(std::string_view id) {
  const auto* found = std::ranges::find(kOperations, id, &Operation::id);
  return found == std::end(kOperations) ? nullptr : found;
}
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> names) {
  // A much longer name resembles none of ours; this bounds the table of distances.
  static constexpr std::size_t kLongest = 64;
  if (name.size() > kLongest) return {};
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(name.size() / 2, 2) + 1;
  for (const std::string_view candidate : names) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}
std::string_view nearest_operation(std::string_view id) {
  static constexpr auto kIds = [] {
    std::array<std::string_view, std::size(kOperations)> ids;
    std::ranges::transform(kOperations, ids.begin(), &Operation::id);
    return ids;
  }();
  return nearest_name(id, kIds);
}
const Operation& update_unit_locations() {
  return kUpdateUnitLocations;
}
const Operation& heartbeat() {
  return kHeartbeatOperation;
}
const Operation& set_unit_panic() {
  return kSetUnitPanic;
}
const Operation& set_unit_status() {
  return kSetUnitStatus;
}
const Operation& get_active_units() {
  return kGetActiveUnits;
}
std::span<const Operation* const, 4> knocks() {
  return kKnocks;
}

}  // namespace sonoran::api
