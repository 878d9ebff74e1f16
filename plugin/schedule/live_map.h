// The live map over the CAD's hub: whose place is read, who leaves next, and what the map shows. Pure.
//
// Only a place that was read is sent, never a guess ahead. A place counts as sent when the CAD has acknowledged it:
// what is refused, lost or unanswered goes again, as it is by then. A refusal that may be about one unit splits the
// call in halves, which go every second turn beside the rest of the map; a unit that is refused alone is left out for
// limits::kLeftOut_s.
//
// Memory is by slot and grows when a slot is new. Nothing else allocates, refusals apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/settings.h"
#include "core/time.h"
#include "schedule/hub_pace.h"
#include "schedule/map_chooser.h"
#include "schedule/slot_queue.h"
#include "state/map_place.h"

namespace sonoran::schedule {

using state::MapPlace;

/// What came of a call.
enum class HubVerdict : std::uint8_t {
  kTaken,
  kTooFast,  // it came too soon after another one
  kBadUnit,  // one of its updates is at fault, or their number
  kRefused,  // for another reason; three times in a row this is thought to be kBadUnit
  kLost,     // no answer, or one that says nothing of its updates: whether it arrived is not known
};

class LiveMap {
 public:
  explicit LiveMap(const Settings& settings);

  // ------------------------------------------------------------------------------------------------- what is known

  /// The unit's place was read. The first one makes the unit known. `readable`: it can be asked for; otherwise it comes
  /// when it comes, and name_readings() does not name the unit.
  void read(Time now, Slot slot, const MapPlace& place, bool readable = true);
  /// The unit is tracked, and its place has to be read.
  void track(Time now, Slot slot);
  /// The unit is gone; its slot may become another's.
  void forget(Slot slot);
  /// A unit in panic goes before others, for however little it moves.
  void set_panic(Time now, Slot slot, bool on);
  /// The CAD has cleared the unit's place: it goes at once.
  void logged_in(Time now, Slot slot);
  /// The CAD took a place of the unit by another way than its calls, and none of them was under way.
  void taken_elsewhere(Time now, Slot slot, const MapPlace& place);
  /// Something else may have changed what the CAD shows: the unit's place goes again.
  void doubt(Time now, Slot slot);

  // ---------------------------------------------------------------------------------------------------- who is read

  // A call is right when the places in it are fresh: 30 ms more of age make the mean worse by a twentieth. So name as
  // soon as readings_due() says, but only once the game has taken what was named before; let the game take the list in
  // every tick, 50 ms apart or less, and hand in all places in that tick. How long that takes is measured here: places
  // are named so early that the last tick before a call reads them, and the call waits for them for 12 ms at most.
  // Where ticks are 60 ms apart, 2,048 units are read every 2.1 s.

  struct Reading {
    Slot slot = 0;
    bool whole = false;  // with its heading and texts, since it may leave
  };
  /// When name_readings() has something to name.
  [[nodiscard]] Time readings_due(Time now) const;
  /// Whose place should be read now, limits::kHubReadings at most; the view lives until the next call of it.
  std::span<const Reading> name_readings(Time now);
  /// What was named has been read, as far as it could be: no call waits for it any more.
  void readings_answered();

  // --------------------------------------------------------------------------------------------------- who is sent

  struct Update {
    Slot slot = 0;
    MapPlace place;
  };
  struct Call {
    std::uint64_t number = 0;
    std::span<const Update> updates;  // lives until the call has ended
  };
  /// When a call should leave; kNever when there is nothing to say or an answer has to come first.
  [[nodiscard]] Time due(Time now) const;
  /// The call that leaves now, if one is due.
  std::optional<Call> next(Time now);
  /// What came of a call. A unit that is left out from now on is returned.
  std::optional<Slot> ended(Time now, std::uint64_t number, HubVerdict verdict);
  /// The connection ended: no call under way will be answered.
  void disconnected(Time now);

  /// Whether its place can be asked for.
  [[nodiscard]] bool readable(Slot slot) const { return slot >= units_.size() || units_[slot].readable; }
  /// Whether a place of it was read.
  [[nodiscard]] bool knows(Slot slot) const { return slot < units_.size() && units_[slot].was_read; }
  /// Whether the CAD has acknowledged the place that was read last, or one that differs too little.
  [[nodiscard]] bool settled(Slot slot) const;
  /// What the CAD has acknowledged last.
  [[nodiscard]] std::optional<MapPlace> acknowledged(Slot slot) const;
  [[nodiscard]] std::size_t tracked() const { return by_reading_.size(); }
  [[nodiscard]] std::size_t waiting() const { return chooser_.waiting(); }
  /// Whether no unit waits for a call, be it for the search.
  [[nodiscard]] bool idle() const { return chooser_.waiting() == 0 && groups_.empty(); }
  [[nodiscard]] const HubPace& pace() const { return pace_; }

 private:
  /// The map's error in what is no distance, as so many metres.
  static constexpr double kHeading_m = 5;  // the other way round
  static constexpr double kText_m = 10;
  static constexpr double kUnsure_m = 10;  // what the map shows is not known
  static constexpr double kResend_m = 1;
  static constexpr double kPanicMoved_m = 0.1;

  struct Unit {
    MapPlace read;
    MapPlace sent;          // what the map shows when all that is under way has arrived
    MapPlace acknowledged;  // what it shows as far as is known
    Time read_at{};
    Time named_at{};         // or read without having been named
    Time right_at{};         // when `sent` was right for the last time
    Time acknowledged_at{};  // when that place was sent
    Time sent_at{};
    Time back_at{};                // while left out
    std::uint64_t call = 0;        // the last one that it was in
    std::uint64_t known_call = 0;  // the last one that the CAD took
    std::uint64_t since_call = 0;  // this one and those before are another unit's, or cleared
    std::uint64_t group = 0;       // the part of the search that it is in; 0: none
    std::uint64_t turn = 0;        // of reading, in which it was named last
    double error_m = 0;            // of `sent` against `read`
    double speed_mps = 0;          // between the last two readings
    std::uint8_t reading = 0;      // its index in that turn
    bool tracked = false;
    bool readable = true;
    bool was_read = false;
    bool shown = false;       // `acknowledged` is a place
    bool on_the_way = false;  // `sent` is a place
    bool unsure = false;      // the CAD may have taken a place that is neither
    bool panics = false;
    bool left_out = false;
    bool awaited = false;  // named for the next call, and not read yet
  };
  struct Under {
    std::uint64_t number = 0;  // 0: free
    std::uint64_t group = 0;
    HubPace::Call call;
    std::size_t count = 0;
    std::array<Update, limits::kHubUpdates> updates;
  };
  /// Units of a refused call. One of them may be at fault.
  struct Group {
    std::uint64_t id = 0;
    std::vector<Slot> slots;
  };

  Unit& at(Slot slot);
  [[nodiscard]] double error_of(const Unit& unit) const;
  [[nodiscard]] bool moved(const Unit& unit) const;
  void read_at_once(Slot slot);
  [[nodiscard]] double weight_of(double error_m) const;
  void weigh(Time now, Slot slot);
  [[nodiscard]] Duration reading_gap(Time now) const;
  [[nodiscard]] Time before(Time leaves) const;
  void measure_lag(Time now, const Unit& unit);
  void await(Unit& unit, bool on);
  void name(Time now, Slot slot, bool whole);
  void name_panics(Time now, bool for_a_call);
  void name_oldest(Time now, Time until);
  void rank_readings(Time now, Time leaves);
  void put(Time now, Slot slot, Under& under);
  bool fill_from_group(Time now, Under& under);
  void end_update(Time now, const Update& update, const Under& under, bool taken);
  void add_group(std::span<const Slot> slots);
  void leave_out(Time now, Slot slot);

  double moved_m_;
  double turned_deg_;
  Duration resend_;
  HubPace pace_;
  MapChooser chooser_;
  std::vector<Unit> units_;  // by slot
  SlotQueue by_reading_;     // the one that was read longest ago first; all that are tracked
  SlotQueue at_once_;        // to be read at once
  SlotQueue panics_;         // to be read in every turn
  std::array<Under, limits::kHubUnanswered> under_way_;
  std::uint64_t last_call_ = 0;
  std::deque<Group> groups_;
  std::uint64_t last_group_ = 0;
  bool group_last_ = false;
  int refused_in_a_row_ = 0;
  double usual_m_ = 20;      // the error with which units leave, lately
  std::uint64_t turns_ = 0;  // of reading
  Time read_turn_ = Time::min();
  std::size_t awaited_ = 0;  // units
  bool lag_open_ = false;    // none of these was read yet
  Duration lag_;             // from naming to reading, of late at most
  Time awaited_until_ = Time::min();
  Time swept_at_{};  // the last turn that named more than what was urgent
  std::vector<Reading> readings_;
  std::vector<std::pair<double, Slot>> ranking_;  // reused
};

}  // namespace sonoran::schedule
