// Where every unit is, and which of them the CAD should hear of. Pure.
//
// All units that are due share one request: the map. When the map is refused, one unit may be at fault. What the
// refusal names is taken off the map, else half of it; what was taken off is searched through, in halves, in requests
// of its own that take every second turn, so that the rest of the map goes on. A unit that is refused alone is left out
// for kLeftOut, and then comes back in a request of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/limits.h"
#include "core/settings.h"
#include "core/text.h"
#include "core/time.h"

namespace sonoran::state {

/// What is said of a unit. Text that is not given stays as it was.
struct PositionSample {
  std::string_view unit;
  double x = 0, y = 0, z = 0;  // metres
  double heading = 0;          // degrees, 0 <= heading < 360
  std::optional<std::string_view> location;
  std::optional<std::string_view> peer;
  std::optional<std::string_view> vehicle;
};

/// A unit's place as it is sent.
struct Place {
  double x = 0, y = 0, z = 0;
  double heading = 0;
  std::string location;
  std::string peer;
  std::string vehicle;
};

/// Samples: accepted = delivered + coalesced + deduplicated + stale + removed + rejected + left_out + shutdown +
/// refused + pending.
struct PositionCounters {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t coalesced = 0;     // replaced by a newer one before it left
  std::uint64_t deduplicated = 0;  // the unit had hardly moved
  std::uint64_t stale = 0;         // the unit was not heard of for too long
  std::uint64_t removed = 0;
  std::uint64_t rejected = 0;  // the CAD refused the unit
  std::uint64_t left_out = 0;  // the unit was left out at that time
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

/// The latest place of each unit. One request may be under way at a time: take(), then delivered(), failed(), struck(),
/// refused() or too_large().
class Positions {
 public:
  /// How long a unit is left out that was refused alone.
  static constexpr Duration kLeftOut = std::chrono::seconds(limits::kLeftOut_s);
  /// Requests that the road refuses in a row, while the CAD itself answers others, before one unit is thought to be at
  /// fault.
  static constexpr int kStrikes = 3;
  /// Units that a refusal names, and that are asked for one by one; of more the search is by halves.
  static constexpr std::size_t kNamedAlone = 8;

  explicit Positions(PositionRules rules) : rules_(rules) {}

  /// False when it was refused because too many units are known.
  bool push(Time now, const PositionSample& sample);

  /// Counts samples that the mailbox already replaced by newer ones.
  void count_coalesced(std::uint64_t samples);

  /// Forgets a unit at once.
  void remove(std::string_view unit);

  /// When a request should leave: the past when a unit has moved or is searched for, else the first resend or return of
  /// a unit that was left out; kNever while one is under way or when no unit is known.
  [[nodiscard]] Time due() const;

  /// The unit's id and where it is; views live until the next change of this object.
  struct Update {
    std::string_view unit;
    const Place* place;
  };

  /// The units that are due, now under way: the map, or a part of what is searched through. At most
  /// limits::kPositionUnits and kPositionBytes, those first that the CAD has not heard of for longest. Empty when none
  /// is due. Forgets stale units first.
  std::vector<Update> take(Time now);

  /// Whether the request under way is a part of the search and not the map.
  [[nodiscard]] bool searching() const { return searching_.has_value(); }

  /// The ids of the request under way, in its order.
  [[nodiscard]] const std::vector<std::string>& under_way() const { return in_flight_units_; }

  void delivered(Time now);
  void failed(Time now);

  /// Something on the way refused it, which is no verdict. True when it has done so kStrikes times in a row while the
  /// CAD itself answered others (at `cads_word` the last time): then refused() should follow; else failed() was done.
  bool struck(Time now, Time cads_word);

  /// What came of a refusal.
  struct Refusal {
    std::size_t units = 0;  // of the request
    std::string left_out;   // the unit that was refused alone, "" none
    bool again = false;     // ... and it was left out before
  };
  /// One of its units is at fault. `named`: those that the refusal names, as indices of under_way().
  /// `by_road`: struck() asked for it.
  Refusal refused(Time now, std::span<const std::size_t> named, bool by_road = false);
  /// It has too many units: from now on no request has more than half as many. A unit alone is left out.
  Refusal too_large(Time now);

  void drop_all();

  /// A unit on the map of who looks.
  struct Shown {
    const Place& place;
    Time heard_at;  // when its place was said last
    Time taken_at;  // when the CAD took a place of it last; kNever: never
    bool left_out;  // the CAD refused its position
  };
  /// `visit(unit, shown)` for each known unit, in no order.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [id, unit] : units_) visit(id, Shown{unit.now, unit.heard_at, unit.taken_at, unit.left_out});
  }

  [[nodiscard]] std::size_t known() const { return units_.size(); }
  [[nodiscard]] std::size_t moved() const { return moved_; }
  [[nodiscard]] std::size_t left_out() const { return left_out_; }
  [[nodiscard]] std::uint64_t pending() const { return moved_ + in_flight_samples_; }
  [[nodiscard]] const PositionCounters& counters() const { return counters_; }

 private:
  struct Unit {
    Place now;
    std::optional<Place> sent;    // as the CAD has it, or will when the request under way arrives
    std::optional<Place> before;  // what `sent` was before the request under way
    Time sent_at{};
    Time heard_at{};
    Time taken_at = kNever;    // when the CAD took a place of it last
    bool moved = false;        // `now` is a sample that has to be sent
    bool in_flight = false;    // part of the request under way
    bool fresh = false;        // ... and carries a sample (not a resend)
    std::uint64_t search = 0;  // the part of the search that it is in; 0: none
    bool left_out = false;
    bool by_road = false;  // ... by the road
    bool told = false;     // it was left out, and has not been taken since
    Time back_at{};        // while left out
  };
  /// Units that were taken off the map together. One of them may be at fault.
  struct Search {
    std::uint64_t id = 0;
    std::vector<std::string> units;
    std::uint64_t twin = 0;  // the other half
    bool blamed = false;     // the other half was taken, so it is this one
    bool returns = false;    // a unit that was left out
    int struck = 0;          // by the road, in a row
    Time since{};            // of the first of these, or when the road's refusals made it
  };
  using Units = std::unordered_map<std::string, Unit, TextHash, std::equal_to<>>;

  [[nodiscard]] bool has_moved(const Place& from, const Place& to) const;
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
  std::size_t send(Unit& unit, std::string_view id, std::vector<Update>& updates);

  enum class Ending : std::uint8_t { kDelivered, kFailed, kRejected };
  void end(Time now, Ending ending);
  Refusal leave_out(Time now, bool by_road);

  PositionRules rules_;
  Units units_;
  std::size_t moved_ = 0;
  std::size_t searched_moved_ = 0;  // of these, in a search
  std::size_t left_out_ = 0;
  bool under_way_ = false;
  std::uint64_t in_flight_samples_ = 0;
  std::uint64_t orphans_ = 0;  // samples under way whose unit was removed meanwhile
  Time next_resend_ = kNever;  // of the map
  Time next_return_ = kNever;  // of a unit that is left out
  std::vector<Search> searches_;
  std::optional<Search> searching_;  // what is under way is this
  bool searched_last_ = false;
  std::uint64_t last_search_ = 0;
  int map_struck_ = 0;  // by the road, in a row
  Time map_struck_since_{};
  std::size_t most_units_ = limits::kPositionUnits;  // of one request; less after a 413
  std::vector<std::string> in_flight_units_;
  PositionCounters counters_;
};

}  // namespace sonoran::state
