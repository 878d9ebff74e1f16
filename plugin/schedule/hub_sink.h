// Positions by the CAD's hub: its calls and their results, and whether positions go by the hub or by HTTP. Pure.
//
// Both ways share one state (state::Positions), so each knows what the other has brought to the CAD. While the hub
// serves, nothing goes by HTTP. Positions go by HTTP when the hub has carried none for limits::kHubGrace_s although it
// should have: because it is down, or because it refuses all calls or leaves them unanswered. In the latter case the
// hub is still tried, and the first call that it takes ends HTTP's turn. A hub that comes up waits for the end of a
// request with positions, at most limits::kHubHandover_s.
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

/// Numbers of calls, except `updates` and `acknowledged` (places) and `left_out` (units).
struct HubCounters {
  std::uint64_t calls = 0;
  std::uint64_t updates = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t too_fast = 0;  // refused for this reason
  std::uint64_t bad_unit = 0;  // refused for this reason
  std::uint64_t refused = 0;   // refused for another reason
  std::uint64_t lost = 0;      // without an answer, or with one that does not mention the updates
  std::uint64_t left_out = 0;  // units that were refused alone, in total
};

class HubSink {
 public:
  /// `positions` must outlive it.
  HubSink(const Settings& settings, state::Positions& positions);

  /// From now on there is a hub, which may come up. Without this call all positions go by HTTP.
  void expect(Time now);
  /// The connection came up, authenticated, or ended.
  void set_up(Time now, bool up);
  void stop() { stopped_ = true; }

  // ------------------------------------------------------------------------------------------------- what is known
  /// A sample of the unit was pushed into the positions. `readable`: see LiveMap::read().
  void read(Time now, Slot slot, bool readable);
  /// The unit's text on the map has changed without a sample.
  void changed(Time now, Slot slot) { read(now, slot, map_.readable(slot)); }
  /// Units were forgotten. Call it before a slot may become another unit's.
  void drop_forgotten();
  /// `unit`: any of its names; it may have no place yet. At most limits::kDesiredUnits panics are remembered. A unit
  /// beyond these that has no place yet is later sent by need, not as a panic.
  void set_panic(Time now, std::string_view unit, bool on);
  void logged_in(Time now, std::string_view unit);

  // ---------------------------------------------------------------------------------------------------- who is read
  /// See LiveMap::readings_due(); kNever while the hub does not serve.
  [[nodiscard]] Time readings_due(Time now) const { return serves() && !stopped_ ? map_.readings_due(now) : kNever; }
  std::span<const LiveMap::Reading> name_readings(Time now) { return map_.name_readings(now); }
  void readings_answered() { map_.readings_answered(); }

  // --------------------------------------------------------------------------------------------------------- calls
  /// When next() has a call; kNever while the hub is down or nothing waits.
  [[nodiscard]] Time due(Time now) const;
  /// When a call could leave if a unit had moved.
  [[nodiscard]] Time opens(Time now) const;
  std::optional<HubCall> next(Time now);
  /// The CAD answered. An answer after the call's deadline is ignored.
  void answered(Time now, std::uint64_t number, const api::HubAnswer& answer);
  /// When expire() has something to do.
  [[nodiscard]] Time deadline() const;
  /// Calls without an answer for too long are lost.
  void expire(Time now);

  // ---------------------------------------------------------------------------------------------------------- HTTP
  /// When positions may go by HTTP: the past, a time, or kNever while the hub serves.
  [[nodiscard]] Time http_from() const;
  void http_left();
  /// Call it before state::Positions learns of the end. `arrived`: the CAD took the request; otherwise that is not
  /// known.
  void http_ends(Time now, bool arrived);

  // -------------------------------------------------------------------------------------------------------- to be seen
  /// Whether the hub is there and has not failed since it last took a call.
  [[nodiscard]] bool serves() const { return up_ && !failing_; }
  /// Nothing waits for the hub or is under way by it.
  [[nodiscard]] bool settled() const { return calls_.empty() && map_.idle(); }
  [[nodiscard]] std::size_t under_way() const { return calls_.size(); }
  [[nodiscard]] const LiveMap& map() const { return map_; }
  [[nodiscard]] const HubCounters& counters() const { return counters_; }
  /// Places that the CAD took by the hub per second, in the last kRateOver.
  [[nodiscard]] double updates_per_s(Time now) const;
  static constexpr Duration kRateOver = std::chrono::seconds(10);

  /// Log lines and refusals since the last call.
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
  bool served_ = false;          // it has taken a call since it failed last
  bool failing_ = false;         // it has failed since it came up or took a call
  Time unserved_since_{};        // while !served_: since when it has carried nothing
  Time taken_at_ = Time::min();  // when it took a call last
  Time from_ = Time::min();      // no call leaves before
  int strikes_ = 0;              // calls that were not taken, in a row
  bool http_under_way_ = false;
  bool handing_over_ = false;  // ... and calls of the hub wait for its end
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
