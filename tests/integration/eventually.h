// Waiting for a condition.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace sonoran::integration {

/// Polls until `holds()`; false if it did not within `limit`, which only says that the test has failed: it is far
/// beyond what a loaded machine needs.
template <typename Condition>
bool eventually(Condition holds, std::chrono::seconds limit = std::chrono::seconds(60)) {
  constexpr std::chrono::steady_clock::duration kLeast = std::chrono::milliseconds(2);
  constexpr std::chrono::steady_clock::duration kMost = std::chrono::milliseconds(100);
  const auto begin = std::chrono::steady_clock::now();
  while (!holds()) {
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (waited > limit) return false;
    // A hundred bridges may be asked side by side: whoever has waited long asks seldom, so that the others can work.
    std::this_thread::sleep_for(std::clamp(waited / 10, kLeast, kMost));
  }
  return true;
}

}  // namespace sonoran::integration
