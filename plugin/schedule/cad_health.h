// The health of the CAD, derived from the outcome of each request: the bridge's state and its reason, which requests
// are held back, and when a probe checks again. Panics are never held back. Pure.
//
// The circuit opens after connections that fail, or after silence of two or more operations with no answer in between.
// Silence of one operation may be that operation's problem.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/operation.h"
#include "api/response.h"
#include "core/error.h"
#include "core/time.h"
#include "schedule/backoff.h"
#include "schedule/circuit.h"

namespace sonoran::schedule {

/// The state of the bridge.
enum class State : std::uint8_t { kStarting, kRunning, kUnauthorized, kServerUnknown, kUnavailable, kStopping };
std::string_view state_name(State state);

/// What a request is about, and so what the CAD does not know when it answers 404.
enum class Subject : std::uint8_t {
  kServer,       // it names no unit: the server
  kMaybeServer,  // it names units, but the refusal names none: the server, unless the server is known
  kUnits,        // of the module's own requests: a unit
  kCall,         // of a call: whatever the caller named
};

/// A request that has ended.
struct Ended {
  const api::Operation* operation = nullptr;
  Subject subject = Subject::kCall;
  bool probe = false;  // see probe_sent()
};

class CadHealth {
 public:
  /// Interval between probes while the key or the server id is refused.
  static constexpr Duration kRefusedProbe = std::chrono::seconds(60);
  /// After so many 401s in a row, in whatever form, of at least two operations, the key counts as refused. After so
  /// many answers of the road in a row, of at least two operations, the CAD counts as unavailable.
  static constexpr int kInARow = 3;
  /// For how long after an answer of the road an operation counts as blocked by the road.
  static constexpr Duration kRoadRemembered = std::chrono::minutes(10);

  /// `where`: the CAD's address, for messages.
  CadHealth(std::string where, std::int64_t server_id) : where_(std::move(where)), server_id_(server_id) {}

  /// What an outcome changed.
  struct Change {
    bool opened = false;        // the circuit: the CAD cannot be reached
    bool unauthorized = false;  // the CAD itself refuses the key
    bool running = false;       // the CAD answers, or answers again
  };
  /// Takes the outcome of a request. Appends lines for the console to `log`.
  Change ended(Time now, const Ended& request, const api::Outcome& outcome, Random& random, std::vector<LogLine>& log);
  void stop() { state_ = State::kStopping; }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// When an answer, or its absence, led to this state; Time::min(): nothing did yet.
  [[nodiscard]] Time since() const { return since_; }

  /// Whether calls wait for a probe's answer. They go on while the server id is in doubt: many name no server, and one
  /// of them lists the servers.
  [[nodiscard]] bool holds_calls() const { return key_refused() || circuit_.open(); }
  /// Whether the module's own requests wait for a probe's answer.
  [[nodiscard]] bool holds_sources() const { return holds_calls() || state_ == State::kServerUnknown; }
  /// Whether the probe should name no unit, because a panic would be refused as if its unit were unknown.
  [[nodiscard]] bool doubts_server() const { return state_ == State::kServerUnknown && !circuit_.open(); }
  /// While requests wait for a probe: when the next probe may be sent; kNever while one is in flight.
  [[nodiscard]] Time probe_time() const;
  void probe_sent();

  /// Whether the CAD's last answer refused the key or the server id.
  [[nodiscard]] bool refuses() const { return key_refused() || state_ == State::kServerUnknown; }

  /// When the CAD itself answered last.
  [[nodiscard]] Time cads_word() const { return cads_word_; }
  /// When any answer came last, from whomever.
  [[nodiscard]] Time answered_at() const { return answered_at_; }

 private:
  /// Counts outcomes of the same kind in a row, and whether they were of more than one operation.
  struct Row {
    int count = 0;
    const api::Operation* operation = nullptr;
    bool several = false;
    void add(const api::Operation* which) {
      several = several || (count != 0 && operation != which);
      operation = which;
      ++count;
    }
    [[nodiscard]] bool tells() const { return count >= kInARow && several; }
  };
  using Log = std::vector<LogLine>;

  [[nodiscard]] bool key_refused() const { return state_ == State::kUnauthorized && !doubtful_; }
  bool note_connection(Time now, const Ended& request, const api::Outcome& outcome, Random& random, Log& log);
  void note_word(Time now, const Ended& request, const api::Outcome& outcome, Change& change, Log& log);
  void note_road(Time now, const Ended& request, const api::Outcome& outcome, Log& log);
  [[nodiscard]] bool is_about_the_server(const Ended& request, const api::Outcome& outcome) const;
  /// `trace_id`: the CAD's name for the failure, for the log only, since each has another.
  void enter(State state, std::string reason, LogLevel level, Log& log, std::string_view trace_id = {});
  void refused(Time now, State state, std::string reason, std::string_view trace_id, Log& log);

  std::string where_;
  std::int64_t server_id_;
  State state_ = State::kStarting;
  std::string reason_;
  Time since_ = Time::min();
  Circuit circuit_;
  Row silences_;                 // requests without an answer since the last answer
  Time probe_at_ = Time::min();  // while the key or the server id is refused
  bool probing_ = false;
  bool doubtful_ = false;      // while unauthorized: the road may be what refuses, so nothing waits
  bool connected_ = false;     // the CAD has answered
  bool server_known_ = false;  // it accepted the last heartbeat
  Row refusals_;               // 401s, in whatever form
  Row strays_;                 // answers of the road
  Time cads_word_ = Time::min();
  Time answered_at_ = Time::min();
  std::map<const api::Operation*, Time> held_up_;  // operations blocked by the road; when it answered last
};

/// "60 s", for messages.
std::string seconds_text(Duration duration);

}  // namespace sonoran::schedule
