#include "api/hub_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "api/json.h"
#include "api/raw_json.h"
#include "api/record_splitter.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

constexpr std::size_t kErrorBytes = 200;  // of the CAD's words, for people
constexpr std::string_view kNone = "null";

std::optional<int> number_of(std::string_view raw) {
  int number = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (error != std::errc() || end != raw.data() + raw.size()) return std::nullopt;
  return number;
}

/// The text of an error. Another value is shown as it is written; null is no error.
std::optional<std::string> error_of(std::string_view raw) {
  if (raw == kNone) return std::nullopt;
  return string_of(raw).value_or(std::string(raw));
}

std::string words_of(std::string_view error) {
  std::string words = printable(error, kErrorBytes);
  return words.empty() ? "it gave no reason" : words;
}

/// The texts are published, and written in upper and lower case as here; that may change.
HubRefusal refusal_of(std::string_view error) {
  const auto says = [&](std::string_view fragment) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    return std::ranges::search(error, fragment, same).begin() != error.end();
  };
  struct Known {
    std::string_view fragment;
    HubRefusal refusal;
  };
  static constexpr std::array kKnown = {Known{"unauthenticated", HubRefusal::kUnauthenticated},
                                        Known{"every 200ms", HubRefusal::kTooFast},
                                        Known{"every 200 ms", HubRefusal::kTooFast},
                                        Known{"requires identid", HubRefusal::kUpdates},
                                        Known{"max is 25", HubRefusal::kUpdates},
                                        Known{"missing unit location", HubRefusal::kUpdates}};
  for (const Known& known : kKnown) {
    if (says(known.fragment)) return known.refusal;
  }
  return HubRefusal::kOther;
}

std::string record_of(std::string text) {
  return std::move(text += kRecordEnd);
}

/// {"type":N,"invocationId":"…"
std::string begin(HubRecordType type, std::string_view id) {
  std::string text = "{\"type\":" + std::to_string(static_cast<int>(type)) + ",\"invocationId\":";
  append_json(text, id);
  return text;
}

}  // namespace

std::optional<HubRecord> read_hub_record(std::string_view text) {
  const RawObject object(readable_json(text));
  HubRecord record;
  std::optional<int> type;
  for (const RawMember& member : object.members()) {
    if (member.name == "type") {
      type = number_of(member.raw);
    } else if (member.name == "invocationId") {
      record.id = string_of(member.raw);
    } else if (member.name == "target") {
      record.target = string_of(member.raw).value_or("");
    } else if (member.name == "arguments") {
      record.arguments = member.raw.starts_with('[') ? std::string(member.raw) : "";
    } else if (member.name == "result") {
      record.result = member.raw;
    } else if (member.name == "error") {
      record.error = error_of(member.raw);
    } else if (member.name == "allowReconnect") {
      record.allow_reconnect = member.raw == "true";
    }
  }
  if (!type) return std::nullopt;
  const bool known = *type >= 1 && *type <= static_cast<int>(HubRecordType::kSequence);
  record.type = known ? static_cast<HubRecordType>(*type) : HubRecordType::kUnknown;
  return record;
}

std::string handshake_refusal(std::string_view text) {
  const RawObject object(readable_json(text));
  if (!object.is_object()) return "What answers there does not speak the hub's protocol.";
  bool is_record = false;
  for (const RawMember& member : object.members()) {
    if (member.name == "type") is_record = true;
    if (member.name != "error") continue;
    if (const auto error = error_of(member.raw))
      return "The CAD's hub refuses the handshake: " + words_of(*error) + ".";
  }
  return is_record ? "The CAD's hub did not answer the handshake." : "";
}

HubAnswer read_hub_answer(const HubRecord& completion) {
  HubAnswer answer;
  if (completion.error) {
    answer.verdict = true;
    answer.refusal = refusal_of(*completion.error);
    answer.error = words_of(*completion.error);
    return answer;
  }
  std::string error;
  const RawObject result(completion.result);
  for (const RawMember& member : result.members()) {
    if (member.name == "success") answer.verdict = true, answer.success = member.raw == "true";
    if (member.name == "error") error = error_of(member.raw).value_or("");
  }
  if (completion.result == "true") answer.verdict = answer.success = true;
  if (completion.result == "false") answer.verdict = true;
  if (answer.success) return answer;
  if (answer.verdict) answer.refusal = refusal_of(error);
  answer.error = words_of(error);
  return answer;
}

std::string hub_handshake() {
  return record_of(R"({"protocol":"json","version":1})");
}

std::string hub_ping() {
  return record_of(R"({"type":6})");
}

std::string hub_close() {
  return record_of(R"({"type":7})");
}

std::string hub_invocation(std::string_view id, std::string_view target, std::string_view arguments) {
  std::string text = begin(HubRecordType::kInvocation, id) + ",\"target\":";
  append_json(text, target);
  text.append(",\"arguments\":").append(arguments) += '}';
  return record_of(std::move(text));
}

std::string hub_result(std::string_view id, std::string_view result) {
  std::string text = begin(HubRecordType::kCompletion, id);
  text.append(",\"result\":").append(result) += '}';
  return record_of(std::move(text));
}

std::string hub_error(std::string_view id, std::string_view error) {
  std::string text = begin(HubRecordType::kCompletion, id) + ",\"error\":";
  append_json(text, error);
  return record_of(std::move(text += '}'));
}

std::string hub_authentication(std::string_view id, std::string_view community, std::string_view key,
                               std::int64_t server) {
  std::string arguments = "[";
  append_json(arguments, community);
  arguments += ',';
  append_json(arguments, key);
  arguments += ',';
  append_json(arguments, server);
  return hub_invocation(id, "authenticatev2", arguments += ']');
}

}  // namespace sonoran::api
