// The only clock of the module. Deciding code takes `Time now` as an argument; only runtime/ and net/ read the clock.
#pragma once

#include <chrono>

namespace sonoran {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = Clock::duration;

/// "Never", for deadlines that are not set.
inline constexpr Time kNever = Time::max();

/// Seconds as a number, for people and JSON.
inline double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// A Duration from seconds given as a number.
inline Duration from_seconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

}  // namespace sonoran
