#include "state/heartbeat.h"

#include <algorithm>

namespace sonoran::state {

void Heartbeat::set(Time now, unsigned player_count) {
  ++counters_.accepted;
  if (waiting_) {
    ++counters_.coalesced;
  } else {
    waiting_since_ = now;
  }
  if (due_ == kNever && !in_flight_) due_ = now;
  waiting_ = true;
  count_ = player_count;
}

void Heartbeat::count_coalesced(std::uint64_t counts) {
  counters_.accepted += counts;
  counters_.coalesced += counts;
}

unsigned Heartbeat::take() {
  in_flight_ = true;
  in_flight_fresh_ = waiting_;
  in_flight_since_ = waiting_since_;
  waiting_ = false;
  return count_;
}

void Heartbeat::delivered(Time now) {
  if (in_flight_fresh_) ++counters_.delivered;
  in_flight_ = in_flight_fresh_ = false;
  due_ = now + interval_;
}

void Heartbeat::failed() {
  if (in_flight_fresh_) {
    if (waiting_) ++counters_.coalesced;  // a newer count came meanwhile
    waiting_ = true;
    waiting_since_ = in_flight_since_;
  }
  in_flight_ = in_flight_fresh_ = false;
}

void Heartbeat::rejected(Time now) {
  if (in_flight_fresh_) ++counters_.rejected;
  in_flight_ = in_flight_fresh_ = false;
  due_ = now + interval_;
}

void Heartbeat::drop_all() {
  if (waiting_) ++counters_.shutdown;
  waiting_ = false;
  due_ = kNever;
}

}  // namespace sonoran::state
