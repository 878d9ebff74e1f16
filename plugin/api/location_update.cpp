#include "api/location_update.h"

#include <algorithm>
#include <cmath>

#include "api/json.h"
#include "api/vehicle_models.h"

namespace sonoran::api {
namespace {

void append_vehicle(std::string& out, const LocationUpdate& update, const VehicleModels* models) {
  static constexpr std::string_view kName = R"(,"vehicle":)";
  const bool has_url = is_model_url(update.vehicle);
  if (models != nullptr && !has_url) {
    if (update.kind == VehicleKind::kUnknown) return;
    out += kName;
    models->append(out, update.kind, update.siren);
    return;
  }
  if (update.vehicle.empty()) return;
  out += kName;
  out += R"({"model":)";
  append_json(out, update.vehicle);
  if (models != nullptr) out += update.siren ? R"(,"lights":true)" : R"(,"lights":false)";
  out += '}';
}

}  // namespace

std::string location_text(const LocationUpdate& update) {
  std::string text;
  if (!update.postal.empty()) {
    text += '[';
    text += update.postal;
    text += "] ";
  }
  if (!update.location.empty()) {
    text += update.location;
  } else {
    append_decimal(text, update.x, 0);
    text += ", ";
    append_decimal(text, update.y, 0);
  }
  return text;
}

void append_update(std::string& out, const LocationUpdate& update, const VehicleModels* models) {
  out += R"({"communityUserId":)";
  append_json(out, update.unit);
  out += R"(,"location":)";
  if (update.postal.empty() && !update.location.empty()) {
    append_json(out, update.location);
  } else {
    append_json(out, std::string_view(location_text(update)));
  }
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
  append_vehicle(out, update, models);
  out += '}';
}

std::size_t location_bytes(const LocationUpdate& update, const VehicleModels* models) {
  std::size_t bytes = kUpdateFrameBytes;
  for (const std::string_view text : {update.unit, update.location, update.postal, update.peer, update.vehicle}) {
    // A control character becomes six: \u0001.
    const bool plain = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
    bytes += plain ? text.size() : 6 * text.size();
  }
  if (models != nullptr && update.kind != VehicleKind::kUnknown) bytes += models->bytes(update.kind);
  return bytes;
}

}  // namespace sonoran::api
