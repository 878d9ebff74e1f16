// What a budget counts: the one rule for it. Pure.
//
// Every copy of a request counts from the moment it leaves: the request itself, a second copy beside it (a hedge), and
// one in its place after its kept connection turned out to be closed. A copy that never left this machine gives its
// place back. One that was answered holds its place for the window after the answer; one without an answer may still
// arrive after its connection was broken off, so it holds its place for its life as well (limits::kUnansweredLife_s).
#pragma once

#include <optional>

#include "api/response.h"
#include "core/time.h"
#include "schedule/budget.h"
#include "schedule/hedge.h"

namespace sonoran::schedule {

/// The copies of one request under way, and the places that they hold in the window of its operation.
class Copies {
 public:
  /// The request leaves. Its place was taken, as that of every further copy: Budget::take().
  explicit Copies(Time now) : sent_at_(now) {}

  /// A second copy leaves.
  void hedge(Time now) { hedged_at_ = now; }
  [[nodiscard]] bool hedged() const { return hedged_at_.has_value(); }

  /// Another copy leaves in place of the first, which may have arrived all the same.
  void replace(Time now, Budget& window) {
    break_off(now, sent_at_, window);
    sent_at_ = now;
  }

  /// The bridge ends before the request has: what is under way may still arrive.
  void break_off(Time now, Budget& window) const {
    window.broken_off(now, sent_at_);
    if (hedged_at_) window.broken_off(now, *hedged_at_);
  }

  /// The request has ended with `failure`; `hedge`: how it went with the second copy.
  void end(Time now, api::Failure failure, HedgeEnd hedge, Budget& window);

  /// Whether one of the copies had no answer, and may arrive still.
  [[nodiscard]] bool strays() const { return strays_; }
  /// Whether the second copy was answered.
  [[nodiscard]] bool won() const { return won_; }
  /// After end(): how long the CAD took to answer, or has been silent on a new connection; nothing where that tells
  /// nothing of the CAD.
  [[nodiscard]] std::optional<Duration> answer_time() const { return answer_time_; }
  /// When the copy left that was not the second one.
  [[nodiscard]] Time sent_at() const { return sent_at_; }

 private:
  void break_off(Time now, Time sent_at, Budget& window) {
    window.broken_off(now, sent_at);
    strays_ = true;
  }

  Time sent_at_;
  std::optional<Time> hedged_at_;
  bool won_ = false;
  bool strays_ = false;
  std::optional<Duration> answer_time_;
};

}  // namespace sonoran::schedule
