// The live map in virtual time: units that park, patrol and pursue, what the map shows of them, and how wrong it is.
// Read by the bench and by a test.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/time.h"

namespace sonoran::map_traffic {

/// Of 200 units 40 % are parked; 45 % patrol at 15 m/s, with a stop of 3 to 15 s about every 20 s and a turn by a right
/// angle about every 8 s; 15 % pursue at 45 m/s, with such a turn about every 10 s.
struct Drive {
  std::size_t units = 200;
  int minutes = 10;
  std::uint64_t seed = 1;
  double round_trip_s = 0.06;
  double tick_s = 0;         // the game reads in ticks so far apart; 0: 10 ms after a place was named
  double tick_varies_s = 0;  // ... and each is later by so much at most
  std::size_t panics = 0;    // pursuing units in panic
  int logins_a_minute = 3;   // the CAD clears the unit's place; what is nowhere on the map counts as no error
};

/// Metres between where a unit is and what the map shows, of all units every 55 ms, from the twentieth second on. Every
/// 50 ms would meet calls that leave every 250 ms in the same moments of their way, and be wrong by up to 50 ms of it.
struct Errors {
  double mean_m = 0, rms_m = 0, p95_m = 0, p99_m = 0, worst_m = 0;
  double updates_a_second = 0;
  double readings_a_second = 0;
  double back_s = 0;       // the longest time that a place was missing after a login, of those that came back
  double unsent_s = 0;     // the longest time that a unit was more than 2 m off and not sent
  double unread_s = 0;     // the longest time that a unit was not read
  double age_s = 0;        // how old a place is when it leaves, mean
  double panic_p99_s = 0;  // from a panicking unit's move to its place on the map
};

/// First come, first served, as the vendor's resource does it: clients report every 250 ms when they have moved by 2 m,
/// the newest place takes the oldest one's place in the line, 25 a call. `waits`: the next call leaves 250 ms after the
/// answer; else 250 ms after the call.
Errors first_come(const Drive& run, bool waits);

/// schedule::LiveMap, with its own pace and its own readings.
Errors by_need(const Drive& run);

/// The least mean that 100 updates a second can reach for units of these speeds, known at every moment: the intervals
/// are in proportion to 1/sqrt(speed). Half a round trip's way is added, which no choice takes away.
double least_mean_m(const Drive& run);

}  // namespace sonoran::map_traffic
