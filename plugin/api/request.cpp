#include "api/request.h"

#include "api/json.h"

namespace sonoran::api {
namespace {

/// An object with the units, and with `value` as the member `name`.
template <class Value>
std::string group_body(std::span<const std::string> units, std::string_view name, Value value) {
  std::string out = R"({"communityUserIds":[)";
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (i != 0) out += ',';
    append_json(out, std::string_view(units[i]));
  }
  out += "],";
  append_json(out, name);
  out += ':';
  append_json(out, value);
  out += '}';
  return out;
}

std::string list_of(std::string_view begin, std::span<const LocationUpdate> updates, const VehicleModels* models,
                    std::string_view end) {
  std::string out;
  out.reserve(32 + updates.size() * 192);
  out += begin;
  bool first = true;
  for (const LocationUpdate& update : updates) {
    if (!first) out += ',';
    first = false;
    append_update(out, update, models);
  }
  out += end;
  return out;
}

}  // namespace

std::string target(const Operation& operation, std::int64_t server_id) {
  static constexpr std::string_view kServerId = "{serverId}";
  std::string result(operation.path);
  if (const auto at = result.find(kServerId); at != std::string::npos) {
    result.replace(at, kServerId.size(), std::to_string(server_id));
  }
  return result;
}

std::string location_body(std::span<const LocationUpdate> updates) {
  return list_of(R"({"updates":[)", updates, nullptr, "]}");
}

std::string hub_locations(std::span<const LocationUpdate> updates, const VehicleModels& models) {
  return list_of("[[", updates, &models, "]]");
}

std::string panic_body(std::span<const std::string> units, bool on) {
  return group_body(units, "isPanic", on);
}

std::string status_body(std::span<const std::string> units, int status) {
  return group_body(units, "status", status);
}

std::string active_units_query(std::size_t limit, std::size_t offset) {
  return "?includeOffline=false&onlyUnits=true&limit=" + std::to_string(limit) + "&offset=" + std::to_string(offset);
}

std::string heartbeat_body(unsigned player_count) {
  std::string out = R"({"playerCount":)";
  append_json(out, player_count);
  out += '}';
  return out;
}

}  // namespace sonoran::api
