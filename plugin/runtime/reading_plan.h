// Whose places the host reads, and when. Nobody else decides it: Lua reads what is named here. Pure, on the loop
// thread.
//
// While the CAD's hub takes positions, the live map names those that may leave with its next call, and those that were
// not read for long (schedule::LiveMap). Otherwise all are read just before positions may leave by HTTP. Who has no
// place yet is read at once, together with those that are bound in the same moment, and again every
// limits::kHubRead_ms until there is a place.
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
  /// `interval`: between two readings of all units.
  explicit ReadingPlan(Duration interval) : interval_(interval) {}

  /// A slot stands for another unit than before, or its place has to be told anew.
  void bound(Time now, std::uint32_t slot);
  /// Its place came, or it stands for nobody any more.
  void settled(std::uint32_t slot);

  /// When name() has something to name.
  [[nodiscard]] Time due(Time now, const schedule::Scheduler& scheduler, const SlotTable& slots) const;
  /// Whom the host should read now, in the form of sb_take_readings; limits::kHubReadings at most while the hub takes
  /// positions. The view lives until the next call.
  std::span<const std::int32_t> name(Time now, schedule::Scheduler& scheduler, const SlotTable& slots);

 private:
  /// How long a slot that was bound waits for others, so that a whole shift is one reading and leaves together.
  static constexpr Duration kGather = std::chrono::milliseconds(10);
  static constexpr Duration kAgain = std::chrono::milliseconds(limits::kHubRead_ms);
  /// How long before positions may leave by HTTP all are read: two ticks of the game, and one for each kSlice slots,
  /// since a host reads as many in a tick.
  static constexpr Duration kTick = std::chrono::milliseconds(50);
  static constexpr std::size_t kSlice = 256;

  /// How often units are looked for that the positions have forgotten although a slot stands for them: they were
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
