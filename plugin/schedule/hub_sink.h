// Positions by the CAD's hub: which calls leave, what came of them, and whether positions go by it or by HTTP. Pure.
//
// Both ways share one state (state::Positions): what one has brought to the CAD the other knows. While the hub serves,
// nothing goes by HTTP. It goes by HTTP when the hub has carried nothing for limits::kHubGrace_s although it should
// have: because it is down, or because it refuses or leaves unanswered all that it is given. In the latter case the hub
// is tried on, and the first call that it takes ends HTTP's turn. A hub that comes up waits for the end of a request
// that is under way by HTTP (limits::kHubHandover_s at most).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/hub_record.h"
#include "core/settings.h"
#include "core/time.h"
#include "schedule/live_map.h"
#include "schedule/refusals.h"
#include "state/positions.h"

namespace sonoran::schedule {

/// A call of unitLocation that leaves now.
struct HubCall {
  std::uint64_t number = 0;
  std::string arguments;  // a JSON array
};

/// Calls, except `updates`, `acknowledged` and `left_out`, which are units' places.
struct HubCounters {
  std::uint64_t calls = 0;
  std::uint64_t updates = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t too_fast = 0;  // refused, by reason
  std::uint64_t bad_unit = 0;
  std::uint64_t refused = 0;   // for another one
  std::uint64_t lost = 0;      // no answer, or one that says nothing
  std::uint64_t left_out = 0;  // units that were refused alone, ever
};

class HubSink {
 public:
  /// `positions` must outlive it.
  HubSink(const Settings& settings, state::Positions& positions);

  /// From now on there is a hub, which may come up. Without this all goes by HTTP.
  void expect(Time now);
  /// The connection came up, authenticated, or ended.
  void set_up(Time now, bool up);
  void stop() { stopped_ = true; }

  // ------------------------------------------------------------------------------------------------- what is known
  /// A sample of the unit was pushed into the positions. `readable`: see LiveMap::read().
  void read(Time now, Slot slot, bool readable);
  /// What is shown of the unit has changed without a sample.
  void changed(Time now, Slot slot) { read(now, slot, map_.readable(slot)); }
  /// Units were forgotten. Call it before a slot may become another unit's.
  void drop_forgotten();
  /// By any of the unit's names, whether or not it has a place. Known panics of units without one are bounded
  /// (limits::kDesiredUnits); of further ones the place goes by need.
  void set_panic(Time now, std::string_view unit, bool on);
  void logged_in(Time now, std::string_view unit);

  // ---------------------------------------------------------------------------------------------------- who is read
  /// See LiveMap::readings_due(); kNever while the hub does not serve.
  [[nodiscard]] Time readings_due(Time now) const { return serves() && !stopped_ ? map_.readings_due(now) : kNever; }
  std::span<const LiveMap::Reading> name_readings(Time now) { return map_.name_readings(now); }
  void readings_answered() { map_.readings_answered(); }

  // --------------------------------------------------------------------------------------------------------- calls
  /// When next() has something; kNever while the hub is down or nothing waits.
  [[nodiscard]] Time due(Time now) const;
  /// When a call could leave if a unit had moved.
  [[nodiscard]] Time opens(Time now) const;
  std::optional<HubCall> next(Time now);
  /// The CAD answered. A late answer is passed over.
  void answered(Time now, std::uint64_t number, const api::HubAnswer& answer);
  /// When expire() has something to do.
  [[nodiscard]] Time deadline() const;
  /// Calls without an answer for too long are lost.
  void expire(Time now);

  // ---------------------------------------------------------------------------------------------------------- HTTP
  /// When positions may go by HTTP: the past, a time, or kNever while the hub serves.
  [[nodiscard]] Time http_from() const;
  void http_left(Time now);
  /// Call it before the positions are told. `arrived`: the CAD took it; else nobody knows.
  void http_ends(Time now, bool arrived);

  // -------------------------------------------------------------------------------------------------------- to be seen
  /// Whether the hub is there and has not failed since it last took a call.
  [[nodiscard]] bool serves() const { return up_ && !failing_; }
  /// Nothing waits or is under way by it.
  [[nodiscard]] bool settled() const { return calls_.empty() && map_.idle(); }
  [[nodiscard]] std::size_t under_way() const { return calls_.size(); }
  [[nodiscard]] const LiveMap& map() const { return map_; }
  [[nodiscard]] const HubCounters& counters() const { return counters_; }
  /// Places that the CAD took a second, in the last kRateOver.
  [[nodiscard]] double updates_per_s(Time now) const;
  static constexpr Duration kRateOver = std::chrono::seconds(10);

  /// What others should know, since it was last asked for.
  std::vector<LogLine> take_log() { return std::exchange(log_, {}); }
  std::vector<UnitRefusal> take_refusals() { return std::exchange(refusals_, {}); }

 private:
  struct Call {
    std::uint64_t number = 0;
    Time sent_at{};
    std::vector<state::Positions::Left> left;
  };
  struct Second {
    Time::rep at = -1;  // a whole second of the clock
    std::uint64_t taken = 0;
  };

  void end(Time now, const Call& call, HubVerdict verdict, const std::string& words);
  void fails(Time since);
  void note_taken(Time now, std::size_t updates);
  void tell_route(bool by_hub);

  state::Positions& positions_;
  LiveMap map_;
  bool expected_ = false;
  bool up_ = false;
  bool stopped_ = false;
  bool served_ = false;          // it has taken a call since `unserved_since_`
  bool failing_ = false;         // since it came up, or took a call, one was not taken
  Time unserved_since_{};        // it has carried nothing since then
  Time taken_at_ = Time::min();  // it took a call then, last
  Time from_ = Time::min();      // no call leaves before
  int strikes_ = 0;              // calls that were not taken, in a row
  bool http_under_way_ = false;
  bool handing_over_ = false;  // ... and calls wait for its end
  std::deque<Call> calls_;     // under way, the oldest first
  std::set<std::string, std::less<>> panics_;
  std::array<Second, 11> seconds_;
  HubCounters counters_;
  std::optional<bool> told_by_hub_;
  bool told_refusal_ = false;
  std::vector<LogLine> log_;
  std::vector<UnitRefusal> refusals_;
};

}  // namespace sonoran::schedule
