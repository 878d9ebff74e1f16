// The panic (or status) that each unit should have, and what the CAD has acknowledged of it. Pure.
//
// Each unit has one small state machine per kind:
//
//     wanted values in order -> one in flight -> acknowledged (remembered for the dedupe window)
//
// The values of a unit are sent in order: the next one is sent when the previous one was answered. Units whose next
// value is the same share one request (a Group).
//
// The CAD may still carry out a request without an answer, up to limits::kUnansweredLife_s after its connection was
// broken off. If that request had another value than the one acknowledged last, the last one is sent once more at the
// end of this time, so that the last value wins at the CAD. After that time nothing is guaranteed.
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

/// Calls: accepted = delivered + coalesced + deduplicated + rejected + refused + shutdown + pending.
struct DesiredCounters {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t coalesced = 0;     // replaced by a later value before it was sent
  std::uint64_t deduplicated = 0;  // a repeat of a value that waits, is in flight or was just acknowledged
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

  /// Takes a call. Appends the tickets that it ends, which may include its own, to `ends`.
  /// `order`: when the script said it, since calls may be read late; 0: after all others. A word that comes after a
  /// newer one of its unit is overtaken, but a panic's ON is sent before that newer one.
  /// False when it was refused because too many units are on record (never for a panic).
  bool want(Time now, std::string_view unit, int value, Ticket ticket, TicketEnds& ends, Ticket order = 0);

  /// True when some unit has a value that may be sent at once, and is not a suspect: see struck().
  [[nodiscard]] bool ready() const { return ready_ != 0; }

  /// When something may be sent: Time::min(): at once; later: only suspects wait; kNever: nothing waits.
  [[nodiscard]] Time due() const;

  /// Units with the same next value; those that have waited longest come first.
  struct Group {
    int value = 0;
    std::vector<std::string> units;
    bool suspect = false;  // struck() has set these units apart
    int struck = 0;        // how often in a row the road has refused one of them
  };
  /// Takes at most `max` units, which are in flight then. Suspects are sent separately, after all others. Empty when
  /// nothing is due.
  Group take(Time now, std::size_t max);

  /// `stray`: another copy of the request was broken off without an answer, so the CAD may carry it out once more.
  void delivered(Time now, const Group& group, TicketEnds& ends, bool stray = false);

  /// Not delivered; will be retried. A status that was replaced in the meantime ends as superseded. `may_have_arrived`:
  /// the last acknowledgement is no longer trusted, and the CAD may still carry the value out later.
  void failed(Time now, const Group& group, bool may_have_arrived, TicketEnds& ends);

  /// Refused. A group of several units is split and sent again in halves, so that one unit that the CAD does not know
  /// keeps none of the others from arriving. The call of a single unit ends; returns true then.
  bool rejected(Time now, const Group& group, TicketEnds& ends);

  /// The road refused it, which is no verdict, so nothing is given up. A group that was refused kStrikes times in a
  /// row, while the CAD itself has answered others (last at `cads_word`), holds something that the road does not let
  /// pass. It is set apart in two halves, which are sent again separately at the two times of `waits`, so that one unit
  /// keeps no other from arriving. A half is split again when it is refused. Returns true when units were set apart,
  /// now or before; false: all are sent together again, when the caller decides.
  bool struck(Time now, const Group& group, Time cads_word, std::pair<Time, Time> waits, TicketEnds& ends);
  static constexpr int kStrikes = 3;

  /// An event of the CAD says that this unit has `value` now, later than it acknowledged ours. Another value than ours
  /// was set by somebody else: our acknowledgement is no longer trusted and our value is not sent once more, so that no
  /// OFF follows an ON that was reported. Our own value is an echo and changes nothing.
  void heard(Time now, std::string_view unit, int value);

  /// Ends all waiting calls.
  void drop_all(TicketEnds& ends);

  /// The state of one unit, for people.
  struct Seen {
    std::optional<int> wanted;        // the newest value that waits or is under way
    bool under_way = false;           // something of it is
    std::optional<int> acknowledged;  // the value that the CAD is believed to have
    Time acknowledged_at{};
    bool suspect = false;  // set apart: see struck()
  };
  /// Nothing for a unit that is not on record.
  [[nodiscard]] std::optional<Seen> seen(std::string_view unit) const;

  /// Units with a value that waits or is in flight.
  [[nodiscard]] std::size_t unsettled() const;

  /// Calls that wait or are in flight; values that are sent once more do not count.
  [[nodiscard]] std::uint64_t pending() const { return pending_; }
  /// Values that were sent once more, because another one may have arrived late.
  [[nodiscard]] std::uint64_t confirmed() const { return confirmed_; }
  /// About the memory of the units on record and their tickets.
  [[nodiscard]] std::size_t bytes() const {
    return units_.size() * kUnitBytes + id_bytes_ + tickets_ * sizeof(Ticket) + confirms_.size() * kConfirmBytes;
  }
  /// Units on record.
  [[nodiscard]] std::size_t units() const { return units_.size(); }
  /// How many units want() has looked at so far to find those to forget: at most kForgotten a call, and
  /// kForgottenWhenFull more when the table is full.
  [[nodiscard]] std::uint64_t forget_steps() const { return forget_steps_; }
  static constexpr std::size_t kForgotten = 4;
  static constexpr std::size_t kForgottenWhenFull = 1024;
  [[nodiscard]] const DesiredCounters& counters() const { return counters_; }
  /// From a call to the CAD's acknowledgement of its value.
  [[nodiscard]] const Histogram& latency() const { return latency_; }
  /// For how long the oldest call has waited or been under way; 0 when none does.
  [[nodiscard]] Duration longest_wait(Time now) const;
  /// Calls `visit(unit, value, settled)` for each unit on record: its newest wanted value, and whether the CAD has
  /// acknowledged that one.
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
    bool confirms = false;        // not a call: the last value, sent once more
    Time at{};                    // when it was called for
  };
  /// The value of a request without an answer.
  struct Stray {
    int value = 0;
    Time until;  // the end of that request's life
  };
  struct Unit {
    Ticket newest_order = 0;  // of the newest word that was said with an order
    int newest_value = 0;
    std::vector<Wanted> waiting;  // at most most_waiting()
    std::optional<Wanted> under_way;
    std::optional<int> acknowledged;
    Time acknowledged_at{};
    Time left_at{};             // when what is or was last under way was taken
    std::vector<Stray> strays;  // one per value
    int last = 0;               // the value acknowledged last
    Time confirm_at = kNever;   // when it is sent once more
    std::size_t group_max = 0;  // after a refusal: the largest group it may be sent in; 0: no limit
    // Refusals of the road.
    int struck = 0;                   // times in a row
    Time struck_since{};              // the first of these, or when it was set apart
    bool suspect = false;             // set apart
    Time not_before = Time::min();    // of a suspect
    const std::string* id = nullptr;  // its key in units_
    bool forgettable = false;         // it is in forgettable_
  };
  using Units = std::unordered_map<std::string, Unit, TextHash, std::equal_to<>>;

  static bool is_ready(const Unit& unit) { return !unit.under_way && !unit.waiting.empty(); }
  /// Changes a unit and updates ready_.
  template <class Change>
  void change(Unit& unit, Change&& change_unit);

  void set_suspect(Unit& unit, bool suspect);
  void clear(Unit& unit);
  void add_stray(Time now, Unit& unit, int value);
  void set_confirm(std::string_view id, Unit& unit, Time at);
  void confirm_later(std::string_view id, Unit& unit);
  void drop_confirming(Unit& unit, TicketEnds& ends);
  void confirm(Time now);
  void add(Time now, Unit& unit, int value, Ticket ticket, TicketEnds& ends);
  void end(Wanted& wanted, TicketEnd::How how, std::uint64_t& counter, TicketEnds& ends);
  void add_ticket(Wanted& wanted, Ticket ticket, TicketEnds& ends);
  void compress(Time now, Unit& unit, TicketEnds& ends);
  [[nodiscard]] bool is_acknowledged(Time now, const Unit& unit, int value) const;
  /// Until when a unit stays on record although nothing of it waits or is under way.
  [[nodiscard]] Time remembered_until(const Unit& unit) const;
  /// Puts such a unit into forgettable_.
  void note_settled(Unit& unit);
  /// Forgets units that are due, but looks at no more than `most`, so that no single call pays for all others.
  void forget(Time now, std::size_t most);

  DesiredKind kind_;
  Duration dedupe_;
  Units units_;
  std::size_t ready_ = 0;                            // units with a value that may be sent, without suspects
  std::size_t suspects_ = 0;                         // units that are set apart
  int splits_ = 0;                                   // by struck(), since something was delivered
  std::set<std::pair<Time, std::string>> confirms_;  // when each unit's last value is sent once more
  std::uint64_t confirmed_ = 0;
  std::uint64_t pending_ = 0;  // calls, without repeats
  std::uint64_t arrivals_ = 0;
  /// When a unit may be forgotten. Each settled unit has one entry; an entry that is due too early is put back.
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
