#include "runtime/reading_plan.h"

#include <algorithm>

namespace sonoran::runtime {

void ReadingPlan::bound(Time now, std::uint32_t slot) {
  settled(slot);
  if (slot >= waits_.size()) waits_.resize(slot + 1);
  waits_[slot] = 1;
  const Time at = now + kGather;
  unread_.insert(std::ranges::upper_bound(unread_, at, {}, &Unread::at), {.slot = slot, .at = at});
}

void ReadingPlan::settled(std::uint32_t slot) {
  if (!waits(slot)) return;
  waits_[slot] = 0;
  std::erase_if(unread_, [slot](const Unread& one) { return one.slot == slot; });
}

Time ReadingPlan::all_due(Time now, const schedule::Scheduler& scheduler, const SlotTable& slots) const {
  const Time opens = scheduler.positions_open(now);
  if (opens == kNever || slots.bound() == unread_.size()) return kNever;
  const Duration ahead = kTick * static_cast<Duration::rep>(2 + slots.bound() / kSlice);
  const Time before = opens <= now + ahead ? Time::min() : opens - ahead;
  return all_at_ == Time::min() ? before : std::max(before, all_at_ + interval_);
}

Time ReadingPlan::due(Time now, const schedule::Scheduler& scheduler, const SlotTable& slots) const {
  if (slots.bound() == 0) return kNever;
  const Time unread = unread_.empty() ? kNever : unread_.front().at;
  const schedule::HubSink& hub = scheduler.hub_sink();
  if (!hub.serves()) return std::min(unread, all_due(now, scheduler, slots));
  return std::min({unread, hub.readings_due(now), search_at_});
}

void ReadingPlan::find_forgotten(Time now, const schedule::Scheduler& scheduler, const SlotTable& slots) {
  if (now < search_at_) return;
  search_at_ = now + kSearch;
  slots.each([&](std::uint32_t slot) {
    if (!waits(slot) && !scheduler.positions().slot_of(slots.unit(slot))) bound(now, slot);
  });
}

bool ReadingPlan::name_unread(Time now, std::size_t most) {
  if (unread_.empty() || unread_.front().at > now) return false;
  auto end = std::ranges::upper_bound(unread_, now + kGather, {}, &Unread::at);
  end = std::min(end, unread_.begin() + static_cast<std::ptrdiff_t>(std::min(most, unread_.size())));
  for (auto one = unread_.begin(); one != end; ++one) {
    named_.push_back(static_cast<std::int32_t>(one->slot));
    one->at = now + kAgain;
  }
  std::rotate(unread_.begin(), end, unread_.end());
  return true;
}

std::span<const std::int32_t> ReadingPlan::name(Time now, schedule::Scheduler& scheduler, const SlotTable& slots) {
  named_.clear();
  find_forgotten(now, scheduler, slots);
  const bool live = scheduler.hub_sink().serves();
  if (name_unread(now, live ? limits::kHubReadings : unread_.size())) return named_;
  if (live) {
    if (scheduler.hub_sink().readings_due(now) > now) return named_;
    for (const auto& [place, whole] : scheduler.name_readings(now)) {
      const auto slot = slots.slot_of(place, scheduler.positions().update_of(place).unit);
      if (!slot) continue;
      const auto named = static_cast<std::int32_t>(*slot);
      named_.push_back(whole ? named : -1 - named);
    }
    return named_;
  }
  all_at_ = now;
  slots.each([this](std::uint32_t slot) {
    if (!waits(slot)) named_.push_back(static_cast<std::int32_t>(slot));
  });
  return named_;
}

}  // namespace sonoran::runtime
