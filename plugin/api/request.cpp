#include "api/request.h"

#include <algorithm>
#include <cmath>

#include "api/json.h"

namespace sonoran::api {
namespace {

void append_units(std::string& out, std::span<const std::string> units) {
  out += R"({"communityUserIds":[)";
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (i != 0) out += ',';
    append_json(out, std::string_view(units[i]));
  }
  out += ']';
}

/// One element, which is written alike for HTTP and the hub.
void append_update(std::string& out, const LocationUpdate& update, std::string_view location) {
  if (out.back() != '[') out += ',';
  out += R"({"communityUserId":)";
  append_json(out, update.unit);
  out += R"(,"location":)";
  append_json(out, location);
  out += R"(,"coordinates":{"x":)";
  append_decimal(out, update.x, 2);
  out += R"(,"y":)";
  append_decimal(out, update.y, 2);
  out += R"(,"z":)";
  append_decimal(out, update.z, 2);
  out += R"(,"w":)";
  append_decimal(out, std::fmod(std::round(update.heading * 10) / 10, 360.0), 1);
  out += '}';
  if (!update.peer.empty()) {
    out += R"(,"peerId":)";
    append_json(out, update.peer);
  }
  if (!update.vehicle.empty()) {
    out += R"(,"vehicle":{"model":)";
    append_json(out, update.vehicle);
    out += '}';
  }
  out += '}';
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

std::size_t location_bytes(const LocationUpdate& update) {
  // Its names and punctuation take 108 bytes, its four numbers at most 10 each within limits::kCoordinate_m. Two of
  // them may stand in the place of its location.
  std::size_t bytes = update.location.empty() ? 184 : 160;
  for (const std::string_view text : {update.unit, update.location, update.peer, update.vehicle}) {
    // A control character becomes six: \u0001.
    const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
    bytes += plain ? text.size() : 6 * text.size();
  }
  return bytes;
}

std::string location_body(std::span<const LocationUpdate> updates) {
  std::string out;
  out.reserve(32 + updates.size() * 192);
  out += R"({"updates":[)";
  for (const LocationUpdate& update : updates) append_update(out, update, update.location);
  out += "]}";
  return out;
}

std::string hub_locations(std::span<const LocationUpdate> updates) {
  std::string out;
  out.reserve(32 + updates.size() * 192);
  out += "[[";
  std::string place;
  for (const LocationUpdate& update : updates) {
    if (update.location.empty()) {
      place.clear();
      append_decimal(place, update.x, 0);
      place += ", ";
      append_decimal(place, update.y, 0);
    }
    append_update(out, update, update.location.empty() ? std::string_view(place) : update.location);
  }
  out += "]]";
  return out;
}

std::string panic_body(std::span<const std::string> units, bool on) {
  std::string out;
  append_units(out, units);
  out += R"(,"isPanic":)";
  append_json(out, on);
  out += '}';
  return out;
}

std::string status_body(std::span<const std::string> units, int status) {
  std::string out;
  append_units(out, units);
  out += R"(,"status":)";
  append_json(out, status);
  out += '}';
  return out;
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
