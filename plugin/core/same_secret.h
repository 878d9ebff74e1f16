// Compares a given secret with ours in constant time.
#pragma once

#include <string_view>

namespace sonoran {

/// True when both are equal, ignoring the case of ASCII letters, because the CAD shows its key in both. The time
/// depends only on the length of `given`. False for an empty secret.
bool same_secret(std::string_view given, std::string_view secret);

}  // namespace sonoran
