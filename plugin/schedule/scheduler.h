// Which request leaves next, and when. Pure: it is given the time, takes what the game says and what became of each
// request, and gives requests, answers to tickets and log lines. It owns the states.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/operation.h"
#include "api/response.h"
#include "core/error.h"
#include "core/histogram.h"
#include "core/settings.h"
#include "core/time.h"
#include "schedule/backoff.h"
#include "schedule/circuit.h"
#include "schedule/rate_window.h"
#include "state/desired_states.h"
#include "state/heartbeat.h"
#include "state/positions.h"

namespace sonoran::schedule {

using state::Ticket;

/// A request that leaves now.
struct Request {
  std::uint64_t id = 0;
  const api::Operation* operation = nullptr;
  std::string body;
};

/// The answer to a ticket.
struct Answer {
  Ticket ticket = 0;
  int status = 0;
  Error error;  // kind kNone: it succeeded
  bool deduplicated = false;
  std::string body;
};

/// How it is with the CAD.
enum class State : std::uint8_t { kStarting, kRunning, kUnauthorized, kServerUnknown, kUnavailable, kStopping };
std::string_view state_name(State state);

/// What became of an operation's requests.
struct OperationCounters {
  std::uint64_t sent = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t retried = 0;  // sent again after a failure
  std::uint64_t rate_limited = 0;
  std::array<std::uint64_t, kErrorKinds> failed{};
  std::uint64_t in_flight = 0;
  Histogram latency;
};

class Scheduler {
 public:
  /// While a key or server id is refused, one probe leaves this often.
  static constexpr Duration kRefusedProbe = std::chrono::seconds(60);
  /// A 429 without Retry-After closes the operation for so long.
  static constexpr Duration kLimitedWait = std::chrono::seconds(5);

  Scheduler(const Settings& settings, std::uint64_t seed);

  // ------------------------------------------------------------------------------------------ what the game says
  bool push_position(Time now, const state::PositionSample& sample) { return positions_.push(now, sample); }
  void count_coalesced_positions(std::uint64_t samples) { positions_.count_coalesced(samples); }
  void count_coalesced_beats(std::uint64_t counts) { heartbeat_.count_coalesced(counts); }
  void remove_unit(std::string_view unit) { positions_.remove(unit); }
  void set_player_count(Time now, unsigned count) { heartbeat_.set(now, count); }
  void want(Time now, state::DesiredKind kind, std::string_view unit, int value, Ticket ticket);

  // --------------------------------------------------------------------------------------------------- requests
  /// The next request that may leave now; nothing when none may. It counts as sent.
  std::optional<Request> next(Time now);

  /// When next() may have something that it has not now; kNever when only news can change that.
  [[nodiscard]] Time wakeup(Time now) const;

  /// When positions are looked at next, if a unit moves: see runtime/module.cpp.
  [[nodiscard]] Time positions_open(Time now) const;

  /// What became of a request.
  void done(Time now, std::uint64_t request_id, api::Outcome outcome);

  // --------------------------------------------------------------------------------------------------- shutdown
  /// Positions and heartbeats are dropped; panics and statuses still leave.
  void begin_stop();
  /// Ends what is left with `shutting_down`.
  void end_stop();

  // ------------------------------------------------------------------------------------------------ what came of it
  std::vector<Answer> take_answers() { return std::exchange(answers_, {}); }
  std::vector<LogLine> take_log() { return std::exchange(log_, {}); }

  /// True when nothing waits and nothing is under way.
  [[nodiscard]] bool settled() const;
  [[nodiscard]] bool desired_settled() const;

  // ------------------------------------------------------------------------------------------------------ to be seen
  struct OperationState {
    const api::Operation* operation;
    RateWindow window;
    Backoff backoff;
    Time not_before = Time::min();
    bool troubled = false;  // it was said that it fails
    OperationCounters counters;
  };
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const state::Positions& positions() const { return positions_; }
  [[nodiscard]] const state::Heartbeat& heartbeat() const { return heartbeat_; }
  [[nodiscard]] const state::DesiredStates& panics() const { return panics_; }
  [[nodiscard]] const state::DesiredStates& statuses() const { return statuses_; }
  [[nodiscard]] const std::array<OperationState, 4>& operations() const { return operations_; }
  /// When this operation's next request may leave, as far as is known.
  [[nodiscard]] Time opens(const OperationState& operation, Time now) const;

 private:
  enum Slot : std::uint8_t { kPanic, kStatus, kBeat, kPosition };  // in the order in which they leave
  struct UnderWay {
    Slot slot;
    Time sent_at;
    bool probe = false;
    state::DesiredStates::Group group;
  };

  [[nodiscard]] Time due(Slot slot) const;
  [[nodiscard]] bool lane_free(Slot slot) const;
  [[nodiscard]] bool held_back() const;
  [[nodiscard]] Time probe_time() const;
  [[nodiscard]] std::optional<Slot> probe_slot() const;
  Request send(Time now, Slot slot);
  void deliver(Time now, UnderWay& under_way, const api::Outcome& outcome);
  void keep(Time now, UnderWay& under_way);
  void reject(Time now, UnderWay& under_way, const api::Outcome& outcome);
  void answer(const state::TicketEnds& ends, const api::Outcome& outcome);
  void enter(State state, std::string reason, LogLevel level);
  void refused(Time now, State state, std::string reason);
  void log(LogLevel level, std::string text);
  state::DesiredStates& desired(Slot slot) { return slot == kPanic ? panics_ : statuses_; }

  std::string where_;  // "https://api.sonorancad.com", for messages
  std::int64_t server_id_;
  Random random_;
  state::Positions positions_;
  state::Heartbeat heartbeat_;
  state::DesiredStates panics_;
  state::DesiredStates statuses_;
  std::array<OperationState, 4> operations_;
  Circuit circuit_;
  State state_ = State::kStarting;
  Time statuses_due_ = Time::min();  // the statuses that wait gather until then
  bool stopping_ = false;
  Time probe_at_ = Time::min();  // while unauthorized or the server is unknown
  bool probing_ = false;
  std::string reason_;
  std::map<std::uint64_t, UnderWay> under_way_;
  std::uint64_t next_id_ = 1;
  std::vector<Answer> answers_;
  std::vector<LogLine> log_;
};

}  // namespace sonoran::schedule
