// Which request leaves next, and when. Pure: it is given the time, takes what the game says and what became of each
// request, and gives requests, answers to tickets and log lines.
//
// A panic is held back by nothing but its own budget: it is tried in every state of the bridge. While the CAD is silent
// and a panic waits or is under way, something leaves every limits::kKnock_s, and the first answer to anything lets the
// panic leave at once. Its tries without an answer use a part of its budget only (limits::kPanicUnanswered), and at
// most two copies of one request are in the air.
//
// It keeps the choice only. What the module sends by itself are sources (source.h, a class and a row each), what others
// ask for is the queue of calls; budgets (rate_window.h, copies.h), connections (lanes.h) and how it is with the CAD
// (cad_health.h) say what may leave.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/call.h"
#include "api/operation.h"
#include "api/response.h"
#include "core/error.h"
#include "core/histogram.h"
#include "core/settings.h"
#include "core/time.h"
#include "schedule/answer.h"
#include "schedule/backoff.h"
#include "schedule/budget.h"
#include "schedule/cad_health.h"
#include "schedule/call_queue.h"
#include "schedule/copies.h"
#include "schedule/hedge.h"
#include "schedule/joined_calls.h"
#include "schedule/lanes.h"
#include "schedule/refused_tries.h"
#include "schedule/source.h"

namespace sonoran::schedule {

/// What was said of the request of an operation that failed last.
struct LastFailure {
  Error error;
  Time at{};
};

/// What became of an operation's requests.
struct OperationCounters {
  std::uint64_t sent = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t retried = 0;  // of those sent: again, after a failure
  // Of those sent, another copy, which the CAD counts as well:
  std::uint64_t hedged = 0;      // a second one beside the first
  std::uint64_t hedges_won = 0;  // of these, answered before the first
  std::uint64_t replaced = 0;    // one in place of the first, whose kept connection was closed
  std::uint64_t rate_limited = 0;
  std::array<std::uint64_t, kErrorKinds> failed{};
  std::uint64_t in_flight = 0;
  Histogram latency;
  std::optional<LastFailure> last_failure;
};

/// An operation's budget and counters, whoever uses it.
struct OperationState {
  const api::Operation* operation = nullptr;
  Budget window;
  /// What calls may take of it, where the module sends the operation by itself: the rest is for presses (and positions,
  /// heartbeats), however many calls wait.
  std::optional<Budget> calls_window;
  OperationCounters counters;
  AnswerTimes answer_times;
  bool last_was_own = false;  // a source sent the last request, not a call
};

class Scheduler {
 public:
  /// A 429 that names no time closes the operation for so long, a fifth more or less, drawn.
  static constexpr Duration kLimitedWait = std::chrono::seconds(5);

  Scheduler(const Settings& settings, std::uint64_t seed);

  /// From now on these budgets are spent, which others may spend from as well: one an operation in the table's order,
  /// then those of calls (has_calls_part()), in the same order. Before anything was sent.
  void spend_from(const std::vector<Budget>& budgets);
  /// What is under way was broken off and may still arrive: its places are held as long as such a request's. Nothing is
  /// sent and no answer counts after this.
  void settle_budgets(Time now);

  // ------------------------------------------------------------------------------------------ what the game says
  bool push_position(Time now, const state::PositionSample& sample) { return positions_.push(now, sample); }
  void count_coalesced_positions(std::uint64_t samples) { positions_.count_coalesced(samples); }
  void count_coalesced_heartbeats(std::uint64_t counts) { heartbeat_.count_coalesced(counts); }
  void remove_unit(std::string_view unit) { positions_.remove(unit); }
  void set_player_count(Time now, unsigned count) { heartbeat_.set_player_count(now, count); }
  void want(Time now, state::DesiredKind kind, std::string_view unit, int value, Ticket ticket);
  /// A call that only names units and one value is merged into the desired states.
  void call(Time now, Ticket ticket, api::CheckedCall call, Time deadline);
  void cancel(Ticket ticket);
  /// The CAD says by itself that a unit has this panic or status now: see DesiredStates::heard().
  void heard(Time now, state::DesiredKind kind, std::string_view unit, int value) {
    (kind == state::DesiredKind::kPanic ? panics_ : statuses_).heard(now, unit, value);
  }
  /// From now on the CAD is asked which units are active.
  void follow_active_units() { roster_.follow(); }

  // --------------------------------------------------------------------------------------------------- requests
  /// The next request that may leave now; nothing when none may. It counts as sent.
  std::optional<Request> next(Time now);

  /// The earliest time at which next() can return more, or a deadline passes; kNever when only news can change that.
  [[nodiscard]] Time wakeup(Time now) const;

  /// The earliest time at which positions may leave, if a unit moves.
  [[nodiscard]] Time positions_open(Time now) const;

  /// Whether another copy of a request that is under way may leave now. It then counts as sent. A hedge leaves for
  /// panics and statuses only, once, and not with the last part of the budget (limits::kHedgeReserve), nor where the
  /// CAD was as slow lately (AnswerTimes), nor while it cannot be reached, nor beyond what panics may use without an
  /// answer.
  bool permit(Time now, std::uint64_t request_id, Copy copy);

  /// What became of a request, and of its second copy.
  void done(Time now, std::uint64_t request_id, api::Outcome outcome, HedgeEnd hedge = HedgeEnd::kNone);

  // --------------------------------------------------------------------------------------------------- shutdown
  /// Positions, heartbeats and all calls that wait and are not urgent are dropped; panics, statuses and emergency calls
  /// still leave.
  void begin_stop();
  /// Ends what is left with `shutting_down`; commands under way that must not be repeated, with `outcome_unknown`.
  void end_stop();
  /// True when nothing is left that a stop would wait for.
  [[nodiscard]] bool stop_settled() const { return panics_.settled() && statuses_.settled() && calls_.urgent() == 0; }

  // ------------------------------------------------------------------------------------------------ what came of it
  std::vector<Answer> take_answers();
  std::vector<LogLine> take_log() { return std::exchange(news_.log, {}); }
  /// What changed of the active units, after a whole reading.
  std::optional<state::RosterChange> take_active_units() { return roster_.take_change(); }
  /// A change of the active units was lost: the next one is the whole list.
  void tell_all_active_units() { roster_.tell_all(); }

  /// True when nothing waits and nothing is under way.
  [[nodiscard]] bool settled() const;

  // ------------------------------------------------------------------------------------------------------ to be seen
  [[nodiscard]] State state() const { return health_.state(); }
  [[nodiscard]] const std::string& reason() const { return health_.reason(); }
  /// See CadHealth::since().
  [[nodiscard]] Time state_since() const { return health_.since(); }
  [[nodiscard]] const state::Positions& positions() const { return positions_.positions(); }
  [[nodiscard]] const state::Heartbeat& heartbeat() const { return heartbeat_.heartbeat(); }
  [[nodiscard]] const state::DesiredStates& panics() const { return panics_.states(); }
  [[nodiscard]] const state::DesiredStates& statuses() const { return statuses_.states(); }
  /// Null when the CAD is not asked which units are active.
  [[nodiscard]] const state::Roster* roster() const { return roster_.follows() ? &roster_.roster() : nullptr; }
  [[nodiscard]] const CallQueue& calls() const { return calls_; }
  /// Bytes of all that waits for the CAD but positions: calls, units with a panic or status on record, joined calls.
  [[nodiscard]] std::size_t held_bytes() const {
    return calls_.bytes() + panics().bytes() + statuses().bytes() + joined_.bytes();
  }
  /// In the table's order.
  [[nodiscard]] std::span<const OperationState> operations() const { return operations_; }
  [[nodiscard]] const OperationState& operation(const api::Operation& operation) const {
    return operations_[index(operation)];
  }
  /// Requests of this operation that wait, or would be needed for what waits.
  [[nodiscard]] std::uint64_t queued(const OperationState& operation) const;
  /// When a request of this operation that is asked for now may leave, as far as is known; kNever: not before an answer
  /// came.
  [[nodiscard]] Time expected(const OperationState& operation, Time now) const;

 private:
  /// A source's row, and how its last tries went.
  struct Row {
    explicit Row(Source& from) : source(&from), backoff(from.rules().backoff) {}
    [[nodiscard]] const SourceRules& rules() const { return source->rules(); }
    Source* source;  // a member of the same scheduler
    Backoff backoff;
    Time not_before = Time::min();
    bool failed = false;      // what leaves next was sent before
    bool unanswered = false;  // the last try had no answer
    bool troubled = false;    // it was said that it fails
  };
  struct UnderWay {
    const api::Operation* operation = nullptr;
    std::optional<std::size_t> row{};  // in rows_; nothing: a call
    CallQueue::Id call = 0;
    Cargo cargo;
    Copies copies;
    std::optional<Copies> part{};  // of a call, what it holds of calls_window
    bool probe = false;
  };
  /// Something that may leave, or will.
  struct Candidate {
    Time when = kNever;
    std::optional<std::size_t> row{};  // in rows_; nothing: a call
    const api::Operation* operation = nullptr;
  };

  static std::size_t index(const api::Operation& operation) {
    return static_cast<std::size_t>(&operation - api::operations().data());
  }
  OperationState& state_of(const api::Operation& operation) { return operations_[index(operation)]; }
  [[nodiscard]] const OperationState& state_of(const api::Operation& operation) const {
    return operations_[index(operation)];
  }
  [[nodiscard]] Traffic traffic(const UnderWay& request) const {
    return request.row ? rows_[*request.row].rules().traffic : Traffic::kCall;
  }

  [[nodiscard]] Time opens(const Row& row, Time now) const;
  [[nodiscard]] Time panics_open(Time now) const;
  [[nodiscard]] Time knock_time() const;
  [[nodiscard]] Candidate source_candidate(std::size_t row, Time now, bool whatever_lane) const;
  [[nodiscard]] Candidate call_candidate(Time now, bool urgent_only, bool whatever_lane) const;
  [[nodiscard]] Candidate held_candidate(Time now) const;
  [[nodiscard]] Candidate first_candidate(Time now) const;
  [[nodiscard]] Candidate knock_candidate(Time now) const;

  std::optional<Request> send(Time now, const Candidate& candidate);
  void done_call(Time now, const UnderWay& request, const api::Outcome& outcome);
  void done_source(Time now, Row& row, const UnderWay& request, const api::Outcome& outcome);
  [[nodiscard]] Duration limited_wait(const UnderWay& request, const api::Outcome& outcome);
  void note_refusal(const UnderWay& request, const api::Outcome& outcome);
  void release_panics();
  void tell_of_waiting_panics(Time now);
  /// Passes on what sources have to say.
  void pass_news();
  void log(LogLevel level, std::string text) { news_.log.push_back({level, std::move(text)}); }

  std::int64_t server_id_;
  Random random_;
  DesiredSource panics_;
  DesiredSource statuses_;
  HeartbeatSource heartbeat_;
  PositionSource positions_;
  RosterSource roster_;
  KnockSource knock_;
  /// The sources in the order in which they leave; urgent calls come after the first, other calls before the last.
  std::array<Row, 6> rows_{Row(panics_), Row(statuses_), Row(heartbeat_), Row(positions_), Row(roster_), Row(knock_)};
  CallQueue calls_;
  JoinedCalls joined_;
  std::vector<OperationState> operations_;  // never changes its size
  Lanes lanes_;
  CadHealth health_;
  RefusedTries refused_tries_;  // of panics
  Time last_left_ = Time::min();
  bool panics_told_ = false;  // it was said that panics wait for their budget
  std::map<std::uint64_t, UnderWay> under_way_;
  std::uint64_t next_id_ = 1;
  News news_;
  std::vector<Answer> answers_;
};

}  // namespace sonoran::schedule
