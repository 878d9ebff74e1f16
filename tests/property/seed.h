// The seed of a run's random plays.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace sonoran::test {

/// The first seed of a run: SONORAN_SEED, or a new one.
inline std::uint64_t base_seed() {
  static const std::uint64_t seed = [] {
    const char* const given = std::getenv("SONORAN_SEED");
    const auto first = given != nullptr ? std::strtoull(given, nullptr, 10) : std::uint64_t{std::random_device()()};
    // Also for a run that crashes or hangs, which names no play.
    std::cout << "the first seed of this run: " << first << std::endl;
    return first;
  }();
  return seed;
}

/// Under a sanitizer each play takes ten times as long, and what it looks for a tenth of them shows as well.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

/// How to play one seed again, for the message of a failure; `test` plays the seed that SONORAN_SEED names.
inline std::string replay(std::uint64_t seed, const std::string& test) {
  return "to play it again: SONORAN_SEED=" + std::to_string(seed) +
         " build/dev/bin/property_tests --gtest_filter=" + test;
}

}  // namespace sonoran::test
