// The two files of the map: the list of postals and the table of models, from whatever is on the disk.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/json.h"
#include "api/postal_list.h"
#include "api/vehicle_models.h"
#include "core/limits.h"
#include "core/text.h"
#include "require.h"
#include "state/postals.h"

using namespace sonoran;

namespace {

void require_message(const Message& message) {
  require(!message.text.empty() && is_utf8(message.text) && message.text.size() < 600, "a refusal has a message");
  require(message.text.find('\n') == std::string::npos, "a message is one line");
}

void postals_of(std::string_view json) {
  auto read = api::read_postals(json);
  if (!read) return require_message(read.error());
  require(read->size() <= limits::kPostals, "no list is longer than the bound");
  for (const api::Postal& one : *read) {
    require(!one.code.empty() && one.code.size() <= limits::kPostalBytes && is_utf8(one.code),
            "a code is a short text");
    require(std::isfinite(one.x) && std::isfinite(one.y), "a postal is somewhere");
  }
  if (read->empty()) return;
  const api::Postal first = read->front();
  const state::Postals postals(*std::move(read));
  require(!postals.nearest(0, 0).empty(), "some postal is the nearest");
  require(postals.nearest(first.x, first.y) == first.code, "of those at a place the first in the list is shown");
}

void models_of(std::string_view json) {
  std::vector<std::string> unknown;
  const auto read = api::VehicleModels::read(json, unknown);
  if (!read) {
    require(unknown.empty(), "a table that is refused names no kinds");
    return require_message(read.error());
  }
  require(unknown.size() <= limits::kVehicleNames, "few kinds are named");
  for (const std::string& name : unknown) require(is_utf8(name) && name.size() <= 40, "a name is a short text");
  for (std::size_t kind = 1; kind < kVehicleKinds; ++kind) {
    std::string text;
    read->append(text, static_cast<VehicleKind>(kind), kind % 2 == 0);
    require(api::is_json(text, 1), "a vehicle is one flat object");
    require(text.size() <= read->bytes(static_cast<VehicleKind>(kind)) && text.size() < 600, "its size is bounded");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), std::min(size, limits::kMapFileBytes));
  postals_of(json);
  models_of(json);
  return 0;
}
