// Which request leaves next, and when. Pure: it is given the time, takes what the game says and what became of each
// request, and gives requests, answers to tickets and log lines. It owns the states and the queue of calls.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
#include "schedule/call_queue.h"
#include "schedule/circuit.h"
#include "schedule/hedge.h"
#include "schedule/joined_calls.h"
#include "schedule/rate_window.h"
#include "schedule/retry_table.h"
#include "state/desired_states.h"
#include "state/heartbeat.h"
#include "state/positions.h"

namespace sonoran::schedule {

/// How it is with the CAD.
enum class State : std::uint8_t { kStarting, kRunning, kUnauthorized, kServerUnknown, kUnavailable, kStopping };
std::string_view state_name(State state);

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
};

/// An operation's budget and counters, whoever uses it.
struct OperationState {
  const api::Operation* operation = nullptr;
  RateWindow window;
  OperationCounters counters;
  AnswerTimes answer_times;
};

class Scheduler {
 public:
  /// While a key or server id is refused, one probe leaves this often.
  static constexpr Duration kRefusedProbe = std::chrono::seconds(60);
  /// A 429 without Retry-After closes the operation for so long.
  static constexpr Duration kLimitedWait = std::chrono::seconds(5);
  /// 401s in a row, in whatever form, of at least two operations, after which the key is said to be refused; and
  /// answers of the road in a row, of at least two operations, after which the CAD counts as unavailable.
  static constexpr int kInARow = 3;
  /// An operation that something on the way answered for counts as held up for so long after the last time.
  static constexpr Duration kRoadRemembered = std::chrono::minutes(10);

  Scheduler(const Settings& settings, std::uint64_t seed);

  /// Budgets go on where another scheduler with the same key stopped: one window an operation, in the table's order.
  void inherit(Time now, std::span<const RateWindow> windows);
  [[nodiscard]] std::vector<RateWindow> windows() const;

  // ------------------------------------------------------------------------------------------ what the game says
  bool push_position(Time now, const state::PositionSample& sample) { return positions_.push(now, sample); }
  void count_coalesced_positions(std::uint64_t samples) { positions_.count_coalesced(samples); }
  void count_coalesced_heartbeats(std::uint64_t counts) { heartbeat_.count_coalesced(counts); }
  void remove_unit(std::string_view unit) { positions_.remove(unit); }
  void set_player_count(Time now, unsigned count) { heartbeat_.set(now, count); }
  void want(Time now, state::DesiredKind kind, std::string_view unit, int value, Ticket ticket);
  /// A call of setUnitPanic or setUnitStatus joins what want() was told, if it says no more than want() can.
  void call(Time now, Ticket ticket, api::CheckedCall call, Time deadline);
  void cancel(Ticket ticket);

  // --------------------------------------------------------------------------------------------------- requests
  /// The next request that may leave now; nothing when none may. It counts as sent.
  std::optional<Request> next(Time now);

  /// When next() may have something that it has not now, or a deadline passes; kNever when only news can change that.
  [[nodiscard]] Time wakeup(Time now) const;

  /// When positions are looked at next, if a unit moves: see runtime/module.cpp.
  [[nodiscard]] Time positions_open(Time now) const;

  /// Whether another copy of a request that is under way may leave now. It then counts as sent. A hedge leaves for
  /// panics and statuses only, once, and not with the last part of the budget (limits::kHedgeReserve), nor where the
  /// CAD was as slow lately (AnswerTimes), nor for a probe.
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
  [[nodiscard]] bool stop_settled() const;

  // ------------------------------------------------------------------------------------------------ what came of it
  std::vector<Answer> take_answers();
  std::vector<LogLine> take_log() { return std::exchange(log_, {}); }

  /// True when nothing waits and nothing is under way.
  [[nodiscard]] bool settled() const;

  // ------------------------------------------------------------------------------------------------------ to be seen
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const state::Positions& positions() const { return positions_; }
  [[nodiscard]] const state::Heartbeat& heartbeat() const { return heartbeat_; }
  [[nodiscard]] const state::DesiredStates& panics() const { return panics_; }
  [[nodiscard]] const state::DesiredStates& statuses() const { return statuses_; }
  [[nodiscard]] const CallQueue& calls() const { return calls_; }
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
  /// What the module sends by itself, in the order in which it leaves.
  enum Source : std::uint8_t { kPanic, kStatus, kHeartbeat, kPosition };
  static constexpr std::size_t kSources = 4;
  struct SourceState {
    std::size_t operation;  // in operations_
    Backoff backoff;
    Time not_before = Time::min();
    bool failed = false;    // what leaves next was sent before
    bool troubled = false;  // it was said that it fails
  };
  struct UnderWay {
    std::size_t operation = 0;     // in operations_
    std::optional<Source> source;  // nothing: a call
    CallQueue::Id call = 0;
    state::DesiredStates::Group group;
    Time sent_at;
    std::optional<Time> hedged_at;  // its second copy left
    bool probe = false;
    std::vector<std::size_t> named{};  // of positions: the units that a refusal names
  };
  /// Something that may leave, or will.
  struct Candidate {
    Time when = kNever;
    std::optional<Source> source;
    std::size_t operation = 0;  // in operations_
  };

  static std::size_t index(const api::Operation& operation) {
    return static_cast<std::size_t>(&operation - api::operations().data());
  }
  /// Things of the same kind in a row, and whether they were of more than one operation.
  struct Row {
    int count = 0;
    std::size_t operation = 0;
    bool several = false;
    void add(std::size_t which) {
      several = several || (count != 0 && operation != which);
      operation = which;
      ++count;
    }
    [[nodiscard]] bool tells() const { return count >= kInARow && several; }
  };

  [[nodiscard]] Time due(Source source) const;
  [[nodiscard]] Time opens(Source source, Time now) const;
  [[nodiscard]] bool lane_free(Source source) const;
  [[nodiscard]] bool lane_free(const api::Operation& operation) const;
  [[nodiscard]] bool sources_held_back() const;
  [[nodiscard]] bool calls_held_back() const;
  [[nodiscard]] Time probe_time() const;
  [[nodiscard]] Candidate source_candidate(Source source, Time now, bool whatever_lane) const;
  [[nodiscard]] Candidate call_candidate(Time now, bool urgent_only, bool whatever_lane) const;
  [[nodiscard]] Candidate probe_candidate(Time now) const;
  [[nodiscard]] Candidate first_candidate(Time now) const;
  void tell_of_waiting_panics(Time now);
  void push_answer(Answer answer);

  std::optional<Request> send(Time now, const Candidate& candidate);
  bool fill(Time now, Source source, Request& request, UnderWay& under_way);
  void done_call(Time now, const UnderWay& under_way, const api::Outcome& outcome);
  void done_source(Time now, UnderWay& under_way, const api::Outcome& outcome);
  void note_state(Time now, const UnderWay& under_way, const api::Outcome& outcome);
  [[nodiscard]] bool is_about_the_server(const UnderWay& under_way, const api::Outcome& outcome) const;
  void note_connection(Time now, const UnderWay& under_way, const api::Outcome& outcome);
  void note_road(Time now, const UnderWay& under_way, const api::Outcome& outcome);
  void deliver(Time now, UnderWay& under_way, const api::Outcome& outcome);
  void requeue(Time now, UnderWay& under_way, api::Failure failure);
  void reject(Time now, UnderWay& under_way, const api::Outcome& outcome);
  bool reject_by_road(Time now, UnderWay& under_way, const api::Outcome& outcome);
  [[nodiscard]] Duration wait_asked_for(Source source, const api::Outcome& outcome) const;
  void tell_of_refusal(const state::Positions::Refusal& refusal, const api::Outcome& outcome);
  void answer(const state::TicketEnds& ends, const api::Outcome& outcome);
  void settle_copies(Time now, const UnderWay& under_way, const api::Outcome& outcome, HedgeEnd hedge);
  void count_lane(const UnderWay& under_way, int change);
  void enter(State state, std::string reason, LogLevel level);
  void refused(Time now, State state, std::string reason);
  void log(LogLevel level, std::string text);
  state::DesiredStates& desired(Source source) { return source == kPanic ? panics_ : statuses_; }

  std::string where_;  // "https://api.sonorancad.com", for messages
  std::int64_t server_id_;
  Random random_;
  state::Positions positions_;
  state::Heartbeat heartbeat_;
  state::DesiredStates panics_;
  state::DesiredStates statuses_;
  CallQueue calls_;
  std::vector<OperationState> operations_;  // never changes its size
  std::array<SourceState, kSources> sources_;
  Circuit circuit_;
  State state_ = State::kStarting;
  Time statuses_due_ = Time::min();  // the statuses that wait gather until then
  bool panics_told_ = false;         // it was said that panics wait for their budget
  bool stopping_ = false;
  Time probe_at_ = Time::min();  // while unauthorized or the server is unknown
  bool probing_ = false;
  bool doubtful_ = false;   // while unauthorized: it may be something on the way that refuses the key, so nothing waits
  bool connected_ = false;  // the CAD was heard of
  bool server_known_ = false;            // it took the last heartbeat
  Row refusals_;                         // 401s, in whatever form
  Row strays_;                           // answers of the road
  Time cads_word_ = Time::min();         // when the CAD itself was heard of last
  std::map<std::size_t, Time> held_up_;  // operations that something on the way answers for, and when it did last
  std::string reason_;
  // Requests under way: of the normal lane, of these calls; calls of the bulk lane.
  std::size_t normal_ = 0;
  std::size_t normal_calls_ = 0;
  std::size_t bulk_calls_ = 0;
  JoinedCalls joined_;
  std::map<std::uint64_t, UnderWay> under_way_;
  std::uint64_t next_id_ = 1;
  std::vector<Answer> answers_;
  std::vector<LogLine> log_;
};

}  // namespace sonoran::schedule
