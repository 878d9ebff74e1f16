#include "api/vehicle_models.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "api/json.h"
#include "core/limits.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

namespace dom = simdjson::dom;

/// The numbers of a model, in the order in which they are sent.
constexpr std::array<const char*, 4> kNumbers = {"zOffset", "lightZOffset", "sizeOffset", "headingOffset"};

/// A member that is there and is not null.
std::optional<dom::element> member(const dom::object& object, const char* name) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

/// Writes the JSON of one model up to the value of `lights` into `into`; "" where it has no model.
Check read_model(std::string_view kind, const dom::element& element, std::string& into) {
  const std::string of = " of the kind " + in_quotes(kind);
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return Message{"has no object as the value" + of};
  std::string text = "{\"model\":";
  std::string_view model;
  if (const auto value = member(object, "model"); value && value->get(model) != simdjson::SUCCESS) {
    return Message{"has no text as the model" + of};
  }
  if (!model.empty() && (model.size() > limits::kVehicleModelBytes || !is_model_url(model))) {
    return Message{"has the model " + in_quotes(model) + of + "; a model is an address that begins with https:// or " +
                   "http://, of at most " + std::to_string(limits::kVehicleModelBytes) + " bytes"};
  }
  append_json(text, model);
  for (const char* name : kNumbers) {
    const auto value = member(object, name);
    if (!value) continue;
    double number = 0;
    if (value->get(number) != simdjson::SUCCESS || std::abs(number) > limits::kCoordinate_m) {
      return Message{"has as the " + std::string(name) + of + " what is no number within 1,000,000 of zero"};
    }
    text += ",\"" + std::string(name) + "\":";
    append_json(text, number);
  }
  bool lights = false;
  if (const auto value = member(object, "lights"); value && value->get(lights) != simdjson::SUCCESS) {
    return Message{"has as the lights" + of + " what is neither true nor false"};
  }
  text += ",\"lights\":";
  into = model.empty() ? "" : std::move(text);
  return {};
}

}  // namespace

bool is_model_url(std::string_view text) {
  if (!text.starts_with("https://") && !text.starts_with("http://")) return false;
  text.remove_prefix(text.find("//") + 2);
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '<' && c != '>';
  });
}

Result<VehicleModels> VehicleModels::read(std::string_view json, std::vector<std::string>& unknown) {
  dom::parser parser;
  dom::element root;
  const simdjson::padded_string padded(json_start(json));
  if (parser.parse(padded).get(root) != simdjson::SUCCESS) return Message{"is not valid JSON in UTF-8"};
  dom::object kinds;
  if (root.get(kinds) != simdjson::SUCCESS) return Message{"has no JSON object of kinds of vehicle"};
  VehicleModels models;
  std::vector<std::string> strangers;
  bool spelt = false;  // "helicopter" as it should be, which goes before the vendor's spelling
  for (const auto& [name, value] : kinds) {
    const auto kind = find_vehicle_kind(name);
    if (!kind) {
      if (strangers.size() < limits::kVehicleNames) strangers.emplace_back(printable(name, 32));
      continue;
    }
    std::string model;
    if (const Check checked = read_model(name, value, model); !checked) return checked.error();
    const bool misspelt = name != vehicle_kind_name(*kind);
    if (misspelt && spelt) continue;
    spelt = spelt || (*kind == VehicleKind::kHelicopter && !misspelt);
    models.models_[static_cast<std::size_t>(*kind)] = std::move(model);
  }
  unknown = std::move(strangers);
  return models;
}

std::size_t VehicleModels::size() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(models_, [](const std::string& model) { return !model.empty(); }));
}

void VehicleModels::append(std::string& out, VehicleKind kind, bool siren) const {
  if (of(kind).empty()) {
    out += "{\"type\":\"";
    out += vehicle_kind_name(kind);
    out += "\"}";
    return;
  }
  out += of(kind);
  out += siren ? "true}" : "false}";
}

}  // namespace sonoran::api
