// The queue of calls (commands and queries) that wait or are in flight. Pure.
//
// A request waits here until its operation's budget opens. Commands with an order key in common are sent
// one after another: the next one when the previous one was answered. Identical queries share one request. Each caller
// has a deadline of their own; when it passes, they get what is known by then.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/call.h"
#include "api/response.h"
#include "core/error.h"
#include "core/text.h"
#include "core/ticket.h"
#include "core/time.h"
#include "schedule/answer.h"
#include "schedule/backoff.h"

namespace sonoran::schedule {

/// Callers: accepted = delivered + deduplicated + sum(dropped) + pending.
struct CallCounters {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;                       // the CAD answered 2xx
  std::uint64_t deduplicated = 0;                    // shared the request of another query, which was delivered
  std::array<std::uint64_t, kErrorKinds> dropped{};  // by kind of error
  std::uint64_t pending = 0;
};

class CallQueue {
 public:
  /// Identifies a request of the queue.
  using Id = std::uint64_t;

  /// The wait before a retry is drawn from [0, min(cap, first * 2^n)].
  static constexpr Duration kFirstWait = std::chrono::milliseconds(500);
  static constexpr Duration kLastWait = std::chrono::seconds(10);

  /// Takes a call. At limits::kQueuedCalls (of its operation) it ends at once with `queue_full`.
  void add(Time now, Ticket ticket, api::CheckedCall call, Time deadline);

  /// Counts a call that is ended at once with `outcome`.
  void refuse(Ticket ticket, api::CheckedCall call, const api::Outcome& outcome);

  /// Ends the caller with `cancelled`; false when no such ticket waits.
  bool cancel(Ticket ticket);

  /// When a request of this operation may be sent, apart from its budget: Time::min(): at once, kNever: none.
  [[nodiscard]] Time due(const api::Operation& operation) const;

  /// Order of arrival of the oldest request of this operation that may be sent now; only when due() <= now.
  [[nodiscard]] Id oldest(const api::Operation& operation, Time now) const;

  /// The request, in flight from now on. It is valid until done() or again().
  const api::CheckedCall& take(Id id);

  /// Its callers get `outcome`; with `unknown`, as `outcome_unknown`.
  void done(Id id, const api::Outcome& outcome, bool unknown);

  /// It failed and may be retried: it waits, unless it was the last try (limits::kCallTries), no caller is left, or all
  /// deadlines pass before `not_before`; then its callers get `outcome`. True when it waits.
  bool again(Time now, Id id, const api::Outcome& outcome, Time not_before, Random& random);

  /// Ends callers whose deadline has passed.
  void expire(Time now);
  [[nodiscard]] Time next_deadline() const { return deadlines_.empty() ? kNever : deadlines_.begin()->first; }

  /// Selects the requests to end.
  enum class Which : std::uint8_t { kWaitingQueries, kWaitingButUrgent, kAll };
  /// Ends the callers of these with `error`; a command that is in flight and must not be repeated ends as
  /// `outcome_unknown`.
  void end(Which which, const Error& error);

  /// Calls `visit(operation, due)` for each operation with a request that its budget alone may delay, now or later.
  template <class Visit>
  void each_due(Visit&& visit) const {
    for (const auto& [operation, queue] : queues_) {
      const Time when = due(queue);
      if (when != kNever) visit(*operation, when);
    }
  }

  /// Waiting requests of this operation, without those in flight.
  [[nodiscard]] std::size_t waiting(const api::Operation& operation) const;
  /// Requests in the urgent lane that wait or are in flight.
  [[nodiscard]] std::size_t urgent() const { return urgent_; }
  [[nodiscard]] bool empty() const { return requests_.empty(); }
  /// For how long the oldest request has waited or been in flight; 0 when there is none.
  [[nodiscard]] Duration longest_wait(Time now) const {
    return requests_.empty() ? Duration{} : now - requests_.begin()->second.since;
  }
  /// The same of the requests of one operation.
  [[nodiscard]] Duration longest_wait(const api::Operation& operation, Time now) const;
  /// Whether this request failed before.
  [[nodiscard]] bool tried(Id id) const { return requests_.at(id).tries > 1; }
  /// Bytes of bodies and targets held.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] const CallCounters& commands() const { return commands_; }
  [[nodiscard]] const CallCounters& queries() const { return queries_; }

  /// The answers to callers.
  std::vector<Answer> take_answers() { return std::exchange(answers_, {}); }

 private:
  struct Caller {
    Ticket ticket = 0;
    Time deadline = kNever;
    bool shared = false;
  };
  struct Request {
    api::CheckedCall call;
    std::vector<Caller> callers;
    Time since{};
    Time not_before = Time::min();
    Backoff backoff{kFirstWait, kLastWait};
    bool under_way = false;
    std::size_t behind = 0;  // the number of its order keys in which another request is before it
    int tries = 0;
    api::Outcome last;  // of the previous try
  };
  using Requests = std::map<Id, Request>;  // in order of arrival
  /// Requests of one operation. Those that are ready wait only for a budget and their not_before. They are kept
  /// separately, so that choosing the next request does not search all waiting ones.
  struct Queue {
    std::set<Id> held;          // they wait or are in flight; an id is an age
    std::size_t under_way = 0;  // of these
    std::set<Id> ready;
  };

  CallCounters& counters(const Request& request);
  Queue& queue(const Request& request) { return queues_[request.call.operation]; }
  [[nodiscard]] Time due(const Queue& queue) const;
  /// Marks it as ready when it is first for all its order keys and not in flight.
  void get_ready(Id id, const Request& request);
  void end_caller(const Request& request, const Caller& caller, const api::Outcome& outcome);
  void end_callers(Request& request, const api::Outcome& outcome);
  void erase(Requests::iterator at);

  Requests requests_;
  std::unordered_map<const api::Operation*, Queue> queues_;
  std::unordered_map<std::string, std::set<Id>, TextHash, std::equal_to<>> orders_;  // by order key; an id is an age
  std::unordered_map<std::string, Id> shared_;                                       // queries by operation and target
  std::unordered_map<Ticket, Id> tickets_;
  std::set<std::pair<Time, Ticket>> deadlines_;
  Id next_id_ = 1;
  std::size_t urgent_ = 0;
  std::size_t bytes_ = 0;
  CallCounters commands_;
  CallCounters queries_;
  std::vector<Answer> answers_;
};

}  // namespace sonoran::schedule
