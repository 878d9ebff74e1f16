#include "simulator/body_check.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/json.hpp>
#include <span>

#include "simulator/community.h"

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

using Names = std::span<const std::string_view>;
constexpr std::string_view kUnitForms[] = {"communityUserId", "communityUserIds", "roblox",
                                           "discord",         "accountUuid",      "identIds"};
constexpr std::string_view kOneUnitForms[] = {"communityUserId", "roblox", "discord"};
constexpr std::string_view kCallTargets[] = {"communityUserIds", "accounts", "roblox", "discord"};
constexpr std::string_view kTemplateTargets[] = {"identIds",         "accountUuid", "accounts", "communityUserId",
                                                 "communityUserIds", "roblox",      "discord"};

bool is_integer(const json::value& value) {
  return value.is_int64() || value.is_uint64();
}

bool has_type(const json::value& value, std::string_view type) {
  if (type.starts_with("string")) return value.is_string();
  if (type == "integer") return is_integer(value);
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_bool();
  if (type == "object") return value.is_object();
  if (!value.is_array()) return false;
  const auto each = [&](auto matches) {
    return std::all_of(value.get_array().begin(), value.get_array().end(), matches);
  };
  if (type.starts_with("array of strings")) return each([](const json::value& v) { return v.is_string(); });
  if (type == "array of integers") return each(is_integer);
  if (type == "array of objects") return each([](const json::value& v) { return v.is_object(); });
  return true;
}

/// "" if `object` has a field of this name and type.
std::string need(const json::object& object, std::string_view name, std::string_view type) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return "The field '" + std::string(name) + "' is missing.";
  if (!has_type(*value, type)) return "The field '" + std::string(name) + "' must be " + std::string(type) + ".";
  return {};
}

std::size_t present(const json::object& object, Names names) {
  return static_cast<std::size_t>(
      std::count_if(names.begin(), names.end(), [&](std::string_view name) { return object.contains(name); }));
}

bool holds_texts(const json::object& object) {
  return std::all_of(object.begin(), object.end(), [](const auto& member) { return member.value().is_string(); });
}

std::string check_fields(const Operation& operation, const json::object& object) {
  for (const Field& field : operation.fields) {
    const json::value* value = object.if_contains(field.name);
    if (field.need == Field::Need::kRequired) {
      if (auto complaint = need(object, field.name, field.type); !complaint.empty()) return complaint;
    } else if (value != nullptr && !value->is_null() && !has_type(*value, field.type)) {
      // The published type of a conditional field (the target of a call) is that of one element of its array.
      if (field.need == Field::Need::kConditional && value->is_array()) continue;
      return "The field '" + field.name + "' must be " + field.type + ".";
    }
    if (field.minimum && value != nullptr && is_integer(*value) && value->to_number<double>() < double(*field.minimum))
      return "The field '" + field.name + "' must be at least " + std::to_string(*field.minimum) + ".";
    if (field.texts && value != nullptr && value->is_object() && !holds_texts(value->get_object()))
      return "The values of '" + field.name + "' must be texts.";
  }
  return {};
}

std::string check_unit(const json::object& object) {
  if (present(object, kUnitForms) != 1) return "Exactly one form of identifier must name the units.";
  for (const auto& [name, type] : {std::pair{"communityUserId", "string"},
                                   {"communityUserIds", "array of strings"},
                                   {"roblox", "integer"},
                                   {"discord", "string"},
                                   {"accountUuid", "string"},
                                   {"identIds", "array of integers"}}) {
    if (!object.contains(name)) continue;
    if (auto complaint = need(object, name, type); !complaint.empty()) return complaint;
  }
  return named_units(object).empty() ? "The request names no unit." : "";
}

/// Updates and kicks name one unit each.
std::string check_identifier(const json::object& object) {
  if (present(object, kOneUnitForms) != 1) return "Exactly one identifier must name the unit.";
  if (object.contains("roblox")) return need(object, "roblox", "integer");
  return need(object, object.contains("discord") ? "discord" : "communityUserId", "string");
}

std::string check_update(const json::object& update) {
  if (auto complaint = check_identifier(update); !complaint.empty()) return complaint;
  if (auto complaint = need(update, "location", "string"); !complaint.empty()) return complaint;
  if (auto complaint = need(update, "coordinates", "object"); !complaint.empty()) return complaint;
  for (const std::string_view axis : {"x", "y", "z", "w"}) {
    if (auto complaint = need(update.at("coordinates").get_object(), axis, "number"); !complaint.empty())
      return complaint;
  }
  if (update.contains("peerId")) {
    if (auto complaint = need(update, "peerId", "string"); !complaint.empty()) return complaint;
  }
  return update.contains("vehicle") ? need(update, "vehicle", "object") : "";
}

std::string check_updates(const json::object& object) {
  if (auto complaint = need(object, "updates", "array of objects"); !complaint.empty()) return complaint;
  for (const json::value& update : object.at("updates").get_array()) {
    if (auto complaint = check_update(update.get_object()); !complaint.empty()) return complaint;
  }
  return {};
}

std::string check_kick(const json::value& body) {
  const auto check_one = [](const json::value& kick) -> std::string {
    if (!kick.is_object()) return "A kick must be an object.";
    if (auto complaint = check_identifier(kick.get_object()); !complaint.empty()) return complaint;
    return need(kick.get_object(), "reason", "string");
  };
  if (!body.is_array()) return check_one(body);
  for (const json::value& kick : body.get_array()) {
    if (auto complaint = check_one(kick); !complaint.empty()) return complaint;
  }
  return {};
}

/// The simulator does not take a form apart; it looks for the names of the parts that must be in it.
std::string check_form(const Operation& operation, std::string_view body) {
  for (const Field& field : operation.fields) {
    if (field.need != Field::Need::kRequired) continue;
    if (body.find("name=\"" + field.name + "\"") == std::string_view::npos)
      return "The part '" + field.name + "' is missing.";
  }
  return {};
}

std::string check_json(const Operation& operation, const json::value& body) {
  if (operation.id == "kickUnit") return check_kick(body);
  if (!body.is_object()) return "The body must be a JSON object.";
  const json::object& object = body.get_object();
  // Forms that the published facts leave open, and that this bridge relies on.
  if (operation.id == "updateUnitLocations") return check_updates(object);
  if (operation.id == "setUnitPanic" || operation.id == "setUnitStatus") {
    if (auto complaint = check_unit(object); !complaint.empty()) return complaint;
  }
  if (operation.id == "setUnitPanic") return need(object, "isPanic", "boolean");
  if (operation.id == "heartbeat") {
    if (auto complaint = need(object, "playerCount", "integer"); !complaint.empty()) return complaint;
  }
  if (operation.id == "createDispatchCall" && present(object, kCallTargets) == 0)
    return "A dispatch call needs communityUserIds, accounts, roblox or discord.";
  if (operation.id == "createCustomDispatchCall" && present(object, kTemplateTargets) == 0)
    return "A call after a template needs a unit.";
  return check_fields(operation, object);
}

bool is_content_type(std::string_view header, std::string_view wanted) {
  const std::string_view name = header.substr(0, header.find(';'));
  return boost::algorithm::iequals(name.substr(0, name.find_last_not_of(' ') + 1), wanted);
}

}  // namespace

BodyCheck check_body(const Operation& operation, std::string_view content_type, std::string_view body) {
  if (operation.content_type.empty()) return {};
  if (!is_content_type(content_type, operation.content_type))
    return {"The Content-Type must be " + operation.content_type + ".", nullptr};
  if (operation.content_type != "application/json") return {check_form(operation, body), nullptr};

  boost::system::error_code error;
  json::value parsed = json::parse(body, error);
  if (error) return {"The body is not JSON.", nullptr};
  std::string complaint = check_json(operation, parsed);
  return {std::move(complaint), std::move(parsed)};
}

}  // namespace sonoran::simulator
