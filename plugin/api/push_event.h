// An event of the CAD, in each form in which it is known to come. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sonoran::api {

/// The longest name of an event's type, bytes. The longest known one has 35.
inline constexpr std::size_t kEventTypeBytes = 128;

struct PushEvent {
  std::string type;                // in upper case: "EVENT_UNIT_PANIC"
  std::string data;                // JSON text as it came; "null" where there is none
  std::optional<std::string> key;  // the API key that the event names. Events that come over the hub may have none
};

/// Reads {"key", "type", "data"}: the object itself, or a JSON string that holds it. `data` that is an array of one
/// object is that object. Nothing: it has no type, one that is longer than the bound, or one that is not printable
/// ASCII without spaces.
std::optional<PushEvent> read_push_event(std::string_view json);

/// The same of the arguments of a hub invocation: its first one.
std::optional<PushEvent> read_pushed_event(std::string_view arguments);

}  // namespace sonoran::api
