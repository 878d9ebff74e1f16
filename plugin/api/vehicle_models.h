// The table of models that units have on the CAD's map, by kind of vehicle: the JSON file that the setting
// sonoran_bridge_vehicles names, in the form of the vendor's own file. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/vehicle_kind.h"

namespace sonoran::api {

class VehicleModels {
 public:
  /// Reads the table: an object whose members are kinds of vehicle, each {model, zOffset, lightZOffset, sizeOffset,
  /// headingOffset, lights}. A member that is absent or null is not sent; `lights` is checked and otherwise ignored,
  /// because it says whether the siren is on. Names of kinds that there are not go into `unknown`, and the others are
  /// taken. The message is the end of a sentence: "has ...".
  static Result<VehicleModels> read(std::string_view json, std::vector<std::string>& unknown);

  /// The kinds that have a model.
  [[nodiscard]] std::size_t size() const;

  /// Appends the map's `vehicle` as JSON: {"model":...,...,"lights":...}, or {"type":"boat"} for a kind without a
  /// model. The kind must be known.
  void append(std::string& out, VehicleKind kind, bool siren) const;

  /// An upper bound of the bytes that append() adds.
  [[nodiscard]] std::size_t bytes(VehicleKind kind) const { return 32 + of(kind).size(); }

 private:
  [[nodiscard]] const std::string& of(VehicleKind kind) const { return models_[static_cast<std::size_t>(kind)]; }

  std::array<std::string, kVehicleKinds> models_;  // JSON up to the value of `lights`; "": no model
};

/// Whether a text is the address of a model, as the map wants it: http:// or https:// and what follows, in printable
/// ASCII without blanks, quotes and backslashes. Its size is the caller's concern.
bool is_model_url(std::string_view text);

}  // namespace sonoran::api
