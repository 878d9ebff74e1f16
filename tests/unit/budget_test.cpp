// RateWindow, Backoff and Circuit.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "schedule/backoff.h"
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
  window.not_sent();
  EXPECT_LE(window.next(at(0)), at(0));
  EXPECT_EQ(window.max_in_window(), 0);
}

TEST(RateWindow, GoesOnWhereTheOneBeforeARestartStopped) {
  RateWindow before(20, 1, false);
  for (int i = 0; i < 15; ++i) {
    before.sent(at(0));
    before.answered(at(0.1), at(0));
  }
  for (int i = 0; i < 5; ++i) before.sent(at(10));
  RateWindow after(20, 1, false);
  after.inherit(at(10.5), before);
  EXPECT_EQ(after.left(at(10.5)), 0);
  EXPECT_EQ(after.left(at(60.4)), 15) << "those answered before";
  EXPECT_EQ(after.left(at(71.8)), 20) << "those under way count until a moment after the restart";
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

/// The rule that all else rests on: whatever delays there are on the way there and back, no window of 60 s at the CAD
/// sees more than the limit; and what is lost of the rate by that is little.
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
  EXPECT_TRUE(circuit.succeed());
  EXPECT_FALSE(circuit.open());
}

}  // namespace
}  // namespace sonoran::schedule
