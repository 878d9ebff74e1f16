// The position of every unit, and which positions to send. Pure.
//
// All units that are due share one request: the map. When the map is refused, one unit may be the cause. The units that
// the refusal names are taken off the map, or else half of all units. They are searched by halving, in requests of
// their own that alternate with the map, so that the rest of the map goes on. A unit that is refused alone is left out
// for kLeftOut, and then sent again in a request of its own.
//
// Places go by these requests (HTTP) or by the CAD's hub, and this class knows for both what the CAD has. HubSink
// decides the way. It calls leave_by_hub() for each place that leaves by the hub, then taken_by_hub() or lost_by_hub().
// Each known unit has a number for the hub, its slot, from its first sample until it is forgotten.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/request.h"
#include "core/limits.h"
#include "core/settings.h"
#include "core/text.h"
#include "core/time.h"
#include "state/map_files.h"
#include "state/map_place.h"
#include "state/position.h"

namespace sonoran::state {

/// Samples: accepted = delivered + coalesced + deduplicated + stale + removed + rejected + left_out + shutdown +
/// refused + pending.
struct PositionCounters {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t coalesced = 0;     // replaced by a newer one before it was sent
  std::uint64_t deduplicated = 0;  // the unit had hardly moved
  std::uint64_t stale = 0;         // there was no new position for too long
  std::uint64_t removed = 0;
  std::uint64_t rejected = 0;  // the CAD refused the unit
  std::uint64_t left_out = 0;  // the unit was being left out
  std::uint64_t shutdown = 0;
  std::uint64_t refused = 0;  // more units than limits::kUnits
};

struct PositionRules {
  explicit PositionRules(const Settings& settings = {})
      : moved_m(settings.moved_m), turned_deg(settings.turned_deg), resend(settings.resend), stale(settings.stale) {}

  double moved_m;
  double turned_deg;
  Duration resend;
  Duration stale;
};

/// The newest position of each unit. One request may be in flight at a time: take(), then delivered(), failed(),
/// struck(), refused() or too_large().
class Positions {
 public:
  /// For how long a unit is left out after it was refused alone.
  static constexpr Duration kLeftOut = std::chrono::seconds(limits::kLeftOut_s);
  /// After so many refusals of the road in a row, while the CAD itself answers others, one unit is assumed to be the
  /// cause.
  static constexpr int kStrikes = 3;
  /// Up to so many units that a refusal names are tried one by one; more are searched by halving.
  static constexpr std::size_t kNamedAlone = 8;

  explicit Positions(PositionRules rules) : rules_(rules) {}

  /// The unit's slot. Nothing: refused, because too many units are known.
  std::optional<Slot> push(Time now, const PositionSample& sample);

  /// The owner's files. Call it before the first sample.
  void use(const MapFiles& files) { files_ = files; }
  [[nodiscard]] const api::VehicleModels& models() const { return *files_.models; }

  /// From now on the map shows this text as the unit's place, whether the unit is known or not; "": no longer. If that
  /// changes the place of a known unit, it counts as a sample, and `slot` is set to the unit's slot. False: refused,
  /// because limits::kUnits units have such a text.
  bool set_location(Time now, std::string_view unit, std::string_view text, std::optional<Slot>& slot);

  /// Counts samples that the mailbox already replaced by newer ones.
  void count_coalesced(std::uint64_t samples);

  /// Forgets a unit at once.
  void remove(std::string_view unit);

  /// When a request is due: in the past if a unit has moved or a search is going on, else at the first resend, or
  /// return of a unit that was left out; kNever while one is in flight or when no unit is known.
  [[nodiscard]] Time due() const;

  /// A unit's id and position; the views are valid until the next change of this object.
  struct Update {
    std::string_view unit;
    const Place* place;
  };
  /// The form for a request. Its views are those of the update and of the list of postals.
  [[nodiscard]] api::LocationUpdate row(const Update& update) const;

  /// Takes the units that are due, which are in flight then: the map, or a part of the search. At most
  /// limits::kPositionUnits and kPositionBytes; the units that were not sent for the longest time go first. Empty when
  /// none is due. Forgets stale units first.
  std::vector<Update> take(Time now);

  /// Whether the request in flight is a part of the search and not the map.
  [[nodiscard]] bool searching() const { return searching_.has_value(); }

  /// The ids of the request in flight, in its order.
  [[nodiscard]] const std::vector<std::string>& under_way() const { return in_flight_units_; }

  /// Calls `visit(slot, place, overtaken)` for each unit of the request in flight that is still known. Overtaken: since
  /// the request left, another place of the unit left by the hub, or the CAD has cleared its place. Then it is not
  /// known which place the CAD shows.
  template <class Visit>
  void each_under_way(Visit&& visit) const {
    for (const std::string& id : in_flight_units_) {
      const auto found = units_.find(id);
      if (found == units_.end() || !found->second.in_flight) continue;
      const Unit& unit = found->second;
      visit(unit.slot, *unit.sent, unit.cleared || unit.hub_left_at >= unit.left_at);
    }
  }

  void delivered(Time now);
  void failed(Time now);

  /// The road refused it, which is no verdict. True after kStrikes such refusals in a row while the CAD itself answered
  /// others (last at `cads_word`): the caller should call refused() then. Else this has done the work of failed().
  bool struck(Time now, Time cads_word);

  /// The result of a refusal.
  struct Refusal {
    std::size_t units = 0;  // of the request
    std::string left_out;   // the unit that was refused alone; "": none
    bool again = false;     // ... and was left out before
  };
  /// One of its units is the cause. `named`: the units that the refusal names, as indices of under_way().
  /// `by_road`: after struck() returned true.
  Refusal refused(Time now, std::span<const std::size_t> named, bool by_road = false);
  /// The request was too large: from now on one has at most half as many units. A single unit is left out.
  Refusal too_large(Time now);

  void drop_all();

  /// Forgets the units without a sample for too long. There is none before next_stale().
  void forget_stale(Time now);
  [[nodiscard]] Time next_stale() const { return next_stale_; }

  // ------------------------------------------------------------------------------------------------------ by the hub

  [[nodiscard]] std::optional<Slot> slot_of(std::string_view unit) const;
  /// For the slot of a known unit only.
  [[nodiscard]] Update update_of(Slot slot) const;
  [[nodiscard]] MapPlace place_of(Slot slot) const { return mark(slots_[slot]->second); }
  /// The slots of units that were forgotten since the last call. Only this call frees them for other units.
  std::vector<Slot> take_forgotten();

  /// A place that left by the hub.
  struct Left {
    Slot slot = 0;
    std::uint64_t life = 0;  // of the unit: another unit may have the slot by then
    MapPlace place;
    Time since{};        // if fresh: when the first sample came that had not left
    bool fresh = false;  // it was a sample that had not been sent before
  };
  Left leave_by_hub(Time now, Slot slot);
  void taken_by_hub(Time now, const Left& left);
  /// Refused, or without an answer: the unit's place is sent again.
  void lost_by_hub(Time now, const Left& left);
  /// The hub refused the unit alone, so the unit is not sent by the hub until then. True: it was left out before, and
  /// the hub has not taken it since.
  bool leave_out_by_hub(Slot slot, Time until);
  /// The hub is down.
  void hub_ended() { find_next(); }
  /// The CAD has cleared the unit's place: it is sent again.
  void cleared(Time now, Slot slot);

  /// A unit, for the map of the status page.
  struct Shown {
    const Place& place;
    Time heard_at;  // of its newest sample
    Time taken_at;  // when the CAD took a place of it last; kNever: never
    bool left_out;  // the CAD refused its position
  };
  /// Calls `visit(unit, shown)` for each known unit, in no order.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [id, unit] : units_)
      visit(id, Shown{unit.now, unit.heard_at, unit.taken_at, unit.left_out || unit.hub_back_at != kNever});
  }
  /// The state of one unit, for people.
  struct Seen {
    Time heard_at{};         // of its newest sample
    Time left_at = kNever;   // the last request with it left; kNever: none has
    Time taken_at = kNever;  // the CAD took a place of it last; kNever: never
    bool by_hub = false;     // ... which came by the hub
    bool waits = false;      // its newest place has to be sent
    bool under_way = false;
    bool searched = false;         // the CAD refused a request with it, and it is not known yet which unit was at fault
    Time left_out_until = kNever;  // kNever: it is not left out
  };
  /// Nothing for a unit that is not known.
  [[nodiscard]] std::optional<Seen> seen(std::string_view unit) const;

  [[nodiscard]] std::size_t known() const { return units_.size(); }
  [[nodiscard]] std::size_t moved() const { return moved_; }
  [[nodiscard]] std::size_t left_out() const { return left_out_; }
  [[nodiscard]] std::uint64_t pending() const { return moved_ + in_flight_samples_ + hub_samples_; }
  /// For how long the oldest unsent place has waited or been in flight; 0 when there is none.
  [[nodiscard]] Duration longest_wait(Time now) const;
  [[nodiscard]] const PositionCounters& counters() const { return counters_; }

 private:
  struct Unit {
    Place now;
    std::string street;              // the last location that was not empty
    std::uint32_t texts = 1;         // a number that changes with each text of `now`
    std::uint32_t bytes = 0;         // see MapPlace
    std::optional<MapPlace> sent;    // as the CAD has it, or will have it when the request in flight arrives
    std::optional<MapPlace> before;  // the value of `sent` before the request in flight
    Slot slot = 0;
    std::uint64_t life = 0;  // no two units ever have the same
    Time sent_at{};
    Time heard_at{};
    Time left_at = kNever;     // when a request with it left last
    Time taken_at = kNever;    // when the CAD took a place of it last
    bool by_hub = false;       // ... which came by the hub
    Time moved_at{};           // while moved: when the first sample came that has not left
    Time fresh_at{};           // while fresh: the same of the sample in flight
    bool moved = false;        // `now` is a sample that must be sent
    bool in_flight = false;    // part of the request in flight
    bool fresh = false;        // ... with a sample (not a resend)
    std::uint64_t search = 0;  // its part of the search; 0: none
    bool left_out = false;
    bool by_road = false;            // ... by the road
    bool told = false;               // it was left out, and not accepted since
    Time back_at{};                  // while left out
    bool cleared = false;            // by the CAD, while in flight
    std::size_t on_hub = 0;          // places under way by the hub
    Time hub_left_at = Time::min();  // when a place of it left by the hub last
    Time hub_back_at = kNever;       // the hub leaves it out until then; stays until the hub takes it
  };
  /// Units that were taken off the map together. One of them may be the cause.
  struct Search {
    std::uint64_t id = 0;
    std::vector<std::string> units;
    std::uint64_t twin = 0;  // the other half
    bool blamed = false;     // the other half was accepted, so the cause is in this one
    bool returns = false;    // a unit that was left out
    int struck = 0;          // by the road, in a row
    Time since{};            // when the first of these came, or when the road's refusals created this part
  };
  using Units = std::unordered_map<std::string, Unit, TextHash, std::equal_to<>>;

  static MapPlace mark(const Unit& unit);
  [[nodiscard]] Unit* alive(const Left& left);
  void set_texts(Unit& unit, const PositionSample& sample, std::string_view id);
  bool set_place_text(Unit& unit, std::string_view id);
  void count_bytes(Unit& unit, std::string_view id);
  void settle(Time now, Unit& unit);
  [[nodiscard]] bool has_moved(const MapPlace& from, const MapPlace& to) const;
  [[nodiscard]] bool is_on_map(const Unit& unit) const { return unit.search == 0 && !unit.left_out; }
  [[nodiscard]] bool map_due(Time now) const { return moved_ > searched_moved_ || next_resend_ <= now; }
  void set_moved(Unit& unit, bool moved);
  void set_search(Unit& unit, std::uint64_t search);
  void set_left_out(Unit& unit, bool left_out);
  void forget(Units::iterator unit, std::uint64_t& counter);
  void find_next();
  void bring_back(Time now);
  bool choose_search();
  void split(Search search, Time now, int struck);
  void add_search(std::vector<std::string> units, Time now, int struck, bool returns = false);
  std::size_t send(Time now, Unit& unit, std::string_view id, std::vector<Update>& updates);

  enum class Ending : std::uint8_t { kDelivered, kFailed, kRejected };
  void end(Time now, Ending ending);
  Refusal leave_out(Time now, bool by_road);

  PositionRules rules_;
  MapFiles files_;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> shown_;  // texts of scripts, by unit
  Units units_;
  std::size_t moved_ = 0;
  std::size_t searched_moved_ = 0;  // of these, in a search
  std::size_t left_out_ = 0;
  bool under_way_ = false;
  std::uint64_t in_flight_samples_ = 0;
  std::uint64_t hub_samples_ = 0;      // under way by the hub
  std::vector<Units::pointer> slots_;  // null: nobody's
  std::vector<Slot> free_slots_;
  std::vector<Slot> forgotten_;  // for take_forgotten()
  std::uint64_t lives_ = 0;
  Time next_stale_ = kNever;   // no unit is stale before
  std::uint64_t orphans_ = 0;  // samples in flight whose unit has been removed
  Time next_resend_ = kNever;  // of the map
  Time next_return_ = kNever;  // of a unit that is left out
  std::vector<Search> searches_;
  std::optional<Search> searching_;  // the part in flight
  bool searched_last_ = false;
  std::uint64_t last_search_ = 0;
  int map_struck_ = 0;  // by the road, in a row
  Time map_struck_since_{};
  std::size_t most_units_ = limits::kPositionUnits;  // of one request; less after a 413
  std::vector<std::string> in_flight_units_;
  PositionCounters counters_;
};

}  // namespace sonoran::state
