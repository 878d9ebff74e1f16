#include "simulator/success.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

/// How many active units are listed where the query does not say.
constexpr std::size_t kActiveUnits = 100;

/// A page parameter of the query, which has been checked to be a number.
std::size_t page_value(const Target& target, std::string_view name, std::size_t otherwise) {
  const std::string* text = target.query_value(name);
  if (text == nullptr || text->starts_with('-')) return otherwise;
  return std::stoull(*text);
}

json::array active_units(const Target& target, const Community& community) {
  const std::string* offline = target.query_value("includeOffline");
  const json::array all = community.units(offline != nullptr && *offline == "true");
  const std::size_t begin = std::min(page_value(target, "offset", 0), all.size());
  const std::size_t count = std::min(page_value(target, "limit", kActiveUnits), all.size() - begin);
  const auto* first = all.begin() + begin;
  return json::array(first, first + count);
}

json::value kick_of(const json::object& body) {
  const json::value* reason = body.if_contains("reason");
  return {{"identId", 21},
          {"communityUserId", named_units(body).front()},
          {"reason", reason == nullptr ? json::value() : *reason}};
}

json::value kicked(const json::value& body) {
  if (!body.is_array()) return kick_of(body.as_object());
  json::array kicks;
  for (const json::value& kick : body.get_array()) kicks.emplace_back(kick_of(kick.as_object()));
  return {{"count", kicks.size()}, {"kicked", kicks}};
}

json::array server_list(const std::set<std::int64_t>& servers) {
  json::array list;
  for (const std::int64_t id : servers) {
    list.push_back({{"id", id},
                    {"name", "Server " + std::to_string(id)},
                    {"description", "Simulated"},
                    {"mapIp", "127.0.0.1"},
                    {"listenerPort", "30120"}});
  }
  return list;
}

const json::object& answer_templates() {
  static const json::object kTemplates = json::parse(
#include "answers_text.inc"
                                             )
                                             .as_object();
  return kTemplates;
}

/// Replaces "$name" by the value of the request.
json::value filled(const json::value& form, const json::object& said) {
  if (form.is_string() && form.get_string().starts_with('$')) {
    const json::value* value = said.if_contains(form.get_string().subview(1));
    return value == nullptr ? json::value() : *value;
  }
  if (form.is_array()) {
    json::array array;
    for (const json::value& element : form.get_array()) array.push_back(filled(element, said));
    return array;
  }
  if (form.is_object()) {
    json::object object;
    for (const auto& [name, value] : form.get_object()) object[name] = filled(value, said);
    return object;
  }
  return form;
}

/// The parameters of the path and the members of the body, by name.
json::object said_by(const Match& match, const json::value& body) {
  json::object said = body.is_object() ? body.get_object() : json::object();
  for (const auto& [name, text] : match.parameters) {
    const auto type = match.operation->path_types.find(name);
    std::int64_t number = 0;
    const bool integer = type != match.operation->path_types.end() && type->second == "integer" &&
                         std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
    said[name] = integer ? json::value(number) : json::value(text);
  }
  return said;
}

}  // namespace

Answer carry_out(const Match& match, const Target& target, const json::value& body,
                 const std::set<std::int64_t>& servers, Community& community) {
  const Operation& operation = *match.operation;
  const auto ok = [](const json::value& value) { return json_answer(200, json::serialize(value)); };
  json::object said = said_by(match, body);
  if (operation.id == "heartbeat") {
    community.heartbeat(body.as_object());
  } else if (operation.id == "updateUnitLocations") {
    community.locations(body.as_object(), Community::Way::kHttp);
    said["count"] = body.at("updates").as_array().size();
  } else if (operation.id == "setUnitPanic" || operation.id == "setUnitStatus") {
    operation.id == "setUnitPanic" ? community.panic(body.as_object()) : community.status(body.as_object());
    said["count"] = named_units(body.as_object()).size();
  } else if (operation.id == "create911Call" || operation.id == "createDispatchCall" ||
             operation.id == "createCustomDispatchCall") {
    said["callId"] = community.new_call();
  } else if (operation.id == "getActiveUnits") {
    return ok(active_units(target, community));
  } else if (operation.id == "kickUnit") {
    return ok(kicked(body));
  } else if (operation.id == "getServers") {
    return ok({{"servers", server_list(servers)}});
  }
  return ok(filled(answer_templates().at(operation.id), said));
}

}  // namespace sonoran::simulator
