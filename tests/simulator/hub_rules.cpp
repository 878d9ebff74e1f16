#include "simulator/hub_rules.h"

#include <array>
#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, Authentication>, 5> kAuthentications = {
    {{"TRUTH", Authentication::kTruth},
     {"REFUSED", Authentication::kRefused},
     {"ERROR", Authentication::kError},
     {"CLOSED", Authentication::kClosed},
     {"SILENT", Authentication::kSilent}}};
constexpr std::array<std::pair<std::string_view, Locating>, 8> kLocatings = {
    {{"TRUTH", Locating::kTruth},
     {"REFUSED", Locating::kRefused},
     {"ERROR", Locating::kError},
     {"VOID", Locating::kVoid},
     {"UNAUTHENTICATED", Locating::kUnauthenticated},
     {"SILENT", Locating::kSilent},
     {"SWALLOWED", Locating::kSwallowed},
     {"DROPPED", Locating::kDropped}}};
constexpr std::array<std::pair<std::string_view, PaceOf>, 4> kPaces = {{{"CONNECTION", PaceOf::kConnection},
                                                                        {"SERVER", PaceOf::kServer},
                                                                        {"KEY", PaceOf::kKey},
                                                                        {"NOBODY", PaceOf::kNobody}}};

/// A member that is a text of a table, "A, B or C" for people.
template <typename Names, typename Value>
bool set_name(const Names& names, const json::value& value, Value& into) {
  for (const auto& [name, meaning] : names) {
    if (value.is_string() && std::string_view(value.get_string()) == name) {
      into = meaning;
      return true;
    }
  }
  return false;
}

template <typename Names, typename Value>
json::string name_of(const Names& names, Value value) {
  for (const auto& [name, meaning] : names) {
    if (meaning == value) return json::string(name);
  }
  return "";
}

bool set(bool& member, const json::value& value) {
  if (value.is_bool()) member = value.get_bool();
  return value.is_bool();
}

bool set(std::string& member, const json::value& value) {
  if (value.is_string()) member = std::string_view(value.get_string());
  return value.is_string();
}

template <typename Count>
bool set(Count& member, const json::value& value) {
  boost::system::error_code error;
  const auto count = value.is_number() ? value.to_number<Count>(error) : Count{};
  if (value.is_number() && !error) member = count;
  return value.is_number() && !error;
}

bool set(Authentication& member, const json::value& value) {
  return set_name(kAuthentications, value, member);
}

bool set(Locating& member, const json::value& value) {
  return set_name(kLocatings, value, member);
}

bool set(PaceOf& member, const json::value& value) {
  return set_name(kPaces, value, member);
}

json::value shown(bool member) {
  return member;
}
json::value shown(const std::string& member) {
  return json::string(member);
}
template <typename Count>
json::value shown(const Count& member) {
  return member;
}
json::value shown(const Authentication& member) {
  return name_of(kAuthentications, member);
}
json::value shown(const Locating& member) {
  return name_of(kLocatings, member);
}
json::value shown(const PaceOf& member) {
  return name_of(kPaces, member);
}

/// Calls `each(name, member)` for every member of `rules`: the one list of their names.
template <typename Rules, typename Each>
void for_each_rule(Rules& rules, Each each) {
  each("direct", rules.direct);
  each("negotiate_error", rules.negotiate_error);
  each("handshake_error", rules.handshake_error);
  each("handshake_silent", rules.handshake_silent);
  each("greeting", rules.greeting);
  each("authentication", rules.authentication);
  each("authentication_error", rules.authentication_error);
  each("record_bytes", rules.record_bytes);
  each("ping_ms", rules.ping_ms);
  each("timeout_ms", rules.timeout_ms);
  each("mute", rules.mute);
  each("split", rules.split);
  each("fragment", rules.fragment);
  each("join_ms", rules.join_ms);
  each("late_ms", rules.late_ms);
  each("wants_results", rules.wants_results);
  each("objects", rules.objects);
  each("keyed", rules.keyed);
  each("arrays", rules.arrays);
  each("locating", rules.locating);
  each("locating_error", rules.locating_error);
  each("pace", rules.pace);
  each("pace_ms", rules.pace_ms);
  each("spoiled", rules.spoiled);
  each("half_refused", rules.half_refused);
  each("unknown_refused", rules.unknown_refused);
}

}  // namespace

std::string_view hub_part(std::string_view target) {
  target = target.substr(0, target.find('?'));
  if (target == "/apiWsHub") return "hub";
  return target == "/apiWsHub/negotiate" ? "negotiate" : "";
}

HubRules hub_rules_of(const json::value& value) {
  if (!value.is_object()) throw std::invalid_argument("The fault 'hub' must be a JSON object.");
  HubRules rules;
  for (const auto& [name, given] : value.get_object()) {
    bool known = false;
    bool taken = false;
    for_each_rule(rules, [&, &key = name, &member_value = given](std::string_view rule, auto& member) {
      if (rule != std::string_view(key)) return;
      known = true;
      taken = set(member, member_value);
    });
    if (!known) throw std::invalid_argument("The hub has no rule '" + std::string(name) + "'.");
    if (!taken)
      throw std::invalid_argument("The hub's rule '" + std::string(name) + "' cannot be " + json::serialize(given) +
                                  ".");
  }
  return rules;
}

HubRules hub_rules_of(const std::string& text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) throw std::invalid_argument("The hub's rules must be JSON, not '" + text + "'.");
  return hub_rules_of(value);
}

json::object json_of(const HubRules& rules) {
  json::object object;
  for_each_rule(rules, [&](std::string_view rule, const auto& member) { object[rule] = shown(member); });
  return object;
}

}  // namespace sonoran::simulator
