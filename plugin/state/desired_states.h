// What each unit's panic (or status) should be, and what the CAD was told of it. Pure.
//
// A unit has one small state machine a kind:
//
//     wanted values in order -> one under way -> acknowledged (remembered for the dedupe window)
//
// Values arrive in order for each unit: the next one leaves when the one before was answered. Units whose next value is
// the same share one request (a Group).
//
// A request without an answer may still be carried out, for as long as limits::kUnansweredLife_s after its connection
// was broken off. Where it carried another value than the one that was acknowledged last, that one is sent once more
// when this life is over, so that the last value wins at the CAD. Beyond that life nothing is promised.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/histogram.h"
#include "core/text.h"
#include "core/ticket.h"
#include "core/time.h"
#include "state/waiting_values.h"

namespace sonoran::state {

/// Calls: accepted = delivered + coalesced + deduplicated + rejected + shutdown + pending.
struct DesiredCounters {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t coalesced = 0;     // overtaken by a later value before it left
  std::uint64_t deduplicated = 0;  // a repeat of what waits, is under way or was just acknowledged
  std::uint64_t rejected = 0;      // the CAD refused it for good
  std::uint64_t refused = 0;       // beyond limits::kDesiredUnits
  std::uint64_t shutdown = 0;
};

/// How a call ended, for its ticket.
struct TicketEnd {
  Ticket ticket = 0;
  enum class How : std::uint8_t { kAnswered, kRepeat, kSuperseded } how = How::kAnswered;
};
using TicketEnds = std::vector<TicketEnd>;

class DesiredStates {
 public:
  DesiredStates(DesiredKind kind, Duration dedupe) : kind_(kind), dedupe_(dedupe) {}

  /// Takes a call. Tickets that ended by it, its own included, are appended to `ends`.
  /// False when it was refused because too many units are on record (never for a panic).
  bool want(Time now, std::string_view unit, int value, Ticket ticket, TicketEnds& ends);

  /// True when some unit has a value that may leave at once, and is no suspect: see struck().
  [[nodiscard]] bool ready() const { return ready_ != 0; }

  /// When something may leave: Time::min() at once, later when only suspects wait, kNever when nothing does.
  [[nodiscard]] Time due() const;

  /// Units that want the same value, the longest-waiting first.
  struct Group {
    int value = 0;
    std::vector<std::string> units;
    bool suspect = false;  // struck() set them apart
    int struck = 0;        // how often in a row the road has refused one of them
  };
  /// At most `max` units; all are now under way. Suspects leave by themselves, after all others. Empty when nothing is
  /// due.
  Group take(Time now, std::size_t max);

  /// `stray`: another copy of the request was broken off without an answer, so it may be carried out once more.
  void delivered(Time now, const Group& group, TicketEnds& ends, bool stray = false);

  /// Not delivered, worth another try. A status that was overtaken meanwhile ends as superseded. `may_have_arrived`:
  /// what was acknowledged before is not believed any more, and the value may show at the CAD later still.
  void failed(Time now, const Group& group, bool may_have_arrived, TicketEnds& ends);

  /// Refused. A group of several is split: its units leave again in halves, so that one unit that the CAD does not know
  /// keeps none of the others from arriving. A unit alone has its call ended; true then.
  bool rejected(Time now, const Group& group, TicketEnds& ends);

  /// Something on the way refused it, which is no verdict: nothing is given up. A group that was refused kStrikes times
  /// in a row, while the CAD itself has answered others (at `cads_word` the last time), holds something that the road
  /// does not let pass: it is set apart in two halves, which leave again by themselves at the two times of `waits`, so
  /// that one unit keeps no other from arriving. A half is halved again when it is refused. True when units were set
  /// apart, or were before; false: all leave together again, when the caller thinks fit.
  bool struck(Time now, const Group& group, Time cads_word, std::pair<Time, Time> waits, TicketEnds& ends);
  static constexpr int kStrikes = 3;

  /// The CAD says by itself that this unit has `value` now, later than it acknowledged ours. Another value than ours is
  /// somebody else's word: ours is not believed any more and is not sent once more, so that no OFF follows an ON that
  /// was heard of. Our own value is an echo, which changes nothing.
  void heard(Time now, std::string_view unit, int value);

  /// Ends everything that waits.
  void drop_all(TicketEnds& ends);

  /// Units with a value that waits or is under way.
  [[nodiscard]] std::size_t unsettled() const;

  /// Calls that wait or are under way; values that are sent once more are none.
  [[nodiscard]] std::uint64_t pending() const { return pending_; }
  /// Values that were sent once more, since another one may have arrived late.
  [[nodiscard]] std::uint64_t confirmed() const { return confirmed_; }
  /// That the units on record and their tickets take, about.
  [[nodiscard]] std::size_t bytes() const {
    return units_.size() * kUnitBytes + id_bytes_ + tickets_ * sizeof(Ticket) + confirms_.size() * kConfirmBytes;
  }
  /// Units on record.
  [[nodiscard]] std::size_t units() const { return units_.size(); }
  /// Units that want() has looked at to find those to forget, ever: at most kForgotten a call.
  [[nodiscard]] std::uint64_t forget_steps() const { return forget_steps_; }
  static constexpr std::size_t kForgotten = 4;
  [[nodiscard]] const DesiredCounters& counters() const { return counters_; }
  /// From a call to the CAD's acknowledgement of its value.
  [[nodiscard]] const Histogram& latency() const { return latency_; }
  /// For how long the oldest call has waited or been under way; 0 when none does.
  [[nodiscard]] Duration longest_wait(Time now) const;
  /// `visit(unit, value, settled)` for each unit on record: what it should be by the last word, and whether the CAD has
  /// acknowledged that.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [id, unit] : units_) {
      if (!unit.waiting.empty() || unit.under_way) {
        visit(id, unit.waiting.empty() ? unit.under_way->value : unit.waiting.back().value, false);
      } else if (unit.acknowledged) {
        visit(id, *unit.acknowledged, true);
      }
    }
  }

 private:
  struct Wanted {
    int value = 0;
    std::vector<Ticket> tickets;  // of the call itself, then of its repeats
    std::uint64_t since = 0;      // order of arrival
    bool confirms = false;        // nobody's call: the last value, once more
    Time at{};                    // when it was called for
  };
  /// A value that a request without an answer carried.
  struct Stray {
    int value = 0;
    Time until;  // the end of that request's life
  };
  struct Unit {
    std::vector<Wanted> waiting;  // at most most_waiting()
    std::optional<Wanted> under_way;
    std::optional<int> acknowledged;
    Time acknowledged_at{};
    std::vector<Stray> strays;  // one a value
    int last = 0;               // the value acknowledged last
    Time confirm_at = kNever;   // when it is sent once more
    std::size_t group_max = 0;  // after a refusal: travels in groups of at most so many; 0 is no limit
    // What the road has refused.
    int struck = 0;                   // times in a row
    Time struck_since{};              // the first of these, or when it was set apart
    bool suspect = false;             // set apart
    Time not_before = Time::min();    // of a suspect
    const std::string* id = nullptr;  // its key in units_
    bool forgettable = false;         // it is in forgettable_
  };
  using Units = std::unordered_map<std::string, Unit, TextHash, std::equal_to<>>;

  static bool is_ready(const Unit& unit) { return !unit.under_way && !unit.waiting.empty(); }
  /// Changes a unit and keeps ready_ true to it.
  template <class Change>
  void change(Unit& unit, Change&& change_unit);

  void set_suspect(Unit& unit, bool suspect);
  void clear(Unit& unit);
  void add_stray(Time now, Unit& unit, int value);
  void set_confirm(std::string_view id, Unit& unit, Time at);
  void confirm_later(Time now, std::string_view id, Unit& unit);
  void drop_confirming(Unit& unit, TicketEnds& ends);
  void confirm(Time now);
  void end(Wanted& wanted, TicketEnd::How how, std::uint64_t& counter, TicketEnds& ends);
  void add_ticket(Wanted& wanted, Ticket ticket, TicketEnds& ends);
  void compress(Time now, Unit& unit, TicketEnds& ends);
  [[nodiscard]] bool is_acknowledged(Time now, const Unit& unit, int value) const;
  /// Until when a unit counts of which nothing waits or is under way.
  [[nodiscard]] Time remembered_until(const Unit& unit) const;
  /// Notes such a unit, to be forgotten then.
  void note_settled(Unit& unit);
  /// Forgets the units that are due, at most kForgotten of them: a call pays for itself, never for all others.
  void forget(Time now);

  DesiredKind kind_;
  Duration dedupe_;
  Units units_;
  std::size_t ready_ = 0;                            // units with something that may leave, suspects not included
  std::size_t suspects_ = 0;                         // units that are set apart
  int splits_ = 0;                                   // by struck(), since something was delivered
  std::set<std::pair<Time, std::string>> confirms_;  // when which unit's last value is sent once more
  std::uint64_t confirmed_ = 0;
  std::uint64_t pending_ = 0;  // calls, repeats not included
  std::uint64_t arrivals_ = 0;
  /// When a unit may be forgotten. Each settled unit has one entry, which is looked at again where it came too early.
  struct Forgettable {
    Time when;
    Unit* unit;
    bool operator>(const Forgettable& other) const { return when > other.when; }
  };
  std::priority_queue<Forgettable, std::vector<Forgettable>, std::greater<>> forgettable_;
  std::size_t id_bytes_ = 0;
  std::size_t tickets_ = 0;
  std::uint64_t forget_steps_ = 0;
  /// A node of the table, its values and its entry above; a node of confirms_.
  static constexpr std::size_t kUnitBytes = sizeof(Units::value_type) + 2 * sizeof(void*) +
                                            most_waiting(DesiredKind::kPanic) * sizeof(Wanted) + sizeof(Forgettable);
  static constexpr std::size_t kConfirmBytes = sizeof(std::pair<Time, std::string>) + 4 * sizeof(void*);
  DesiredCounters counters_;
  Histogram latency_;
};

}  // namespace sonoran::state
