// The hub's connection in virtual time.
#include "schedule/hub_link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/limits.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using test::at;

HubLink link_at(double time, std::uint64_t seed = 1) {
  return HubLink(at(time), Random(seed));
}

/// Brings up a link that waits and is due.
void bring_up(HubLink& link, Time now) {
  ASSERT_EQ(link.next(now), HubAction::kConnect);
  link.connected(now);
  link.shaken(now);
  link.authenticated(now);
}

TEST(HubLink, TheFirstConnectionIsDueAtOnceAndOnce) {
  HubLink link = link_at(0);
  EXPECT_EQ(link.state(), HubState::kWaiting);
  EXPECT_EQ(link.due(), at(0));
  EXPECT_EQ(link.next(at(0)), HubAction::kConnect);
  EXPECT_EQ(link.state(), HubState::kConnecting);
  EXPECT_EQ(link.next(at(1000)), HubAction::kNone) << "its steps have limits of their own";
  EXPECT_FALSE(link.negotiates());
}

TEST(HubLink, GoesThroughItsStepsAndMeasuresTheRoundTrip) {
  HubLink link = link_at(0);
  link.next(at(0));
  link.connected(at(1));
  EXPECT_EQ(link.state(), HubState::kHandshaking);
  link.shaken(at(2));
  EXPECT_EQ(link.state(), HubState::kAuthenticating);
  EXPECT_FALSE(link.up_since());
  link.authenticated(at(2.25));
  EXPECT_EQ(link.state(), HubState::kUp);
  EXPECT_EQ(link.up_since(), at(2.25));
  EXPECT_EQ(link.round_trip(), from_seconds(0.25));
  EXPECT_EQ(link.times_up(), 1U);
}

TEST(HubLink, AStepWithoutAnAnswerIsGivenUpAlsoWhenOtherThingsCome) {
  HubLink link = link_at(0);
  link.next(at(0));
  link.connected(at(0));
  EXPECT_EQ(link.next(at(14.9)), HubAction::kNone);
  EXPECT_EQ(link.next(at(15)), HubAction::kGiveUp);
  EXPECT_EQ(link.next(at(15)), HubAction::kGiveUp) << "until it was";
  link.ended(HubEnd::kSilent, "", at(15));
  HubLink other = link_at(0);
  other.next(at(0));
  other.connected(at(0));
  other.shaken(at(1));
  for (double time = 1; time < 16; time += 1) {
    EXPECT_EQ(other.next(at(time)), HubAction::kNone) << time;
    other.heard(at(time));
    other.sent(at(time));
  }
  EXPECT_EQ(other.next(at(16)), HubAction::kGiveUp);
}

TEST(HubLink, PingsWhatItHasSaidNothingToAndGivesUpWhatSaysNothing) {
  HubLink link = link_at(0);
  bring_up(link, at(0));
  EXPECT_EQ(link.next(at(14.9)), HubAction::kNone);
  EXPECT_EQ(link.due(), at(15));
  EXPECT_EQ(link.next(at(15)), HubAction::kPing);
  link.sent(at(15));
  link.heard(at(20));
  EXPECT_EQ(link.next(at(29.9)), HubAction::kNone);
  EXPECT_EQ(link.next(at(30)), HubAction::kPing);
  link.sent(at(30));
  link.sent(at(40));
  EXPECT_EQ(link.next(at(49.9)), HubAction::kNone) << "whatever leaves stands for a ping";
  EXPECT_EQ(link.next(at(50)), HubAction::kGiveUp) << "30 s after the last byte";
  link.ended(HubEnd::kSilent, "It said nothing.", at(50));
  EXPECT_EQ(link.ends(HubEnd::kSilent), 1U);
  EXPECT_EQ(link.last_end(), "It said nothing.");
}

TEST(HubLink, TheFirstWaitIsWithinASecondAndNoneIsBeyondThirty) {
  double longest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    HubLink link = link_at(0, seed);
    Time now = at(0);
    double bound = limits::kHubFirstWait_s;
    for (int failure = 0; failure < 12; ++failure) {
      ASSERT_EQ(link.next(now), HubAction::kConnect);
      link.ended(HubEnd::kUnreachable, "", now);
      const double wait = seconds(link.due() - now);
      ASSERT_GE(wait, 0);
      ASSERT_LE(wait, bound) << "failure " << failure;
      longest = std::max(longest, wait);
      bound = std::min(bound * 2, double{limits::kHubMostWait_s});
      now = link.due();
    }
  }
  EXPECT_GT(longest, 25) << "it does grow";
}

TEST(HubLink, ServersOfTheWorldDoNotComeBackTogether) {
  std::set<Duration> waits;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    HubLink link = link_at(0, seed);
    bring_up(link, at(0));
    link.ended(HubEnd::kClosed, "", at(100));
    waits.insert(link.due() - at(100));
  }
  EXPECT_GT(waits.size(), 90U);
}

TEST(HubLink, WhoFallsAtOnceWaitsEverLongerAndWhoStayedUpDoesNot) {
  // With full jitter a single wait says little, so the test sums over many seeds.
  const auto mean_after = [](double up_for) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      HubLink link = link_at(0, seed);
      Time now = at(0);
      for (int round = 0; round < 10; ++round) {
        bring_up(link, now);
        now += from_seconds(up_for);
        link.ended(HubEnd::kClosed, "", now);
        if (round == 9) sum += seconds(link.due() - now);
        now = link.due();
      }
    }
    return sum / 100;
  };
  EXPECT_GT(mean_after(1), 10);
  EXPECT_LT(mean_after(30), 1);
}

TEST(HubLink, ARefusedAuthenticationIsTriedAboutOnceAMinuteForEver) {
  HubLink link = link_at(0);
  Time now = at(0);
  for (int day = 0; day < 2000; ++day) {
    ASSERT_EQ(link.next(now), HubAction::kConnect);
    link.connected(now);
    link.shaken(now);
    link.ended(HubEnd::kRefused, "The CAD refuses the API key.", now);
    const double wait = seconds(link.due() - now);
    ASSERT_GE(wait, 48);
    ASSERT_LE(wait, 60);
    now = link.due();
  }
  EXPECT_EQ(link.ends(HubEnd::kRefused), 2000U);
  EXPECT_EQ(link.times_up(), 0U);
}

TEST(HubLink, WhoIsSentAwayComesBackAtTheSlowEnd) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    HubLink link = link_at(0, seed);
    bring_up(link, at(0));
    link.ended(HubEnd::kDismissed, "", at(1));
    EXPECT_GE(link.due() - at(1), std::chrono::seconds(24));
    EXPECT_LE(link.due() - at(1), std::chrono::seconds(30));
  }
}

TEST(HubLink, WhoIsTurnedAwayNegotiatesAtOnceAndThenWaits) {
  HubLink link = link_at(0);
  link.next(at(0));
  link.ended(HubEnd::kTurnedAway, "", at(1));
  EXPECT_TRUE(link.negotiates());
  EXPECT_EQ(link.due(), at(1));
  EXPECT_EQ(link.next(at(1)), HubAction::kConnect);
  link.ended(HubEnd::kTurnedAway, "", at(2));
  EXPECT_FALSE(link.negotiates());
  EXPECT_GT(link.due(), at(2));
  const Time again = link.due();
  link.next(again);
  link.ended(HubEnd::kTurnedAway, "", again);
  EXPECT_TRUE(link.negotiates());
  // The way of opening that worked is kept.
  bring_up(link, again);
  link.ended(HubEnd::kUnreachable, "", again);
  EXPECT_TRUE(link.negotiates());
}

TEST(HubLink, EachStateHasItsName) {
  EXPECT_STREQ(hub_state_name(HubState::kWaiting), "waiting");
  EXPECT_STREQ(hub_state_name(HubState::kUp), "up");
  EXPECT_STREQ(hub_end_name(HubEnd::kUnreachable), "unreachable");
  EXPECT_STREQ(hub_end_name(HubEnd::kRefused), "refused");
}

}  // namespace
}  // namespace sonoran::schedule
