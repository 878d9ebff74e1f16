// How it is with the CAD, from what came of each request: the bridge's state and its reason, what is held back, and
// when a request asks whether that is over. Panics are never held back by it. Pure.
//
// What opens the circuit: connections that fail; and silence, where two or more operations got none with no answer
// between. Silence of one operation may be that operation's.
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

/// How it is with the CAD.
enum class State : std::uint8_t { kStarting, kRunning, kUnauthorized, kServerUnknown, kUnavailable, kStopping };
std::string_view state_name(State state);

/// Whom a request is about, and with that what the CAD does not know when it answers 404.
enum class Subject : std::uint8_t {
  kServer,       // it names no unit: the server
  kMaybeServer,  // it names units, and the refusal none of them: the server, unless the server is known
  kUnits,        // of the module's own: a unit
  kCall,         // of a call: what the caller named
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
  /// 401s in a row, in whatever form, of at least two operations, after which the key is said to be refused; and
  /// answers of the road in a row, of at least two operations, after which the CAD counts as unavailable.
  static constexpr int kInARow = 3;
  /// An operation that something on the way answered for counts as held up for so long after the last time.
  static constexpr Duration kRoadRemembered = std::chrono::minutes(10);

  /// `where`: the CAD's address, for people.
  CadHealth(std::string where, std::int64_t server_id) : where_(std::move(where)), server_id_(server_id) {}

  /// What an outcome changed.
  struct Change {
    bool opened = false;        // the circuit: the CAD cannot be reached
    bool unauthorized = false;  // the CAD itself refuses the key
    bool running = false;       // the CAD answers, or answers again
  };
  /// Takes what came of a request. Appends to `log` what people should know.
  Change ended(Time now, const Ended& request, const api::Outcome& outcome, Random& random, std::vector<LogLine>& log);
  void stop() { state_ = State::kStopping; }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// When an answer, or its absence, led to this state; Time::min(): nothing did yet.
  [[nodiscard]] Time since() const { return since_; }

  /// Whether calls wait for a probe's answer. Where the server id is in doubt they go on: many name no server, and one
  /// of them tells which servers there are.
  [[nodiscard]] bool holds_calls() const { return key_refused() || circuit_.open(); }
  /// Whether what the module sends by itself waits for a probe's answer.
  [[nodiscard]] bool holds_sources() const { return holds_calls() || state_ == State::kServerUnknown; }
  /// Whether the probe should name no unit: a panic would be refused as if its unit were unknown.
  [[nodiscard]] bool doubts_server() const { return state_ == State::kServerUnknown && !circuit_.open(); }
  /// While something waits for a probe: when the next one may leave; kNever while one is under way.
  [[nodiscard]] Time probe_time() const;
  void probe_sent();

  /// Whether the CAD's last word is that it refuses the key or the server id.
  [[nodiscard]] bool refuses() const { return key_refused() || state_ == State::kServerUnknown; }

  /// When the CAD itself was heard of last.
  [[nodiscard]] Time cads_word() const { return cads_word_; }
  /// When anything was answered last, by whomever.
  [[nodiscard]] Time answered_at() const { return answered_at_; }

 private:
  /// Things of the same kind in a row, and whether they were of more than one operation.
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
  void enter(State state, std::string reason, LogLevel level, Log& log);
  void refused(Time now, State state, std::string reason, Log& log);

  std::string where_;
  std::int64_t server_id_;
  State state_ = State::kStarting;
  std::string reason_;
  Time since_ = Time::min();
  Circuit circuit_;
  Row silences_;                 // requests without an answer since the last answer
  Time probe_at_ = Time::min();  // while the key or the server id is refused
  bool probing_ = false;
  bool doubtful_ = false;      // while unauthorized: it may be something on the way that refuses, so nothing waits
  bool connected_ = false;     // the CAD was heard of
  bool server_known_ = false;  // it took the last heartbeat
  Row refusals_;               // 401s, in whatever form
  Row strays_;                 // answers of the road
  Time cads_word_ = Time::min();
  Time answered_at_ = Time::min();
  std::map<const api::Operation*, Time> held_up_;  // those that something on the way answers for; when it did last
};

/// "60 s", for people.
std::string seconds_text(Duration duration);

}  // namespace sonoran::schedule
