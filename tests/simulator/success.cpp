#include "simulator/success.h"

#include <algorithm>
#include <boost/json.hpp>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

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
  const std::size_t count = std::min(page_value(target, "limit", all.size()), all.size() - begin);
  const auto* first = all.begin() + begin;
  return json::array(first, first + count);
}

json::value kicked(const json::value& body) {
  if (!body.is_array()) return {{"kicked", named_units(body.as_object()).front()}};
  json::array names;
  for (const json::value& kick : body.get_array()) names.emplace_back(named_units(kick.as_object()).front());
  return {{"count", names.size()}, {"kicked", names}};
}

json::array server_list(const std::set<std::int64_t>& servers) {
  json::array list;
  for (const std::int64_t id : servers) list.push_back({{"id", id}, {"name", "Server " + std::to_string(id)}});
  return list;
}

}  // namespace

Answer carry_out(const Match& match, const Target& target, const json::value& body,
                 const std::set<std::int64_t>& servers, Community& community) {
  const Operation& operation = *match.operation;
  const auto ok = [](const json::value& value) { return json_answer(200, json::serialize(value)); };
  if (operation.id == "heartbeat") {
    community.heartbeat(body.as_object());
  } else if (operation.id == "updateUnitLocations") {
    community.locations(body.as_object());
    return ok({{"ok", true}, {"count", body.at("updates").as_array().size()}});
  } else if (operation.id == "setUnitPanic") {
    community.panic(body.as_object());
    return ok({{"ok", true}, {"count", named_units(body.as_object()).size()}});
  } else if (operation.id == "setUnitStatus") {
    community.status(body.as_object());
    return ok({{"ok", true}, {"count", named_units(body.as_object()).size()}});
  } else if (operation.id == "getActiveUnits") {
    return ok(active_units(target, community));
  } else if (operation.id == "getCalls") {
    return ok({{"activeCalls", json::array{}}, {"emergencyCalls", json::array{}}, {"closedCalls", json::array{}}});
  } else if (operation.id == "create911Call" || operation.id == "createDispatchCall") {
    return ok({{"callId", community.new_call()}});
  } else if (operation.id == "kickUnit") {
    return ok(kicked(body));
  } else if (operation.id == "getServers") {
    return ok({{"servers", server_list(servers)}});
  } else if (operation.id == "getVersion") {
    return ok({{"version", "2.0.0-simulator"}});
  } else if (operation.method == "DELETE" && operation.content_type.empty()) {
    return {204, "", "", {}};
  }
  return ok({{"ok", true}, {"operation", operation.id}});
}

}  // namespace sonoran::simulator
