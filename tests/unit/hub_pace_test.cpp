#include "schedule/hub_pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using std::chrono::milliseconds;
using test::at;

/// A CAD that refuses what comes less than 200 ms after what it took last, at the end of a way whose delay varies.
struct Way {
  double delay_s = 0.03;  // there, and back as well
  double less_s = 0;      // the delay there varies from so much less
  double more_s = 0;      // ... to so much more
  bool others = false;    // another server uses the same key, every 250 ms
  double serves_s = 0;    // what one call takes there
};

struct Played {
  int sent = 0;
  int refused = 0;
  std::size_t most_unanswered = 0;
};

class Road {
 public:
  explicit Road(HubPace& pace) : pace_(pace), bits_(7) {}

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
      const HubPace::Call call = pace_.sent(at(now));
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
    HubPace::Call call;
    bool refused;
  };

  HubPace& pace_;
  std::mt19937_64 bits_;
  std::deque<Answer> answers_;
  double arrived_at_ = -1;
  double taken_at_ = -1;
  double served_at_ = -1;
  double other_at_ = 0;
};

TEST(HubPace, CallsLeaveAQuarterOfASecondApart) {
  HubPace pace(1);
  EXPECT_LE(pace.due(at(0)), at(0));
  pace.answered(at(0.01), pace.sent(at(0)));
  EXPECT_EQ(pace.due(at(0.01)), at(0.25));
}

TEST(HubPace, WhatAStallMissedIsNotCaughtUpOn) {
  HubPace pace(1);
  pace.answered(at(0.01), pace.sent(at(0)));
  EXPECT_LE(pace.due(at(3.1)), at(3.1));
  pace.answered(at(3.11), pace.sent(at(3.1)));
  EXPECT_EQ(pace.due(at(3.11)), at(3.35));
}

TEST(HubPace, AsManyCallsAreUnansweredAsARoundTripHasRoomForAndOneMore) {
  for (const auto& [round_trip_ms, most] : {std::pair{0, 1U}, {1, 2U}, {60, 2U}, {250, 2U}, {251, 3U}, {700, 4U}}) {
    HubPace pace(1);
    pace.answered(at(0) + milliseconds(round_trip_ms), pace.sent(at(0)));
    EXPECT_EQ(pace.most_unanswered(), most) << round_trip_ms;
    Time now = at(10);
    for (std::size_t i = 0; i < most; ++i, now += milliseconds(250)) {
      EXPECT_LE(pace.due(now), now);
      pace.sent(now);
    }
    EXPECT_EQ(pace.due(now), kNever) << round_trip_ms;
  }
}

TEST(HubPace, NeverMoreThanTheBoundIsUnanswered) {
  HubPace pace(1);
  pace.answered(at(60), pace.sent(at(0)));
  EXPECT_EQ(pace.most_unanswered(), limits::kHubUnanswered);
}

TEST(HubPace, ACallThatIsLostMakesRoomForAnother) {
  HubPace pace(1);
  pace.sent(at(0));
  pace.sent(at(0.25));
  EXPECT_EQ(pace.due(at(1)), kNever);
  pace.lost();
  EXPECT_LE(pace.due(at(1)), at(1));
}

TEST(HubPace, ANewConnectionHasNothingUnansweredAndKeepsThePace) {
  HubPace pace(1);
  pace.sent(at(0));
  pace.sent(at(0.25));
  pace.reset();
  EXPECT_EQ(pace.due(at(0.3)), at(0.5));
}

TEST(HubPace, NearlyAllOfThePublishedPaceIsUsed) {
  for (const Way& way : {Way{.delay_s = 0}, Way{.delay_s = 0.03, .less_s = 0.01, .more_s = 0.01},
                         Way{.delay_s = 0.03, .more_s = 0.02}, Way{.delay_s = 0.4}}) {
    HubPace pace(1);
    Road road(pace);
    const Played played = road.play(0, 600, way);
    EXPECT_GE(played.sent * 25, 98 * 600) << way.delay_s;
    EXPECT_EQ(played.refused, 0);
  }
}

TEST(HubPace, WhereTheWayVariesFewCallsAreRefusedAndThePaceComesBack) {
  for (const Way& way : {Way{.delay_s = 0.03, .more_s = 0.06}, Way{.delay_s = 0.06, .less_s = 0.06, .more_s = 0.06}}) {
    HubPace pace(1);
    Road road(pace);
    road.play(0, 10, way);
    const Played played = road.play(10, 1810, way);
    EXPECT_LE(played.refused * 100, played.sent) << way.less_s;
    EXPECT_GE(played.sent, 1800 * 3);
    road.play(1810, 1810 + 240, {});
    EXPECT_EQ(pace.interval(at(2050)), HubPace::kInterval) << way.less_s;
  }
}

TEST(HubPace, ASlowCadIsNotGivenEverMoreCalls) {
  HubPace pace(1);
  Road road(pace);
  EXPECT_LE(road.play(0, 600, {.delay_s = 0.01, .serves_s = 0.4}).most_unanswered, 3U);
}

TEST(HubPace, TheShareCountsOnceACallWasRefusedAlthoughItKeptThePace) {
  HubPace pace(0.5);
  pace.answered(at(0.1), pace.sent(at(0)));
  EXPECT_EQ(pace.due(at(0.1)), at(0.25));
  pace.too_fast(at(0.3), pace.sent(at(0.25)));
  EXPECT_EQ(pace.due(at(0.3)), at(0.75));
  EXPECT_EQ(pace.refused(), 1U);
  // ... until ten minutes passed without another.
  EXPECT_LT(pace.interval(at(601)), milliseconds(300));
}

TEST(HubPace, TwoServersOnOneKeyFindTheirShares) {
  HubPace pace(0.5);
  Road road(pace);
  road.play(0, 10, {.others = true});
  EXPECT_GE(pace.interval(at(10)), milliseconds(500));
}

TEST(HubPace, TheIntervalHasABound) {
  HubPace pace(1);
  Time now = at(0);
  for (int i = 0; i < 1000; ++i, now += std::chrono::seconds(1)) pace.too_fast(now, pace.sent(now));
  EXPECT_EQ(pace.interval(now), HubPace::kLongest);
}

}  // namespace
}  // namespace sonoran::schedule
