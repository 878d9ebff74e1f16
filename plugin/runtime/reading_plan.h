// Decides whose places the host reads, and when. Lua reads exactly what is named here. Pure, on the loop thread.
//
// While the CAD's hub takes positions, the live map (schedule::LiveMap) names the units that may leave with its next
// call, and those that were not read for long. Otherwise all are read just before positions may leave by HTTP. A slot
// without a place is read at once, together with others that are bound in the same moment, and again every
// limits::kHubRead_ms until its place comes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/limits.h"
#include "core/time.h"
#include "runtime/slot_table.h"
#include "schedule/scheduler.h"

namespace sonoran::runtime {

class ReadingPlan {
 public:
  /// `interval`: the least time between two readings of all units.
  explicit ReadingPlan(Duration interval) : interval_(interval) {}

  /// The slot stands for another unit than before, or its unit was forgotten: its place is needed.
  void bound(Time now, std::uint32_t slot);
  /// The place of the slot came, or it stands for nobody any more.
  void settled(std::uint32_t slot);

  /// When name() has something to name.
  [[nodiscard]] Time due(Time now, const schedule::Scheduler& scheduler, const SlotTable& slots) const;
  /// The slots to read now, in the form of sb_take_readings; while the hub takes positions at most
  /// limits::kHubReadings. The view lives until the next call.
  std::span<const std::int32_t> name(Time now, schedule::Scheduler& scheduler, const SlotTable& slots);

 private:
  /// How long a slot that was bound waits for others, so that a whole shift is one reading and leaves together.
  static constexpr Duration kGather = std::chrono::milliseconds(10);
  static constexpr Duration kAgain = std::chrono::milliseconds(limits::kHubRead_ms);
  /// All slots are read this long before positions may leave by HTTP: two ticks of the game, and one more for each
  /// kSlice slots, because a host reads that many in a tick.
  static constexpr Duration kTick = std::chrono::milliseconds(50);
  static constexpr std::size_t kSlice = 256;

  /// How often to search for units that the positions have forgotten although a slot stands for them: they were
  /// removed, or could not be read for too long.
  static constexpr Duration kSearch = std::chrono::seconds(5);

  struct Unread {
    std::uint32_t slot;
    Time at;  // when it is to be read
  };

  [[nodiscard]] Time all_due(Time now, const schedule::Scheduler& scheduler, const SlotTable& slots) const;
  [[nodiscard]] bool waits(std::uint32_t slot) const { return slot < waits_.size() && waits_[slot] != 0; }
  void find_forgotten(Time now, const schedule::Scheduler& scheduler, const SlotTable& slots);
  bool name_unread(Time now, std::size_t most);

  Duration interval_;
  std::vector<Unread> unread_;       // by time
  std::vector<std::uint8_t> waits_;  // by slot: whether it is in unread_
  Time all_at_ = Time::min();        // when all were named last
  Time search_at_ = Time::min();
  std::vector<std::int32_t> named_;  // reused
};

}  // namespace sonoran::runtime
