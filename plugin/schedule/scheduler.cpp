#include "schedule/scheduler.h"

#include <algorithm>
#include <utility>

#include "api/request.h"
#include "core/limits.h"
#include "core/text.h"
#include "state/unit_names.h"

namespace sonoran::schedule {
namespace {

using api::Failure;

/// After so many failures of an operation in a row the console says so.
constexpr int kTroubled = 3;

/// Bytes of a failure's sentence that are kept for people.
constexpr std::size_t kLastWords = 400;

/// Indices in rows_: of panics, and of the first source that only knocks.
constexpr std::size_t kPanic = 0;
constexpr std::size_t kKnock = 5;

std::vector<OperationState> operation_states(const Settings& settings) {
  std::vector<OperationState> states;
  for (const api::Operation& operation : api::operations()) {
    states.push_back({.operation = &operation,
                      .window = Budget(window_of(operation, settings.rate_share)),
                      .calls_window = {},
                      .counters = {},
                      .answer_times = {}});
    if (has_calls_part(operation)) states.back().calls_window.emplace(calls_window_of(operation, settings.rate_share));
  }
  return states;
}

/// The budget of calls by name. Only for an operation that has one.
Budget& calls_part(OperationState& operation) {
  return *operation.calls_window;  // NOLINT(bugprone-unchecked-optional-access)
}

/// Panic requests that may be without an answer: a try and its second copy at least.
int unanswered_panics(const Budget& window, Time now) {
  return std::max(window.limit(now) / limits::kPanicUnanswered, 2);
}

}  // namespace

Scheduler::Scheduler(const Settings& settings, std::uint64_t seed)
    : server_id_(settings.server_id),
      random_(seed),
      panics_(state::DesiredKind::kPanic, settings.dedupe, Duration(0)),
      statuses_(state::DesiredKind::kStatus, settings.dedupe, std::chrono::milliseconds(limits::kStatusGather_ms)),
      heartbeat_(settings.heartbeat),
      positions_(settings),
      operations_(operation_states(settings)),
      health_(settings.endpoint.text, settings.server_id) {}

void Scheduler::spend_from(const std::vector<Budget>& budgets) {
  std::size_t next = 0;
  for (OperationState& operation : operations_) operation.window = budgets.at(next++);
  for (OperationState& operation : operations_) {
    if (operation.calls_window) operation.calls_window = budgets.at(next++);
  }
}

void Scheduler::settle_budgets(Time now) {
  for (auto& [id, request] : under_way_) {
    OperationState& operation = state_of(*request.operation);
    request.copies.break_off(now, operation.window);
    if (request.part) request.part->break_off(now, calls_part(operation));
  }
}

// ---------------------------------------------------------------------------------------------------- what is wanted

void Scheduler::want(Time now, state::DesiredKind kind, std::string_view unit, int value, Ticket ticket, Ticket order) {
  (kind == state::DesiredKind::kPanic ? panics_ : statuses_).want(now, unit, value, ticket, order, news_);
  if (kind == state::DesiredKind::kPanic) {
    refused_tries_.pressed();
    // The unit's newest value, which may not be this one.
    const auto seen = panics().seen(unit);
    const int last = seen ? seen->wanted.value_or(seen->acknowledged.value_or(value)) : value;
    positions_.hub().set_panic(now, unit, last != 0);
  }
  pass_news();
}

void Scheduler::take_rest(Time now, std::size_t units) {
  while (has_rest() && units != 0) {
    Rest& rest = rests_.front();
    const std::size_t until =
        std::min(rest.desired.units.size(), rest.taken + std::min(units, rest.desired.units.size()));
    units -= until - rest.taken;
    for (; rest.taken < until; ++rest.taken) {
      want(now, rest.kind, rest.desired.units[rest.taken], rest.desired.value, rest.stand_in, rest.ticket);
    }
    if (until != rest.desired.units.size()) return;
    rest_bytes_ -= rest.desired.units.bytes();
    rests_.pop_front();
  }
}

void Scheduler::call(Time now, Ticket ticket, api::CheckedCall call, Time deadline, std::size_t most) {
  if (api::DesiredCall& desired = call.desired; !desired.units.empty()) {
    const auto kind =
        call.operation == &api::set_unit_panic() ? state::DesiredKind::kPanic : state::DesiredKind::kStatus;
    const Ticket stand_in = joined_.add(ticket, desired.units.size(), deadline);
    const bool others_first = has_rest();
    rest_bytes_ += desired.units.bytes();
    rests_.push_back({.kind = kind, .desired = std::move(desired), .ticket = ticket, .stand_in = stand_in});
    if (!others_first) take_rest(now, most);
    return;
  }
  // A 429 closed the operation beyond the deadline: there is nothing to wait for.
  if (const Time opening = state_of(*call.operation).window.closed_until(); opening >= deadline) {
    api::Outcome outcome;
    outcome.error = {ErrorKind::kRateLimited, "Too Many Requests",
                     "The CAD's rate limit was reached, and it opens again after the deadline of this call.", ""};
    outcome.retry_after = opening - now;
    return calls_.refuse(ticket, std::move(call), outcome);
  }
  // While the CAD is away a query fails at once, unless it can be the probe.
  const bool query = call.operation->traffic_class == api::TrafficClass::kQuery;
  const bool refused = query && health_.holds_calls() && health_.probe_time() > now;
  calls_.add(now, ticket, std::move(call), deadline);
  if (!refused) return;
  const bool unauthorized = health_.state() == State::kUnauthorized;
  calls_.end(CallQueue::Which::kWaitingQueries,
             {unauthorized ? ErrorKind::kUnauthorized : ErrorKind::kUnavailable,
              unauthorized ? "Unauthorized" : "The CAD cannot be reached", health_.reason(), ""});
}

void Scheduler::cancel(Ticket ticket) {
  if (calls_.cancel(ticket)) return;
  if (auto told = joined_.cancel(ticket)) answers_.push_back(std::move(*told));
}

void Scheduler::heard(Time now, const api::UnitNews& news) {
  roster_.heard(now, news);
  pass_heard();
}

void Scheduler::set_live(Time now, bool live) {
  roster_.set_live(now, live);
  positions_.hub().set_up(now, live);
}

void Scheduler::pass_heard() {
  // No unit has this value. After a logout it replaces what was known of the unit.
  constexpr int kGone = -1;
  for (const auto& [at, unit, logged_out, logged_in] : roster_.take_heard()) {
    const std::optional<int> panic = logged_out ? kGone : unit.panic ? std::optional<int>(*unit.panic) : std::nullopt;
    const std::optional<int> status = logged_out ? kGone : unit.status;
    for (const std::string& id : unit.ids) {
      if (panic) positions_.hub().set_panic(at, id, *panic > 0);
      if (logged_in) positions_.hub().logged_in(at, id);
      state::each_spelling(id, [&](std::string_view name) {
        if (panic) panics_.heard(at, name, *panic);
        if (status) statuses_.heard(at, name, *status);
      });
    }
  }
}

void Scheduler::pass_news() {
  pass_heard();
  for (Answer& answer : std::exchange(news_.answers, {})) {
    if (auto told = joined_.pass(std::move(answer))) answers_.push_back(std::move(*told));
  }
}

void Scheduler::note_refusals(Time now) {
  for (UnitRefusal& refusal : std::exchange(news_.refusals, {})) refusals_.note(now, std::move(refusal));
}

std::vector<Answer> Scheduler::take_answers() {
  for (Answer& answer : calls_.take_answers()) answers_.push_back(std::move(answer));
  return std::exchange(answers_, {});
}

// ---------------------------------------------------------------------------------------------------- what may leave

Time Scheduler::opens(const Row& row, Time now) const {
  const Budget& window = state_of(*row.rules().operation).window;
  // Units that the road refuses again and again leave a quarter of the budget to the others.
  return std::max(window.next(now, row.source->suspects_only() ? window.limit(now) / 4 : 0), row.not_before);
}

/// While the CAD answers nothing, panics use only a part of their budget. The rest is there when the CAD is back.
Time Scheduler::panics_open(Time now) const {
  return std::max(silence_leaves_panics(now), refused_tries_.next());
}

/// When the part of the panics' budget that is for a silent CAD has a place.
Time Scheduler::silence_leaves_panics(Time now) const {
  const Budget& window = state_of(api::set_unit_panic()).window;
  return window.next_unanswered(now, health_.answered_at(), unanswered_panics(window, now));
}

/// The latest time at which some request leaves, while a panic waits or is under way.
Time Scheduler::knock_time() const {
  return panics_.pending() == 0 ? kNever : last_left_ + std::chrono::seconds(limits::kKnock_s);
}

Scheduler::Candidate Scheduler::source_candidate(std::size_t which, Time now, bool whatever_lane) const {
  const Row& row = rows_[which];
  const SourceRules& rules = row.rules();
  const Time when = row.source->due();
  if (when == kNever || (!whatever_lane && !lanes_.free(*rules.operation, rules.traffic))) return {};
  // It is the turn of a waiting call of the same operation.
  if (rules.takes_turns && state_of(*rules.operation).last_was_own && calls_.due(*rules.operation) <= now) return {};
  Time opening = std::max(when, opens(row, now));
  if (which == kPanic) opening = std::max(opening, panics_open(now));
  return {.when = opening, .row = which, .operation = rules.operation};
}

Scheduler::Candidate Scheduler::call_candidate(Time now, bool urgent, bool whatever_lane) const {
  Candidate best;
  CallQueue::Id oldest = 0;
  calls_.each_due([&](const api::Operation& operation, Time due) {
    if ((operation.lane == api::Lane::kUrgent) != urgent) return;
    if (!whatever_lane && !lanes_.free(operation, Traffic::kCall)) return;
    const OperationState& state = state_of(operation);
    Time when = std::max(due, state.window.next(now));
    if (state.calls_window) when = std::max(when, state.calls_window->next(now));
    const bool ready = when <= now;
    const CallQueue::Id id = ready ? calls_.oldest(operation, now) : 0;
    // Ready now: the oldest. Otherwise: the one that is ready first.
    const bool better = ready ? best.when > now || id < oldest : when < best.when && best.when > now;
    if (!better) return;
    best = {.when = when, .operation = &operation};
    oldest = id;
  });
  return best;
}

/// The first request that nothing holds back, now or later.
Scheduler::Candidate Scheduler::first_candidate(Time now) const {
  Candidate first;
  const auto consider = [&](const Candidate& candidate) {
    if (first.when > now && candidate.when < first.when) first = candidate;
  };
  consider(source_candidate(kPanic, now, false));
  const bool calls = !health_.holds_calls();
  if (calls) consider(call_candidate(now, true, false));
  for (std::size_t row = kPanic + 1; row < kKnock && !health_.holds_sources(); ++row) {
    consider(source_candidate(row, now, false));
  }
  if (calls) consider(call_candidate(now, false, false));
  return first;
}

/// Notes a request that asks whether the CAD answers. A kept connection that something on the road has forgotten would
/// swallow it, so it leaves on a new one. So it takes one place of its budget and is never replaced by a copy.
void Scheduler::note_knock(Request& request) {
  last_knock_ = request.operation;
  request.repeatable = false;
  request.hedged = false;
}

/// The request that asks whether the trouble is over: one of those that are held back. Panics never are.
Scheduler::Candidate Scheduler::held_candidate(Time now) const {
  Candidate first;
  const auto consider = [&](const Candidate& candidate) {
    if (first.when > now && candidate.when < first.when) first = candidate;
  };
  if (health_.doubts_server()) {
    for (const bool names_no_unit : {true, false}) {
      for (std::size_t row = kPanic + 1; row < kKnock && first.when == kNever; ++row) {
        if (rows_[row].rules().names_no_unit == names_no_unit) first = source_candidate(row, now, true);
      }
    }
    return first;
  }
  consider(call_candidate(now, true, true));
  for (std::size_t row = kPanic + 1; row < kKnock; ++row) consider(source_candidate(row, now, true));
  consider(call_candidate(now, false, true));
  return first;
}

/// The request for knock_time(): one of a source or call if one waits, else one that only knocks. The operation of the
/// last knock comes last: it may be the only one without an answer.
Scheduler::Candidate Scheduler::knock_candidate(Time now) const {
  const Time knock = knock_time();
  if (knock == kNever) return {};
  const Candidate bare = bare_knock(now, knock);
  if (!health_.holds_sources()) return bare;
  Candidate held = held_candidate(now);
  if (held.when > std::max(now, knock)) return bare;
  held.when = std::max(held.when, knock);
  // Requests that only knock have small budgets, which must last for a long silence: each keeps its last place.
  const bool spare = bare.row && state_of(*bare.operation).window.left(now) > 1;
  return held.operation == last_knock_ && spare && bare.when <= held.when ? bare : held;
}

Scheduler::Candidate Scheduler::bare_knock(Time now, Time knock) const {
  Candidate first;
  Candidate again;
  for (std::size_t row = kKnock; row < rows_.size() && first.when > knock; ++row) {
    const Candidate candidate{
        .when = std::max(knock, opens(rows_[row], now)), .row = row, .operation = rows_[row].rules().operation};
    Candidate& best = candidate.operation == last_knock_ ? again : first;
    if (candidate.when < best.when) best = candidate;
  }
  return again.when < first.when ? again : first;
}

Time Scheduler::wakeup(Time now) const {
  Time earliest =
      std::min({calls_.next_deadline(), joined_.next_deadline(), first_candidate(now).when, knock_candidate(now).when});
  for (const Row& row : rows_) earliest = std::min(earliest, row.source->deadline());
  earliest = std::min(earliest, positions_.hub().due(now));
  if (health_.holds_sources()) {
    if (const Time held = held_candidate(now).when; held != kNever) {
      earliest = std::min(earliest, std::max(held, health_.probe_time()));
    }
  }
  return earliest;
}

Time Scheduler::positions_open(Time now) const {
  const auto row = std::ranges::find(rows_, static_cast<const Source*>(&positions_), &Row::source);
  Time opening = std::max(opens(*row, now), positions_.hub().http_from());
  if (health_.holds_sources()) opening = std::max(opening, health_.probe_time());
  return std::min(opening, positions_.hub().opens(now));
}

std::optional<Request> Scheduler::next(Time now) {
  calls_.expire(now);
  joined_.expire(now, answers_);
  for (const Row& row : rows_) {
    if (row.source->deadline() <= now) row.source->expire(now, news_);
  }
  note_refusals(now);
  for (;;) {
    const Candidate first = first_candidate(now);
    if (first.when > now) break;
    if (auto request = send(now, first)) return request;
  }
  if (health_.holds_sources() && health_.probe_time() <= now) {
    if (const Candidate probe = held_candidate(now); probe.when <= now) {
      if (auto request = send(now, probe)) {
        note_knock(*request);
        under_way_.at(request->id).probe = true;
        health_.probe_sent();
        return request;
      }
    }
  }
  if (const Candidate knock = knock_candidate(now); knock.when <= now) {
    if (auto request = send(now, knock)) {
      note_knock(*request);
      return request;
    }
    // The source had nothing to send after all.
    if (const Candidate bare = bare_knock(now, knock_time()); bare.when <= now) {
      if (auto request = send(now, bare)) {
        note_knock(*request);
        return request;
      }
    }
  }
  tell_of_waiting_panics(now);
  return std::nullopt;
}

std::optional<HubCall> Scheduler::next_hub_call(Time now) {
  return positions_.hub().next(now);
}

void Scheduler::hub_answered(Time now, std::uint64_t number, const api::HubAnswer& answer) {
  positions_.hub().answered(now, number, answer);
  positions_.tell(news_);
  note_refusals(now);
}

void Scheduler::tell_of_waiting_panics(Time now) {
  if (panics_told_ || !panics().ready() || health_.holds_sources() || rows_[kPanic].backoff.failures() != 0) return;
  const Budget& window = state_of(api::set_unit_panic()).window;
  const Time opening = window.next(now);
  if (opening <= now) return;
  panics_told_ = true;
  log(LogLevel::kWarn, "The CAD takes " + std::to_string(window.limit(now)) +
                           " panic requests a minute, and they are spent. Whoever presses now waits for the next " +
                           "request, which is expected " +
                           (opening == kNever ? "when the CAD has answered"
                                              : "in " + seconds_text(opening - now + std::chrono::milliseconds(999))) +
                           ".");
}

std::optional<Request> Scheduler::send(Time now, const Candidate& candidate) {
  OperationState& operation = state_of(*candidate.operation);
  Request request{.operation = candidate.operation, .target = {}, .body = {}, .multipart = {}};
  // Another bridge may have taken the last place since the budget was looked at.
  if (!operation.window.take(now)) return std::nullopt;
  const bool takes_part = !candidate.row && operation.calls_window;
  if (takes_part && !operation.calls_window->take(now)) {
    operation.window.give_back(now);
    return std::nullopt;
  }
  Cargo cargo;
  CallQueue::Id id = 0;
  bool again = false;
  if (candidate.row) {
    const Row& row = rows_[*candidate.row];
    auto filled = row.source->fill(now);
    if (!filled) {
      operation.window.give_back(now);
      return std::nullopt;
    }
    cargo = std::move(*filled);
    request.target = api::target(*candidate.operation, server_id_) + cargo.query;
    request.body = std::move(cargo.body);
    request.repeatable = true;
    request.hedged = row.rules().hedged;
    again = row.failed;
    if (candidate.row == kPanic) panics_told_ = false;
  } else {
    id = calls_.oldest(*candidate.operation, now);
    const api::CheckedCall& call = calls_.take(id);
    request.target = call.target;
    request.body = call.body;
    request.multipart = call.multipart;
    request.repeatable = call_class(*candidate.operation) != RetryClass::kCommand;
    again = calls_.tried(id);
  }
  request.id = next_id_++;
  last_left_ = now;
  if (candidate.row == kPanic) refused_tries_.sent(now);
  operation.last_was_own = candidate.row.has_value();
  ++operation.counters.sent;
  ++operation.counters.in_flight;
  if (again) ++operation.counters.retried;
  std::optional<Copies> part;
  if (takes_part) part.emplace(now);
  const UnderWay& under_way = under_way_
                                  .emplace(request.id, UnderWay{.operation = candidate.operation,
                                                                .row = candidate.row,
                                                                .call = id,
                                                                .cargo = std::move(cargo),
                                                                .copies = Copies(now),
                                                                .part = part})
                                  .first->second;
  lanes_.enter(*under_way.operation, traffic(under_way));
  return request;
}

bool Scheduler::permit(Time now, std::uint64_t request_id, Copy copy) {
  const auto found = under_way_.find(request_id);
  if (found == under_way_.end()) return false;
  UnderWay& request = found->second;
  OperationState& operation = state_of(*request.operation);
  if (request.part && calls_part(operation).left(now) == 0) return false;
  if (copy == Copy::kHedge) {
    const bool may = request.row && rows_[*request.row].rules().hedged;
    // A panic is never held: it has a second copy also while the key is refused or the CAD cannot be reached.
    if (!may || (request.row != kPanic && health_.holds_calls()) || request.copies.hedged()) return false;
    if (!affords_hedge(operation.window.left(now), operation.window.limit(now))) return false;
    if (request.row == kPanic && silence_leaves_panics(now) > now) return false;
    if (operation.answer_times.slower_than(now, std::chrono::milliseconds(limits::kHedge_ms))) return false;
    if (!lanes_.free(*request.operation, traffic(request))) return false;
    if (!operation.window.take_for_copy(now)) return false;
    lanes_.enter(*request.operation, traffic(request));
    request.copies.hedge(now);
    ++operation.counters.hedged;
  } else {
    if (!operation.window.take_for_copy(now)) return false;
    request.copies.replace(now, operation.window);
    if (request.part) {
      static_cast<void>(calls_part(operation).take_for_copy(now));  // checked above
      request.part->replace(now, calls_part(operation));
    }
    ++operation.counters.replaced;
  }
  return true;
}

// ------------------------------------------------------------------------------------------------- what became of it

void Scheduler::done(Time now, std::uint64_t request_id, api::Outcome outcome, HedgeEnd hedge) {
  auto node = under_way_.extract(request_id);
  if (node.empty()) return;
  UnderWay& request = node.mapped();
  OperationState& operation = state_of(*request.operation);
  OperationCounters& counters = operation.counters;
  --counters.in_flight;
  lanes_.leave(*request.operation, traffic(request));
  if (request.copies.hedged()) lanes_.leave(*request.operation, traffic(request));
  request.copies.end(now, outcome.failure, hedge, operation.window);
  if (request.part) request.part->end(now, outcome.failure, hedge, calls_part(operation));
  request.cargo.stray = request.copies.strays();
  if (request.copies.won()) ++counters.hedges_won;
  if (const auto took = request.copies.answer_time()) operation.answer_times.record(now, *took);
  if (api::was_answered(outcome.failure)) counters.latency.record(now - request.copies.sent_at());
  if (outcome.failure == Failure::kNone) ++counters.succeeded;
  if (outcome.error.kind != ErrorKind::kNone) {
    ++counters.failed[static_cast<std::size_t>(outcome.error.kind)];
    counters.last_failure = LastFailure{outcome.error, now};
    counters.last_failure->error.detail = printable(outcome.error.detail, kLastWords);
  }
  if (outcome.failure == Failure::kRateLimited) {
    ++counters.rate_limited;
    const Duration wait = limited_wait(request, outcome);
    outcome.retry_after = wait;
    operation.window.limited(now, wait);
    if (operation.calls_window) operation.calls_window->limited(now, wait);
    log(LogLevel::kWarn, std::string(request.operation->id) + ": " +
                             with_trace("the CAD's rate limit was reached (429), probably by another server with the "
                                        "same key; it goes on in " +
                                            seconds_text(wait) + ", at half the rate.",
                                        outcome.error.trace_id) +
                             " See sonoran_bridge_rate_share.");
  }
  const Ended ended{.operation = request.operation,
                    .subject = request.row ? rows_[*request.row].source->subject(outcome) : Subject::kCall,
                    .probe = request.probe};
  const CadHealth::Change change = health_.ended(now, ended, outcome, random_, news_.log);
  note_refusal(request, outcome);
  if (api::was_answered(outcome.failure)) release_panics();
  if (change.opened || change.unauthorized) calls_.end(CallQueue::Which::kWaitingQueries, outcome.error);
  if (request.row) {
    done_source(now, rows_[*request.row], request, outcome);
  } else {
    done_call(now, request, outcome);
  }
  note_refusals(now);
  pass_news();
}

Duration Scheduler::limited_wait(const UnderWay& request, const api::Outcome& outcome) {
  if (!outcome.retry_after) {
    // All servers that share the key got the 429 at the same time.
    std::uniform_int_distribution<Duration::rep> draw((kLimitedWait * 4 / 5).count(), (kLimitedWait * 6 / 5).count());
    return Duration(draw(random_));
  }
  const Duration most = std::chrono::seconds(limits::kPanicLimited_s);
  return request.operation == &api::set_unit_panic() ? std::min(*outcome.retry_after, most) : *outcome.retry_after;
}

void Scheduler::note_refusal(const UnderWay& request, const api::Outcome& outcome) {
  if (!health_.refuses()) return refused_tries_.end();
  refused_tries_.begin();
  const bool refused = outcome.failure == Failure::kUnauthorized || outcome.failure == Failure::kRejected;
  if (request.row == kPanic && !refused) refused_tries_.restart();
}

/// The CAD answers: a panic whose last try had no answer does not wait for its backoff.
void Scheduler::release_panics() {
  Row& row = rows_[kPanic];
  if (!std::exchange(row.unanswered, false)) return;
  row.backoff.succeed();
  row.not_before = Time::min();
}

void Scheduler::done_source(Time now, Row& row, const UnderWay& request, const api::Outcome& outcome) {
  Source& source = *row.source;
  if (outcome.failure == Failure::kNone) {
    if (std::exchange(row.troubled, false))
      log(LogLevel::kInfo, std::string(request.operation->id) + " succeeds again.");
    row.backoff.succeed();
    row.not_before = Time::min();
    row.failed = false;
    return source.delivered(now, request.cargo, outcome, news_);
  }
  row.failed = true;
  const bool road = api::is_of_the_road(outcome.failure);
  if (road && source.refused_by_road(now, request.cargo, outcome, health_.cads_word(), random_, news_)) {
    row.backoff.succeed();
    row.not_before = Time::min();
    return;
  }
  switch (remedy(row.rules().retry, outcome.failure)) {
    case Remedy::kRetry: {
      if (!road) source.requeue(now, request.cargo, outcome, news_);
      if (outcome.failure == Failure::kRateLimited) return;  // the closed window is its wait
      row.unanswered = !api::was_answered(outcome.failure);
      const Duration asked_for = row.rules().heeds_gateways ? outcome.retry_after.value_or(Duration(0)) : Duration(0);
      row.not_before = now + std::max(row.backoff.fail(random_), asked_for);
      // CadHealth has already logged an answer of something on the road.
      if (api::was_answered(outcome.failure) && !road && !row.rules().tells_trouble_itself &&
          row.backoff.failures() >= kTroubled && !std::exchange(row.troubled, true)) {
        log(LogLevel::kWarn, std::string(request.operation->id) + " failed " + std::to_string(kTroubled) +
                                 " times in a row: " + with_trace(outcome.error.detail, outcome.error.trace_id) +
                                 " It is tried again until it succeeds.");
      }
      return;
    }
    case Remedy::kWait:
      return source.requeue(now, request.cargo, outcome, news_);
    default:
      row.backoff.succeed();
      // It is sent again once the CAD knows the server, unless the refusal names a unit of the map.
      if (health_.state() == State::kServerUnknown && outcome.status == 404 &&
          (!row.rules().names_no_unit || source.subject(outcome) != Subject::kUnits)) {
        return source.requeue(now, request.cargo, outcome, news_);
      }
      row.failed = false;
      return source.rejected(now, request.cargo, outcome, news_);
  }
}

void Scheduler::done_call(Time now, const UnderWay& request, const api::Outcome& outcome) {
  const Remedy what = remedy(call_class(*request.operation), outcome.failure);
  if (what == Remedy::kRetry) {
    const Time not_before = now + outcome.retry_after.value_or(Duration(0));
    const bool waits = calls_.again(now, request.call, outcome, not_before, random_);
    // While the CAD is away, waiting queries fail now.
    if (waits && health_.holds_calls()) calls_.end(CallQueue::Which::kWaitingQueries, outcome.error);
    return;
  }
  calls_.done(request.call, outcome, what == Remedy::kUnknown);
}

// ---------------------------------------------------------------------------------------------------------- shutdown

void Scheduler::begin_stop() {
  for (const Row& row : rows_) row.source->begin_stop();
  calls_.end(CallQueue::Which::kWaitingButUrgent,
             {ErrorKind::kShuttingDown, "Shutting down", "The bridge was stopped before this call left.", ""});
}

void Scheduler::end_stop() {
  api::Outcome outcome;
  outcome.error = {ErrorKind::kShuttingDown, "Shutting down", "The bridge was stopped before the CAD had taken this.",
                   ""};
  // Requests under way may have arrived; no answer will tell.
  api::Outcome unknown;
  unknown.failure = Failure::kNoAnswer;
  for (auto& [id, request] : under_way_) {
    if (request.row) rows_[*request.row].source->requeue(request.copies.sent_at(), request.cargo, unknown, news_);
  }
  under_way_.clear();
  for (const Row& row : rows_) row.source->end_stop(outcome, news_);
  pass_news();
  calls_.end(CallQueue::Which::kAll, outcome.error);
  health_.stop();
}

bool Scheduler::settled() const {
  return calls_.empty() && under_way_.empty() && !has_rest() &&
         std::ranges::all_of(rows_, [](const Row& row) { return row.source->settled(); });
}

// --------------------------------------------------------------------------------------------------------- to be seen

std::uint64_t Scheduler::queued(const OperationState& operation) const {
  std::uint64_t own = 0;
  for (const Row& row : rows_) {
    if (row.rules().operation == operation.operation) own += row.source->pending();
  }
  return own + calls_.waiting(*operation.operation);
}

Duration Scheduler::longest_wait(const OperationState& operation, Time now) const {
  Duration longest = calls_.longest_wait(*operation.operation, now);
  for (const Row& row : rows_) {
    if (row.rules().operation == operation.operation) longest = std::max(longest, row.source->longest_wait(now));
  }
  return longest;
}

Time Scheduler::expected(const OperationState& operation, Time now) const {
  // Waiting panics, statuses and positions share a request, and go before calls of the same operation. Every other call
  // has a request of its own.
  const std::size_t ahead = operation.calls_window ? 0 : calls_.waiting(*operation.operation);
  const Time opening = operation.window.expected(now, ahead);
  const bool held = health_.holds_calls() && operation.operation != &api::set_unit_panic();
  return held ? std::max(opening, health_.probe_time()) : opening;
}

}  // namespace sonoran::schedule
