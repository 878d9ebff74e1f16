// Whether a secret that somebody gave is ours.
#pragma once

#include <string_view>

namespace sonoran {

/// True when both are the same, ASCII letters in either case: the CAD shows its key in both. Takes as long for each
/// `given` of the same length, wherever the two differ. An empty secret is nobody's.
bool same_secret(std::string_view given, std::string_view secret);

}  // namespace sonoran
