// When a panic is tried while the CAD refuses the key or the server id. Pure.
//
// Such a refusal may be a stray one. So a panic is tried at once, then after 5, 10, 20 and 40 s, then every 60 s. A new
// press is also tried once, when the last try is at least 5 s old.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/time.h"

namespace sonoran::schedule {

class RefusedTries {
 public:
  static constexpr std::array<Duration, 5> kWaits = {std::chrono::seconds(5), std::chrono::seconds(10),
                                                     std::chrono::seconds(20), std::chrono::seconds(40),
                                                     std::chrono::seconds(60)};

  /// The CAD refuses: the next try may be sent at once. Further refusals do not restart the sequence.
  void begin() {
    if (refusing_) return;
    refusing_ = true;
    restart();
  }
  /// The CAD no longer refuses.
  void end() { refusing_ = false; }
  /// The outcome of a try was not a refusal, so its own backoff decides.
  void restart() {
    tries_ = 0;
    next_ = Time::min();
  }

  void sent(Time now) {
    if (!refusing_) return;
    sent_at_ = now;
    next_ = now + kWaits[std::min(tries_, kWaits.size() - 1)];
    ++tries_;
  }
  void pressed() {
    if (refusing_ && tries_ != 0) next_ = std::min(next_, sent_at_ + kWaits.front());
  }

  /// When the next try may be sent; the past: at once.
  [[nodiscard]] Time next() const { return refusing_ ? next_ : Time::min(); }

 private:
  bool refusing_ = false;
  std::size_t tries_ = 0;
  Time next_ = Time::min();
  Time sent_at_ = Time::min();
};

}  // namespace sonoran::schedule
