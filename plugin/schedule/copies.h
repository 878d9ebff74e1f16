// Defines what a budget counts. Pure.
//
// Every copy of a request counts from the moment it is sent: the request itself, a second copy beside it (a hedge), and
// a copy that replaces it after its kept connection turned out to be closed. A copy that never left this machine gives
// its place back. An answered copy holds its place for the window after the answer. A copy without an answer may still
// arrive after its connection was broken off, so it also holds its place for its life (limits::kUnansweredLife_s).
#pragma once

#include <optional>

#include "api/response.h"
#include "core/time.h"
#include "schedule/budget.h"
#include "schedule/hedge.h"

namespace sonoran::schedule {

/// The copies of one request in flight, and their places in the window of its operation.
class Copies {
 public:
  /// The request is sent. Its place was taken before with Budget::take(), as for every further copy.
  explicit Copies(Time now) : sent_at_(now) {}

  /// A second copy is sent.
  void hedge(Time now) { hedged_at_ = now; }
  [[nodiscard]] bool hedged() const { return hedged_at_.has_value(); }

  /// Another copy is sent in place of the first, which may still have arrived.
  void replace(Time now, Budget& window) {
    break_off(now, sent_at_, window);
    sent_at_ = now;
  }

  /// The bridge ends before the request does: copies in flight may still arrive.
  void break_off(Time now, Budget& window) const {
    window.broken_off(now, sent_at_);
    if (hedged_at_) window.broken_off(now, *hedged_at_);
  }

  /// The request has ended with `failure`; `hedge`: the result of the second copy.
  void end(Time now, api::Failure failure, HedgeEnd hedge, Budget& window);

  /// Whether a copy had no answer and may still arrive.
  [[nodiscard]] bool strays() const { return strays_; }
  /// Whether the second copy was answered.
  [[nodiscard]] bool won() const { return won_; }
  /// After end(): how long the CAD took to answer, or was silent on a new connection; nothing if this says nothing
  /// about the CAD.
  [[nodiscard]] std::optional<Duration> answer_time() const { return answer_time_; }
  /// When the copy that is not the hedge was sent.
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
