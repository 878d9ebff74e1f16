#include "api/desired_call.h"

#include <cstdint>
#include <string_view>

#include "core/limits.h"

namespace sonoran::api {
namespace {

namespace dom = simdjson::dom;

bool is_unit(std::string_view id) {
  return !id.empty() && id.size() <= limits::kUnitIdBytes;
}

/// The units of {"communityUserId": ...} or {"communityUserIds": [...]}; false when they are written in any other form.
bool read_units(dom::element value, TextList& units) {
  std::string_view one;
  if (value.get(one) == simdjson::SUCCESS) {
    units.add(one);
    return is_unit(one);
  }
  dom::array several;
  if (value.get(several) != simdjson::SUCCESS) return false;
  for (const dom::element element : several) {
    if (element.get(one) != simdjson::SUCCESS || !is_unit(one)) return false;
    units.add(one);
  }
  return !units.empty();
}

/// The two fields of a body, in either order; false when there is anything else.
class Reader {
 public:
  Reader(const Operation& operation, DesiredCall& desired)
      : panic_(&operation == &set_unit_panic()), desired_(desired) {}

  bool take(std::string_view name, dom::element value) {
    if (name == "communityUserId" || name == "communityUserIds") {
      return desired_.units.empty() && read_units(value, desired_.units);
    }
    if (has_value_) return false;
    has_value_ = true;
    if (panic_ && name == "isPanic") {
      bool on = false;
      if (value.get(on) != simdjson::SUCCESS) return false;
      desired_.value = on ? 1 : 0;
      return true;
    }
    std::int64_t status = 0;
    if (panic_ || name != "status" || value.get(status) != simdjson::SUCCESS) return false;
    if (status < 0 || status > limits::kStatus) return false;
    desired_.value = static_cast<int>(status);
    return true;
  }
  [[nodiscard]] bool complete() const { return has_value_ && !desired_.units.empty(); }

 private:
  bool panic_;
  bool has_value_ = false;
  DesiredCall& desired_;
};

bool read_fields(Arguments& arguments, Reader& reader) {
  if (const Argument* const body = arguments.find("body")) {
    dom::object fields;
    if (body->value.get(fields) != simdjson::SUCCESS) return false;
    for (const auto& [name, value] : fields) {
      if (!reader.take(name, value)) return false;
    }
    return reader.complete();
  }
  for (const Argument& argument : arguments.members()) {
    if (!argument.used && !reader.take(argument.name, argument.value)) return false;
  }
  return reader.complete();
}

}  // namespace

void read_desired(const Operation& operation, Arguments& arguments, DesiredCall& desired) {
  desired.units.clear();
  Reader reader(operation, desired);
  if (read_fields(arguments, reader)) {
    desired.units.sort_unique();
  } else {
    desired.units.clear();
  }
}

}  // namespace sonoran::api
