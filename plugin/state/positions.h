// Where every unit is, and which of them the CAD should hear of. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

/// Samples: accepted = delivered + coalesced + deduplicated + stale + removed + rejected + shutdown + refused +
/// pending.
struct PositionCounters {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t coalesced = 0;     // replaced by a newer one before it left
  std::uint64_t deduplicated = 0;  // the unit had hardly moved
  std::uint64_t stale = 0;         // the unit was not heard of for too long
  std::uint64_t removed = 0;
  std::uint64_t rejected = 0;  // the CAD refused the request that carried it
  std::uint64_t shutdown = 0;
  std::uint64_t refused = 0;  // more units than limits::kUnits
};

struct PositionRules {
  double moved_m = 2;
  double turned_deg = 15;
  Duration resend = std::chrono::seconds(60);
  Duration stale = std::chrono::seconds(300);
};

/// The latest place of each unit. One request may be under way at a time: take(), then delivered(), failed() or
/// rejected().
class Positions {
 public:
  explicit Positions(PositionRules rules) : rules_(rules) {}

  /// False when it was refused because too many units are known.
  bool push(Time now, const PositionSample& sample);

  /// Counts samples that the mailbox already replaced by newer ones.
  void count_coalesced(std::uint64_t samples);

  /// Forgets a unit at once.
  void remove(std::string_view unit);

  /// When a request should leave: the past when a unit has moved, else the first resend; kNever while one is under way
  /// or when no unit is known.
  [[nodiscard]] Time due() const;

  /// The unit's id and where it is; views live until the next change of this object.
  struct Update {
    std::string_view unit;
    const Place* place;
  };

  /// All units that are due, now under way. Empty when none is. Forgets stale units first.
  std::vector<Update> take(Time now);

  void delivered(Time now);
  void failed(Time now);
  void rejected(Time now);
  void drop_all();

  [[nodiscard]] std::size_t known() const { return units_.size(); }
  [[nodiscard]] std::size_t moved() const { return moved_; }
  [[nodiscard]] std::uint64_t pending() const { return moved_ + in_flight_samples_; }
  [[nodiscard]] const PositionCounters& counters() const { return counters_; }

 private:
  struct Unit {
    Place now;
    std::optional<Place> sent;    // as the CAD has it, or will when the request under way arrives
    std::optional<Place> before;  // what `sent` was before the request under way
    Time sent_at{};
    Time heard_at{};
    bool moved = false;      // `now` is a sample that has to be sent
    bool in_flight = false;  // part of the request under way
    bool fresh = false;      // ... and carries a sample (not a resend)
  };
  using Units = std::unordered_map<std::string, Unit, TextHash, std::equal_to<>>;

  [[nodiscard]] bool has_moved(const Place& from, const Place& to) const;
  void set_moved(Unit& unit, bool moved);
  void forget(Units::iterator unit, std::uint64_t& counter);
  void find_next_resend();

  enum class Ending : std::uint8_t { kDelivered, kFailed, kRejected };
  void end(Time now, Ending ending);

  PositionRules rules_;
  Units units_;
  std::size_t moved_ = 0;
  bool under_way_ = false;
  std::uint64_t in_flight_samples_ = 0;
  std::uint64_t orphans_ = 0;  // samples under way whose unit was removed meanwhile
  Time next_resend_ = kNever;
  std::vector<std::string> in_flight_units_;
  PositionCounters counters_;
};

}  // namespace sonoran::state
