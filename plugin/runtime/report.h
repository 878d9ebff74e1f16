// The counters and the state of a bridge as JSON: docs/stats.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "net/diagnosis.h"
#include "runtime/event_counts.h"
#include "runtime/reading_counts.h"
#include "schedule/scheduler.h"
#include "state/roster.h"

namespace sonoran::runtime {

/// This machine's clock against the CAD's, read from the header Date of an answer of the CAD itself.
struct ClockReading {
  std::int64_t ahead_s = 0;  // too large by up to a second and the answer's time on the road
  Time read_at{};
};

/// Counters of the runtime itself, and the clock.
struct RuntimeCounters {
  std::uint64_t refused_positions = 0;
  std::uint64_t refused_calls = 0;
  std::uint64_t dropped_events = 0;
  std::uint64_t dropped_bodies = 0;
  std::optional<ClockReading> clock{};
  ReadingCounts readings{};
};

/// News of the CAD's active units as sonoran_bridge.h describes them.
std::string to_json(const state::RosterChange& change);

/// The answer of sb_diagnose. `endpoint`: for people.
std::string to_json(const net::Diagnosis& diagnosis, const std::string& endpoint);

/// The answer of sb_unit_state.
std::string unit_report(const schedule::Scheduler& scheduler, std::string_view unit, Time now);

class HubClient;

/// The CAD's events, and the connection that delivers them.
struct HubReport {
  const HubClient* client = nullptr;  // null: there is none
  std::string_view reason;            // why there is none
  const EventCounts& events;
  std::uint64_t dropped = 0;
};

/// The report of sb_stats.
std::string report(const schedule::Scheduler& scheduler, const RuntimeCounters& counters, const HubReport& hub,
                   Time started, Time now);

/// Units in one piece of units_report(), and units in panic that are in every piece. The pieces keep the work of the
/// game thread the same however many units there are.
inline constexpr std::size_t kPieceUnits = 128;
inline constexpr std::size_t kPiecePanics = 32;

/// The position of each unit, in pieces, each a JSON text of its own: docs/stats.md, "Units". At least one piece.
using UnitsReport = std::vector<std::string>;
UnitsReport units_report(const schedule::Scheduler& scheduler, Time now);

}  // namespace sonoran::runtime
