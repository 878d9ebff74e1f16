// The operations of the CAD's v2 API as one constant table, generated from config/operations.json.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sonoran::api {

/// How a request is treated. docs/errors.md has what is done about its failures, docs/limits.md how many may
/// wait.
enum class TrafficClass : std::uint8_t { kPosition, kHeartbeat, kDesired, kCommand, kQuery };

/// The order of sending.
enum class Lane : std::uint8_t { kUrgent, kNormal, kBulk };
inline constexpr std::size_t kLanes = 3;

/// The type of a value, by JSON's types. A text on the wire may be longer than the table says; integers keep their
/// digits.
enum class ValueType : std::uint8_t {
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kObject,
  kArray,  // of anything
  kStringArray,
  kIntegers,
  kObjects,
  kFile,  // the path of a file on this machine
};

enum class Presence : std::uint8_t { kOptional, kRequired, kConditional };

/// A parameter of the path or the query, or a field of the body.
struct Parameter {
  std::string_view name;
  ValueType type;
  Presence presence;            // of body fields: as published; the module enforces it only where `insisted`
  std::int64_t low;             // of integers with published bounds
  std::int64_t high;            // 0: none
  std::string_view left_out{};  // the CAD's published default; "": not published
  bool insisted = false;        // a body without it is refused before it is sent
  bool texts = false;           // an object whose values become texts on the wire (text_values.h)
  bool secret = false;          // its value appears in no message
};

/// Commands to the same target are sent one after another. The target is "kind:value of the argument", or the kind
/// alone where an operation has only one target (`argument` is ""). The first rule whose argument is present counts.
struct OrderRule {
  std::string_view kind;      // "call"
  std::string_view argument;  // "callId"; an array names several targets
};

enum class BodyKind : std::uint8_t { kNone, kJsonObject, kObjectOrArray, kMultipart };

/// A row of the table. Texts and lists are constants.
struct Operation {
  std::string_view id;      // "setUnitPanic"
  std::string_view method;  // "PATCH"
  std::string_view path;    // "/v2/emergency/servers/{serverId}/units/panic"
  int rate_per_minute;      // published limit per key, requests in any 60 s
  TrafficClass traffic_class;
  Lane lane;
  bool authenticated;  // sends the API key
  bool repeatable;     // may be sent again when it may have arrived
  BodyKind body;
  std::span<const Parameter> path_parameters;  // in the path's order
  std::span<const Parameter> query;
  std::span<const Parameter> fields;              // of the body, as far as published: bodies are open
  std::span<const std::string_view> exactly_one;  // exactly one of these arguments must be present; empty: no such rule
  std::span<const OrderRule> order_by;            // empty: no order
};

/// All of them, in the file's order.
std::span<const Operation> operations();

/// The one with this id, or nullptr.
const Operation* find_operation(std::string_view id);

/// The id nearest to a mistyped one by edit distance, ignoring case; "" when none is similar.
std::string_view nearest_operation(std::string_view id);

/// The nearest of `names` to `name` in the same sense.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> names);

/// The operations that the module sends by itself.
const Operation& update_unit_locations();
const Operation& heartbeat();
const Operation& set_unit_panic();
const Operation& set_unit_status();
const Operation& get_active_units();

/// Operations that only ask whether the CAD answers, the shortest answer first. They name no unit, change nothing, and
/// need the key. There are several, because each has a budget of its own.
std::span<const Operation* const, 4> knocks();

/// Whether it opens an emergency call, for which a reserve is kept: it is urgent, and the module does not send it by
/// itself.
constexpr bool is_emergency(const Operation& operation) {
  return operation.lane == Lane::kUrgent && operation.traffic_class == TrafficClass::kCommand;
}

}  // namespace sonoran::api
