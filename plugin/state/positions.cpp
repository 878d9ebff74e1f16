#include "state/positions.h"

#include <algorithm>
#include <cmath>

#include "core/limits.h"

namespace sonoran::state {

bool Positions::has_moved(const Place& from, const Place& to) const {
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double dz = to.z - from.z;
  const double distance2 = dx * dx + dy * dy + dz * dz;
  // With moved_m = 0 any move counts, but standing still does not.
  if (distance2 > 0 && distance2 >= rules_.moved_m * rules_.moved_m) return true;
  const double turn = std::abs(to.heading - from.heading);
  if (std::min(turn, 360.0 - turn) >= rules_.turned_deg) return true;
  return to.location != from.location || to.peer != from.peer || to.vehicle != from.vehicle;
}

void Positions::set_moved(Unit& unit, bool moved) {
  if (unit.moved == moved) return;
  unit.moved = moved;
  moved ? ++moved_ : --moved_;
}

bool Positions::push(Time now, const PositionSample& sample) {
  ++counters_.accepted;
  auto found = units_.find(sample.unit);
  if (found == units_.end()) {
    if (units_.size() >= limits::kUnits) {
      ++counters_.refused;
      return false;
    }
    found = units_.try_emplace(std::string(sample.unit)).first;
  }
  Unit& unit = found->second;
  if (unit.moved) ++counters_.coalesced;
  unit.heard_at = now;
  unit.now.x = sample.x;
  unit.now.y = sample.y;
  unit.now.z = sample.z;
  unit.now.heading = sample.heading;
  if (sample.location) unit.now.location = *sample.location;
  if (sample.peer) unit.now.peer = *sample.peer;
  if (sample.vehicle) unit.now.vehicle = *sample.vehicle;
  const bool moved = !unit.sent || has_moved(*unit.sent, unit.now);
  if (!moved) ++counters_.deduplicated;
  set_moved(unit, moved);
  return true;
}

void Positions::count_coalesced(std::uint64_t samples) {
  counters_.accepted += samples;
  counters_.coalesced += samples;
}

void Positions::forget(Units::iterator unit, std::uint64_t& counter) {
  if (unit->second.moved) ++counter;
  set_moved(unit->second, false);
  if (unit->second.in_flight && unit->second.fresh) ++orphans_;
  units_.erase(unit);
}

void Positions::remove(std::string_view unit) {
  if (const auto found = units_.find(unit); found != units_.end()) forget(found, counters_.removed);
}

Time Positions::due() const {
  if (under_way_) return kNever;
  if (moved_ != 0) return Time::min();
  return next_resend_;
}

void Positions::find_next_resend() {
  next_resend_ = kNever;
  for (const auto& [id, unit] : units_) {
    if (unit.sent) next_resend_ = std::min(next_resend_, unit.sent_at + rules_.resend);
  }
}

std::vector<Positions::Update> Positions::take(Time now) {
  std::vector<Update> updates;
  if (under_way_) return updates;
  for (auto it = units_.begin(); it != units_.end();) {
    const auto here = it++;
    if (now - here->second.heard_at > rules_.stale) forget(here, counters_.stale);
  }
  for (auto& [id, unit] : units_) {
    if (!unit.moved && (!unit.sent || now - unit.sent_at < rules_.resend)) continue;
    unit.fresh = unit.moved;
    if (unit.fresh) ++in_flight_samples_;
    set_moved(unit, false);
    unit.in_flight = true;
    unit.before = std::move(unit.sent);
    unit.sent = unit.now;
    updates.push_back({id, &*unit.sent});
    in_flight_units_.push_back(id);
  }
  under_way_ = !updates.empty();
  if (!under_way_) find_next_resend();
  return updates;
}

void Positions::end(Time now, Ending ending) {
  const auto count = [&](std::uint64_t samples, bool replaced) {
    if (ending == Ending::kDelivered) {
      counters_.delivered += samples;
    } else if (ending == Ending::kRejected) {
      counters_.rejected += samples;
    } else if (replaced) {
      counters_.coalesced += samples;
    }
  };
  for (const std::string& id : in_flight_units_) {
    const auto found = units_.find(id);
    if (found == units_.end() || !found->second.in_flight) continue;  // removed meanwhile
    Unit& unit = found->second;
    unit.in_flight = false;
    if (unit.fresh) count(1, unit.moved);
    if (ending == Ending::kFailed) {
      // What the CAD has is what it had before. A newer sample stays due; an older one that did not arrive becomes due
      // again, even when the unit has since gone back to where it was.
      unit.sent = std::move(unit.before);
      if (unit.fresh && !unit.moved) set_moved(unit, true);
    } else {
      unit.sent_at = now;
    }
    unit.before.reset();
    unit.fresh = false;
  }
  if (ending == Ending::kFailed) {
    counters_.removed += orphans_;
  } else {
    count(orphans_, false);
  }
  orphans_ = 0;
  in_flight_samples_ = 0;
  in_flight_units_.clear();
  under_way_ = false;
  find_next_resend();
}

void Positions::delivered(Time now) {
  end(now, Ending::kDelivered);
}
void Positions::failed(Time now) {
  end(now, Ending::kFailed);
}
void Positions::rejected(Time now) {
  end(now, Ending::kRejected);
}

void Positions::drop_all() {
  for (auto& [id, unit] : units_) {
    if (unit.moved) ++counters_.shutdown;
    set_moved(unit, false);
  }
  next_resend_ = kNever;
}

}  // namespace sonoran::state
