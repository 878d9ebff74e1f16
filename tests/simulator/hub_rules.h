// The rules by which the hub behaves, or misbehaves on purpose.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sonoran::simulator {

/// The answer to an authentication.
enum class Authentication {
  kTruth,    // community, key and server are compared
  kRefused,  // success: false
  kError,    // the completion has an error and no result
  kClosed,   // a close record, and the connection ends
  kSilent    // no completion
};

/// The answer to a call of unitLocation.
enum class Locating {
  kTruth,
  kRefused,          // success: false, and nothing is applied
  kError,            // the completion has an error and no result, and nothing is applied
  kVoid,             // applied, and the completion has no verdict
  kUnauthenticated,  // refused, as if the client had not authenticated
  kSilent,           // applied, without a completion
  kSwallowed,        // neither applied nor answered
  kDropped           // applied, and the connection ends instead of a completion
};

/// The owner of a pace: its calls of unitLocation are counted together.
enum class PaceOf { kConnection, kServer, kKey, kNobody };

/// 0 means that the rule is off.
struct HubRules {
  bool direct = true;           // false: only a client that has negotiated is let in
  std::string negotiate_error;  // instead of the token of the negotiation

  std::string handshake_error;
  bool handshake_silent = false;
  std::string greeting;  // bytes that come in one message with the answer to the handshake

  Authentication authentication = Authentication::kTruth;
  std::string authentication_error;  // its words; "": those of the simulator

  std::size_t record_bytes = 32768;  // the most that a client's record may have
  std::uint32_t ping_ms = 15000;     // of silence until the hub pings
  std::uint32_t timeout_ms = 30000;  // without a byte of the client until the hub ends the connection
  bool mute = false;                 // nothing is sent

  std::size_t split = 0;       // bytes of a message: one record comes in several
  std::size_t fragment = 0;    // bytes of a frame: one message comes in several
  std::uint32_t join_ms = 0;   // records within this time come in one message
  std::uint32_t late_ms = 0;   // until a completion is sent
  bool wants_results = false;  // events are invocations with an id
  bool objects = false;        // events are objects, not strings that hold one
  bool keyed = false;          // events have the API key
  bool arrays = false;         // an event's data is an array of one

  Locating locating = Locating::kTruth;
  std::string locating_error;  // its words; "": those of the simulator

  PaceOf pace = PaceOf::kConnection;
  std::uint32_t pace_ms = 200;
  bool spoiled = true;           // if one update is bad, none of its batch is applied
  bool half_refused = false;     // the first half of a batch is applied, but the answer is a refusal
  bool unknown_refused = false;  // an update of a unit in `unknown_units` is bad; else it is ignored
};

/// "hub" and "negotiate" for the two paths of the hub, "" for all others. Faults use these names in `only`.
std::string_view hub_part(std::string_view target);

/// These throw std::invalid_argument, with one sentence, if their argument is wrong.
HubRules hub_rules_of(const boost::json::value& object);
HubRules hub_rules_of(const std::string& text);

/// In the form that hub_rules_of() takes.
boost::json::object json_of(const HubRules& rules);

}  // namespace sonoran::simulator
