#include "schedule/live_map.h"

#include <algorithm>
#include <cmath>

namespace sonoran::schedule {
namespace {

constexpr Duration kReadEvery = std::chrono::milliseconds(limits::kHubRead_ms);
/// Between two turns of reading, however many units there are: about a tick of the game.
constexpr Duration kTick = std::chrono::milliseconds(20);
/// How long a call waits at most for the places that were named for it. They are named so early that they come kSpare
/// before that time is over, if the game takes no longer than lately. A time longer than kMostLag counts as a hitch.
constexpr Duration kWaits = std::chrono::milliseconds(12);
constexpr Duration kSpare = std::chrono::milliseconds(5);
constexpr Duration kLeastLag = std::chrono::milliseconds(25);
constexpr Duration kMostLag = std::chrono::milliseconds(100);
constexpr Duration kFirstLag = std::chrono::milliseconds(50);
/// With each call 1/kLagFades of what the lag is above kLeastLag is forgotten.
constexpr int kLagFades = 64;
/// Readings of a turn for units that may be sent. The rest is for the units that were not read for longest.
constexpr std::size_t kRanked = 36;
/// A unit that stood still may have begun to move, so it counts as at least this fast.
constexpr double kLeastSpeed_mps = 1;
/// A faster move was a teleport, which does not go on.
constexpr double kMostSpeed_mps = 100;
/// After so many refusals in a row for an unknown reason one of the units is assumed to be at fault.
constexpr int kStrikes = 3;

/// An error counts as small below kSmall of the usual error with which units leave. Where the usual error is above
/// kCalm_m, this part grows by its square. The usual error is an average over about kUsualOf units.
constexpr double kSmall = 0.3;
constexpr double kCalm_m = 35;
constexpr double kUsualOf = 64;
/// A unit that stands still is sent again after the interval `resend` when nobody else waits, and after kLateResend
/// times that in any case.
constexpr int kLateResend = 10;

double distance(const MapPlace& a, const MapPlace& b) {
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z));
}

double turn(const MapPlace& a, const MapPlace& b) {
  const double by = std::abs(a.heading - b.heading);
  return std::min(by, 360 - by);
}

}  // namespace

LiveMap::LiveMap(const Settings& settings)
    : moved_m_(settings.moved_m),
      turned_deg_(settings.turned_deg),
      resend_(settings.resend),
      pace_(settings.rate_share),
      lag_(kFirstLag) {}

LiveMap::Unit& LiveMap::at(Slot slot) {
  if (slot >= units_.size()) units_.resize(slot + 1);
  return units_[slot];
}

// ------------------------------------------------------------------------------------------------------ what is known

void LiveMap::track(Time now, Slot slot) {
  Unit& unit = at(slot);
  if (unit.tracked) return;
  unit = {};
  unit.tracked = true;
  unit.since_call = last_call_;
  unit.right_at = now;
  unit.named_at = now;
  by_reading_.push(slot);
  at_once_.push(slot);
}

void LiveMap::read_at_once(Slot slot) {
  if (at(slot).readable) at_once_.push(slot);
}

void LiveMap::read(Time now, Slot slot, const MapPlace& place, bool readable) {
  track(now, slot);
  Unit& unit = at(slot);
  if (unit.was_read && now > unit.read_at) {
    const double moved_m = distance(unit.read, place);
    unit.speed_mps = std::min(moved_m / seconds(now - unit.read_at), kMostSpeed_mps);
  }
  measure_lag(now, unit);
  unit.read = place;
  unit.read_at = now;
  unit.was_read = true;
  unit.readable = readable;
  unit.named_at = now;
  await(unit, false);
  readable ? by_reading_.push(slot) : by_reading_.erase(slot);
  at_once_.erase(slot);
  if (unit.left_out && now >= unit.back_at) {
    unit.left_out = false;
    add_group({&slot, 1});
  }
  weigh(now, slot);
}

void LiveMap::forget(Slot slot) {
  if (slot >= units_.size()) return;
  await(units_[slot], false);
  units_[slot] = {};
  chooser_.drop(slot);
  by_reading_.erase(slot);
  panics_.erase(slot);
  at_once_.erase(slot);
}

void LiveMap::set_panic(Time now, Slot slot, bool on) {
  track(now, slot);
  at(slot).panics = on;
  if (on) read_at_once(slot);
  on ? panics_.push(slot) : panics_.erase(slot);
  weigh(now, slot);
}

void LiveMap::logged_in(Time now, Slot slot) {
  track(now, slot);
  Unit& unit = at(slot);
  // The CAD may have cleared the places that are under way, too.
  unit.since_call = last_call_;
  unit.right_at = now;
  unit.shown = false;
  unit.on_the_way = false;
  read_at_once(slot);
  weigh(now, slot);
}

void LiveMap::taken_elsewhere(Time now, Slot slot, const MapPlace& place) {
  track(now, slot);
  Unit& unit = at(slot);
  unit.acknowledged = unit.sent = place;
  unit.acknowledged_at = unit.sent_at = unit.right_at = now;
  unit.call = unit.known_call = last_call_;
  unit.shown = unit.on_the_way = true;
  unit.unsure = false;
  unit.left_out = false;
  weigh(now, slot);
}

void LiveMap::doubt(Time now, Slot slot) {
  track(now, slot);
  Unit& unit = at(slot);
  unit.unsure = unit.on_the_way;
  unit.right_at = now;
  weigh(now, slot);
}

double LiveMap::error_of(const Unit& unit) const {
  double error_m = distance(unit.sent, unit.read) + turn(unit.sent, unit.read) / 180 * kHeading_m;
  if (unit.sent.texts != unit.read.texts) error_m += kText_m;
  if (unit.unsure) error_m = std::max(error_m, kUnsure_m);
  return error_m;
}

bool LiveMap::moved(const Unit& unit) const {
  if (unit.unsure || unit.sent.texts != unit.read.texts) return true;
  const double moved_m = distance(unit.sent, unit.read);
  if (moved_m > 0 && moved_m >= (unit.panics ? std::min(kPanicMoved_m, moved_m_) : moved_m_)) return true;
  return turn(unit.sent, unit.read) >= turned_deg_;
}

/// How much an error of so many metres matters. Small errors count in proportion, which gives the least mean: a unit
/// then leaves at intervals in proportion to 1/sqrt of its speed. Large errors count with the fifth power, so that they
/// are few. The fewer updates there are for each unit, the larger errors are, and the larger an error must be to count
/// as large: otherwise the largest errors would cost the mean too much.
double LiveMap::weight_of(double error_m) const {
  const double busy = std::max(1.0, usual_m_ / kCalm_m);
  const double large = error_m / (kSmall * usual_m_ * busy * busy);
  return error_m * (1 + large * large * large * large);
}

/// The place that was read or sent has changed: computes how wrong the map is about the unit, and since when.
void LiveMap::weigh(Time now, Slot slot) {
  Unit& unit = at(slot);
  if (!unit.was_read || unit.left_out || unit.group != 0) return chooser_.drop(slot);
  using Urgency = MapChooser::Urgency;
  const Urgency panic = unit.panics ? Urgency::kPanic : Urgency::kNone;
  if (!unit.on_the_way) {
    chooser_.want(slot, weight_of(kUnsure_m), unit.right_at, unit.panics ? panic : Urgency::kNew);
    return;
  }
  unit.error_m = error_of(unit);
  if (moved(unit)) {
    chooser_.want(slot, weight_of(unit.error_m), unit.right_at, panic);
  } else if (now - unit.sent_at >= kLateResend * resend_) {
    chooser_.want(slot, weight_of(kResend_m), unit.sent_at + kLateResend * resend_);
  } else if (now - unit.sent_at >= resend_) {
    chooser_.want(slot, weight_of(kResend_m), unit.sent_at + resend_, Urgency::kIdle);
  } else {
    chooser_.drop(slot);
    unit.right_at = std::max(unit.right_at, unit.read_at);
  }
}

// --------------------------------------------------------------------------------------------------------- who is read

Time LiveMap::readings_due(Time now) const {
  if (by_reading_.size() == 0) return kNever;
  if (read_turn_ == Time::min()) return Time::min();
  const Time least = read_turn_ + kTick;
  if (at_once_.size() != 0) return least;
  const Duration gap = reading_gap(now);
  const Time due = swept_at_ + gap;
  // A little later if a call leaves soon after, and if all units are still read in time.
  const Duration later = gap < pace_.interval(now) ? Duration(0) : gap / 4;
  const Time for_call = before(pace_.due(now));
  return std::max(least, for_call > swept_at_ + lag_ && for_call <= due + later ? for_call : due);
}

/// When places should be named for a call that may leave then.
Time LiveMap::before(Time leaves) const {
  return leaves == kNever || leaves == Time::min() ? leaves : leaves + kWaits - kSpare - lag_;
}

/// Measures with the first place that was named for a call, because all of them come in the same tick.
void LiveMap::measure_lag(Time now, const Unit& unit) {
  if (!unit.awaited || !lag_open_) return;
  lag_open_ = false;
  const Duration faded = lag_ - (lag_ - kLeastLag) / kLagFades;
  lag_ = std::clamp(std::max(faded, now - read_turn_), kLeastLag, kMostLag);
}

/// The time between two turns, such that four fifths of the readings are enough to read all units in time.
Duration LiveMap::reading_gap(Time now) const {
  const auto units = static_cast<Duration::rep>(std::max<std::size_t>(by_reading_.size(), 1));
  const Duration sweep = kReadEvery * static_cast<Duration::rep>(limits::kHubReadings) * 4 / 5 / units;
  return std::max(kTick, std::min(pace_.interval(now), sweep));
}

void LiveMap::await(Unit& unit, bool on) {
  if (unit.awaited == on) return;
  unit.awaited = on;
  on ? ++awaited_ : --awaited_;
}

void LiveMap::name(Time now, Slot slot, bool whole) {
  Unit& unit = at(slot);
  if (unit.turn == turns_) {
    if (whole) readings_[unit.reading].whole = true;
    return;
  }
  if (readings_.size() == limits::kHubReadings) return;
  unit.turn = turns_;
  unit.reading = static_cast<std::uint8_t>(readings_.size());
  unit.named_at = now;
  by_reading_.push(slot);
  readings_.push_back({.slot = slot, .whole = whole});
}

std::span<const LiveMap::Reading> LiveMap::name_readings(Time now) {
  readings_.clear();
  ++turns_;
  read_turn_ = now;
  const Duration gap = reading_gap(now);
  const Time leaves = pace_.due(now);
  // The next turn may come only after the game has read this one. If that would be too late for the call, this turn is
  // for the call.
  const bool in_time = before(leaves) <= now + lag_;
  const bool first = before(leaves) > swept_at_ + lag_;
  const bool sweeps = now - swept_at_ >= gap || (in_time && first);
  const bool for_a_call = sweeps && in_time && (first || gap >= lag_);
  while (at_once_.size() != 0 && readings_.size() < limits::kHubReadings) {
    const Slot slot = at_once_.first();
    at_once_.erase(slot);
    name(now, slot, true);
  }
  name_panics(now, for_a_call);
  name_oldest(now, now + gap + gap / 4 + 2 * kTick - kReadEvery);
  if (!sweeps) return readings_;
  swept_at_ = now;
  if (for_a_call) rank_readings(now, std::max(now, leaves));
  name_oldest(now, now);
  return readings_;
}

/// Names units in panic in turn, as many as a call takes.
void LiveMap::name_panics(Time now, bool for_a_call) {
  for (std::size_t left = std::min(panics_.size(), limits::kHubUrgent); left != 0; --left) {
    const Slot slot = panics_.first();
    panics_.push(slot);
    if (units_[slot].left_out || !units_[slot].readable) continue;
    name(now, slot, true);
    if (for_a_call && units_[slot].turn == turns_) await(units_[slot], true);
  }
}

void LiveMap::readings_answered() {
  for (const Reading& reading : readings_) await(units_[reading.slot], false);
}

/// Names units that were not named after `until`.
void LiveMap::name_oldest(Time now, Time until) {
  Slot slot = by_reading_.first();
  while (slot != SlotQueue::kNobody && readings_.size() < limits::kHubReadings) {
    const Unit& unit = units_[slot];
    if (unit.turn == turns_ || unit.named_at > until) break;  // so have all that follow
    const Slot next = by_reading_.next(slot);
    name(now, slot, false);
    slot = next;
  }
}

/// Names the units whose need will be greatest when the call leaves, if they keep their speed.
void LiveMap::rank_readings(Time now, Time leaves) {
  ranking_.clear();
  for (Slot slot = 0; slot < units_.size(); ++slot) {
    const Unit& unit = units_[slot];
    if (!unit.was_read || !unit.readable || unit.left_out || unit.turn == turns_) continue;
    const double moves_m = std::max(unit.speed_mps, kLeastSpeed_mps) * seconds(leaves - unit.read_at);
    const Time since = chooser_.waits(slot) ? unit.right_at : unit.read_at;
    const double need = weight_of(unit.error_m + moves_m) * seconds(leaves - since);
    ranking_.emplace_back(need, slot);
  }
  const std::size_t most = std::min({ranking_.size(), kRanked, limits::kHubReadings - readings_.size()});
  const auto end = ranking_.begin() + static_cast<std::ptrdiff_t>(most);
  std::ranges::nth_element(ranking_, end, std::greater<>{});
  for (auto it = ranking_.begin(); it != end; ++it) {
    name(now, it->second, true);
    await(units_[it->second], true);
  }
  awaited_until_ = leaves + kWaits;
  lag_open_ = awaited_ != 0;
}

// -------------------------------------------------------------------------------------------------------- who is sent

Time LiveMap::due(Time now) const {
  if (chooser_.waiting() == 0 && groups_.empty()) return kNever;
  const Time due = pace_.due(now);
  return awaited_ == 0 ? due : std::max(due, std::min(awaited_until_, now + kWaits));
}

void LiveMap::put(Time now, Slot slot, Under& under) {
  Unit& unit = at(slot);
  under.updates[under.count++] = {.slot = slot, .place = unit.read};
  if (unit.on_the_way && unit.error_m >= moved_m_) usual_m_ += (unit.error_m - usual_m_) / kUsualOf;
  unit.sent = unit.read;
  unit.on_the_way = true;
  unit.unsure = false;
  unit.error_m = 0;
  unit.right_at = unit.read_at;
  unit.sent_at = now;
  unit.call = under.number;
}

bool LiveMap::fill_from_group(Time now, Under& under) {
  while (under.count == 0 && !groups_.empty()) {
    const Group group = std::move(groups_.front());
    groups_.pop_front();
    under.group = group.id;
    for (const Slot slot : group.slots) {
      if (at(slot).group == group.id) put(now, slot, under);
    }
  }
  return under.count != 0;
}

std::optional<LiveMap::Call> LiveMap::next(Time now) {
  if (due(now) > now) return std::nullopt;
  const auto free = std::ranges::find(under_way_, std::uint64_t{0}, &Under::number);
  if (free == under_way_.end()) return std::nullopt;
  Under& under = *free;
  under.number = ++last_call_;
  under.count = 0;
  under.group = 0;
  // Every second call is for the search, so that the rest of the map goes on.
  group_last_ = (!group_last_ || chooser_.waiting() == 0) && fill_from_group(now, under);
  if (!group_last_) {
    under.group = 0;
    chooser_.begin_call();
    std::size_t bytes = limits::kHubFrameBytes;
    while (under.count < limits::kHubUpdates) {
      const auto slot = chooser_.first(now);
      if (!slot) break;
      bytes += at(*slot).read.bytes;
      if (bytes > limits::kHubCallBytes && under.count != 0) break;
      chooser_.take(now, *slot);
      put(now, *slot, under);
    }
  }
  if (under.count == 0) {
    under.number = 0;
    return std::nullopt;
  }
  under.call = pace_.sent(now);
  return Call{.number = under.number, .updates = {under.updates.data(), under.count}};
}

void LiveMap::end_update(Time now, const Update& update, const Under& under, bool taken) {
  Unit& unit = at(update.slot);
  if (!unit.tracked || under.number <= unit.since_call) return;  // it was another unit's, or was cleared since
  if (taken) {
    if (under.number > unit.known_call) {
      unit.known_call = under.number;
      unit.acknowledged = update.place;
      unit.acknowledged_at = under.call.sent_at;
      unit.shown = true;
    }
  } else if (unit.call == under.number) {  // nothing newer is under way
    unit.sent = unit.acknowledged;
    unit.on_the_way = unit.shown;
    unit.unsure = true;
    unit.right_at = unit.acknowledged_at;
  }
  weigh(now, update.slot);
}

// ------------------------------------------------------------------------------------------------- what came of a call

std::optional<Slot> LiveMap::ended(Time now, std::uint64_t number, HubVerdict verdict) {
  const auto found = std::ranges::find(under_way_, number, &Under::number);
  if (number == 0 || found == under_way_.end()) return std::nullopt;
  Under& under = *found;
  if (verdict == HubVerdict::kTooFast) {
    pace_.too_fast(now, under.call);
  } else if (verdict == HubVerdict::kLost) {
    pace_.lost();
  } else {
    pace_.answered(now, under.call);
  }
  const bool taken = verdict == HubVerdict::kTaken;
  if (taken) refused_in_a_row_ = 0;
  if (verdict == HubVerdict::kRefused) ++refused_in_a_row_;
  const bool at_fault =
      verdict == HubVerdict::kBadUnit || (verdict == HubVerdict::kRefused && refused_in_a_row_ >= kStrikes);

  // The units of the call, without those that are gone and those that an earlier call has put into another part of the
  // search.
  std::vector<Slot> suspects;
  for (const Update& update : std::span(under.updates).first(under.count)) {
    Unit& unit = at(update.slot);
    if (!taken && unit.tracked && !unit.left_out && unit.group == under.group && under.number > unit.since_call)
      suspects.push_back(update.slot);
    if (unit.group == under.group) unit.group = 0;
    end_update(now, update, under, taken);
  }
  under.number = 0;
  if (at_fault && under.count == 1 && !suspects.empty()) {
    leave_out(now, suspects.front());
    return suspects.front();
  }
  const std::span<const Slot> all(suspects);
  const std::size_t half = at_fault ? (all.size() + 1) / 2 : all.size();
  if (at_fault || under.group != 0) {
    add_group(all.first(half));
    add_group(all.subspan(half));
  }
  return std::nullopt;
}

void LiveMap::disconnected(Time now) {
  while (true) {
    const Under* oldest = nullptr;
    for (const Under& under : under_way_) {
      if (under.number != 0 && (oldest == nullptr || under.number < oldest->number)) oldest = &under;
    }
    if (oldest == nullptr) break;
    ended(now, oldest->number, HubVerdict::kLost);
  }
  pace_.reset();
}

void LiveMap::add_group(std::span<const Slot> slots) {
  if (slots.empty()) return;
  const std::uint64_t id = ++last_group_;
  for (const Slot slot : slots) {
    at(slot).group = id;
    chooser_.drop(slot);
  }
  groups_.push_back({.id = id, .slots = {slots.begin(), slots.end()}});
}

void LiveMap::leave_out(Time now, Slot slot) {
  Unit& unit = at(slot);
  unit.left_out = true;
  unit.back_at = now + std::chrono::seconds(limits::kLeftOut_s);
  chooser_.drop(slot);
}

bool LiveMap::settled(Slot slot) const {
  if (slot >= units_.size()) return true;
  const Unit& unit = units_[slot];
  return unit.shown && unit.known_call == unit.call && unit.group == 0 && !chooser_.waits(slot);
}

std::optional<MapPlace> LiveMap::acknowledged(Slot slot) const {
  if (slot >= units_.size() || !units_[slot].shown) return std::nullopt;
  return units_[slot].acknowledged;
}

}  // namespace sonoran::schedule
