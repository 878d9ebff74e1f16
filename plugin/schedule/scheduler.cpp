#include "schedule/scheduler.h"

#include <algorithm>
#include <utility>

#include "api/request.h"
#include "core/limits.h"

namespace sonoran::schedule {
namespace {

constexpr std::array kNames = {"starting", "running", "unauthorized", "server_unknown", "unavailable", "stopping"};

state::PositionRules position_rules(const Settings& settings) {
  return {settings.moved_m, settings.turned_deg, settings.resend, settings.stale};
}

Scheduler::OperationState operation_state(const api::Operation& operation, const Settings& settings) {
  using namespace std::chrono_literals;
  const bool urgent = operation.lane == api::Lane::kUrgent;
  // Positions are spread over the minute: a map that moves every 5 s beats one that moves 12 times and then stands.
  const bool paced = operation.traffic_class == api::TrafficClass::kPosition;
  return {.operation = &operation,
          .window = RateWindow(operation.rate_per_minute, settings.rate_share, paced),
          .backoff = urgent ? Backoff(250ms, 5s) : Backoff(500ms, 30s),
          .counters = {}};
}

std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
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
      operations_{operation_state(api::set_unit_panic(), settings), operation_state(api::set_unit_status(), settings),
                  operation_state(api::heartbeat(), settings),
                  operation_state(api::update_unit_locations(), settings)} {}

void Scheduler::log(LogLevel level, std::string text) {
  log_.push_back({level, std::move(text)});
}

// ---------------------------------------------------------------------------------------------------- what is wanted

void Scheduler::want(Time now, state::DesiredKind kind, std::string_view unit, int value, Ticket ticket) {
  state::TicketEnds ends;
  const Slot slot = kind == state::DesiredKind::kPanic ? kPanic : kStatus;
  const bool gathering = statuses_.ready();
  const bool taken = desired(slot).want(now, unit, value, ticket, ends);
  if (!gathering && statuses_.ready()) statuses_due_ = now + std::chrono::milliseconds(limits::kStatusGather_ms);
  if (taken) {
    api::Outcome nothing_sent;
    answer(ends, nothing_sent);
  } else if (ticket != 0) {
    answers_.push_back({.ticket = ticket,
                        .error = {ErrorKind::kQueueFull, "Too many units",
                                  "More than " + std::to_string(limits::kDesiredUnits) +
                                      " units have a status on record; this one was not taken.",
                                  ""},
                        .body = {}});
  }
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
    answers_.push_back(std::move(answer));
  }
}

// ---------------------------------------------------------------------------------------------------- what may leave

Time Scheduler::due(Slot slot) const {
  switch (slot) {
    case kPanic:
      return panics_.ready() ? Time::min() : kNever;
    case kStatus:
      if (!statuses_.ready()) return kNever;
      return stopping_ ? Time::min() : statuses_due_;
    case kBeat:
      return stopping_ ? kNever : heartbeat_.due();
    default:
      return stopping_ ? kNever : positions_.due();
  }
}

bool Scheduler::lane_free(Slot slot) const {
  const auto in_flight = [&](Slot other) { return operations_[other].counters.in_flight; };
  switch (slot) {
    case kPanic:
      return in_flight(kPanic) < limits::kUrgentConnections;
    case kPosition:
      return in_flight(kPosition) < limits::kBulkConnections;
    default:
      return in_flight(kStatus) + in_flight(kBeat) < limits::kNormalConnections;
  }
}

Time Scheduler::opens(const OperationState& operation, Time now) const {
  return std::max(operation.window.next(now), operation.not_before);
}

bool Scheduler::held_back() const {
  return state_ == State::kUnauthorized || state_ == State::kServerUnknown || circuit_.open();
}

Time Scheduler::probe_time() const {
  if (state_ == State::kUnauthorized || state_ == State::kServerUnknown) return probing_ ? kNever : probe_at_;
  return circuit_.next_probe();
}

std::optional<Scheduler::Slot> Scheduler::probe_slot() const {
  // What is urgent goes first. But where the server id is in doubt, a panic would be refused as if its unit were
  // unknown: there, the operations that name no unit ask first.
  static constexpr std::array kUrgentFirst = {kPanic, kStatus, kBeat, kPosition};
  static constexpr std::array kHarmlessFirst = {kBeat, kPosition, kStatus, kPanic};
  for (const Slot slot : state_ == State::kServerUnknown ? kHarmlessFirst : kUrgentFirst) {
    if (due(slot) != kNever) return slot;
  }
  return std::nullopt;
}

Time Scheduler::wakeup(Time now) const {
  if (held_back()) {
    const auto slot = probe_slot();
    if (!slot) return kNever;
    return std::max({probe_time(), due(*slot), opens(operations_[*slot], now)});
  }
  Time earliest = kNever;
  for (const Slot slot : {kPanic, kStatus, kBeat, kPosition}) {
    const Time when = due(slot);
    if (when == kNever || !lane_free(slot)) continue;
    earliest = std::min(earliest, std::max(when, opens(operations_[slot], now)));
  }
  return earliest;
}

Time Scheduler::positions_open(Time now) const {
  const Time opening = opens(operations_[kPosition], now);
  return held_back() ? std::max(opening, probe_time()) : opening;
}

std::optional<Request> Scheduler::next(Time now) {
  if (held_back()) {
    if (wakeup(now) > now) return std::nullopt;
    const Slot slot = *probe_slot();
    Request request = send(now, slot);
    if (request.id == 0) return std::nullopt;
    under_way_.at(request.id).probe = true;
    probing_ = true;
    circuit_.probe_sent();
    return request;
  }
  for (const Slot slot : {kPanic, kStatus, kBeat, kPosition}) {
    if (due(slot) > now || !lane_free(slot) || opens(operations_[slot], now) > now) continue;
    Request request = send(now, slot);
    if (request.id != 0) return request;
  }
  return std::nullopt;
}

Request Scheduler::send(Time now, Slot slot) {
  UnderWay under_way{.slot = slot, .sent_at = now, .probe = false, .group = {}};
  OperationState& operation = operations_[slot];
  Request request{.id = 0, .operation = operation.operation, .body = {}};
  switch (slot) {
    case kPanic:
      under_way.group = panics_.take(limits::kGroupUnits);
      request.body = api::panic_body(under_way.group.units, under_way.group.value != 0);
      break;
    case kStatus:
      under_way.group = statuses_.take(limits::kGroupUnits);
      request.body = api::status_body(under_way.group.units, under_way.group.value);
      break;
    case kBeat:
      request.body = api::heartbeat_body(heartbeat_.take());
      break;
    case kPosition: {
      const auto updates = positions_.take(now);
      if (updates.empty()) return request;  // those that were due had gone stale
      std::vector<api::LocationUpdate> rows;
      rows.reserve(updates.size());
      for (const auto& [unit, place] : updates) {
        rows.push_back(
            {unit, place->location, place->peer, place->vehicle, place->x, place->y, place->z, place->heading});
      }
      request.body = api::location_body(rows);
      break;
    }
  }
  request.id = next_id_++;
  operation.window.sent(now);
  ++operation.counters.sent;
  ++operation.counters.in_flight;
  if (operation.backoff.failures() > 0) ++operation.counters.retried;
  under_way_.emplace(request.id, std::move(under_way));
  return request;
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
  enter(state, std::move(reason), LogLevel::kError);
}

void Scheduler::deliver(Time now, UnderWay& under_way, const api::Outcome& outcome) {
  switch (under_way.slot) {
    case kBeat:
      return heartbeat_.delivered(now);
    case kPosition:
      return positions_.delivered(now);
    default: {
      state::TicketEnds ends;
      desired(under_way.slot).delivered(now, under_way.group, ends);
      answer(ends, outcome);
    }
  }
}

void Scheduler::keep(Time now, UnderWay& under_way) {
  switch (under_way.slot) {
    case kBeat:
      return heartbeat_.failed();
    case kPosition:
      return positions_.failed(now);
    default: {
      state::TicketEnds ends;
      desired(under_way.slot).failed(under_way.group, ends);
      answer(ends, {});
    }
  }
}

void Scheduler::reject(Time now, UnderWay& under_way, const api::Outcome& outcome) {
  const std::string said = " (" + std::to_string(outcome.status) + "): " + outcome.error.detail;
  switch (under_way.slot) {
    case kBeat:
      heartbeat_.rejected(now);
      return log(LogLevel::kWarn, "The CAD refused the heartbeat" + said);
    case kPosition:
      positions_.rejected(now);
      return log(LogLevel::kWarn, "The CAD refused the positions" + said);
    default: {
      state::TicketEnds ends;
      const bool ended = desired(under_way.slot).rejected(under_way.group, ends);
      answer(ends, outcome);
      const std::string what = under_way.slot == kPanic ? "a panic" : "a status";
      if (ended) {
        log(LogLevel::kWarn, "The CAD refused " + what + " of unit '" + under_way.group.units.front() + "'" + said);
      } else {
        log(LogLevel::kDebug, "The CAD refused " + what + " of " + std::to_string(under_way.group.units.size()) +
                                  " units" + said + " They are sent again in two halves.");
      }
    }
  }
}

void Scheduler::done(Time now, std::uint64_t request_id, api::Outcome outcome) {
  auto node = under_way_.extract(request_id);
  if (node.empty()) return;
  UnderWay& under_way = node.mapped();
  OperationState& operation = operations_[under_way.slot];
  OperationCounters& counters = operation.counters;
  --counters.in_flight;
  outcome.left ? operation.window.answered(now, under_way.sent_at) : operation.window.not_sent();
  if (under_way.probe) {
    probing_ = false;
    probe_at_ = now + kRefusedProbe;
  }
  if (outcome.error.kind != ErrorKind::kNone) ++counters.failed[static_cast<std::size_t>(outcome.error.kind)];

  const bool answered = outcome.verdict != api::Verdict::kUnreachable;
  if (answered) {
    counters.latency.record(now - under_way.sent_at);
    circuit_.succeed();
  }
  const bool refused_server = outcome.verdict == api::Verdict::kRejected && outcome.status == 404 &&
                              (under_way.slot == kBeat || under_way.slot == kPosition);
  // Only an answer to what was asked shows that the CAD takes the key and knows the server; a 404 for a panic may mean
  // its unit.
  const bool understood = outcome.verdict == api::Verdict::kDelivered ||
                          (outcome.verdict == api::Verdict::kRejected && outcome.status != 404);
  if (understood && state_ != State::kRunning) {
    const bool first = state_ == State::kStarting;
    enter(State::kRunning,
          first ? "Connected to " + where_ + " as server " + std::to_string(server_id_) + "."
                : "The CAD at " + where_ + " answers again.",
          LogLevel::kInfo);
  }

  switch (outcome.verdict) {
    case api::Verdict::kDelivered:
      ++counters.succeeded;
      if (std::exchange(operation.troubled, false)) {
        log(LogLevel::kInfo, std::string(operation.operation->id) + " succeeds again.");
      }
      operation.backoff.succeed();
      operation.not_before = Time::min();
      return deliver(now, under_way, outcome);

    case api::Verdict::kUnauthorized:
      keep(now, under_way);
      return refused(now, State::kUnauthorized,
                     "The CAD refuses the API key (401): check sonoran_apiKey in server.cfg, then 'sonoran_bridge "
                     "reload'; until then everything waits, and one request asks again every " +
                         seconds_text(kRefusedProbe) + ".");

    case api::Verdict::kRateLimited: {
      ++counters.rate_limited;
      const Duration wait = outcome.retry_after.value_or(kLimitedWait);
      operation.window.limited(now, wait);
      keep(now, under_way);
      return log(LogLevel::kWarn, std::string(operation.operation->id) +
                                      ": the CAD's rate limit was reached (429), probably by another server with the "
                                      "same key; it goes on in " +
                                      seconds_text(wait) + ", at half the rate. See sonoran_bridge_rate_share.");
    }

    case api::Verdict::kUnreachable: {
      operation.not_before = now + operation.backoff.fail(random_);
      keep(now, under_way);
      const bool opened = circuit_.fail(now, random_);
      if (opened || state_ == State::kStarting) {
        enter(State::kUnavailable, outcome.error.detail + " Panics and statuses are kept until it answers.",
              LogLevel::kError);
      } else {
        log(LogLevel::kDebug, std::string(operation.operation->id) + ": " + outcome.error.detail);
      }
      return;
    }

    case api::Verdict::kTryAgain:
      operation.not_before = now + std::max(operation.backoff.fail(random_), outcome.retry_after.value_or(Duration(0)));
      keep(now, under_way);
      if (operation.backoff.failures() >= 3 && !std::exchange(operation.troubled, true)) {
        log(LogLevel::kWarn, std::string(operation.operation->id) + ": the CAD answered with status " +
                                 std::to_string(outcome.status) + " three times in a row; it is tried again until it " +
                                 "succeeds.");
      }
      return;

    case api::Verdict::kRejected:
      operation.backoff.succeed();
      if (refused_server) {
        keep(now, under_way);
        return refused(now, State::kServerUnknown,
                       "The CAD knows no server " + std::to_string(server_id_) +
                           " for this API key (404): check sonoran_serverId in server.cfg, then 'sonoran_bridge "
                           "reload'; until then everything waits, and one request asks again every " +
                           seconds_text(kRefusedProbe) + ".");
      }
      return reject(now, under_way, outcome);
  }
}

// ---------------------------------------------------------------------------------------------------------- shutdown

void Scheduler::begin_stop() {
  stopping_ = true;
  positions_.drop_all();
  heartbeat_.drop_all();
}

void Scheduler::end_stop() {
  api::Outcome outcome;
  outcome.error = {ErrorKind::kShuttingDown, "Shutting down", "The bridge was stopped before the CAD had taken this.",
                   ""};
  // What is under way may have arrived; nobody will know.
  for (auto& [id, under_way] : under_way_) keep(under_way.sent_at, under_way);
  under_way_.clear();
  positions_.drop_all();
  heartbeat_.drop_all();
  state::TicketEnds ends;
  panics_.drop_all(ends);
  statuses_.drop_all(ends);
  answer(ends, outcome);
  state_ = State::kStopping;
}

bool Scheduler::desired_settled() const {
  return panics_.unsettled() == 0 && statuses_.unsettled() == 0;
}

bool Scheduler::settled() const {
  return desired_settled() && under_way_.empty() && positions_.moved() == 0 && heartbeat_.pending() == 0;
}

}  // namespace sonoran::schedule
