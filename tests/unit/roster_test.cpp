#include "state/roster.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "virtual_time.h"

namespace sonoran::state {
namespace {

using test::at;
using Names = std::vector<std::string>;

/// A page of units named `prefix`0, `prefix`1, ...
std::string page(std::size_t count, const std::string& prefix = "unit-") {
  std::string body = "[";
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) body += ',';
    body += R"({"id":1,"data":{"communityUserId":")" + prefix + std::to_string(i) + R"("}})";
  }
  return body + "]";
}

struct RosterTest : testing::Test {
  Roster roster;
  /// One whole reading of one page.
  std::optional<RosterChange> reading(double seconds, const std::string& body) {
    EXPECT_LE(roster.due(), at(seconds));
    roster.take(at(seconds));
    roster.on_page(at(seconds), body);
    return roster.take_change();
  }
};

TEST_F(RosterTest, TheFirstReadingIsDueAtOnceAndTellsAll) {
  EXPECT_LE(roster.due(), at(0));
  const auto asked = roster.take(at(0));
  EXPECT_EQ(asked.limit, Roster::kPage);
  EXPECT_EQ(asked.offset, 0U);
  EXPECT_EQ(roster.due(), kNever) << "one page at a time";
  roster.on_page(at(1), page(2));
  const auto change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->full);
  EXPECT_EQ(change->added, (Names{"unit-0", "unit-1"}));
  EXPECT_EQ(roster.due(), at(20)) << "three a minute, from beginning to beginning";
}

TEST_F(RosterTest, AnEmptyFirstListIsToldAsWell) {
  const auto change = reading(0, "[]");
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->full);
  EXPECT_TRUE(change->added.empty());
}

TEST_F(RosterTest, WhatNobodyTookIsInTheNextChange) {
  reading(0, page(1));
  roster.take(at(20));
  roster.on_page(at(20), page(2));
  roster.take(at(40));
  roster.on_page(at(40), page(3));
  const auto change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->full);
  EXPECT_EQ(change->added, (Names{"unit-1", "unit-2"}));
  EXPECT_FALSE(roster.take_change());
  // Gone and come back between two takes: nothing has changed.
  roster.take(at(60));
  roster.on_page(at(60), page(2));
  roster.take(at(80));
  roster.on_page(at(80), page(3));
  EXPECT_FALSE(roster.take_change());
}

TEST_F(RosterTest, AfterALostChangeTheWholeListIsToldAtOnce) {
  roster.tell_all();
  EXPECT_FALSE(roster.take_change()) << "there is none yet";
  reading(0, page(3));
  roster.tell_all();
  const auto change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->full);
  EXPECT_EQ(change->added.size(), 3U);
  EXPECT_FALSE(roster.take_change()) << "once";
}

TEST_F(RosterTest, LaterReadingsTellTheDifferenceOnly) {
  reading(0, page(3));
  EXPECT_FALSE(reading(20, page(3))) << "nothing changed";
  const auto change = reading(40, R"([{"communityUserId":"unit-1"},{"communityUserId":"new"}])");
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->full);
  EXPECT_EQ(change->added, Names{"new"});
  EXPECT_EQ(change->removed, (Names{"unit-0", "unit-2"}));
  EXPECT_EQ(roster.size(), 2U);
}

TEST_F(RosterTest, WhereAChangeDidNotArriveTheNextReadingTellsAll) {
  reading(0, page(3));
  roster.tell_all();
  const auto change = reading(20, page(3));
  ASSERT_TRUE(change) << "also when nothing changed";
  EXPECT_TRUE(change->full);
  EXPECT_EQ(change->added, (Names{"unit-0", "unit-1", "unit-2"}));
  EXPECT_TRUE(change->removed.empty());
  EXPECT_FALSE(reading(40, page(3)));
}

TEST_F(RosterTest, IdsStandInTheUnitOrInItsDataAndOlderOnesAreLists) {
  const auto change = reading(0, R"([{"communityUserId":"license:a"},{"data":{"communityUserId":"b"}},
                                     {"data":{"apiIds":["c","steam:d"]}},{"apiIds":["e"]},{"id":5,"data":{}},
                                     {"communityUserId":null,"data":{"apiIds":["f",7]}},{"communityUserId":"ünit"}])");
  ASSERT_TRUE(change);
  EXPECT_EQ(change->added, (Names{"b", "c", "e", "f", "license:a", "steam:d", "ünit"}));
}

TEST_F(RosterTest, IdsThatNoUnitCanHaveAreCounted) {
  reading(0, R"([{"communityUserId":")" + std::string(200, 'x') +
                 R"("},{"data":{"apiIds":[""]}},{"communityUserId":"a"}])");
  EXPECT_EQ(roster.size(), 1U);
  EXPECT_EQ(roster.refused_ids(), 2U);
}

TEST_F(RosterTest, AFullPageIsFollowedByTheNext) {
  roster.take(at(0));
  roster.on_page(at(0), page(Roster::kPage, "first-"));
  EXPECT_FALSE(roster.take_change()) << "not before the reading is whole";
  EXPECT_LE(roster.due(), at(0));
  EXPECT_EQ(roster.take(at(20)).offset, Roster::kPage);
  roster.on_page(at(20), page(3, "second-"));
  const auto change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->added.size(), Roster::kPage + 3);
  EXPECT_EQ(roster.take(at(40)).offset, 0U);
}

TEST_F(RosterTest, ACadWithARoundLimitOfItsOwnIsReadToTheEnd) {
  roster.take(at(0));
  roster.on_page(at(0), page(100, "first-"));
  EXPECT_EQ(roster.take(at(0)).offset, 100U);
  roster.on_page(at(0), "[]");
  const auto change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->added.size(), 100U);
}

TEST_F(RosterTest, ACadThatAlwaysGivesAFullPageIsNotReadForEver) {
  for (std::size_t i = 0; i < Roster::kPages; ++i) {
    ASSERT_LE(roster.due(), at(1));
    roster.take(at(1));
    roster.on_page(at(1), page(Roster::kPage));
  }
  EXPECT_EQ(roster.due(), at(21));
  EXPECT_TRUE(roster.take_change());
}

TEST_F(RosterTest, ACadThatRefusesTheSizeOfThePageIsAskedForLess) {
  roster.take(at(0));
  roster.failed(at(0), true, "The limit is too large.");
  EXPECT_TRUE(roster.take_log().empty());
  EXPECT_EQ(roster.take(at(20)).limit, Roster::kSmallPage);
  roster.failed(at(20), true, "Still wrong.");
  ASSERT_EQ(roster.take_log().size(), 1U);
}

TEST_F(RosterTest, WhileTheCadIsAwayTheLastListStaysAndThenNobodyIsActive) {
  reading(0, page(2));
  double now = 20;
  for (; now < 600; now += 20) {
    roster.take(at(now));
    roster.failed(at(now), false, "The CAD cannot be reached.");
    ASSERT_FALSE(roster.take_change()) << now;
  }
  EXPECT_EQ(roster.take_log().size(), 1U) << "said once";
  roster.take(at(now));
  roster.failed(at(now), false, "The CAD cannot be reached.");
  const auto gone = roster.take_change();
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->full);
  EXPECT_EQ(gone->removed, (Names{"unit-0", "unit-1"}));
  EXPECT_EQ(roster.take_log().size(), 1U);
  const auto back = reading(now + 20, page(1));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->added, Names{"unit-0"});
  EXPECT_EQ(roster.take_log().size(), 1U) << "that it can be read again";
}

TEST_F(RosterTest, WhatIsNoListOfUnitsChangesNothing) {
  reading(0, page(2));
  double now = 20;
  for (const char* body : {"", "{}", "[1]", "null", "[{]", "<html>", "[{\"communityUserId\":\"a\"},2]"}) {
    EXPECT_FALSE(reading(now, body)) << body;
    now += 20;
  }
  EXPECT_EQ(roster.size(), 2U);
}

TEST_F(RosterTest, AnOddValueOfOneUnitHidesNoUnit) {
  for (const char* odd :
       {R"("\ud800")", "123456789012345678901234567890", "1e999", R"([{"a":"\udc00"}])", "\"\xFF\""}) {
    Roster fresh;
    fresh.take(at(0));
    fresh.on_page(at(0), "\xEF\xBB\xBF[{\"id\":" + std::string(odd) +
                             R"(,"communityUserId":"a"},{"communityUserId":"b","note":)" + odd + "}]");
    const auto change = fresh.take_change();
    ASSERT_TRUE(change) << odd;
    EXPECT_EQ(change->added, (Names{"a", "b"})) << odd;
  }
}

TEST_F(RosterTest, APageThatFailsBeginsTheReadingAnew) {
  roster.take(at(0));
  roster.on_page(at(0), page(Roster::kPage, "first-"));
  roster.take(at(1));
  roster.failed(at(5), false, "No answer.");
  EXPECT_EQ(roster.due(), at(20));
  EXPECT_EQ(roster.take(at(20)).offset, 0U);
}

}  // namespace
}  // namespace sonoran::state
