#include "api/desired_call.h"

#include <simdjson.h>

#include <algorithm>

#include "api/request.h"
#include "core/limits.h"

namespace sonoran::api {
namespace {

bool is_unit(std::string_view id) {
  return !id.empty() && id.size() <= limits::kUnitIdBytes;
}

/// The units of {"communityUserId": ...} or {"communityUserIds": [...]}; false when there is anything odd about them.
bool read_units(simdjson::dom::element value, std::vector<std::string>& units) {
  std::string_view one;
  if (value.get(one) == simdjson::SUCCESS) {
    units.emplace_back(one);
    return is_unit(one);
  }
  simdjson::dom::array several;
  if (value.get(several) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element element : several) {
    if (element.get(one) != simdjson::SUCCESS || !is_unit(one)) return false;
    units.emplace_back(one);
  }
  return !units.empty();
}

}  // namespace

std::optional<DesiredCall> desired_call(const CheckedCall& call, std::int64_t server_id) {
  const bool panic = call.operation == &set_unit_panic();
  if ((!panic && call.operation != &set_unit_status()) || call.target != target(*call.operation, server_id)) return {};
  simdjson::dom::parser parser;
  simdjson::dom::object body;
  if (parser.parse(call.body).get(body) != simdjson::SUCCESS || body.size() != 2) return {};
  DesiredCall desired;
  bool has_value = false;
  for (const auto& [name, value] : body) {
    if (name == "communityUserId" || name == "communityUserIds") {
      if (!desired.units.empty() || !read_units(value, desired.units)) return {};
    } else if (panic && name == "isPanic") {
      bool on = false;
      if (value.get(on) != simdjson::SUCCESS) return {};
      desired.value = on ? 1 : 0;
      has_value = true;
    } else if (!panic && name == "status") {
      std::int64_t status = 0;
      if (value.get(status) != simdjson::SUCCESS || status < 0 || status > limits::kStatus) return {};
      desired.value = static_cast<int>(status);
      has_value = true;
    }
  }
  if (!has_value || desired.units.empty()) return {};
  std::ranges::sort(desired.units);
  desired.units.erase(std::unique(desired.units.begin(), desired.units.end()), desired.units.end());
  return desired;
}

}  // namespace sonoran::api
