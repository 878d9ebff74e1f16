// A clock that stands still until a test moves it.
#pragma once

#include "core/time.h"

namespace sonoran::test {

/// `seconds` after the beginning of the test's time.
inline Time at(double value) {
  return Time{} + std::chrono::hours(1) + from_seconds(value);
}

}  // namespace sonoran::test
