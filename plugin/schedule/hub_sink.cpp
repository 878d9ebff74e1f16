#include "schedule/hub_sink.h"

#include <algorithm>
#include <utility>

#include "api/operation.h"
#include "api/request.h"
#include "core/limits.h"
#include "core/text.h"
#include "schedule/cad_health.h"
#include "state/unit_names.h"

namespace sonoran::schedule {
namespace {

constexpr Duration kAnswer = std::chrono::seconds(limits::kHubAnswer_s);
constexpr Duration kGrace = std::chrono::seconds(limits::kHubGrace_s);
constexpr Duration kHandover = std::chrono::seconds(limits::kHubHandover_s);
constexpr Duration kProbe = std::chrono::seconds(limits::kHubProbe_s);

HubVerdict verdict_of(const api::HubAnswer& answer) {
  if (answer.success) return HubVerdict::kTaken;
  switch (answer.refusal) {
    case api::HubRefusal::kTooFast:
      return HubVerdict::kTooFast;
    case api::HubRefusal::kUpdates:
      return HubVerdict::kBadUnit;
    case api::HubRefusal::kOther:
      return HubVerdict::kRefused;
    default:
      return HubVerdict::kLost;  // it does not mention the updates
  }
}

Time::rep whole_second(Time at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

HubSink::HubSink(const Settings& settings, state::Positions& positions) : positions_(positions), map_(settings) {}

// -------------------------------------------------------------------------------------------------------- which way

void HubSink::expect(Time now) {
  expected_ = true;
  unserved_since_ = now;
}

void HubSink::set_up(Time now, bool up) {
  if (std::exchange(up_, up) == up) return;
  if (up) {
    failing_ = false;
    strikes_ = 0;
    handing_over_ = http_under_way_;
    from_ = handing_over_ ? now + kHandover : Time::min();
    return;
  }
  // Where it took no call since it came up, the time before counts as well.
  fails(now);
  for (const Call& call : calls_) {
    ++counters_.lost;
    for (const state::Positions::Left& left : call.left) positions_.lost_by_hub(now, left);
  }
  calls_.clear();
  map_.disconnected(now);
  positions_.hub_ended();
}

void HubSink::fails(Time since) {
  failing_ = true;
  if (std::exchange(served_, false)) unserved_since_ = std::max(since, taken_at_);
}

Time HubSink::http_from() const {
  if (!expected_) return Time::min();
  return serves() ? kNever : unserved_since_ + kGrace;
}

void HubSink::http_left() {
  http_under_way_ = true;
  if (expected_) tell_route(false);
}

void HubSink::http_ends(Time now, bool arrived) {
  http_under_way_ = false;
  if (std::exchange(handing_over_, false)) from_ = Time::min();
  if (!expected_) return;
  positions_.each_under_way([&](Slot slot, const MapPlace& place, bool overtaken) {
    arrived && !overtaken ? map_.taken_elsewhere(now, slot, place) : map_.doubt(now, slot);
  });
}

void HubSink::tell_route(bool by_hub) {
  if (std::exchange(told_by_hub_, by_hub) == by_hub) return;
  log_.push_back({LogLevel::kInfo, by_hub ? "Positions go by the CAD's live connection, up to 100 a second."
                                          : "Positions go by HTTP, every 5 s, until the CAD's live connection takes "
                                            "them."});
}

// ------------------------------------------------------------------------------------------------------ what is known

void HubSink::drop_forgotten() {
  for (const Slot slot : positions_.take_forgotten()) map_.forget(slot);
}

void HubSink::read(Time now, Slot slot, bool readable) {
  const bool is_new = !map_.knows(slot);
  map_.read(now, slot, positions_.place_of(slot), readable);
  if (!is_new || panics_.empty()) return;
  bool panics = false;
  state::each_spelling(positions_.update_of(slot).unit,
                       [&](std::string_view name) { panics = panics || panics_.contains(name); });
  if (panics) map_.set_panic(now, slot, true);
}

void HubSink::set_panic(Time now, std::string_view unit, bool on) {
  if (!on) {
    state::each_spelling(unit, [&](std::string_view name) {
      if (const auto found = panics_.find(name); found != panics_.end()) panics_.erase(found);
    });
  } else if (panics_.size() < limits::kDesiredUnits) {
    panics_.emplace(unit);
  }
  state::each_spelling(unit, [&](std::string_view name) {
    if (const auto slot = positions_.slot_of(name)) map_.set_panic(now, *slot, on);
  });
}

void HubSink::logged_in(Time now, std::string_view unit) {
  state::each_spelling(unit, [&](std::string_view name) {
    const auto slot = positions_.slot_of(name);
    if (!slot) return;
    positions_.cleared(now, *slot);
    map_.logged_in(now, *slot);
  });
}

// -------------------------------------------------------------------------------------------------------------- calls

Time HubSink::due(Time now) const {
  if (!up_ || stopped_) return kNever;
  return std::max(map_.due(now), from_);
}

Time HubSink::opens(Time now) const {
  if (!up_ || stopped_) return kNever;
  return std::max(map_.pace().due(now), from_);
}

std::optional<HubCall> HubSink::next(Time now) {
  if (due(now) > now) return std::nullopt;
  const auto leaving = map_.next(now);
  if (!leaving) return std::nullopt;
  Call call{.number = leaving->number, .sent_at = now, .left = {}};
  std::vector<api::LocationUpdate> rows;
  rows.reserve(leaving->updates.size());
  call.left.reserve(leaving->updates.size());
  for (const LiveMap::Update& update : leaving->updates) {
    rows.push_back(positions_.row(positions_.update_of(update.slot)));
    call.left.push_back(positions_.leave_by_hub(now, update.slot));
  }
  ++counters_.calls;
  counters_.updates += rows.size();
  calls_.push_back(std::move(call));
  return HubCall{.number = leaving->number, .arguments = api::hub_locations(rows, positions_.models())};
}

void HubSink::answered(Time now, std::uint64_t number, const api::HubAnswer& answer) {
  const auto found = std::ranges::find(calls_, number, &Call::number);
  if (found == calls_.end()) return;
  const Call call = std::move(*found);
  calls_.erase(found);
  end(now, call, verdict_of(answer), answer.error);
}

Time HubSink::deadline() const {
  return calls_.empty() ? kNever : calls_.front().sent_at + kAnswer;
}

void HubSink::expire(Time now) {
  while (deadline() <= now) {
    const Call call = std::move(calls_.front());
    calls_.pop_front();
    end(now, call, HubVerdict::kLost, "");
  }
}

void HubSink::end(Time now, const Call& call, HubVerdict verdict, const std::string& words) {
  const bool taken = verdict == HubVerdict::kTaken;
  for (const state::Positions::Left& left : call.left) {
    taken ? positions_.taken_by_hub(now, left) : positions_.lost_by_hub(now, left);
  }
  const auto left_out = map_.ended(now, call.number, verdict);
  if (taken) {
    counters_.acknowledged += call.left.size();
    note_taken(now, call.left.size());
    served_ = true;
    taken_at_ = now;
    failing_ = false;
    strikes_ = 0;
    told_refusal_ = false;
    tell_route(true);
    return;
  }
  switch (verdict) {
    case HubVerdict::kTooFast:
      ++counters_.too_fast;
      break;
    case HubVerdict::kBadUnit:
      ++counters_.bad_unit;
      break;
    case HubVerdict::kRefused:
      ++counters_.refused;
      break;
    default:
      ++counters_.lost;
  }
  // A refusal for pace or of single units is no failure of the hub, unless there is no success between.
  ++strikes_;
  // A lost call is no failure of the hub either, if the hub has taken a call since it left.
  const bool in_general =
      verdict == HubVerdict::kRefused || (verdict == HubVerdict::kLost && call.sent_at >= taken_at_);
  if (in_general || strikes_ >= limits::kHubStrikes) fails(call.sent_at);
  if (strikes_ >= limits::kHubStrikes && now >= http_from()) from_ = now + kProbe;
  if (verdict == HubVerdict::kRefused && !std::exchange(told_refusal_, true)) {
    log_.push_back({LogLevel::kWarn, "The CAD's live connection refuses positions: " + in_quotes(words, 200) + "."});
  }
  if (!left_out) return;
  ++counters_.left_out;
  const std::string unit(positions_.update_of(*left_out).unit);
  refusals_.push_back({unit, &api::update_unit_locations(), 0, {ErrorKind::kRejected, "Refused", words, ""}, false});
  const Duration out = state::Positions::kLeftOut;
  if (positions_.leave_out_by_hub(*left_out, now + out)) return;
  log_.push_back({LogLevel::kWarn, "The CAD refused the position of unit '" + unit + "': " + in_quotes(words, 200) +
                                       ". The unit is left out for " + seconds_text(out) +
                                       ", then it is tried again by itself."});
}

// --------------------------------------------------------------------------------------------------------- to be seen

void HubSink::note_taken(Time now, std::size_t updates) {
  const Time::rep second = whole_second(now);
  Second& one = seconds_.at(static_cast<std::size_t>(second) % seconds_.size());
  if (one.at != second) one = {.at = second, .taken = 0};
  one.taken += updates;
}

double HubSink::updates_per_s(Time now) const {
  const Time::rep second = whole_second(now);
  const Time::rep over = whole_second(Time(kRateOver));
  std::uint64_t taken = 0;
  for (const Second& one : seconds_) {
    if (one.at < second && one.at >= second - over) taken += one.taken;  // the present second is not over
  }
  return static_cast<double>(taken) / static_cast<double>(over);
}

}  // namespace sonoran::schedule
