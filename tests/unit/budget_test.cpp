// RateWindow, Backoff and Circuit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "schedule/backoff.h"
#include "schedule/budget.h"
#include "schedule/circuit.h"
#include "schedule/rate_window.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using test::at;

TEST(RateWindow, LetsABurstLeaveUpToItsLimitAndNotOneMore) {
  RateWindow window(20, 1, false);
  for (int i = 0; i < 20; ++i) {
    ASSERT_LE(window.next(at(0)), at(0)) << i;
    window.sent(at(0));
    window.answered(at(0.1), at(0));
  }
  EXPECT_EQ(window.left(at(0.1)), 0);
  EXPECT_GT(window.next(at(0.1)), at(60.1));
  EXPECT_LT(window.next(at(0.1)), at(61));
}

TEST(RateWindow, SaysNeverWhileAllItsRequestsAreUnanswered) {
  RateWindow window(2, 1, false);
  window.sent(at(0));
  window.sent(at(0));
  EXPECT_EQ(window.next(at(500)), kNever);
  window.answered(at(501), at(0));
  EXPECT_GT(window.next(at(501)), at(561));
}

TEST(RateWindow, SpreadsPacedRequestsOverTheMinute) {
  RateWindow window(12, 1, true);
  window.sent(at(0));
  window.answered(at(0.05), at(0));
  EXPECT_EQ(window.next(at(0.1)), at(5));
}

TEST(RateWindow, GivesAShareOfTheLimitButNeverNone) {
  EXPECT_EQ(RateWindow(20, 0.5, false).limit(at(0)), 10);
  EXPECT_EQ(RateWindow(12, 0.05, false).limit(at(0)), 1);
  EXPECT_EQ(RateWindow(10, 0.3, false).limit(at(0)), 3);
}

TEST(RateWindow, HalvesAfterA429AndRecoversSlowly) {
  RateWindow window(20, 1, false);
  window.sent(at(0));
  window.answered(at(0), at(0));
  window.limited(at(0), std::chrono::seconds(7));
  EXPECT_EQ(window.left(at(6.9)), 0);
  EXPECT_EQ(window.next(at(0)), at(7));
  EXPECT_EQ(window.limit(at(7)), 10);
  EXPECT_EQ(window.limit(at(61)), 12);
  EXPECT_EQ(window.limit(at(3600)), 20);
}

TEST(RateWindow, ForgetsARequestThatNeverLeft) {
  RateWindow window(1, 1, false);
  window.sent(at(0));
  window.not_sent(at(0));
  EXPECT_LE(window.next(at(0)), at(0));
  EXPECT_EQ(window.max_in_window(), 0);
}

TEST(RateWindow, AnotherShareKeepsWhatWasSentAndLearned) {
  RateWindow window(20, 1, false);
  for (int i = 0; i < 8; ++i) {
    window.sent(at(0));
    window.answered(at(0.1), at(0));
  }
  window.set_share(20, 0.5);
  EXPECT_EQ(window.limit(at(1)), 10);
  EXPECT_EQ(window.left(at(1)), 2);
  window.limited(at(1), std::chrono::seconds(1));
  window.set_share(20, 1);
  EXPECT_EQ(window.limit(at(2)), 10) << "half, since the 429";
}

TEST(RateWindow, APlaceThatNobodyUsedHoldsNoPacedRequestBack) {
  RateWindow window(12, 1, true);
  window.sent(at(0));
  window.answered(at(0.1), at(0));
  window.sent(at(5));
  window.give_back(at(5));
  EXPECT_LE(window.next(at(5)), at(5));
  EXPECT_EQ(window.left(at(5)), 11);
}

TEST(Budget, NobodyTakesMoreThanThereIs) {
  Budget budget(RateWindow(2, 1, false));
  Budget same = budget;
  EXPECT_TRUE(budget.take(at(0)));
  EXPECT_TRUE(same.take_for_copy(at(0)));
  EXPECT_FALSE(budget.take(at(0)));
  EXPECT_FALSE(same.take_for_copy(at(0)));
  same.not_sent(at(0));
  EXPECT_TRUE(budget.take(at(0)));
}

/// A window of which another bridge takes all that is left whenever nobody has it open.
class ContestedBook final : public WindowBook {
 public:
  explicit ContestedBook(RateWindow window) : window_(std::move(window)) {}
  RateWindow& open() override { return window_; }
  void close(bool /*earlier*/) noexcept override {
    for (; window_.left(at(0)) > 0; ++others) window_.sent(at(0));
  }

  int others = 0;

 private:
  RateWindow window_;
};

TEST(Budget, LookingAndTakingAreOneStepSoNobodyComesBetween) {
  for (const bool copy : {false, true}) {
    const auto book = std::make_shared<ContestedBook>(RateWindow(3, 1, false));
    Budget budget(book);
    const auto take = [&] { return copy ? budget.take_for_copy(at(0)) : budget.take(at(0)); };
    EXPECT_TRUE(take());
    EXPECT_EQ(book->others, 2) << "with this one the window is full";
    EXPECT_FALSE(take());
    EXPECT_EQ(book->others, 2);
  }
}

TEST(RateWindow, ExpectsWhoStandsBehindOthersInALaterMinute) {
  RateWindow window(2, 1, false);
  EXPECT_EQ(window.expected(at(0), 0), at(0));
  EXPECT_EQ(window.expected(at(0), 1), at(0));
  EXPECT_GT(window.expected(at(0), 2), at(60));
  EXPECT_GT(window.expected(at(0), 4), at(120));
  window.sent(at(0));
  window.answered(at(0), at(0));
  window.sent(at(1));
  window.answered(at(1), at(1));
  EXPECT_GT(window.expected(at(2), 0), at(60));
  EXPECT_LT(window.expected(at(2), 0), at(60.5));
  EXPECT_GT(window.expected(at(2), 1), at(61));
}

TEST(RateWindow, ARequestWithoutAnAnswerHoldsItsPlaceForItsLifeAndTheWindow) {
  RateWindow window(20, 1, false);
  for (int i = 0; i < 20; ++i) window.sent(at(0));
  for (int i = 0; i < 20; ++i) window.broken_off(at(15), at(0));
  const double until = 15 + limits::kUnansweredLife_s + 60;
  EXPECT_EQ(window.left(at(until)), 0);
  EXPECT_EQ(window.next(at(16)), at(until + 0.25));
  EXPECT_EQ(window.left(at(until + 0.26)), 20);
}

TEST(RateWindow, OfThoseWithoutAnAnswerOnlySoManyMayBeInTheAir) {
  RateWindow window(20, 1, false);
  for (int i = 0; i < 10; ++i) window.sent(at(i));
  EXPECT_LE(window.next_unanswered(at(10), Time::min(), 11), at(10));
  EXPECT_EQ(window.next_unanswered(at(10), Time::min(), 10), kNever) << "all are under way";
  EXPECT_LE(window.next_unanswered(at(10), at(1), 10), at(10)) << "the first left before the CAD was heard of";
  window.broken_off(at(20), at(0));
  EXPECT_EQ(window.next_unanswered(at(20), Time::min(), 10), at(20 + limits::kUnansweredLife_s + 60.25));
  window.answered(at(21), at(1));
  EXPECT_LE(window.next_unanswered(at(21), Time::min(), 10), at(21));
}

TEST(RateWindow, AStormOfRefusalsEatsNothingOfWhatTheCadGivesAfterIt) {
  RateWindow window(20, 1, false);
  for (int i = 0; i < 9; ++i) {
    window.sent(at(i * 5));
    window.refused(at(i * 5), at(i * 5));
    window.limited(at(i * 5), std::chrono::seconds(5));
  }
  EXPECT_EQ(window.limit(at(45)), 10) << "refusals of one minute tell one thing";
  EXPECT_EQ(window.left(at(45)), 10) << "half the limit at once";
  for (int i = 0; i < 10; ++i) {
    window.sent(at(45));
    window.answered(at(45), at(45));
  }
  EXPECT_EQ(window.left(at(46)), 0);
}

TEST(RateWindow, WhatTheCadRefusedCountsAgainstThePublishedLimit) {
  RateWindow window(20, 1, false);
  for (int i = 0; i < 15; ++i) {
    window.sent(at(0));
    window.refused(at(0), at(0));
  }
  window.limited(at(0), std::chrono::seconds(0));
  EXPECT_EQ(window.left(at(1)), 5) << "the CAD may have counted them";
}

TEST(RateWindow, ALongerStormHalvesOnceAMinute) {
  RateWindow window(20, 1, false);
  for (int i = 0; i <= 130; i += 5) window.limited(at(i), std::chrono::seconds(5));
  EXPECT_EQ(window.limit(at(135)), 2) << "three times";
}

/// A CAD that counts by the minute of its clock, or the last 60 s, while another server spends half of the budget. A
/// 429 names the time of the next window, or no time.
TEST(RateWindow, SharesAFixedAndASlidingWindowWithAnotherServer) {
  constexpr int kLimit = 20;
  for (const bool fixed : {true, false}) {
    RateWindow window(kLimit, 1, false);
    std::vector<double> counted;
    int ours = 0;
    int refused = 0;
    for (double now = 0; now < 1800; now += 0.5) {
      std::erase_if(counted, [&](double time) {
        return fixed ? std::floor(time / 60) != std::floor(now / 60) : time <= now - 60;
      });
      if (std::fmod(now, 6) == 0 && counted.size() < kLimit) counted.push_back(now);
      while (window.next(at(now)) <= at(now)) {
        window.sent(at(now));
        if (counted.size() < kLimit) {
          counted.push_back(now);
          ++ours;
          window.answered(at(now), at(now));
        } else {
          ++refused;
          window.refused(at(now), at(now));
          window.limited(at(now), from_seconds(fixed ? 60 - std::fmod(now, 60) : 5));
        }
      }
    }
    EXPECT_GE(ours, 30 * kLimit / 2 / 2) << fixed;
    EXPECT_LE(refused, 60) << fixed << ": two a minute";
  }
}

/// The rule that all else rests on: with any delays on the way there and back, no window of 60 s at the CAD has more
/// requests than the limit. And this costs only a small part of the rate.
TEST(RateWindow, HoldsInEveryWindowOfTheCadUnderJitterAndUsesNearlyAllOfIt) {
  for (const int limit : {2, 12, 20, 60}) {
    std::mt19937_64 random(static_cast<std::uint64_t>(limit));
    std::uniform_real_distribution<double> jitter(0, 0.5);
    RateWindow window(limit, 1, limit == 12);
    std::vector<double> arrivals;
    std::vector<std::pair<double, double>> answers;  // when, sent at
    const double minutes = 30;
    double now = 0;
    while (now < minutes * 60) {
      std::erase_if(answers, [&](const auto& answer) {
        if (answer.first > now) return false;
        window.answered(at(answer.first), at(answer.second));
        return true;
      });
      while (window.next(at(now)) <= at(now)) {
        window.sent(at(now));
        const double arrival = now + jitter(random);
        arrivals.push_back(arrival);
        answers.emplace_back(arrival + jitter(random), now);
      }
      now += 0.01;
    }
    std::ranges::sort(arrivals);
    for (std::size_t i = static_cast<std::size_t>(limit); i < arrivals.size(); ++i) {
      ASSERT_GE(arrivals[i] - arrivals[i - static_cast<std::size_t>(limit)], 60.0) << "limit " << limit;
    }
    EXPECT_GE(static_cast<double>(arrivals.size()), 0.95 * limit * minutes) << "limit " << limit;
  }
}

TEST(Backoff, GrowsToItsCapWithFullJitterAndStartsAnew) {
  Random random(1);
  Backoff backoff(std::chrono::seconds(1), std::chrono::seconds(30));
  double most = 1;
  for (int i = 0; i < 20; ++i) {
    const double wait = seconds(backoff.fail(random));
    EXPECT_GE(wait, 0);
    EXPECT_LE(wait, most);
    most = std::min(most * 2, 30.0);
  }
  EXPECT_EQ(backoff.failures(), 20);
  backoff.succeed();
  EXPECT_LE(seconds(backoff.fail(random)), 1);
}

TEST(Circuit, OpensAfterRepeatedFailuresLetsProbesOutAndClosesOnAnAnswer) {
  Random random(1);
  Circuit circuit;
  EXPECT_FALSE(circuit.fail(at(0), random));
  EXPECT_FALSE(circuit.fail(at(1), random));
  EXPECT_TRUE(circuit.fail(at(2), random));
  ASSERT_TRUE(circuit.open());
  EXPECT_GE(circuit.next_probe(), at(2.5));
  circuit.probe_sent();
  EXPECT_EQ(circuit.next_probe(), kNever);
  for (int i = 0; i < 10; ++i) {
    circuit.probe_sent();
    EXPECT_FALSE(circuit.fail(at(100), random));
    EXPECT_GT(circuit.next_probe(), at(100));
    EXPECT_LE(circuit.next_probe(), at(116));
  }
  circuit.probe_sent();
  EXPECT_FALSE(circuit.fail(at(200), random, false)) << "another request's failure";
  EXPECT_EQ(circuit.next_probe(), kNever) << "the probe is under way still: two never run at once";
  circuit.succeed();
  EXPECT_FALSE(circuit.open());
}

}  // namespace
}  // namespace sonoran::schedule
