#include "schedule/scheduler.h"

#include <algorithm>
#include <utility>

#include "api/desired_call.h"
#include "api/request.h"
#include "api/words.h"
#include "core/limits.h"

namespace sonoran::schedule {
namespace {

using api::Failure;

constexpr std::array kNames = {"starting", "running", "unauthorized", "server_unknown", "unavailable", "stopping"};

/// Failures in a row after which it is said that an operation has trouble.
constexpr int kTroubled = 3;

state::PositionRules position_rules(const Settings& settings) {
  return {settings.moved_m, settings.turned_deg, settings.resend, settings.stale};
}

std::vector<OperationState> operation_states(const Settings& settings) {
  std::vector<OperationState> states;
  for (const api::Operation& operation : api::operations()) {
    // Positions are spread over the minute: a map that moves every 5 s beats one that moves 12 times and then stands.
    const bool paced = operation.traffic_class == api::TrafficClass::kPosition;
    states.push_back({.operation = &operation,
                      .window = RateWindow(operation.rate_per_minute, settings.rate_share, paced),
                      .counters = {},
                      .answer_times = {}});
  }
  return states;
}

std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

std::string name_of(const OperationState& operation) {
  return std::string(operation.operation->id);
}

}  // namespace

std::string_view state_name(State state) {
  return kNames[static_cast<std::size_t>(state)];
}

Scheduler::Scheduler(const Settings& settings, std::uint64_t seed)
    : where_(settings.endpoint.text),
      server_id_(settings.server_id),
      random_(seed),
      positions_(position_rules(settings)),
      heartbeat_(settings.heartbeat),
      panics_(state::DesiredKind::kPanic, settings.dedupe),
      statuses_(state::DesiredKind::kStatus, settings.dedupe),
      operations_(operation_states(settings)),
      sources_{[] {
        using namespace std::chrono_literals;
        const auto source = [](const api::Operation& operation, Backoff backoff) {
          return SourceState{.operation = index(operation), .backoff = backoff};
        };
        return std::array<SourceState, kSources>{
            // 20 requests a minute have to last, also while something refuses them for long.
            source(api::set_unit_panic(), Backoff(250ms, 5s, Backoff::Jitter::kLate)),
            source(api::set_unit_status(), Backoff(500ms, 30s)), source(api::heartbeat(), Backoff(500ms, 30s)),
            source(api::update_unit_locations(), Backoff(500ms, 30s))};
      }()} {}

void Scheduler::inherit(Time now, std::span<const RateWindow> windows) {
  for (std::size_t i = 0; i < std::min(windows.size(), operations_.size()); ++i) {
    operations_[i].window.inherit(now, windows[i]);
  }
}

std::vector<RateWindow> Scheduler::windows() const {
  std::vector<RateWindow> windows;
  windows.reserve(operations_.size());
  for (const OperationState& operation : operations_) windows.push_back(operation.window);
  return windows;
}

void Scheduler::log(LogLevel level, std::string text) {
  log_.push_back({level, std::move(text)});
}

// ---------------------------------------------------------------------------------------------------- what is wanted

void Scheduler::want(Time now, state::DesiredKind kind, std::string_view unit, int value, Ticket ticket) {
  state::TicketEnds ends;
  const Source source = kind == state::DesiredKind::kPanic ? kPanic : kStatus;
  const bool gathering = statuses_.ready();
  const bool taken = desired(source).want(now, unit, value, ticket, ends);
  if (!gathering && statuses_.ready()) statuses_due_ = now + std::chrono::milliseconds(limits::kStatusGather_ms);
  if (taken) {
    answer(ends, {});
  } else if (ticket != 0) {
    push_answer({.ticket = ticket,
                 .error = {ErrorKind::kQueueFull, "Too many units",
                           "More than " + std::to_string(limits::kDesiredUnits) +
                               " units have a status on record; this one was not taken.",
                           ""}});
  }
}

void Scheduler::push_answer(Answer answer) {
  if (auto told = joined_.pass(std::move(answer))) answers_.push_back(std::move(*told));
}

void Scheduler::call(Time now, Ticket ticket, api::CheckedCall call, Time deadline) {
  if (const auto desired = api::desired_call(call, server_id_)) {
    const auto kind =
        call.operation == &api::set_unit_panic() ? state::DesiredKind::kPanic : state::DesiredKind::kStatus;
    const Ticket stand_in = joined_.add(ticket, desired->units.size(), deadline);
    for (const std::string& unit : desired->units) want(now, kind, unit, desired->value, stand_in);
    return;
  }
  // A 429 closed the operation beyond the deadline: there is nothing to wait for.
  if (const Time opening = operations_[index(*call.operation)].window.closed_until(); opening >= deadline) {
    api::Outcome outcome;
    outcome.error = {ErrorKind::kRateLimited, "Too Many Requests",
                     "The CAD's rate limit was reached, and it opens again after the deadline of this call.", ""};
    outcome.retry_after = opening - now;
    return calls_.refuse(ticket, std::move(call), outcome);
  }
  // Who asks a CAD that is not there is told so at once, unless the question can be the probe that finds it back.
  const bool query = call.operation->traffic_class == api::TrafficClass::kQuery;
  const bool refused = query && calls_held_back() && probe_time() > now;
  calls_.add(now, ticket, std::move(call), deadline);
  if (!refused) return;
  const bool unauthorized = state_ == State::kUnauthorized;
  calls_.end(CallQueue::Which::kWaitingQueries,
             {unauthorized ? ErrorKind::kUnauthorized : ErrorKind::kUnavailable,
              unauthorized ? "Unauthorized" : "The CAD cannot be reached", reason_, ""});
}

void Scheduler::cancel(Ticket ticket) {
  if (calls_.cancel(ticket)) return;
  if (auto told = joined_.cancel(ticket)) answers_.push_back(std::move(*told));
}

void Scheduler::answer(const state::TicketEnds& ends, const api::Outcome& outcome) {
  for (const state::TicketEnd& end : ends) {
    Answer answer;
    answer.ticket = end.ticket;
    answer.deduplicated = end.how != state::TicketEnd::How::kAnswered;
    if (end.how != state::TicketEnd::How::kSuperseded) {
      answer.status = outcome.status;
      answer.error = outcome.error;
      answer.body = outcome.body;
    }
    push_answer(std::move(answer));
  }
}

std::vector<Answer> Scheduler::take_answers() {
  for (Answer& answer : calls_.take_answers()) answers_.push_back(std::move(answer));
  return std::exchange(answers_, {});
}

// ---------------------------------------------------------------------------------------------------- what may leave

Time Scheduler::due(Source source) const {
  switch (source) {
    case kPanic:
      return panics_.due();
    case kStatus:
      if (!statuses_.ready()) return statuses_.due();
      return stopping_ ? Time::min() : statuses_due_;
    case kHeartbeat:
      return stopping_ ? kNever : heartbeat_.due();
    default:
      return stopping_ ? kNever : positions_.due();
  }
}

Time Scheduler::opens(Source source, Time now) const {
  const SourceState& state = sources_[source];
  const RateWindow& window = operations_[state.operation].window;
  // What the road refuses again and again leaves a quarter of the budget to what it has not refused.
  const bool suspects = (source == kPanic && !panics_.ready()) || (source == kStatus && !statuses_.ready());
  return std::max(window.next(now, suspects ? window.limit(now) / 4 : 0), state.not_before);
}

bool Scheduler::lane_free(Source source) const {
  // Urgent: there are as many connections as its budgets allow requests. Positions have one of their own, and are one
  // request at a time by themselves.
  return source == kPanic || source == kPosition || normal_ < limits::kNormalConnections;
}

bool Scheduler::lane_free(const api::Operation& operation) const {
  switch (operation.lane) {
    case api::Lane::kUrgent:
      return true;
    case api::Lane::kNormal:
      return normal_ < limits::kNormalConnections && normal_calls_ < limits::kNormalConnections - 1;
    default:
      return bulk_calls_ < limits::kBulkConnections - 1;
  }
}

bool Scheduler::sources_held_back() const {
  return calls_held_back() || state_ == State::kServerUnknown;
}

bool Scheduler::calls_held_back() const {
  // Where the server id is in doubt, calls go on: many name no server, and one of them tells which servers there are.
  return (state_ == State::kUnauthorized && !doubtful_) || circuit_.open();
}

Time Scheduler::probe_time() const {
  if ((state_ == State::kUnauthorized && !doubtful_) || state_ == State::kServerUnknown) {
    return probing_ ? kNever : probe_at_;
  }
  return circuit_.next_probe();
}

Scheduler::Candidate Scheduler::source_candidate(Source source, Time now, bool whatever_lane) const {
  const Time when = due(source);
  if (when == kNever || (!whatever_lane && !lane_free(source))) return {};
  return {.when = std::max(when, opens(source, now)), .source = source, .operation = sources_[source].operation};
}

Scheduler::Candidate Scheduler::call_candidate(Time now, bool urgent, bool whatever_lane) const {
  Candidate best;
  CallQueue::Id oldest = 0;
  calls_.each_due([&](const api::Operation& operation, Time due) {
    if ((operation.lane == api::Lane::kUrgent) != urgent || (!whatever_lane && !lane_free(operation))) return;
    const Time when = std::max(due, operations_[index(operation)].window.next(now));
    const bool ready = when <= now;
    const CallQueue::Id id = ready ? calls_.oldest(operation, now) : 0;
    // Of those that may leave, who came first; of those that will, who may first.
    const bool better = ready ? best.when > now || id < oldest : when < best.when && best.when > now;
    if (!better) return;
    best = {.when = when, .source = {}, .operation = index(operation)};
    oldest = id;
  });
  return best;
}

Scheduler::Candidate Scheduler::first_candidate(Time now) const {
  const bool probe = calls_held_back();
  Candidate first;
  const auto consider = [&](const Candidate& candidate) {
    if (first.when > now && candidate.when < first.when) first = candidate;
  };
  const bool sources = !sources_held_back() || probe;
  if (sources) consider(source_candidate(kPanic, now, probe));
  consider(call_candidate(now, true, probe));
  if (sources) {
    for (const Source source : {kStatus, kHeartbeat, kPosition}) consider(source_candidate(source, now, probe));
  }
  consider(call_candidate(now, false, probe));
  return first;
}

Scheduler::Candidate Scheduler::probe_candidate(Time now) const {
  Candidate probe;
  if (state_ == State::kServerUnknown && !circuit_.open()) {
    // A panic would be refused as if its unit were unknown: the operations that name no unit ask first.
    for (const Source source : {kHeartbeat, kPosition, kStatus, kPanic}) {
      probe = source_candidate(source, now, true);
      if (probe.when != kNever) break;
    }
  } else {
    probe = first_candidate(now);
  }
  if (probe.when != kNever) probe.when = std::max(probe.when, probe_time());
  return probe;
}

Time Scheduler::wakeup(Time now) const {
  Time earliest = std::min(calls_.next_deadline(), joined_.next_deadline());
  if (sources_held_back()) earliest = std::min(earliest, probe_candidate(now).when);
  if (!calls_held_back()) earliest = std::min(earliest, first_candidate(now).when);
  return earliest;
}

Time Scheduler::positions_open(Time now) const {
  const Time opening = opens(kPosition, now);
  return sources_held_back() ? std::max(opening, probe_time()) : opening;
}

std::optional<Request> Scheduler::next(Time now) {
  calls_.expire(now);
  joined_.expire(now, answers_);
  if (sources_held_back()) {
    if (const Candidate probe = probe_candidate(now); probe.when <= now) {
      if (auto request = send(now, probe)) {
        under_way_.at(request->id).probe = true;
        probing_ = true;
        circuit_.probe_sent();
        return request;
      }
    }
    if (calls_held_back()) return std::nullopt;
  }
  for (;;) {
    const Candidate first = first_candidate(now);
    if (first.when > now) break;
    if (auto request = send(now, first)) return request;
  }
  tell_of_waiting_panics(now);
  return std::nullopt;
}

void Scheduler::tell_of_waiting_panics(Time now) {
  if (panics_told_ || !panics_.ready() || sources_held_back() || sources_[kPanic].backoff.failures() != 0) return;
  const RateWindow& window = operations_[sources_[kPanic].operation].window;
  const Time opening = window.next(now);
  if (opening <= now) return;
  panics_told_ = true;
  log(LogLevel::kWarn, "The CAD takes " + std::to_string(window.limit(now)) +
                           " panic requests a minute, and they are spent; who presses now waits and travels with the " +
                           "next one, expected " +
                           (opening == kNever ? "when the CAD has answered"
                                              : "in " + seconds_text(opening - now + std::chrono::milliseconds(999))) +
                           ".");
}

bool Scheduler::fill(Time now, Source source, Request& request, UnderWay& under_way) {
  switch (source) {
    case kPanic:
      under_way.group = panics_.take(now, limits::kGroupUnits);
      request.body = api::panic_body(under_way.group.units, under_way.group.value != 0);
      panics_told_ = false;
      return true;
    case kStatus:
      under_way.group = statuses_.take(now, limits::kGroupUnits);
      request.body = api::status_body(under_way.group.units, under_way.group.value);
      return true;
    case kHeartbeat:
      request.body = api::heartbeat_body(heartbeat_.take());
      return true;
    default: {
      const auto updates = positions_.take(now);
      if (updates.empty()) return false;  // those that were due had gone stale
      std::vector<api::LocationUpdate> rows;
      rows.reserve(updates.size());
      for (const auto& [unit, place] : updates) {
        rows.push_back(
            {unit, place->location, place->peer, place->vehicle, place->x, place->y, place->z, place->heading});
      }
      request.body = api::location_body(rows);
      return true;
    }
  }
}

std::optional<Request> Scheduler::send(Time now, const Candidate& candidate) {
  OperationState& operation = operations_[candidate.operation];
  UnderWay under_way{
      .operation = candidate.operation, .source = candidate.source, .group = {}, .sent_at = now, .hedged_at = {}};
  Request request{.operation = operation.operation, .target = {}, .body = {}, .multipart = {}};
  bool again = false;
  if (candidate.source) {
    if (!fill(now, *candidate.source, request, under_way)) return std::nullopt;
    request.target = api::target(*operation.operation, server_id_);
    request.repeatable = true;
    request.hedged = *candidate.source == kPanic || *candidate.source == kStatus;
    again = sources_[*candidate.source].failed;
  } else {
    under_way.call = calls_.oldest(*operation.operation, now);
    const api::CheckedCall& call = calls_.take(under_way.call);
    request.target = call.target;
    request.body = call.body;
    request.multipart = call.multipart;
    request.repeatable = call_class(*operation.operation) != RetryClass::kCommand;
    again = calls_.tried(under_way.call);
  }
  request.id = next_id_++;
  operation.window.sent(now);
  ++operation.counters.sent;
  ++operation.counters.in_flight;
  if (again) ++operation.counters.retried;
  count_lane(under_way, 1);
  under_way_.emplace(request.id, std::move(under_way));
  return request;
}

void Scheduler::count_lane(const UnderWay& under_way, int change) {
  const auto add = [change](std::size_t& count) { count = change > 0 ? count + 1 : count - 1; };
  const api::Lane lane = operations_[under_way.operation].operation->lane;
  if (lane == api::Lane::kNormal) {
    add(normal_);
    if (!under_way.source) add(normal_calls_);
  } else if (lane == api::Lane::kBulk && !under_way.source) {
    add(bulk_calls_);
  }
}

// ------------------------------------------------------------------------------------------------- what became of it

void Scheduler::enter(State state, std::string reason, LogLevel level) {
  if (state_ == state && reason_ == reason) return;
  state_ = state;
  reason_ = state == State::kRunning ? std::string() : reason;
  log(level, std::move(reason));
}

void Scheduler::refused(Time now, State state, std::string reason) {
  probe_at_ = now + kRefusedProbe;
  doubtful_ = false;
  enter(state, std::move(reason), LogLevel::kError);
}

void Scheduler::deliver(Time now, UnderWay& under_way, const api::Outcome& outcome) {
  switch (*under_way.source) {
    case kHeartbeat:
      return heartbeat_.delivered(now);
    case kPosition:
      return positions_.delivered(now);
    default: {
      state::TicketEnds ends;
      desired(*under_way.source).delivered(now, under_way.group, ends);
      answer(ends, outcome);
    }
  }
}

void Scheduler::requeue(Time now, UnderWay& under_way, Failure failure) {
  switch (*under_way.source) {
    case kHeartbeat:
      return heartbeat_.failed();
    case kPosition:
      return positions_.failed(now);
    default: {
      state::TicketEnds ends;
      desired(*under_way.source).failed(now, under_way.group, !api::was_not_looked_at(failure), ends);
      answer(ends, {});
    }
  }
}

void Scheduler::reject(Time now, UnderWay& under_way, const api::Outcome& outcome) {
  const std::string said = " (" + std::to_string(outcome.status) + "): " + outcome.error.detail;
  switch (*under_way.source) {
    case kHeartbeat:
      heartbeat_.rejected(now);
      return log(LogLevel::kWarn, "The CAD refused the heartbeat" + said);
    case kPosition:
      return tell_of_refusal(
          api::is_too_large(outcome) ? positions_.too_large(now) : positions_.refused(now, under_way.named), outcome);
    default: {
      state::TicketEnds ends;
      const bool ended = desired(*under_way.source).rejected(now, under_way.group, ends);
      answer(ends, outcome);
      const std::string what = *under_way.source == kPanic ? "a panic" : "a status";
      if (ended) {
        log(LogLevel::kWarn, "The CAD refused " + what + " of unit '" + under_way.group.units.front() + "'" + said);
      } else {
        log(LogLevel::kDebug, "The CAD refused " + what + " of " + std::to_string(under_way.group.units.size()) +
                                  " units" + said + " They are sent again in two halves.");
      }
    }
  }
}

void Scheduler::tell_of_refusal(const state::Positions::Refusal& refusal, const api::Outcome& outcome) {
  const std::string said = " (" + std::to_string(outcome.status) + "): " + outcome.error.detail;
  const std::string who = api::is_of_the_road(outcome.failure) ? "Something on the way to the CAD" : "The CAD";
  if (refusal.left_out.empty()) {
    log(LogLevel::kDebug, who + " refused the positions of " + std::to_string(refusal.units) + " units" + said +
                              (api::is_too_large(outcome) ? " They are sent in smaller requests."
                                                          : " The unit at fault is searched for; the others go on."));
  } else if (!refusal.again) {
    log(LogLevel::kWarn, who + " refused the position of unit '" + refusal.left_out + "'" + said +
                             " The unit is left out for " + seconds_text(state::Positions::kLeftOut) +
                             ", then it is tried again by itself.");
  }
}

/// What is refused without being a verdict, and may still be the fault of one unit or of the size. True when it is
/// dealt with; false: it waits for its backoff.
bool Scheduler::reject_by_road(Time now, UnderWay& under_way, const api::Outcome& outcome) {
  SourceState& source = sources_[*under_way.source];
  if (*under_way.source == kHeartbeat) {
    heartbeat_.failed();
    return false;
  }
  if (*under_way.source == kPosition) {
    if (api::is_too_large(outcome) && positions_.under_way().size() > 1) {
      tell_of_refusal(positions_.too_large(now), outcome);
      return true;
    }
    const bool searching = positions_.searching();
    if (!positions_.struck(now, cads_word_)) return searching;  // a search keeps the map from nothing
    tell_of_refusal(positions_.refused(now, {}, true), outcome);
    return true;
  }
  state::TicketEnds ends;
  state::DesiredStates& states = desired(*under_way.source);
  state::DesiredStates::Group& group = under_way.group;
  bool apart = false;
  if (api::is_too_large(outcome) && group.units.size() > 1) {
    states.rejected(now, group, ends);
    apart = true;
  } else {
    const auto wait = [&] {
      return now + source.backoff.after(std::max(0, group.struck - state::DesiredStates::kStrikes)).fail(random_);
    };
    const Time first = wait();
    apart = states.struck(now, group, cads_word_, {first, wait()}, ends);
  }
  answer(ends, {});
  return apart;
}

bool Scheduler::permit(Time now, std::uint64_t request_id, Copy copy) {
  const auto found = under_way_.find(request_id);
  if (found == under_way_.end()) return false;
  UnderWay& under_way = found->second;
  OperationState& operation = operations_[under_way.operation];
  if (operation.window.left(now) == 0) return false;
  if (copy == Copy::kHedge) {
    const bool desired = under_way.source == kPanic || under_way.source == kStatus;
    if (!desired || under_way.probe || under_way.hedged_at) return false;
    if (!affords_hedge(operation.window.left(now), operation.window.limit(now))) return false;
    if (operation.answer_times.slower_than(now, std::chrono::milliseconds(limits::kHedge_ms))) return false;
    if (!lane_free(*under_way.source)) return false;
    under_way.hedged_at = now;
    count_lane(under_way, 1);
  } else {
    // The first one may have arrived all the same.
    operation.window.broken_off(now, under_way.sent_at);
    under_way.sent_at = now;
  }
  operation.window.sent(now);
  ++(copy == Copy::kHedge ? operation.counters.hedged : operation.counters.replaced);
  return true;
}

void Scheduler::settle_copies(Time now, const UnderWay& under_way, const api::Outcome& outcome, HedgeEnd hedge) {
  OperationState& operation = operations_[under_way.operation];
  const bool won = under_way.hedged_at && hedge == HedgeEnd::kWon;
  if (won) {
    operation.window.broken_off(now, under_way.sent_at);
    operation.window.answered(now, *under_way.hedged_at);
    ++operation.counters.hedges_won;
  } else {
    api::never_left(outcome.failure) ? operation.window.not_sent() : operation.window.answered(now, under_way.sent_at);
    if (under_way.hedged_at) {
      hedge == HedgeEnd::kNeverLeft ? operation.window.not_sent()
                                    : operation.window.broken_off(now, *under_way.hedged_at);
    }
  }
  if (under_way.hedged_at) count_lane(under_way, -1);
  // A copy on a new connection that was not answered either says that it is the CAD that is slow.
  if (api::was_answered(outcome.failure) || (under_way.hedged_at && hedge == HedgeEnd::kLost)) {
    operation.answer_times.record(now, now - (won ? *under_way.hedged_at : under_way.sent_at));
  }
}

void Scheduler::done(Time now, std::uint64_t request_id, api::Outcome outcome, HedgeEnd hedge) {
  auto node = under_way_.extract(request_id);
  if (node.empty()) return;
  UnderWay& under_way = node.mapped();
  OperationState& operation = operations_[under_way.operation];
  OperationCounters& counters = operation.counters;
  --counters.in_flight;
  count_lane(under_way, -1);
  settle_copies(now, under_way, outcome, hedge);
  if (outcome.failure == Failure::kNone) ++counters.succeeded;
  if (outcome.error.kind != ErrorKind::kNone) ++counters.failed[static_cast<std::size_t>(outcome.error.kind)];
  if (outcome.failure == Failure::kRateLimited) {
    ++counters.rate_limited;
    const Duration wait = outcome.retry_after.value_or(kLimitedWait);
    outcome.retry_after = wait;
    operation.window.limited(now, wait);
    log(LogLevel::kWarn, name_of(operation) +
                             ": the CAD's rate limit was reached (429), probably by another server with the same key; "
                             "it goes on in " +
                             seconds_text(wait) + ", at half the rate. See sonoran_bridge_rate_share.");
  }
  if (under_way.source == kPosition && outcome.failure == Failure::kRejected && !outcome.body.empty()) {
    under_way.named = api::named_units(outcome.body, positions_.under_way());
  }
  note_connection(now, under_way, outcome);
  note_state(now, under_way, outcome);
  note_road(now, under_way, outcome);
  under_way.source ? done_source(now, under_way, outcome) : done_call(now, under_way, outcome);
}

void Scheduler::note_connection(Time now, const UnderWay& under_way, const api::Outcome& outcome) {
  OperationState& operation = operations_[under_way.operation];
  if (under_way.probe) {
    probing_ = false;
    probe_at_ = now + kRefusedProbe;
  }
  if (api::was_answered(outcome.failure)) {
    operation.counters.latency.record(now - under_way.sent_at);
    circuit_.succeed();
    return;
  }
  const bool opened = circuit_.fail(now, random_);
  if (opened || state_ == State::kStarting) {
    enter(State::kUnavailable, outcome.error.detail + " Panics and statuses are kept until it answers.",
          LogLevel::kError);
  } else {
    log(LogLevel::kDebug, name_of(operation) + ": " + outcome.error.detail);
  }
  if (opened) calls_.end(CallQueue::Which::kWaitingQueries, outcome.error);
}

/// Something on the way may answer in the CAD's place: for all operations, or for some. It is said once, until the CAD
/// itself has answered those operations.
void Scheduler::note_road(Time now, const UnderWay& under_way, const api::Outcome& outcome) {
  std::erase_if(held_up_, [&](const auto& entry) { return now - entry.second > kRoadRemembered; });
  if (api::is_the_cads_word(outcome)) {
    cads_word_ = now;
    strays_ = {};
    if (held_up_.erase(under_way.operation) != 0 && held_up_.empty()) {
      log(LogLevel::kInfo, "The CAD itself answers again.");
    }
  }
  if (!api::is_of_the_road(outcome.failure)) return;
  std::string reason = outcome.error.detail + " What the bridge sends by itself is tried again until the CAD answers.";
  if (held_up_.empty()) log(LogLevel::kError, reason);
  held_up_[under_way.operation] = now;
  strays_.add(under_way.operation);
  const bool away = state_ == State::kStarting || state_ == State::kUnavailable;
  if (away || (state_ == State::kRunning && strays_.tells())) {
    state_ = State::kUnavailable;
    reason_ = std::move(reason);
  }
}

/// Heartbeats name no unit: what the CAD does not know then is the server. So it is with positions, unless the refusal
/// names a unit of theirs or the last heartbeat was taken.
bool Scheduler::is_about_the_server(const UnderWay& under_way, const api::Outcome& outcome) const {
  if (outcome.failure != Failure::kRejected || outcome.status != 404) return false;
  if (under_way.source == kHeartbeat) return true;
  return under_way.source == kPosition && under_way.named.empty() && !server_known_;
}

void Scheduler::note_state(Time now, const UnderWay& under_way, const api::Outcome& outcome) {
  const bool authenticated = operations_[under_way.operation].operation->authenticated;
  if (authenticated && outcome.status == 401) {
    refusals_.add(under_way.operation);
  } else if (authenticated && api::is_the_cads_word(outcome)) {
    refusals_ = {};
  }
  if (outcome.failure == Failure::kRoad && refusals_.tells() && state_ != State::kUnauthorized) {
    doubtful_ = true;
    return enter(State::kUnauthorized,
                 "The API key is refused, or something on the way to the CAD refuses it (401): check sonoran_apiKey in "
                 "server.cfg, and what stands between this server and " +
                     where_ + "; until then everything is tried again now and then.",
                 LogLevel::kError);
  }
  if (outcome.failure == Failure::kUnauthorized && authenticated) {
    calls_.end(CallQueue::Which::kWaitingQueries, outcome.error);
    return refused(now, State::kUnauthorized,
                   "The CAD refuses the API key (401): check sonoran_apiKey in server.cfg, then 'sonoran_bridge "
                   "reload'; until then everything waits, and one request asks again every " +
                       seconds_text(kRefusedProbe) + ".");
  }
  if (under_way.source == kHeartbeat && api::is_the_cads_word(outcome))
    server_known_ = outcome.failure == Failure::kNone;
  if (is_about_the_server(under_way, outcome)) {
    return refused(now, State::kServerUnknown,
                   "The CAD knows no server " + std::to_string(server_id_) +
                       " for this API key (404): check sonoran_serverId in server.cfg, then 'sonoran_bridge "
                       "reload'; until then everything waits, and one request asks again every " +
                       seconds_text(kRefusedProbe) + ".");
  }
  // Any answer but 401 shows that the key is good and that the CAD is there again. That it knows the server shows only
  // an answer to what was asked: a 404 for a panic may mean its unit, and a call may name no server.
  // What is too large for something on the way the CAD has not seen, whoever words the refusal.
  const bool away = state_ == State::kUnauthorized || state_ == State::kUnavailable;
  const bool refused_by_it = outcome.failure == Failure::kRejected && api::is_the_cads_word(outcome);
  const bool understood = outcome.failure == Failure::kNone ||
                          (refused_by_it && !api::is_too_large(outcome) && (outcome.status != 404 || away));
  const bool tells = under_way.source || (authenticated && state_ != State::kServerUnknown);
  if (understood && tells && state_ != State::kRunning) {
    const bool first = !std::exchange(connected_, true);
    doubtful_ = false;
    held_up_.erase(under_way.operation);
    // Where something on the way answers for other operations still, this one alone has come through.
    if (!first && !held_up_.empty() && state_ == State::kUnavailable) {
      state_ = State::kRunning;
      reason_.clear();
      return;
    }
    enter(State::kRunning,
          first ? "Connected to " + where_ + " as server " + std::to_string(server_id_) + "."
                : "The CAD at " + where_ + " answers again.",
          LogLevel::kInfo);
  }
}

/// A panic waits no longer than its own backoff, whatever a gateway asks for; but for the CAD's word (429).
Duration Scheduler::wait_asked_for(Source source, const api::Outcome& outcome) const {
  const Duration wait = outcome.retry_after.value_or(Duration(0));
  return source == kPanic ? std::min(wait, sources_[source].backoff.cap()) : wait;
}

void Scheduler::done_source(Time now, UnderWay& under_way, const api::Outcome& outcome) {
  static constexpr std::array kRows = {RetryClass::kDesired, RetryClass::kDesired, RetryClass::kHeartbeat,
                                       RetryClass::kPosition};
  SourceState& source = sources_[*under_way.source];
  const OperationState& operation = operations_[under_way.operation];
  if (outcome.failure == Failure::kNone) {
    if (std::exchange(source.troubled, false)) log(LogLevel::kInfo, name_of(operation) + " succeeds again.");
    source.backoff.succeed();
    source.not_before = Time::min();
    source.failed = false;
    return deliver(now, under_way, outcome);
  }
  source.failed = true;
  if (api::is_of_the_road(outcome.failure) && reject_by_road(now, under_way, outcome)) {
    source.backoff.succeed();
    source.not_before = Time::min();
    return;
  }
  switch (remedy(kRows[*under_way.source], outcome.failure)) {
    case Remedy::kRetry:
      if (!api::is_of_the_road(outcome.failure)) requeue(now, under_way, outcome.failure);
      if (outcome.failure == Failure::kRateLimited) return;  // its window is closed, that is wait enough
      source.not_before = now + std::max(source.backoff.fail(random_), wait_asked_for(*under_way.source, outcome));
      // What something on the way answers has been said: note_road().
      if (api::was_answered(outcome.failure) && !api::is_of_the_road(outcome.failure) &&
          source.backoff.failures() >= kTroubled && !std::exchange(source.troubled, true)) {
        log(LogLevel::kWarn, name_of(operation) + " failed " + std::to_string(kTroubled) +
                                 " times in a row: " + outcome.error.detail + " It is tried again until it succeeds.");
      }
      return;
    case Remedy::kWait:
      return requeue(now, under_way, outcome.failure);
    default:
      source.backoff.succeed();
      // Sent again when the server is known.
      if (state_ == State::kServerUnknown && outcome.status == 404 &&
          (*under_way.source != kPosition || is_about_the_server(under_way, outcome))) {
        return requeue(now, under_way, outcome.failure);
      }
      source.failed = false;
      return reject(now, under_way, outcome);
  }
}

void Scheduler::done_call(Time now, const UnderWay& under_way, const api::Outcome& outcome) {
  const Remedy what = remedy(call_class(*operations_[under_way.operation].operation), outcome.failure);
  if (what == Remedy::kRetry) {
    const Time not_before = now + outcome.retry_after.value_or(Duration(0));
    const bool waits = calls_.again(now, under_way.call, outcome, not_before, random_);
    // What would ask a CAD that is not there is told so now.
    if (waits && calls_held_back()) calls_.end(CallQueue::Which::kWaitingQueries, outcome.error);
    return;
  }
  calls_.done(under_way.call, outcome, what == Remedy::kUnknown);
}

// ---------------------------------------------------------------------------------------------------------- shutdown

void Scheduler::begin_stop() {
  stopping_ = true;
  positions_.drop_all();
  heartbeat_.drop_all();
  calls_.end(CallQueue::Which::kWaitingButUrgent,
             {ErrorKind::kShuttingDown, "Shutting down", "The bridge was stopped before this call left.", ""});
}

void Scheduler::end_stop() {
  api::Outcome outcome;
  outcome.error = {ErrorKind::kShuttingDown, "Shutting down", "The bridge was stopped before the CAD had taken this.",
                   ""};
  // What is under way may have arrived; nobody will know.
  for (auto& [id, under_way] : under_way_) {
    if (under_way.source) requeue(under_way.sent_at, under_way, Failure::kNoAnswer);
  }
  under_way_.clear();
  positions_.drop_all();
  heartbeat_.drop_all();
  state::TicketEnds ends;
  panics_.drop_all(ends);
  statuses_.drop_all(ends);
  answer(ends, outcome);
  calls_.end(CallQueue::Which::kAll, outcome.error);
  state_ = State::kStopping;
}

bool Scheduler::stop_settled() const {
  return panics_.unsettled() == 0 && statuses_.unsettled() == 0 && calls_.urgent() == 0;
}

bool Scheduler::settled() const {
  return panics_.unsettled() == 0 && statuses_.unsettled() == 0 && calls_.empty() && under_way_.empty() &&
         positions_.moved() == 0 && heartbeat_.pending() == 0;
}

// --------------------------------------------------------------------------------------------------------- to be seen

std::uint64_t Scheduler::queued(const OperationState& operation) const {
  const auto which = static_cast<std::size_t>(&operation - operations_.data());
  std::uint64_t own = 0;
  if (which == sources_[kPanic].operation) own = panics_.pending();
  if (which == sources_[kStatus].operation) own = statuses_.pending();
  if (which == sources_[kHeartbeat].operation) own = heartbeat_.pending();
  if (which == sources_[kPosition].operation) own = positions_.moved();
  return own + calls_.waiting(*operation.operation);
}

Time Scheduler::expected(const OperationState& operation, Time now) const {
  // Panics, statuses and positions that wait share a request; calls have one each.
  const Time opening = operation.window.expected(now, calls_.waiting(*operation.operation));
  return calls_held_back() ? std::max(opening, probe_time()) : opening;
}

}  // namespace sonoran::schedule
