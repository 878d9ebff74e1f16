// Decides which request is sent next, and when. Pure: its inputs are the time, the game's calls and the outcome of each
// request; its outputs are requests, answers to tickets and log lines.
//
// Only its own budget delays a panic: it is tried in every state of the bridge. While a panic waits or is in flight,
// some request is sent every limits::kKnock_s, and the first answer to any request releases the panic. Without an
// answer, panics use only a part of their budget (limits::kPanicUnanswered), and at most two copies of one request are
// in flight.
//
// It only chooses. The module's own requests come from sources (sources.h, each a class and a row), all others from the
// queue of calls. Budgets (rate_window.h, copies.h), connections (lanes.h) and the CAD's health (cad_health.h) limit
// what may be sent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
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
#include "schedule/operation_state.h"
#include "schedule/refused_tries.h"
#include "schedule/source.h"
#include "schedule/sources.h"

namespace sonoran::schedule {

class Scheduler {
 public:
  /// A 429 without a time closes the operation for this long, randomly a fifth more or less.
  static constexpr Duration kLimitedWait = std::chrono::seconds(5);

  Scheduler(const Settings& settings, std::uint64_t seed);

  /// From now on uses these budgets, which others may use as well: one per operation in the table's order, then those
  /// of calls (has_calls_part()), in the same order. Call it before anything was sent.
  void spend_from(const std::vector<Budget>& budgets);
  /// All requests in flight were broken off and may still arrive, so their places are held accordingly. After this call
  /// nothing is sent and no answer counts.
  void settle_budgets(Time now);

  // ------------------------------------------------------------------------------------------ what the game says
  bool push_position(Time now, const state::PositionSample& sample) {
    return positions_.push(now, sample, false).has_value();
  }
  /// The same of a unit whose place the host can be asked for; gives its slot in the positions.
  std::optional<state::Slot> read_position(Time now, const state::PositionSample& sample) {
    return positions_.push(now, sample, true);
  }
  /// See HubSink.
  std::span<const LiveMap::Reading> name_readings(Time now) { return positions_.hub().name_readings(now); }
  void readings_answered() { positions_.hub().readings_answered(); }
  void count_coalesced_positions(std::uint64_t samples) { positions_.count_coalesced(samples); }
  void count_coalesced_heartbeats(std::uint64_t counts) { heartbeat_.count_coalesced(counts); }
  void remove_unit(std::string_view unit) { positions_.remove(unit); }
  /// See state::Positions.
  bool set_location(Time now, std::string_view unit, std::string_view text) {
    return positions_.set_location(now, unit, text);
  }
  void use_map_files(const state::MapFiles& files) { positions_.use(files); }
  void set_player_count(Time now, unsigned count) { heartbeat_.set_player_count(now, count); }
  /// See DesiredSource::want(). A unit in panic also goes first on the live map. `order`: see DesiredStates::want(); a
  /// call's is its ticket.
  void want(Time now, state::DesiredKind kind, std::string_view unit, int value, Ticket ticket, Ticket order = 0);
  /// A call that only names units and one value is merged into the desired states: `most` of its units at once, the
  /// others by take_rest().
  void call(Time now, Ticket ticket, api::CheckedCall call, Time deadline, std::size_t most = SIZE_MAX);
  /// Merges up to `units` further units of such calls. The thread has other work to do between two of these turns.
  void take_rest(Time now, std::size_t units);
  [[nodiscard]] bool has_rest() const { return !rests_.empty(); }
  void cancel(Ticket ticket);
  /// An event of the CAD tells about its units: who they are (Roster::heard()), and which panic and status they have
  /// now (DesiredStates::heard()).
  void heard(Time now, const api::UnitNews& news);
  /// Whether the CAD's events come in.
  void set_live(Time now, bool live);
  /// There is a hub, which may come up: set_live() will tell. From then on positions go by it.
  void expect_hub(Time now) { positions_.hub().expect(now); }
  /// From now on the CAD is asked which units are active.
  void follow_active_units() { roster_.follow(); }

  // --------------------------------------------------------------------------------------------------- requests
  /// The next request that may be sent now, or nothing. It counts as sent.
  std::optional<Request> next(Time now);

  /// The next call of the hub that may leave now, or nothing. It counts as sent.
  std::optional<HubCall> next_hub_call(Time now);
  /// What the CAD answered it.
  void hub_answered(Time now, std::uint64_t number, const api::HubAnswer& answer);

  /// The earliest time at which next() or next_hub_call() can return more, or a deadline passes; kNever if only new
  /// input can change that.
  [[nodiscard]] Time wakeup(Time now) const;

  /// The earliest time at which positions may be sent, if a unit moves.
  [[nodiscard]] Time positions_open(Time now) const;

  /// Whether another copy of a request in flight may be sent now. It then counts as sent. A hedge is for panics and
  /// statuses only, and only once. It may not use the last part of the budget (limits::kHedgeReserve), nor more than
  /// panics may use without an answer. It is not sent while the CAD cannot be reached, or is usually that slow
  /// (AnswerTimes).
  bool permit(Time now, std::uint64_t request_id, Copy copy);

  /// The outcome of a request, and of its second copy.
  void done(Time now, std::uint64_t request_id, api::Outcome outcome, HedgeEnd hedge = HedgeEnd::kNone);

  // --------------------------------------------------------------------------------------------------- shutdown
  /// Drops positions, heartbeats and all waiting calls that are not urgent. Panics, statuses and emergency calls are
  /// still sent.
  void begin_stop();
  /// Ends the rest with `shutting_down`, and commands in flight that must not be repeated with `outcome_unknown`.
  void end_stop();
  /// True when a stop has nothing to wait for.
  [[nodiscard]] bool stop_settled() const {
    return panics_.settled() && statuses_.settled() && calls_.urgent() == 0 && !has_rest();
  }

  // ------------------------------------------------------------------------------------------------ what came of it
  std::vector<Answer> take_answers();
  std::vector<LogLine> take_log() { return std::exchange(news_.log, {}); }
  /// The change of the active units, after a whole reading.
  std::optional<state::RosterChange> take_active_units() { return roster_.take_change(); }
  /// A change of the active units was lost: the next one is the whole list.
  void tell_all_active_units() { roster_.tell_all(); }

  /// True when nothing waits and nothing is in flight.
  [[nodiscard]] bool settled() const;

  // ------------------------------------------------------------------------------------------------------ to be seen
  [[nodiscard]] State state() const { return health_.state(); }
  [[nodiscard]] const std::string& reason() const { return health_.reason(); }
  /// See CadHealth::since().
  [[nodiscard]] Time state_since() const { return health_.since(); }
  [[nodiscard]] const state::Positions& positions() const { return positions_.positions(); }
  [[nodiscard]] const HubSink& hub_sink() const { return positions_.hub(); }
  [[nodiscard]] const state::Heartbeat& heartbeat() const { return heartbeat_.heartbeat(); }
  [[nodiscard]] const state::DesiredStates& panics() const { return panics_.states(); }
  [[nodiscard]] const state::DesiredStates& statuses() const { return statuses_.states(); }
  /// Null when the list of active units is not read.
  [[nodiscard]] const state::Roster* roster() const { return roster_.follows() ? &roster_.roster() : nullptr; }
  /// See state::Roster::forgotten_events().
  [[nodiscard]] std::uint64_t forgotten_events() const { return roster_.roster().forgotten_events(); }
  [[nodiscard]] const CallQueue& calls() const { return calls_; }
  /// Bytes of all that waits for the CAD except positions: calls, units with a panic or status on record, joined calls.
  [[nodiscard]] std::size_t held_bytes() const {
    return calls_.bytes() + panics().bytes() + statuses().bytes() + joined_.bytes() + rest_bytes_;
  }
  [[nodiscard]] const Refusals& refusals() const { return refusals_; }
  /// In the table's order.
  [[nodiscard]] std::span<const OperationState> operations() const { return operations_; }
  [[nodiscard]] const OperationState& operation(const api::Operation& operation) const {
    return operations_[index(operation)];
  }
  /// The number of requests of this operation that wait, or that are needed for the waiting values.
  [[nodiscard]] std::uint64_t queued(const OperationState& operation) const;
  /// For how long the oldest waiting request of this operation has waited or been in flight; 0 when there is none.
  [[nodiscard]] Duration longest_wait(const OperationState& operation, Time now) const;
  /// When a request of this operation, made now, is expected to be sent; kNever: not known until an answer
  /// comes.
  [[nodiscard]] Time expected(const OperationState& operation, Time now) const;

 private:
  /// A source's row, and the results of its last tries.
  struct Row {
    explicit Row(Source& from) : source(&from), backoff(from.rules().backoff) {}
    [[nodiscard]] const SourceRules& rules() const { return source->rules(); }
    Source* source;  // a member of the same scheduler
    Backoff backoff;
    Time not_before = Time::min();
    bool failed = false;      // the next request is a retry
    bool unanswered = false;  // the last try had no answer
    bool troubled = false;    // the console was told that it fails
  };
  struct UnderWay {
    const api::Operation* operation = nullptr;
    std::optional<std::size_t> row{};  // in rows_; nothing: a call
    CallQueue::Id call = 0;
    Cargo cargo;
    Copies copies;
    std::optional<Copies> part{};  // of a call: its places in calls_window
    bool probe = false;
  };
  /// The units of a call that are not merged into the desired states yet.
  struct Rest {
    state::DesiredKind kind = state::DesiredKind::kStatus;
    api::DesiredCall desired;
    std::size_t taken = 0;
    Ticket ticket = 0;
    Ticket stand_in = 0;
  };
  /// A request that may be sent now or later.
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
  [[nodiscard]] Time silence_leaves_panics(Time now) const;
  [[nodiscard]] Time knock_time() const;
  [[nodiscard]] Candidate source_candidate(std::size_t row, Time now, bool whatever_lane) const;
  [[nodiscard]] Candidate call_candidate(Time now, bool urgent_only, bool whatever_lane) const;
  [[nodiscard]] Candidate held_candidate(Time now) const;
  [[nodiscard]] Candidate first_candidate(Time now) const;
  [[nodiscard]] Candidate knock_candidate(Time now) const;
  /// A request that only knocks, at `knock` or when its budget allows it.
  [[nodiscard]] Candidate bare_knock(Time now, Time knock) const;
  void note_knock(Request& request);

  std::optional<Request> send(Time now, const Candidate& candidate);
  void done_call(Time now, const UnderWay& request, const api::Outcome& outcome);
  void done_source(Time now, Row& row, const UnderWay& request, const api::Outcome& outcome);
  [[nodiscard]] Duration limited_wait(const UnderWay& request, const api::Outcome& outcome);
  void note_refusal(const UnderWay& request, const api::Outcome& outcome);
  void release_panics();
  void tell_of_waiting_panics(Time now);
  /// Passes on the effects that sources report.
  void pass_news();
  void note_refusals(Time now);
  void pass_heard();
  void log(LogLevel level, std::string text) { news_.log.push_back({level, std::move(text)}); }

  std::int64_t server_id_;
  Random random_;
  DesiredSource panics_;
  DesiredSource statuses_;
  HeartbeatSource heartbeat_;
  PositionSource positions_;
  RosterSource roster_;
  std::array<KnockSource, 4> knocks_{KnockSource(*api::knocks()[0]), KnockSource(*api::knocks()[1]),
                                     KnockSource(*api::knocks()[2]), KnockSource(*api::knocks()[3])};
  /// The sources in the order of sending; urgent calls come after the first, other calls before those that knock.
  std::array<Row, 9> rows_{Row(panics_),    Row(statuses_),  Row(heartbeat_), Row(positions_), Row(roster_),
                           Row(knocks_[0]), Row(knocks_[1]), Row(knocks_[2]), Row(knocks_[3])};
  CallQueue calls_;
  JoinedCalls joined_;
  std::deque<Rest> rests_;
  std::size_t rest_bytes_ = 0;
  std::vector<OperationState> operations_;  // never changes its size
  Lanes lanes_;
  CadHealth health_;
  RefusedTries refused_tries_;  // of panics
  Time last_left_ = Time::min();
  const api::Operation* last_knock_ = nullptr;  // of the last request that asked whether the CAD answers
  bool panics_told_ = false;                    // the console was told that panics wait for their budget
  std::map<std::uint64_t, UnderWay> under_way_;
  std::uint64_t next_id_ = 1;
  News news_;
  std::vector<Answer> answers_;
  Refusals refusals_;
};

}  // namespace sonoran::schedule
