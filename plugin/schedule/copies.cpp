#include "schedule/copies.h"

namespace sonoran::schedule {

void Copies::end(Time now, api::Failure failure, HedgeEnd hedge, RateWindow& window) {
  won_ = hedged_at_ && hedge == HedgeEnd::kWon;
  if (won_) {
    window.broken_off(now, sent_at_);
    window.answered(now, *hedged_at_);
  } else {
    api::never_left(failure) ? window.not_sent() : window.answered(now, sent_at_);
    if (hedged_at_) {
      hedge == HedgeEnd::kNeverLeft ? window.not_sent() : window.broken_off(now, *hedged_at_);
    }
  }
  // A copy on a new connection that was not answered either says that it is the CAD that is slow.
  if (api::was_answered(failure) || (hedged_at_ && hedge == HedgeEnd::kLost)) {
    answer_time_ = now - (won_ ? *hedged_at_ : sent_at_);
  }
}

}  // namespace sonoran::schedule
