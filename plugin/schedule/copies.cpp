#include "schedule/copies.h"

namespace sonoran::schedule {

void Copies::end(Time now, api::Failure failure, HedgeEnd hedge, Budget& window) {
  won_ = hedged_at_ && hedge == HedgeEnd::kWon;
  const auto end_answered = [&](Time sent_at) {
    failure == api::Failure::kRateLimited ? window.refused(now, sent_at) : window.answered(now, sent_at);
  };
  if (won_) {
    break_off(now, sent_at_, window);
    end_answered(*hedged_at_);
  } else {
    if (api::never_left(failure)) {
      window.not_sent(sent_at_);
    } else if (api::was_answered(failure)) {
      end_answered(sent_at_);
    } else {
      break_off(now, sent_at_, window);
    }
    if (hedged_at_) {
      hedge == HedgeEnd::kNeverLeft ? window.not_sent(*hedged_at_) : break_off(now, *hedged_at_, window);
    }
  }
  // A copy on a new connection that was not answered either says that it is the CAD that is slow.
  if (api::was_answered(failure) || (hedged_at_ && hedge == HedgeEnd::kLost)) {
    answer_time_ = now - (won_ ? *hedged_at_ : sent_at_);
  }
}

}  // namespace sonoran::schedule
