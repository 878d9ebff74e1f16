// Calls that set the panic or status of several units: one caller, who is answered when the last of the units is. Pure.
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
  /// Takes a call of `units` (at least one). Returns the ticket that stands for the caller's at every unit.
  Ticket add(Ticket caller, std::size_t units, Time deadline);

  /// Passes an answer on. One that is not for a ticket of add() comes back as it is. One that is ends a unit: the
  /// caller's answer comes back with the last unit, and is the first failure, or else what the CAD said last; it counts
  /// as a repeat where all units' do. Nothing comes back before that, or for a caller who was told already.
  std::optional<Answer> pass(Answer answer);

  /// Tells callers whose deadline has passed. What they asked for is sent all the same.
  void expire(Time now, std::vector<Answer>& answers);
  [[nodiscard]] Time next_deadline() const { return deadlines_.empty() ? kNever : deadlines_.begin()->first; }

  /// That the calls take, about.
  [[nodiscard]] std::size_t bytes() const { return calls_.size() * kCallBytes; }

  /// Tells the caller `cancelled`. What was asked for is sent all the same. Nothing: no such caller waits.
  std::optional<Answer> cancel(Ticket caller);

 private:
  struct Call {
    Ticket caller = 0;
    Time deadline;
    std::size_t left = 0;  // units not answered yet
    Answer answer;         // so far
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
