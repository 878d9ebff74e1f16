// What the days of the live map have in common: chance, units that drive, what is under way, and the seeds to play.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "core/settings.h"

namespace sonoran::map_days {

constexpr double kDay_s = 24 * 3600;

inline Settings settings() {
  const std::array<SettingPair, 1> pairs = {SettingPair{"sonoran_apiKey", "k"}};
  return *parse_settings(pairs);
}

/// The same numbers from a seed with every library.
class Chance {
 public:
  Chance(std::uint64_t seed, double step_s) : bits_(seed), step_s_(step_s) {}
  double draw(double from, double to) { return from + (to - from) * static_cast<double>(bits_() >> 11) * 0x1p-53; }
  /// In this step, of something that happens once in `every_s` on average.
  bool happens(double every_s) { return draw(0, 1) < step_s_ / every_s; }

 private:
  std::mt19937_64 bits_;
  double step_s_;
};

/// Metres that a unit has driven by then: it drives for 70 s of every 120 s.
inline double driven_m(double speed_mps, double driven_s) {
  const double cycles = std::floor(driven_s / 120);
  return speed_mps * (cycles * 70 + std::min(driven_s - cycles * 120, 70.0));
}

/// The connection of some calls ends: all up to a random one have arrived, and nobody will say which. `Under` has the
/// members `applies` (it will arrive) and `ends_s` (when its answer comes).
template <class Under, class Lost, class Apply>
void lose(std::deque<Under>& under_way, Chance& chance, Lost lost, Apply apply) {
  bool arrives = true;
  for (Under& under : under_way) {
    if (!lost(under)) continue;
    arrives = arrives && under.applies && chance.draw(0, 1) < 0.5;
    if (arrives) apply(under);
  }
  std::erase_if(under_way, lost);
}

/// Calls `apply(under)` for all that arrives now, then `end(under)` for all whose answer comes now. The answer to a
/// call may come after those to later ones.
template <class Under, class Apply, class End>
void pass(std::deque<Under>& under_way, double now_s, Apply apply, End end) {
  for (Under& under : under_way) {
    if (under.applies) apply(under);
  }
  while (true) {
    const auto over = std::ranges::find_if(under_way, [&](const Under& under) { return under.ends_s <= now_s; });
    if (over == under_way.end()) return;
    const Under under = std::move(*over);
    under_way.erase(over);
    end(under);
  }
}

/// The CAD shows `to` of a unit that only drives forwards: an older place after a newer one is a failure.
inline void show(std::optional<double>& shown, double to, const std::string& unit, double now_s) {
  if (shown && to < *shown) ADD_FAILURE() << unit << " out of order at " << now_s;
  shown = to;
}

/// Calls `play(seed)` for `usual` seeds, or from SONORAN_SEED on for that one alone; SONORAN_DAYS says for how many.
template <class Play>
void play_seeds(std::uint64_t usual, Play play) {
  const auto number = [](const char* name) -> std::optional<std::uint64_t> {
    const char* const given = std::getenv(name);
    return given == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::strtoull(given, nullptr, 10));
  };
  const auto seed = number("SONORAN_SEED");
  const std::uint64_t first = seed.value_or(1);
  const std::uint64_t count = number("SONORAN_DAYS").value_or(seed ? 1 : usual);
  for (std::uint64_t one = first; one < first + count && !testing::Test::HasFailure(); ++one) {
    SCOPED_TRACE("SONORAN_SEED=" + std::to_string(one));
    play(one);
  }
}

}  // namespace sonoran::map_days
