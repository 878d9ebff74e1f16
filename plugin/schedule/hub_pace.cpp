#include "schedule/hub_pace.h"

#include <algorithm>

namespace sonoran::schedule {

Duration HubPace::interval(Time now) const {
  const Duration least = now < shared_until_ ? from_seconds(seconds(kInterval) / share_) : kInterval;
  return std::max(least, std::min(kInterval + late_, kLongest));
}

std::size_t HubPace::most_unanswered() const {
  const Duration round_trip =
      measured_ == 0 ? kInterval : *std::ranges::max_element(round_trips_.begin(), round_trips_.end());
  const auto on_the_way = static_cast<std::size_t>((round_trip + kInterval - Duration(1)) / kInterval);
  return std::min(on_the_way + 1, limits::kHubUnanswered);
}

Time HubPace::due(Time now) const {
  if (unanswered_ >= most_unanswered()) return kNever;
  // The measurement is too old: it must be taken anew, with no other call under way.
  if (unanswered_ != 0 && measured_ != 0 && now - measured_at_ >= kMeasured) return kNever;
  return last_sent_ == Time::min() ? Time::min() : last_sent_ + interval(now);
}

HubPace::Call HubPace::sent(Time now) {
  last_sent_ = now;
  return {.sent_at = now, .alone = unanswered_++ == 0};
}

void HubPace::measure(Time now, const Call& call) {
  if (!call.alone) return;
  round_trips_[measured_ % kMeasurements] = now - call.sent_at;
  ++measured_;
  measured_at_ = now;
}

void HubPace::answered(Time now, const Call& call) {
  lost();
  measure(now, call);
  calm_ = std::min(calm_ + 1, kQuiet);
  late_ = std::max(late_ - (calm_ == kQuiet ? kFast : 1) * kShrinks, Duration(0));
}

void HubPace::too_fast(Time now, const Call& call) {
  lost();
  measure(now, call);
  ++refused_;
  late_ = std::min(late_ + (calm_ <= kSoon ? 2 : 1) * kGrows, kLongest - kInterval);
  calm_ = 0;
  if (share_ < 1) shared_until_ = now + kShared;
}

void HubPace::lost() {
  if (unanswered_ != 0) --unanswered_;
}

void HubPace::reset() {
  unanswered_ = 0;
}

}  // namespace sonoran::schedule
