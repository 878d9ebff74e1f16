#include "schedule/joined_calls.h"

namespace sonoran::schedule {

Ticket JoinedCalls::add(Ticket caller, std::size_t units, Time deadline) {
  const Ticket stand_in = stand_in_of(caller);
  Call call{.caller = caller, .deadline = deadline, .left = units, .answer = {}};
  call.answer.deduplicated = true;  // until a unit is answered that is no repeat
  calls_.insert_or_assign(stand_in, std::move(call));
  deadlines_.emplace(deadline, stand_in);
  return stand_in;
}

std::optional<Answer> JoinedCalls::pass(Answer answer) {
  if (!is_stand_in(answer.ticket)) return answer;
  const auto at = calls_.find(answer.ticket);
  if (at == calls_.end()) return std::nullopt;
  Call& call = at->second;
  const bool all_repeats = call.answer.deduplicated && answer.deduplicated;
  if (call.answer.error.kind == ErrorKind::kNone) call.answer = std::move(answer);
  call.answer.deduplicated = all_repeats;
  if (--call.left != 0) return std::nullopt;
  Answer last = std::move(call.answer);
  last.ticket = call.caller;
  erase(at);
  return last;
}

void JoinedCalls::expire(Time now, std::vector<Answer>& answers) {
  while (next_deadline() <= now) {
    const auto at = calls_.find(deadlines_.begin()->second);
    answers.push_back({.ticket = at->second.caller,
                       .error = {ErrorKind::kTimeout, "Not yet",
                                 "The CAD has not taken it for all units within the deadline; it is kept, and sent "
                                 "until it has.",
                                 ""}});
    erase(at);
  }
}

std::optional<Answer> JoinedCalls::cancel(Ticket caller) {
  const auto at = calls_.find(stand_in_of(caller));
  if (at == calls_.end()) return std::nullopt;
  erase(at);
  return Answer{.ticket = caller,
                .error = {ErrorKind::kCancelled, "Cancelled",
                          "Nobody waits for it any more; panics and statuses are sent all the same.", ""}};
}

void JoinedCalls::erase(Calls::iterator call) {
  deadlines_.erase({call->second.deadline, call->first});
  calls_.erase(call);
}

}  // namespace sonoran::schedule
