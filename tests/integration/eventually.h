// Waiting for a condition.
#pragma once

#include <chrono>
#include <thread>

namespace sonoran::integration {

/// Polls until `holds()`; false if it did not within `limit`, which only says that the test has failed: it is far
/// beyond what a loaded machine needs.
template <typename Condition>
bool eventually(Condition holds, std::chrono::seconds limit = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace sonoran::integration
