// A record of the CAD's hub: SignalR's JSON protocol, version 1. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sonoran::api {

/// The numbers are the protocol's.
enum class HubRecordType : std::uint8_t {
  kUnknown = 0,  // a number of the future
  kInvocation = 1,
  kStreamItem = 2,
  kCompletion = 3,
  kStreamInvocation = 4,
  kCancelInvocation = 5,
  kPing = 6,
  kClose = 7,
  kAck = 8,
  kSequence = 9,
};

/// What came. Fields that the type does not have are empty; fields that nobody knows are passed over.
struct HubRecord {
  HubRecordType type = HubRecordType::kUnknown;
  std::optional<std::string> id;     // invocationId; an invocation that has one wants a completion
  std::string target;                // of an invocation: the method's name
  std::string arguments;             // of an invocation: JSON text of an array; "" is none
  std::string result;                // of a completion: JSON text; "" is none
  std::optional<std::string> error;  // of a completion or a close
  bool allow_reconnect = false;      // of a close
};

/// Reads a record, without its end. Nothing: it is no JSON object with a whole number as `type`.
std::optional<HubRecord> read_hub_record(std::string_view text);

/// The CAD's first record, which answers hub_handshake(): "" when it agrees, else one sentence. A close in its place is
/// a refusal, too.
std::string handshake_refusal(std::string_view text);

/// Why a hub method was refused, as far as its words are known.
enum class HubRefusal : std::uint8_t {
  kNone,
  kUnauthenticated,  // "Unauthenticated..."
  kTooFast,          // "... every 200ms ..."
  kUpdates,          // "... requires identId ...", "Missing unit location ...", "... Max is 25 ...": one of the updates
  kOther,
};

/// What a hub method of the CAD answers in its completion: {success, error, count}.
struct HubAnswer {
  bool success = false;
  bool verdict = false;  // it says whether it succeeded; else nothing is known
  HubRefusal refusal = HubRefusal::kNone;
  std::string error;  // the CAD's words, for people (printable, bounded); not empty when it failed
};
HubAnswer read_hub_answer(const HubRecord& completion);

/// Whole records, with their end, as the CAD's hub takes them. `arguments` and `result` are JSON text.
std::string hub_handshake();
std::string hub_ping();
std::string hub_close();
std::string hub_invocation(std::string_view id, std::string_view target, std::string_view arguments);
/// Answers an invocation that wants a completion.
std::string hub_result(std::string_view id, std::string_view result);
std::string hub_error(std::string_view id, std::string_view error);
/// The invocation of `authenticatev2`, with its three arguments.
std::string hub_authentication(std::string_view id, std::string_view community, std::string_view key,
                               std::int64_t server);

}  // namespace sonoran::api
