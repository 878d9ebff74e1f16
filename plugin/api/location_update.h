// One update of a unit's place, as it goes over the wire: an element of the HTTP route's list, or of the hub's. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/vehicle_kind.h"

namespace sonoran::api {

class VehicleModels;

/// The texts are views, valid during the call.
struct LocationUpdate {
  std::string_view unit;
  std::string_view location{};  // street or place; "": not known
  std::string_view postal{};    // "": none is shown
  std::string_view peer{};      // "" is left out
  std::string_view vehicle{};   // the game's name of its model, or the address of a model; "" is left out
  VehicleKind kind = VehicleKind::kUnknown;
  bool siren = false;
  double x = 0, y = 0, z = 0;
  double heading = 0;  // degrees
};

/// What the map shows as the unit's place, which is never empty: "[8040] Elm St / Alta St, Vinewood". Without a street
/// it is the coordinates in whole metres: "441, -982".
std::string location_text(const LocationUpdate& update);

/// Appends the update as a JSON object. Coordinates are rounded to the centimetre, headings to a tenth of a degree.
///
/// The two routes want different vehicles. HTTP (`models` is null) takes the name of the game's model. The hub shows
/// the file at an address: the one that `vehicle` is, else the model of `kind` in `models`, with its lights while the
/// siren is on. A unit of an unknown kind and without an address has no vehicle there.
void append_update(std::string& out, const LocationUpdate& update, const VehicleModels* models);

/// The bytes that an update takes beside its texts and a model of the table, at most. Names and punctuation take 137
/// bytes with `lights`, the four numbers at most 10 each within limits::kCoordinate_m, and coordinates as a text 18.
inline constexpr std::size_t kUpdateFrameBytes = 208;

/// An upper bound of the bytes that append_update() adds, close to them for plain texts.
std::size_t location_bytes(const LocationUpdate& update, const VehicleModels* models);

}  // namespace sonoran::api
