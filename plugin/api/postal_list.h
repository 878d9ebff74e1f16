// The list of postals: the JSON file that the setting sonoran_bridge_postals names, as the usual postal resources have
// it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace sonoran::api {

struct Postal {
  double x = 0, y = 0;  // metres
  std::string code;     // 1 to limits::kPostalBytes bytes
};

/// Reads an array of {"code": text or number, "x": number, "y": number}; further members are ignored. The message is
/// the end of a sentence: "has ...". One bad entry refuses the whole list.
Result<std::vector<Postal>> read_postals(std::string_view json);

}  // namespace sonoran::api
