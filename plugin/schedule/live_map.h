// The live map over the CAD's hub: whose place is read, which units the next call has, and what the map shows. Pure.
//
// Only places that were read are sent; none is extrapolated. A place counts as sent when the CAD has acknowledged it.
// The units of a refused, lost or unanswered call are sent again with their newest places. When a refusal may be about
// one unit, the units of the call are split in halves, which are sent in every second call beside the rest of the map.
// A unit that is refused alone is left out for limits::kLeftOut_s.
//
// Memory grows with the largest slot. Apart from that, only refusals allocate.
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

/// The result of a call.
enum class HubVerdict : std::uint8_t {
  kTaken,
  kTooFast,  // refused: it came too soon after another one
  kBadUnit,  // refused: one of its updates is at fault, or their number
  kRefused,  // for another reason; from the third in a row on it is treated as kBadUnit
  kLost,     // no answer, or one that does not mention its updates: it is not known whether it arrived
};

class LiveMap {
 public:
  explicit LiveMap(const Settings& settings);

  // ------------------------------------------------------------------------------------------------- what is known

  /// A place of the unit was read. The first one makes the unit known. `readable`: the host can be asked for its place;
  /// otherwise a script sends it, and name_readings() does not name the unit.
  void read(Time now, Slot slot, const MapPlace& place, bool readable = true);
  /// From now on the unit is tracked: its place has to be read.
  void track(Time now, Slot slot);
  /// The unit is gone; its slot may become another's.
  void forget(Slot slot);
  /// A unit in panic is sent before others, even when it has hardly moved.
  void set_panic(Time now, Slot slot, bool on);
  /// The CAD has cleared the unit's place: it is sent at once.
  void logged_in(Time now, Slot slot);
  /// The CAD took a place of the unit by HTTP, while no call with this unit was under way.
  void taken_elsewhere(Time now, Slot slot, const MapPlace& place);
  /// It is not known any more which place the CAD shows: the unit is sent again.
  void doubt(Time now, Slot slot);

  // ---------------------------------------------------------------------------------------------------- who is read

  // The places in a call should be fresh: 30 ms more of age make the mean error a twentieth larger. So call
  // name_readings() as soon as readings_due() says, but not before the game has taken the list before. The game should
  // take the list in every tick, 50 ms apart or less, and hand in all its places in that tick. This class measures how
  // long that takes. It names places so early that the last tick before a call reads them, and the call waits for them
  // for at most 12 ms. With ticks of 60 ms, 2,048 units are read every 2.1 s.

  struct Reading {
    Slot slot = 0;
    bool whole = false;  // with heading and texts, because it may be sent
  };
  /// When name_readings() has something to name.
  [[nodiscard]] Time readings_due(Time now) const;
  /// Whose places should be read now, at most limits::kHubReadings. The view lives until the next call.
  std::span<const Reading> name_readings(Time now);
  /// The named places have been read, as far as they could be: no call waits for them any more.
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
  /// When a call should leave; kNever when no unit waits, or when an answer has to come first.
  [[nodiscard]] Time due(Time now) const;
  /// The call that leaves now, if one is due.
  std::optional<Call> next(Time now);
  /// The result of a call. Returns the unit that is left out from now on, if there is one.
  std::optional<Slot> ended(Time now, std::uint64_t number, HubVerdict verdict);
  /// The connection ended: no call under way will be answered.
  void disconnected(Time now);

  /// Whether the host can be asked for the unit's place.
  [[nodiscard]] bool readable(Slot slot) const { return slot >= units_.size() || units_[slot].readable; }
  /// Whether a place of the unit was read.
  [[nodiscard]] bool knows(Slot slot) const { return slot < units_.size() && units_[slot].was_read; }
  /// Whether the CAD has acknowledged the place that was read last, or one that differs too little.
  [[nodiscard]] bool settled(Slot slot) const;
  /// What the CAD has acknowledged last.
  [[nodiscard]] std::optional<MapPlace> acknowledged(Slot slot) const;
  [[nodiscard]] std::size_t tracked() const { return by_reading_.size(); }
  [[nodiscard]] std::size_t waiting() const { return chooser_.waiting(); }
  /// Whether no unit waits for a call, the search included.
  [[nodiscard]] bool idle() const { return chooser_.waiting() == 0 && groups_.empty(); }
  [[nodiscard]] const HubPace& pace() const { return pace_; }

 private:
  /// The map's errors other than distance, in metres.
  static constexpr double kHeading_m = 5;  // a heading that is wrong by 180 degrees
  static constexpr double kText_m = 10;
  static constexpr double kUnsure_m = 10;  // it is not known what the map shows
  static constexpr double kResend_m = 1;
  static constexpr double kPanicMoved_m = 0.1;

  struct Unit {
    MapPlace read;
    MapPlace sent;          // what the map shows once all calls under way have arrived
    MapPlace acknowledged;  // what it shows now, as far as is known
    Time read_at{};
    Time named_at{};         // when it was named last, or read without being named
    Time right_at{};         // when `sent` was right for the last time
    Time acknowledged_at{};  // when that place was sent
    Time sent_at{};
    Time back_at{};                // while left out
    std::uint64_t call = 0;        // the last call with it
    std::uint64_t known_call = 0;  // the last call with it that the CAD took
    std::uint64_t since_call = 0;  // calls up to this one were another unit's, or the CAD has cleared their places
    std::uint64_t group = 0;       // its part of the search; 0: none
    std::uint64_t turn = 0;        // the turn of reading in which it was named last
    double error_m = 0;            // of `sent` against `read`
    double speed_mps = 0;          // between the last two readings
    std::uint8_t reading = 0;      // its index in that turn
    bool tracked = false;
    bool readable = true;
    bool was_read = false;
    bool shown = false;       // `acknowledged` is valid
    bool on_the_way = false;  // `sent` is valid
    bool unsure = false;      // the CAD may show a third place
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
  SlotQueue by_reading_;     // all readable units, the one that was read longest ago first
  SlotQueue at_once_;        // units to be read at once
  SlotQueue panics_;         // units to be read in every turn
  std::array<Under, limits::kHubUnanswered> under_way_;
  std::uint64_t last_call_ = 0;
  std::deque<Group> groups_;
  std::uint64_t last_group_ = 0;
  bool group_last_ = false;
  int refused_in_a_row_ = 0;
  double usual_m_ = 20;      // the usual error of a unit when it is sent, lately
  std::uint64_t turns_ = 0;  // of reading
  Time read_turn_ = Time::min();
  std::size_t awaited_ = 0;  // units for which the next call waits
  bool lag_open_ = false;    // none of these was read yet
  Duration lag_;             // the longest time from naming to reading, lately
  Time awaited_until_ = Time::min();
  Time swept_at_{};  // the last turn that named others than urgent units
  std::vector<Reading> readings_;
  std::vector<std::pair<double, Slot>> ranking_;  // reused
};

}  // namespace sonoran::schedule
