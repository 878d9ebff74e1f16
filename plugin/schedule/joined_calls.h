// Calls that set the panic or status of several units. The caller is answered when the last unit is. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/time.h"
#include "schedule/answer.h"

namespace sonoran::schedule {

class JoinedCalls {
 public:
  /// Takes a call for `units` units (at least one). Returns the ticket that stands for the caller's at every unit.
  Ticket add(Ticket caller, std::size_t units, Time deadline);

  /// Passes an answer on. One that is not for a ticket of add() is returned unchanged. Any other ends a unit. With the
  /// last unit the caller's answer is returned: the first failure, or else the CAD's last answer; a repeat if all
  /// units' were. Before that, or for a caller who was already answered, nothing is returned.
  std::optional<Answer> pass(Answer answer);

  /// Answers callers whose deadline has passed. Their panics and statuses are still sent.
  void expire(Time now, std::vector<Answer>& answers);
  [[nodiscard]] Time next_deadline() const { return deadlines_.empty() ? kNever : deadlines_.begin()->first; }

  /// That the calls take, about.
  [[nodiscard]] std::size_t bytes() const { return calls_.size() * kCallBytes; }

  /// Answers the caller with `cancelled`; the panic or status is still sent. Nothing: no such caller waits.
  std::optional<Answer> cancel(Ticket caller);

 private:
  struct Call {
    Ticket caller = 0;
    Time deadline;
    std::size_t left = 0;  // units without an answer
    Answer answer;         // of the units so far
  };
  using Calls = std::map<Ticket, Call>;

  void erase(Calls::iterator call);

  /// A node of each of the two tables.
  static constexpr std::size_t kCallBytes =
      sizeof(Calls::value_type) + sizeof(std::pair<Time, Ticket>) + 8 * sizeof(void*);

  Calls calls_;  // by the ticket that stands for the caller's
  std::set<std::pair<Time, Ticket>> deadlines_;
};

}  // namespace sonoran::schedule
