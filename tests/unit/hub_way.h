// The way of calls to the CAD's hub and of answers back, in virtual time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <random>

#include "schedule/hub_pace.h"
#include "virtual_time.h"

namespace sonoran::test {

/// A CAD that refuses calls less than 200 ms after the last one that it took, behind a road whose delay varies.
struct Way {
  double delay_s = 0.03;  // of the way there, and of the way back
  double less_s = 0;      // the delay there is smaller by at most this
  double more_s = 0;      // ... or larger by at most this
  bool others = false;    // another server uses the same key, every 250 ms
  double serves_s = 0;    // how long the CAD works on one call
};

struct Played {
  int sent = 0;
  int refused = 0;
  std::size_t most_unanswered = 0;
};

class Road {
 public:
  explicit Road(schedule::HubPace& pace) : pace_(pace), bits_(7) {}

  Played play(double from_s, double to_s, const Way& way) {
    Played played;
    for (double now = from_s; now < to_s; now += 0.001) {
      while (!answers_.empty() && answers_.front().at <= now) {
        const Answer answer = answers_.front();
        answers_.pop_front();
        answer.refused ? pace_.too_fast(at(now), answer.call) : pace_.answered(at(now), answer.call);
      }
      if (way.others && now >= other_at_) taken_at_ = other_at_, other_at_ += 0.25;
      if (pace_.due(at(now)) > at(now)) continue;
      const schedule::HubPace::Call call = pace_.sent(at(now));
      ++played.sent;
      played.most_unanswered = std::max(played.most_unanswered, pace_.unanswered());
      const double varies = -way.less_s + (way.less_s + way.more_s) * static_cast<double>(bits_() >> 11) * 0x1p-53;
      arrived_at_ = std::max(arrived_at_, now + way.delay_s + varies);  // in order
      const bool refused = arrived_at_ - taken_at_ < 0.2;
      if (refused) ++played.refused;
      if (!refused) taken_at_ = arrived_at_;
      served_at_ = std::max(served_at_, arrived_at_) + way.serves_s;
      answers_.push_back({served_at_ + way.delay_s, call, refused});
    }
    return played;
  }

 private:
  struct Answer {
    double at;
    schedule::HubPace::Call call;
    bool refused;
  };

  schedule::HubPace& pace_;
  std::mt19937_64 bits_;
  std::deque<Answer> answers_;
  double arrived_at_ = -1;
  double taken_at_ = -1;
  double served_at_ = -1;
  double other_at_ = 0;
};

}  // namespace sonoran::test
