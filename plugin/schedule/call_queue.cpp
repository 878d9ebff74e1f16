#include "schedule/call_queue.h"

#include <algorithm>
#include <iterator>

#include "core/limits.h"

namespace sonoran::schedule {
namespace {

bool is_query(const api::Operation& operation) {
  return operation.traffic_class == api::TrafficClass::kQuery;
}

bool is_urgent(const api::Operation& operation) {
  return operation.lane == api::Lane::kUrgent;
}

/// Equal questions get one answer: operation and target determine a GET.
std::string share_key(const api::CheckedCall& call) {
  return std::string(call.operation->id) + ' ' + call.target;
}

api::Outcome failed(ErrorKind kind, std::string title, std::string detail) {
  api::Outcome outcome;
  outcome.error = {kind, std::move(title), std::move(detail), ""};
  return outcome;
}

/// What a caller is told when the CAD may have carried their command out and it must not be sent twice.
api::Outcome unknown_outcome(const api::Operation& operation, const api::Outcome& outcome) {
  api::Outcome told = outcome;
  told.error.kind = ErrorKind::kOutcomeUnknown;
  told.error.title = "Outcome unknown";
  told.error.detail = std::string(operation.id) + " was sent, and nobody can say whether the CAD carried it out: " +
                      (outcome.error.detail.empty() ? "no answer came yet." : outcome.error.detail) +
                      " It is not sent again by itself.";
  return told;
}

}  // namespace

CallCounters& CallQueue::counters(const Request& request) {
  return is_query(*request.call.operation) ? queries_ : commands_;
}

void CallQueue::refuse(Ticket ticket, api::CheckedCall call, const api::Outcome& outcome) {
  CallCounters& counts = is_query(*call.operation) ? queries_ : commands_;
  ++counts.accepted;
  ++counts.pending;
  const Request nobody{.call = std::move(call), .callers = {}, .last = {}};
  end_caller(nobody, {.ticket = ticket, .deadline = kNever, .shared = false}, outcome);
}

void CallQueue::add(Time now, Ticket ticket, api::CheckedCall call, Time deadline) {
  if (deadline <= now) {
    return refuse(ticket, std::move(call),
                  failed(ErrorKind::kTimeout, "Too late", "The deadline passed before the call was looked at."));
  }
  const api::Operation& operation = *call.operation;
  CallCounters& counts = is_query(operation) ? queries_ : commands_;
  if (is_query(operation)) {
    if (const auto found = shared_.find(share_key(call)); found != shared_.end()) {
      Request& request = requests_.at(found->second);
      request.callers.push_back({.ticket = ticket, .deadline = deadline, .shared = !request.callers.empty()});
      ++counts.accepted;
      ++counts.pending;
      tickets_.emplace(ticket, found->second);
      deadlines_.emplace(deadline, ticket);
      return;
    }
  }
  Queue& queue = queues_[&operation];
  if (queue.held.size() >= limits::kQueuedCalls) {
    auto outcome = failed(ErrorKind::kQueueFull, "Queue full",
                          std::to_string(limits::kQueuedCalls) + " calls of " + std::string(operation.id) +
                              " wait already; this one was not taken.");
    return refuse(ticket, std::move(call), outcome);
  }
  ++counts.accepted;
  ++counts.pending;
  const Caller caller{.ticket = ticket, .deadline = deadline, .shared = false};
  const Id id = next_id_++;
  queue.held.insert(queue.held.end(), id);
  std::size_t behind = 0;
  for (const std::string_view key : call.order_keys.views()) {
    auto order = orders_.find(key);
    if (order == orders_.end()) order = orders_.try_emplace(std::string(key)).first;
    if (!order->second.empty()) ++behind;
    order->second.insert(order->second.end(), id);
  }
  if (is_query(operation)) shared_.emplace(share_key(call), id);
  if (is_urgent(operation)) ++urgent_;
  bytes_ += call.bytes();
  tickets_.emplace(ticket, id);
  deadlines_.emplace(deadline, ticket);
  const auto at =
      requests_
          .emplace(id,
                   Request{.call = std::move(call), .callers = {caller}, .since = now, .behind = behind, .last = {}})
          .first;
  get_ready(id, at->second);
}

bool CallQueue::cancel(Ticket ticket) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return false;
  const auto at = requests_.find(found->second);
  Request& request = at->second;
  const auto caller = std::ranges::find(request.callers, ticket, &Caller::ticket);
  const Caller gone = *caller;
  request.callers.erase(caller);
  end_caller(request, gone, failed(ErrorKind::kCancelled, "Cancelled", "The call was cancelled."));
  // What is under way goes on: it cannot be called back, and what follows it in order must not overtake it.
  if (request.callers.empty() && !request.under_way) erase(at);
  return true;
}

void CallQueue::get_ready(Id id, const Request& request) {
  if (request.behind == 0 && !request.under_way) queue(request).ready.insert(id);
}

Time CallQueue::due(const Queue& queue) const {
  Time earliest = kNever;
  for (const Id id : queue.ready) {
    earliest = std::min(earliest, requests_.at(id).not_before);
    if (earliest == Time::min()) break;
  }
  return earliest;
}

Time CallQueue::due(const api::Operation& operation) const {
  const auto found = queues_.find(&operation);
  return found == queues_.end() ? kNever : due(found->second);
}

CallQueue::Id CallQueue::oldest(const api::Operation& operation, Time now) const {
  const auto& ready = queues_.at(&operation).ready;
  const auto found = std::ranges::find_if(ready, [&](Id id) { return requests_.at(id).not_before <= now; });
  return found == ready.end() ? 0 : *found;
}

const api::CheckedCall& CallQueue::take(Id id) {
  Request& request = requests_.at(id);
  request.under_way = true;
  ++queue(request).under_way;
  queue(request).ready.erase(id);
  ++request.tries;
  return request.call;
}

void CallQueue::end_caller(const Request& request, const Caller& caller, const api::Outcome& outcome) {
  CallCounters& counts = counters(request);
  --counts.pending;
  if (outcome.error.kind != ErrorKind::kNone) {
    ++counts.dropped[static_cast<std::size_t>(outcome.error.kind)];
  } else {
    ++(caller.shared ? counts.deduplicated : counts.delivered);
  }
  tickets_.erase(caller.ticket);
  deadlines_.erase({caller.deadline, caller.ticket});
  answers_.push_back({.ticket = caller.ticket,
                      .status = outcome.status,
                      .error = outcome.error,
                      .deduplicated = caller.shared,
                      .body = outcome.body,
                      .body_is_json = outcome.body_is_json,
                      .retry_after = outcome.retry_after});
}

void CallQueue::end_callers(Request& request, const api::Outcome& outcome) {
  for (const Caller& caller : request.callers) end_caller(request, caller, outcome);
  request.callers.clear();
}

void CallQueue::erase(Requests::iterator at) {
  const auto& [id, request] = *at;
  const api::Operation& operation = *request.call.operation;
  Queue& queue = queues_[&operation];
  queue.held.erase(id);
  queue.ready.erase(id);
  if (request.under_way) --queue.under_way;
  for (const std::string_view key : request.call.order_keys.views()) {
    const auto order = orders_.find(key);
    std::set<Id>& ids = order->second;
    const bool was_first = *ids.begin() == id;
    ids.erase(id);
    if (ids.empty()) {
      orders_.erase(order);
    } else if (was_first) {
      Request& next = requests_.at(*ids.begin());
      if (--next.behind == 0) get_ready(*ids.begin(), next);
    }
  }
  if (is_query(operation)) shared_.erase(share_key(request.call));
  if (is_urgent(operation)) --urgent_;
  bytes_ -= request.call.bytes();
  requests_.erase(at);
}

void CallQueue::done(Id id, const api::Outcome& outcome, bool unknown) {
  const auto at = requests_.find(id);
  end_callers(at->second, unknown ? unknown_outcome(*at->second.call.operation, outcome) : outcome);
  erase(at);
}

bool CallQueue::again(Time now, Id id, const api::Outcome& outcome, Time not_before, Random& random) {
  const auto at = requests_.find(id);
  Request& request = at->second;
  request.under_way = false;
  --queue(request).under_way;
  get_ready(id, request);
  request.not_before = std::max(not_before, now + request.backoff.fail(random));
  const bool in_time =
      std::ranges::any_of(request.callers, [&](const Caller& caller) { return caller.deadline > request.not_before; });
  if (!in_time || request.tries >= limits::kCallTries) {
    done(id, outcome, false);
    return false;
  }
  request.last = outcome;
  return true;
}

void CallQueue::expire(Time now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const Ticket ticket = deadlines_.begin()->second;
    const auto at = requests_.find(tickets_.at(ticket));
    Request& request = at->second;
    const api::Operation& operation = *request.call.operation;
    const auto caller = std::ranges::find(request.callers, ticket, &Caller::ticket);
    const Caller gone = *caller;
    request.callers.erase(caller);
    if (request.under_way && !is_query(operation) && !operation.repeatable) {
      end_caller(request, gone, unknown_outcome(operation, {}));
    } else if (request.last.error.kind != ErrorKind::kNone) {
      end_caller(request, gone, request.last);
    } else {
      end_caller(request, gone,
                 failed(ErrorKind::kTimeout, "No answer in time",
                        std::string(operation.id) + (request.under_way
                                                         ? " was sent, but the CAD did not answer within the deadline."
                                                         : " could not leave before its deadline; its budget was "
                                                           "spent or the CAD could not be reached.")));
    }
    if (request.callers.empty() && !request.under_way) erase(at);
  }
}

void CallQueue::end(Which which, const Error& error) {
  api::Outcome outcome;
  outcome.error = error;
  for (auto next = requests_.begin(); next != requests_.end();) {
    const auto at = next++;
    Request& request = at->second;
    const api::Operation& operation = *request.call.operation;
    if (which != Which::kAll && request.under_way) continue;
    if (which == Which::kWaitingQueries && !is_query(operation)) continue;
    if (which == Which::kWaitingButUrgent && is_urgent(operation)) continue;
    const bool unknown = request.under_way && !is_query(operation) && !operation.repeatable;
    end_callers(request, unknown ? unknown_outcome(operation, outcome) : outcome);
    erase(at);
  }
}

std::size_t CallQueue::waiting(const api::Operation& operation) const {
  const auto found = queues_.find(&operation);
  if (found == queues_.end()) return 0;
  return found->second.held.size() - found->second.under_way;
}

Duration CallQueue::longest_wait(const api::Operation& operation, Time now) const {
  const auto found = queues_.find(&operation);
  if (found == queues_.end() || found->second.held.empty()) return {};
  return now - requests_.at(*found->second.held.begin()).since;
}

}  // namespace sonoran::schedule
