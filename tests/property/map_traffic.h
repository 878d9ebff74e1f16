// The live map in virtual time: units that park, patrol and pursue, what the map shows of them, and how wrong it is.
// Used by the bench and by a test.
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
  double tick_s = 0;  // time between two ticks in which the game reads; 0: it reads 10 ms after a place was named
  double tick_varies_s = 0;  // each tick is later by at most this
  std::size_t panics = 0;    // pursuing units in panic
  int logins_a_minute = 3;   // the CAD clears the unit's place; a unit without a place counts as no error
};

/// The errors of the map in metres, of all units every 55 ms, from the twentieth second on. A sample every 50 ms would
/// always meet the calls, which leave every 250 ms, at the same moments of their way.
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

/// First come, first served, like the vendor's resource: clients report every 250 ms if they have moved by 2 m, a newer
/// place takes the position of the older one in the queue, and a call has 25 places. `waits`: the next call leaves 250
/// ms after the answer; else 250 ms after the call.
Errors first_come(const Drive& run, bool waits);

/// schedule::LiveMap, with its own pace and its own readings.
Errors by_need(const Drive& run);

/// The least mean error that 100 updates a second can reach for units of these speeds, with places known at every
/// moment: the intervals are in proportion to 1/sqrt(speed). The way of half a round trip is added, because no choice
/// avoids it.
double least_mean_m(const Drive& run);

}  // namespace sonoran::map_traffic
