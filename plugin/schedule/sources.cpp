#include "schedule/sources.h"

#include <algorithm>
#include <array>

#include "api/request.h"
#include "api/words.h"
#include "core/limits.h"

namespace sonoran::schedule {
namespace {

using namespace std::chrono_literals;
using state::DesiredKind;
using state::DesiredStates;

/// The end of a sentence: " (404): No such unit. [trace 00-ab]".
std::string said(const api::Outcome& outcome) {
  return " (" + std::to_string(outcome.status) + "): " + with_trace(outcome.error.detail, outcome.error.trace_id);
}

SourceRules desired_rules(DesiredKind kind) {
  const bool panic = kind == DesiredKind::kPanic;
  return {.operation = panic ? &api::set_unit_panic() : &api::set_unit_status(),
          .retry = RetryClass::kDesired,
          // 20 panic requests a minute must last even while something refuses them for long.
          .backoff = panic ? Backoff(250ms, 5s, Backoff::Jitter::kLate) : Backoff(500ms, 30s),
          .hedged = true,
          .heeds_gateways = !panic};
}

}  // namespace

bool Source::refused_by_road(Time now, const Cargo& cargo, const api::Outcome& outcome, Time, Random&, News& news) {
  requeue(now, cargo, outcome, news);
  return false;
}

// ------------------------------------------------------------------------------------------------ panics and statuses

DesiredSource::DesiredSource(DesiredKind kind, Duration dedupe, Duration gathers)
    : Source(desired_rules(kind)), kind_(kind), states_(kind, dedupe), gathers_(gathers) {}

void DesiredSource::answer(const state::TicketEnds& ends, const api::Outcome& outcome, News& news) {
  for (const state::TicketEnd& end : ends) {
    Answer answer{.ticket = end.ticket, .deduplicated = end.how != state::TicketEnd::How::kAnswered};
    if (end.how != state::TicketEnd::How::kSuperseded) {
      answer.status = outcome.status;
      answer.error = outcome.error;
      answer.body = outcome.body;
      answer.body_is_json = outcome.body_is_json;
    }
    news.answers.push_back(std::move(answer));
  }
}

void DesiredSource::want(Time now, std::string_view unit, int value, Ticket ticket, Ticket order, News& news) {
  state::TicketEnds ends;
  const bool gathering = states_.ready();
  const bool taken = states_.want(now, unit, value, ticket, ends, order);
  if (!gathering && states_.ready()) gathered_ = now + gathers_;
  if (taken) {
    answer(ends, {}, news);
  } else if (ticket != 0) {
    news.answers.push_back({.ticket = ticket,
                            .error = {ErrorKind::kQueueFull, "Too many units",
                                      "More than " + std::to_string(limits::kDesiredUnits) +
                                          " units have a status on record; this one was not taken.",
                                      ""}});
  }
}

Time DesiredSource::due() const {
  return states_.ready() ? gathered_ : states_.due();
}

std::optional<Cargo> DesiredSource::fill(Time now) {
  Cargo cargo{.query = {}, .body = {}, .group = states_.take(now, limits::kGroupUnits)};
  if (cargo.group.units.empty()) return std::nullopt;
  const DesiredStates::Group& group = cargo.group;
  cargo.body = kind_ == DesiredKind::kPanic ? api::panic_body(group.units, group.value != 0)
                                            : api::status_body(group.units, group.value);
  return cargo;
}

void DesiredSource::delivered(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) {
  state::TicketEnds ends;
  states_.delivered(now, cargo.group, ends, cargo.stray);
  answer(ends, outcome, news);
}

void DesiredSource::requeue(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) {
  state::TicketEnds ends;
  states_.failed(now, cargo.group, cargo.stray || !api::was_not_looked_at(outcome.failure), ends);
  answer(ends, {}, news);
}

void DesiredSource::rejected(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) {
  state::TicketEnds ends;
  const bool ended = states_.rejected(now, cargo.group, ends);
  answer(ends, outcome, news);
  const std::string what = kind_ == DesiredKind::kPanic ? "a panic" : "a status";
  if (ended) {
    news.refusals.push_back({cargo.group.units.front(), rules().operation, outcome.status, outcome.error, false});
    news.log.push_back(
        {LogLevel::kWarn, "The CAD refused " + what + " of unit '" + cargo.group.units.front() + "'" + said(outcome)});
  } else {
    news.log.push_back({LogLevel::kDebug, "The CAD refused " + what + " of " +
                                              std::to_string(cargo.group.units.size()) + " units" + said(outcome) +
                                              " They are sent again in two halves."});
  }
}

bool DesiredSource::refused_by_road(Time now, const Cargo& cargo, const api::Outcome& outcome, Time cads_word,
                                    Random& random, News& news) {
  state::TicketEnds ends;
  const DesiredStates::Group& group = cargo.group;
  bool apart = true;
  if (api::is_too_large(outcome) && group.units.size() > 1) {
    states_.rejected(now, group, ends);
  } else {
    const auto wait = [&] {
      return now + rules().backoff.after(std::max(0, group.struck - DesiredStates::kStrikes)).fail(random);
    };
    const Time first = wait();
    apart = states_.struck(now, group, cads_word, {first, wait()}, ends);
  }
  answer(ends, {}, news);
  return apart;
}

void DesiredSource::end_stop(const api::Outcome& outcome, News& news) {
  state::TicketEnds ends;
  states_.drop_all(ends);
  answer(ends, outcome, news);
}

// --------------------------------------------------------------------------------------------------------- heartbeats

HeartbeatSource::HeartbeatSource(Duration interval)
    : Source({.operation = &api::heartbeat(),
              .retry = RetryClass::kHeartbeat,
              .backoff = Backoff(500ms, 30s),
              .names_no_unit = true}),
      heartbeat_(interval) {}

std::optional<Cargo> HeartbeatSource::fill(Time) {
  return Cargo{.query = {}, .body = api::heartbeat_body(heartbeat_.take()), .group = {}};
}

void HeartbeatSource::delivered(Time now, const Cargo&, const api::Outcome&, News&) {
  heartbeat_.delivered(now);
}

void HeartbeatSource::requeue(Time, const Cargo&, const api::Outcome&, News&) {
  heartbeat_.failed();
}

void HeartbeatSource::rejected(Time now, const Cargo&, const api::Outcome& outcome, News& news) {
  heartbeat_.rejected(now);
  news.log.push_back({LogLevel::kWarn, "The CAD refused the heartbeat" + said(outcome)});
}

void HeartbeatSource::begin_stop() {
  stopping_ = true;
  heartbeat_.drop_all();
}

// ---------------------------------------------------------------------------------------------------------- positions

PositionSource::PositionSource(const Settings& settings)
    : Source({.operation = &api::update_unit_locations(),
              .retry = RetryClass::kPosition,
              .backoff = Backoff(500ms, 30s),
              .names_no_unit = true}),
      positions_(state::PositionRules(settings)),
      hub_(settings, positions_) {}

std::optional<state::Slot> PositionSource::push(Time now, const state::PositionSample& sample, bool readable) {
  const auto slot = positions_.push(now, sample);
  if (slot) hub_.read(now, *slot, readable);
  return slot;
}

bool PositionSource::set_location(Time now, std::string_view unit, std::string_view text) {
  std::optional<state::Slot> slot;
  const bool taken = positions_.set_location(now, unit, text, slot);
  if (slot) hub_.changed(now, *slot);
  return taken;
}

void PositionSource::remove(std::string_view unit) {
  positions_.remove(unit);
  hub_.drop_forgotten();
}

Time PositionSource::due() const {
  const Time due = stopping_ ? kNever : positions_.due();
  return due == kNever ? kNever : std::max(due, hub_.http_from());
}

bool PositionSource::settled() const {
  return hub_.serves() ? hub_.settled() : positions_.moved() == 0 && hub_.under_way() == 0;
}

Time PositionSource::deadline() const {
  return stopping_ ? kNever : std::min(hub_.deadline(), positions_.next_stale());
}

void PositionSource::expire(Time now, News& news) {
  if (hub_.deadline() <= now) hub_.expire(now);
  if (positions_.next_stale() <= now) {
    positions_.forget_stale(now);
    hub_.drop_forgotten();
  }
  tell(news);
}

void PositionSource::tell(News& news) {
  for (LogLine& line : hub_.take_log()) news.log.push_back(std::move(line));
  for (UnitRefusal& refusal : hub_.take_refusals()) news.refusals.push_back(std::move(refusal));
}

std::optional<Cargo> PositionSource::fill(Time now) {
  const auto updates = positions_.take(now);
  hub_.drop_forgotten();
  if (updates.empty()) return std::nullopt;  // the units that were due were stale
  hub_.http_left();
  std::vector<api::LocationUpdate> rows;
  rows.reserve(updates.size());
  for (const state::Positions::Update& update : updates) rows.push_back(positions_.row(update));
  return Cargo{.query = {}, .body = api::location_body(rows), .group = {}};
}

std::vector<std::size_t> PositionSource::named(const api::Outcome& outcome) const {
  if (outcome.failure != api::Failure::kRejected || outcome.body.empty()) return {};
  return api::named_units(outcome.body, positions_.under_way());
}

Subject PositionSource::subject(const api::Outcome& outcome) const {
  return named(outcome).empty() ? Subject::kMaybeServer : Subject::kUnits;
}

void PositionSource::delivered(Time now, const Cargo&, const api::Outcome&, News& news) {
  hub_.http_ends(now, true);
  tell(news);
  positions_.delivered(now);
}

void PositionSource::requeue(Time now, const Cargo&, const api::Outcome&, News&) {
  hub_.http_ends(now, false);
  positions_.failed(now);
}

void PositionSource::rejected(Time now, const Cargo&, const api::Outcome& outcome, News& news) {
  hub_.http_ends(now, false);
  tell(api::is_too_large(outcome) ? positions_.too_large(now) : positions_.refused(now, named(outcome)), outcome, news);
}

bool PositionSource::refused_by_road(Time now, const Cargo&, const api::Outcome& outcome, Time cads_word, Random&,
                                     News& news) {
  hub_.http_ends(now, false);
  if (api::is_too_large(outcome) && positions_.under_way().size() > 1) {
    tell(positions_.too_large(now), outcome, news);
    return true;
  }
  const bool searching = positions_.searching();
  if (!positions_.struck(now, cads_word)) return searching;  // during a search the map is sent at once
  tell(positions_.refused(now, {}, true), outcome, news);
  return true;
}

void PositionSource::tell(const state::Positions::Refusal& refusal, const api::Outcome& outcome, News& news) const {
  const bool by_road = api::is_of_the_road(outcome.failure);
  const std::string who = by_road ? "Something on the way to the CAD" : "The CAD";
  if (!refusal.left_out.empty()) {
    news.refusals.push_back({refusal.left_out, rules().operation, outcome.status, outcome.error, by_road});
  }
  if (refusal.left_out.empty()) {
    news.log.push_back({LogLevel::kDebug,
                        who + " refused the positions of " + std::to_string(refusal.units) + " units" + said(outcome) +
                            (api::is_too_large(outcome) ? " They are sent in smaller requests."
                                                        : " The unit at fault is searched for; the others go on.")});
  } else if (!refusal.again) {
    news.log.push_back({LogLevel::kWarn, who + " refused the position of unit '" + refusal.left_out + "'" +
                                             said(outcome) + " The unit is left out for " +
                                             seconds_text(state::Positions::kLeftOut) +
                                             ", then it is tried again by itself."});
  }
}

void PositionSource::begin_stop() {
  stopping_ = true;
  hub_.stop();
  positions_.drop_all();
}

// ----------------------------------------------------------------------------------------------------- who is on duty

RosterSource::RosterSource()
    : Source({.operation = &api::get_active_units(),
              .retry = RetryClass::kQuery,
              .backoff = Backoff(500ms, 10s),
              .traffic = Traffic::kCall,
              .takes_turns = true,
              .tells_trouble_itself = true}) {}

std::optional<Cargo> RosterSource::fill(Time now) {
  const auto page = roster_.take(now);
  return Cargo{.query = api::active_units_query(page.limit, page.offset), .body = {}, .group = {}};
}

void RosterSource::tell(News& news) {
  for (LogLine& line : roster_.take_log()) news.log.push_back(std::move(line));
}

void RosterSource::delivered(Time now, const Cargo&, const api::Outcome& outcome, News& news) {
  roster_.on_page(now, outcome.body);
  tell(news);
}

void RosterSource::requeue(Time now, const Cargo&, const api::Outcome& outcome, News& news) {
  roster_.again(now, with_trace(outcome.error.detail, outcome.error.trace_id));
  tell(news);
}

void RosterSource::rejected(Time now, const Cargo&, const api::Outcome& outcome, News& news) {
  roster_.failed(now, outcome.error.kind == ErrorKind::kRejected,
                 with_trace(outcome.error.detail, outcome.error.trace_id));
  tell(news);
}

void RosterSource::expire(Time now, News& news) {
  roster_.expire(now);
  tell(news);
}

// ------------------------------------------------------------------------------------------------------------- knocks

KnockSource::KnockSource(const api::Operation& operation)
    : Source({.operation = &operation,
              .retry = RetryClass::kQuery,
              .backoff = Backoff(0s, 0s),  // the scheduler paces knocks
              .traffic = Traffic::kKnock,
              .heeds_gateways = false,
              .tells_trouble_itself = true}) {}

}  // namespace sonoran::schedule
