#include "state/desired_states.h"

#include <algorithm>
#include <compare>
#include <utility>

#include "core/limits.h"

namespace sonoran::state {
namespace {

/// How long to wait at least before a unit that could not be forgotten yet is looked at again.
constexpr Duration kLookedAtAgain = std::chrono::seconds(1);

}  // namespace

template <class Change>
void DesiredStates::change(Unit& unit, Change&& change_unit) {
  const bool before = is_ready(unit) && !unit.suspect;
  std::forward<Change>(change_unit)();
  const bool after = is_ready(unit) && !unit.suspect;
  if (before && !after) --ready_;
  if (!before && after) ++ready_;
}

void DesiredStates::set_suspect(Unit& unit, bool suspect) {
  if (unit.suspect == suspect) return;
  change(unit, [&] { unit.suspect = suspect; });
  suspect ? ++suspects_ : --suspects_;
}

/// Earlier refusals of the unit do not count any more.
void DesiredStates::clear(Unit& unit) {
  set_suspect(unit, false);
  unit.group_max = 0;
  unit.struck = 0;
}

void DesiredStates::add_stray(Time now, Unit& unit, int value) {
  const Time until = now + std::chrono::seconds(limits::kUnansweredLife_s);
  std::erase_if(unit.strays, [&](const Stray& stray) { return stray.value == value; });
  unit.strays.push_back({value, until});
}

void DesiredStates::set_confirm(std::string_view id, Unit& unit, Time at) {
  if (unit.confirm_at == at) return;
  if (unit.confirm_at != kNever) confirms_.erase({unit.confirm_at, std::string(id)});
  if (at != kNever) confirms_.emplace(at, id);
  unit.confirm_at = at;
}

/// Schedules that the value acknowledged last is sent once more, when no other value can arrive any more. A stray that
/// was over when that value left came before it at the CAD. One that ended while it was on its way may have come after.
void DesiredStates::confirm_later(std::string_view id, Unit& unit) {
  std::erase_if(unit.strays, [&](const Stray& stray) { return stray.until <= unit.left_at; });
  Time at = kNever;
  for (const Stray& stray : unit.strays) {
    if (stray.value == unit.last) continue;
    at = at == kNever ? stray.until : std::max(at, stray.until);
  }
  set_confirm(id, unit, at);
}

void DesiredStates::confirm(Time now) {
  while (!confirms_.empty() && confirms_.begin()->first <= now) {
    const std::string id = confirms_.begin()->second;
    Unit& unit = units_.find(id)->second;
    set_confirm(id, unit, kNever);
    // The CAD may have another value by now. Until it acknowledges one anew, no call counts as a repeat.
    unit.acknowledged.reset();
    // A value that waits or is under way is newer: its own acknowledgement decides.
    if (unit.under_way || !unit.waiting.empty()) continue;
    change(unit, [&] {
      unit.waiting.push_back({.value = unit.last, .tickets = {}, .since = ++arrivals_, .confirms = true});
    });
    ++confirmed_;
  }
}

/// Drops a value that waits to be sent once more. Call it within change().
void DesiredStates::drop_confirming(Unit& unit, TicketEnds& ends) {
  if (unit.waiting.empty() || !unit.waiting.front().confirms) return;
  for (const Ticket ticket : unit.waiting.front().tickets) ends.push_back({ticket, TicketEnd::How::kSuperseded});
  tickets_ -= unit.waiting.front().tickets.size();
  unit.waiting.erase(unit.waiting.begin());
}

void DesiredStates::heard(Time now, std::string_view id, int value) {
  const auto found = units_.find(id);
  if (found == units_.end()) return;
  Unit& unit = found->second;
  if (value == unit.last || now < unit.acknowledged_at) return;
  unit.acknowledged.reset();
  set_confirm(id, unit, kNever);
  TicketEnds ends;  // stays empty: a value that callers have joined is not dropped
  change(unit, [&] {
    if (!unit.waiting.empty() && unit.waiting.front().confirms && unit.waiting.front().tickets.empty()) {
      drop_confirming(unit, ends);
    }
  });
  note_settled(unit);
}

void DesiredStates::end(Wanted& wanted, TicketEnd::How how, std::uint64_t& counter, TicketEnds& ends) {
  if (!wanted.confirms) {
    ++counter;
    --pending_;
  }
  bool first = true;
  for (const Ticket ticket : wanted.tickets) {
    auto ticket_how = how;
    if (!first && how == TicketEnd::How::kAnswered) ticket_how = TicketEnd::How::kRepeat;
    if (ticket != 0) ends.push_back({ticket, ticket_how});
    first = false;
  }
  tickets_ -= wanted.tickets.size();
  wanted.tickets.clear();
}

void DesiredStates::add_ticket(Wanted& wanted, Ticket ticket, TicketEnds& ends) {
  if (ticket == 0) return;
  if (wanted.tickets.size() < limits::kRepeatTickets) {
    wanted.tickets.push_back(ticket);
    ++tickets_;
  } else {
    ends.push_back({ticket, TicketEnd::How::kSuperseded});
  }
}

Time DesiredStates::remembered_until(const Unit& unit) const {
  Time until = unit.acknowledged_at + dedupe_;
  for (const Stray& stray : unit.strays) until = std::max(until, stray.until);
  return unit.confirm_at == kNever ? until : std::max(until, unit.confirm_at);
}

void DesiredStates::note_settled(Unit& unit) {
  if (unit.forgettable || unit.under_way || !unit.waiting.empty()) return;
  unit.forgettable = true;
  forgettable_.push({remembered_until(unit), &unit});
}

void DesiredStates::forget(Time now, std::size_t most) {
  for (std::size_t i = 0; i < most && !forgettable_.empty() && forgettable_.top().when <= now; ++i) {
    Unit& unit = *forgettable_.top().unit;
    forgettable_.pop();
    ++forget_steps_;
    unit.forgettable = false;
    if (unit.under_way || !unit.waiting.empty()) continue;  // noted again when it has settled
    if (unit.confirm_at != kNever || now < remembered_until(unit)) {
      unit.forgettable = true;
      forgettable_.push({std::max(remembered_until(unit), now + kLookedAtAgain), &unit});
      continue;
    }
    set_suspect(unit, false);
    id_bytes_ -= unit.id->capacity();
    units_.erase(units_.find(*unit.id));
  }
}

bool DesiredStates::want(Time now, std::string_view id, int value, Ticket ticket, TicketEnds& ends, Ticket order) {
  forget(now, kForgotten);
  auto found = units_.find(id);
  if (found == units_.end()) {
    // The first few entries may have been acknowledged anew; one behind them may be due.
    if (units_.size() >= limits::kDesiredUnits && kind_ == DesiredKind::kStatus) forget(now, kForgottenWhenFull);
    if (units_.size() >= limits::kDesiredUnits && kind_ == DesiredKind::kStatus) {
      ++counters_.accepted;
      ++counters_.refused;
      return false;
    }
    found = units_.try_emplace(std::string(id)).first;
    found->second.id = &found->first;
    id_bytes_ += found->first.capacity();
  }
  Unit& unit = found->second;
  if (order == 0 || order >= unit.newest_order) {
    if (order != 0) {
      unit.newest_order = order;
      unit.newest_value = value;
    }
    add(now, unit, value, ticket, ends);
  } else if (kind_ == DesiredKind::kPanic && value != 0) {
    // A later OFF does not swallow an ON: the ON is sent first.
    add(now, unit, value, ticket, ends);
    add(now, unit, unit.newest_value, 0, ends);
  } else {
    ++counters_.accepted;
    ++counters_.coalesced;
    if (ticket != 0) ends.push_back({ticket, TicketEnd::How::kSuperseded});
  }
  return true;
}

void DesiredStates::add(Time now, Unit& unit, int value, Ticket ticket, TicketEnds& ends) {
  ++counters_.accepted;

  // A repeat of the unit's newest value needs no request of its own.
  if (!unit.waiting.empty() || unit.under_way) {
    Wanted& last = unit.waiting.empty() ? *unit.under_way : unit.waiting.back();
    if (last.value == value) {
      // A value that is sent once more belongs to this call from now on, so a later value does not drop it.
      if (std::exchange(last.confirms, false)) {
        ++pending_;
        last.at = now;
      } else {
        ++counters_.deduplicated;
      }
      add_ticket(last, ticket, ends);
      return;
    }
  } else if (is_acknowledged(now, unit, value)) {
    ++counters_.deduplicated;
    if (ticket != 0) ends.push_back({ticket, TicketEnd::How::kRepeat});
    return;
  }

  change(unit, [&] {
    ++pending_;
    drop_confirming(unit, ends);
    unit.waiting.push_back({.value = value, .tickets = {ticket}, .since = ++arrivals_, .at = now});
    ++tickets_;
    compress(now, unit, ends);
  });
  note_settled(unit);
}

bool DesiredStates::is_acknowledged(Time now, const Unit& unit, int value) const {
  return unit.acknowledged == value && now - unit.acknowledged_at < dedupe_;
}

void DesiredStates::compress(Time now, Unit& unit, TicketEnds& ends) {
  auto& waiting = unit.waiting;
  shorten(kind_, waiting, [&](auto& values) {
    // The next value takes its place in the order of arrival.
    values[1].since = std::min(values[1].since, values[0].since);
    end(values[0], TicketEnd::How::kSuperseded, counters_.coalesced, ends);
  });
  // The value under way is the same as the next one, so nothing more has to leave.
  if (unit.under_way && !waiting.empty() && waiting.front().value == unit.under_way->value) {
    ++counters_.deduplicated;
    --pending_;
    for (const Ticket ticket : waiting.front().tickets) add_ticket(*unit.under_way, ticket, ends);
    tickets_ -= waiting.front().tickets.size();
    waiting.erase(waiting.begin());
  }
  // The unit is back at the value that the CAD acknowledged last, and no other value has left since.
  if (!unit.under_way && !waiting.empty() && !waiting.front().confirms &&
      is_acknowledged(now, unit, waiting.front().value)) {
    ++counters_.deduplicated;
    --pending_;
    for (const Ticket ticket : waiting.front().tickets) {
      if (ticket != 0) ends.push_back({ticket, TicketEnd::How::kRepeat});
    }
    tickets_ -= waiting.front().tickets.size();
    waiting.erase(waiting.begin());
  }
}

Duration DesiredStates::longest_wait(Time now) const {
  if (pending_ == 0) return {};
  Time oldest = now;
  for (const auto& [id, unit] : units_) {
    if (unit.under_way && !unit.under_way->confirms) oldest = std::min(oldest, unit.under_way->at);
    for (const Wanted& wanted : unit.waiting) {
      if (!wanted.confirms) oldest = std::min(oldest, wanted.at);
    }
  }
  return now - oldest;
}

std::optional<DesiredStates::Seen> DesiredStates::seen(std::string_view id) const {
  const auto found = units_.find(id);
  if (found == units_.end()) return std::nullopt;
  const Unit& unit = found->second;
  Seen seen{.wanted = {},
            .under_way = unit.under_way.has_value(),
            .acknowledged = unit.acknowledged,
            .acknowledged_at = unit.acknowledged_at,
            .suspect = unit.suspect};
  if (!unit.waiting.empty()) {
    seen.wanted = unit.waiting.back().value;
  } else if (unit.under_way) {
    seen.wanted = unit.under_way->value;
  }
  return seen;
}

Time DesiredStates::due() const {
  if (ready_ != 0) return Time::min();
  Time due = confirms_.empty() ? kNever : confirms_.begin()->first;
  if (suspects_ == 0) return due;
  for (const auto& [id, unit] : units_) {
    if (unit.suspect && is_ready(unit)) due = std::min(due, unit.not_before);
  }
  return due;
}

DesiredStates::Group DesiredStates::take(Time now, std::size_t max) {
  Group group;
  if (due() > now) return group;
  confirm(now);
  if (due() > now) return group;
  group.suspect = ready_ == 0;
  // The unit that has waited longest decides the value. Those that the road has refused go behind the others, so that
  // one which is refused again and again does not go before them each time. Among suspects the turn that came first
  // counts.
  struct Turn {
    Time not_before;
    int struck;
    std::uint64_t since;
    auto operator<=>(const Turn&) const = default;
  };
  std::vector<std::pair<Turn, Units::iterator>> ready;
  for (auto it = units_.begin(); it != units_.end(); ++it) {
    const Unit& unit = it->second;
    if (!is_ready(unit) || unit.suspect != group.suspect || (unit.suspect && unit.not_before > now)) continue;
    const std::uint64_t since = unit.waiting.front().since;
    ready.emplace_back(unit.suspect ? Turn{unit.not_before, 0, since} : Turn{Time::min(), unit.struck, since}, it);
  }
  const auto by_turn = [](const auto& entry) { return entry.first; };
  const auto oldest = std::ranges::min_element(ready, {}, by_turn);
  group.value = oldest->second->second.waiting.front().value;
  // A unit that must be sent in small groups decides the size of its group; units without such a limit do not join it.
  const Unit& first = oldest->second->second;
  const std::size_t group_max = first.group_max;
  const Time not_before = first.not_before;
  if (group_max != 0) max = std::min(max, group_max);
  std::erase_if(ready, [&](const auto& entry) {
    const Unit& unit = entry.second->second;
    if (unit.waiting.front().value != group.value || (unit.group_max != 0) != (group_max != 0)) return true;
    // Each half that was set apart has a time of its own, so the halves stay apart.
    return group.suspect && unit.not_before != not_before;
  });
  // Only the units that leave are sorted, because many more may wait.
  const auto leaving = ready.begin() + static_cast<std::ptrdiff_t>(std::min(max, ready.size()));
  std::ranges::nth_element(ready, leaving, {}, by_turn);
  ready.erase(leaving, ready.end());
  std::ranges::sort(ready, {}, by_turn);
  for (const auto& [turn, it] : ready) {
    Unit& unit = it->second;
    change(unit, [&] {
      unit.under_way = std::move(unit.waiting.front());
      unit.waiting.erase(unit.waiting.begin());
    });
    unit.left_at = now;
    group.units.push_back(it->first);
    group.struck = std::max(group.struck, unit.struck);
  }
  return group;
}

void DesiredStates::delivered(Time now, const Group& group, TicketEnds& ends, bool stray) {
  for (const std::string& id : group.units) {
    Unit& unit = units_.find(id)->second;
    change(unit, [&] {
      if (!unit.under_way->confirms) latency_.record(now - unit.under_way->at);
      end(*unit.under_way, TicketEnd::How::kAnswered, counters_.delivered, ends);
      unit.under_way.reset();
    });
    unit.acknowledged = group.value;
    unit.acknowledged_at = now;
    unit.last = group.value;
    if (stray) add_stray(now, unit, group.value);
    confirm_later(id, unit);
    clear(unit);
    note_settled(unit);
  }
  if (std::exchange(splits_, 0) < 2) return;
  // Before this, the road has refused several groups and let none pass, so no single unit was the cause. The units that
  // were set apart are sent together, at once. If one of them is the cause after all, they are halved again.
  for (auto& [id, unit] : units_) {
    if (!unit.suspect) continue;
    unit.group_max = units_.size();
    unit.not_before = now;
    unit.struck_since = now;
  }
}

void DesiredStates::failed(Time now, const Group& group, bool may_have_arrived, TicketEnds& ends) {
  for (const std::string& id : group.units) {
    Unit& unit = units_.find(id)->second;
    change(unit, [&] {
      unit.waiting.insert(unit.waiting.begin(), std::move(*unit.under_way));
      unit.under_way.reset();
      if (may_have_arrived) {
        unit.acknowledged.reset();
        add_stray(now, unit, group.value);
      }
      // The failed value goes before a waiting one that differs from it. compress() keeps the bound.
      compress(now, unit, ends);
    });
    note_settled(unit);
  }
}

bool DesiredStates::rejected(Time now, const Group& group, TicketEnds& ends) {
  if (group.units.size() > 1) {
    failed(now, group, false, ends);
    for (const std::string& id : group.units) {
      Unit& unit = units_.find(id)->second;
      clear(unit);
      unit.group_max = (group.units.size() + 1) / 2;
    }
    return false;
  }
  for (const std::string& id : group.units) {
    Unit& unit = units_.find(id)->second;
    change(unit, [&] {
      end(*unit.under_way, TicketEnd::How::kAnswered, counters_.rejected, ends);
      unit.under_way.reset();
    });
    clear(unit);
    note_settled(unit);
  }
  return true;
}

bool DesiredStates::struck(Time now, const Group& group, Time cads_word, std::pair<Time, Time> waits,
                           TicketEnds& ends) {
  failed(now, group, true, ends);
  std::vector<Unit*> held;  // units that the road has refused kStrikes times while others passed
  for (const std::string& id : group.units) {
    Unit& unit = units_.find(id)->second;
    if (unit.struck++ == 0) unit.struck_since = now;
    if (group.suspect) unit.not_before = waits.first;
    if (unit.struck >= kStrikes && cads_word > unit.struck_since) held.push_back(&unit);
  }
  if (held.empty()) return group.suspect;
  const std::size_t half = (held.size() + 1) / 2;
  for (std::size_t i = 0; i < held.size(); ++i) {
    Unit& unit = *held[i];
    set_suspect(unit, true);
    unit.group_max = half;
    unit.not_before = i < half ? waits.first : waits.second;
    unit.struck_since = now;
  }
  if (held.size() > 1) ++splits_;
  return true;
}

void DesiredStates::drop_all(TicketEnds& ends) {
  confirms_.clear();
  for (auto& [id, unit] : units_) {
    unit.confirm_at = kNever;
    change(unit, [&, &waiting = unit.waiting] {
      for (Wanted& wanted : waiting) end(wanted, TicketEnd::How::kAnswered, counters_.shutdown, ends);
      waiting.clear();
    });
    note_settled(unit);
  }
}

std::size_t DesiredStates::unsettled() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      units_, [](const auto& entry) { return entry.second.under_way || !entry.second.waiting.empty(); }));
}

}  // namespace sonoran::state
