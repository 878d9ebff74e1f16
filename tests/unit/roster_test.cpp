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
  RosterTest() { roster.follow(); }
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
  // A unit that leaves and comes back between two takes is no change.
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
  reading(0, R"([{"communityUserId":")" + std::string(300, 'x') +
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

api::UnitNews news(const char* type, const std::string& data) {
  auto read = api::read_unit_news(type, data);
  EXPECT_TRUE(read) << data;
  return read.value_or(api::UnitNews{});
}
std::string login(int ident, const std::string& id, bool dispatch = false) {
  return R"({"unit":{"id":)" + std::to_string(ident) + R"(,"data":{"communityUserId":")" + id + R"("}},"isDispatch":)" +
         (dispatch ? "true}" : "false}");
}
constexpr const char* kLogin = "EVENT_UNIT_LOGIN";
constexpr const char* kLogout = "EVENT_UNIT_LOGOUT";
constexpr const char* kPanic = "EVENT_UNIT_PANIC";

TEST_F(RosterTest, LoginsAndLogoutsAreToldAtOnce) {
  reading(0, R"([{"id":1,"communityUserId":"a"},{"id":2,"communityUserId":"b"}])");
  roster.heard(at(1), news(kLogin, login(3, "c")));
  auto change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->full);
  EXPECT_EQ(change->added, Names{"c"});
  roster.heard(at(2), news(kLogout, R"({"identId":1})"));
  change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->removed, Names{"a"});
  // A dispatcher does not count as active, and a unit that logs in twice is listed once.
  roster.heard(at(3), news(kLogin, login(4, "d", true)));
  roster.heard(at(3), news(kLogin, login(3, "c")));
  EXPECT_FALSE(roster.take_change());
  roster.heard(at(4), news(kLogout, R"({"identId":9})"));
  EXPECT_FALSE(roster.take_change()) << "nobody knew it";
  EXPECT_EQ(roster.size(), 2U);
  // A unit's number may come to another id.
  roster.heard(at(5), news("EVENT_UNIT_UPDATE", R"({"units":[{"id":3,"data":{"communityUserId":"e"}}]})"));
  change = roster.take_change();
  ASSERT_TRUE(change);
  EXPECT_EQ(change->added, Names{"e"});
  EXPECT_EQ(change->removed, Names{"c"});
}

TEST_F(RosterTest, TwoUnitsOfOnePersonAreOneIdUntilBothAreGone) {
  reading(0, R"([{"id":1,"communityUserId":"a"},{"id":2,"communityUserId":"a"}])");
  roster.heard(at(1), news(kLogout, R"({"identId":1})"));
  EXPECT_FALSE(roster.take_change());
  roster.heard(at(1), news(kLogout, R"({"identId":2})"));
  ASSERT_TRUE(roster.take_change());
  EXPECT_EQ(roster.size(), 0U);
}

TEST_F(RosterTest, WhatIsHeardAmidAReadingIsNewerThanIt) {
  reading(0, R"([{"id":1,"communityUserId":"a"}])");
  roster.take(at(20));
  roster.heard(at(21), news(kLogin, login(2, "b")));
  roster.heard(at(21), news(kLogout, R"({"identId":1})"));
  roster.take_change();
  roster.on_page(at(22), R"([{"id":1,"communityUserId":"a"}])");
  EXPECT_FALSE(roster.take_change()) << "the page was made before";
  EXPECT_EQ(roster.size(), 1U);
  const auto change = reading(40, "[]");
  ASSERT_TRUE(change);
  EXPECT_EQ(change->removed, Names{"b"}) << "the next one counts";
}

TEST_F(RosterTest, BeforeTheFirstReadingNoChangeIsTold) {
  roster.heard(at(0), news(kLogin, login(1, "a")));
  EXPECT_FALSE(roster.take_change());
  const auto change = reading(1, R"([{"id":1,"communityUserId":"a"}])");
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->full);
}

TEST_F(RosterTest, WhileEventsComeInItIsReadOnceAMinute) {
  reading(0, page(1));
  roster.set_live(at(5), true);
  EXPECT_EQ(roster.due(), at(20)) << "what happened before was not heard";
  reading(20, page(1));
  EXPECT_EQ(roster.due(), at(80));
  roster.set_live(at(30), true);
  EXPECT_EQ(roster.due(), at(80));
  roster.set_live(at(50), false);
  EXPECT_EQ(roster.due(), at(50)) << "as often as before, at once";
  reading(50, page(1));
  EXPECT_EQ(roster.due(), at(70));
  // A failed reading is tried again as soon as without events.
  roster.set_live(at(60), true);
  roster.take(at(70));
  roster.failed(at(71), false, "No answer.");
  EXPECT_EQ(roster.due(), at(90));
}

TEST_F(RosterTest, WhoIsUnknownIsAskedForOnceAndPlacedWhenTheReadingTells) {
  reading(0, R"([{"id":1,"communityUserId":"a"}])");
  roster.set_live(at(0), true);
  reading(20, R"([{"id":1,"communityUserId":"a"}])");
  roster.heard(at(30), news(kPanic, R"({"identIds":[1,2,3],"isPanic":false})"));
  auto heard = roster.take_heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].unit.ids, Names{"a"});
  EXPECT_EQ(heard[0].unit.panic, false);
  EXPECT_EQ(heard[0].at, at(30));
  EXPECT_EQ(roster.due(), at(40)) << "within the budget of the operation";
  reading(40, R"([{"id":1,"communityUserId":"a"},{"id":2,"communityUserId":"b"}])");
  heard = roster.take_heard();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].unit.ids, Names{"b"});
  EXPECT_EQ(heard[0].at, at(30)) << "it was heard then";
  EXPECT_EQ(roster.due(), at(100));
  // The CAD does not list the third, so its number is not asked for again.
  roster.heard(at(50), news(kPanic, R"({"identIds":[3],"isPanic":true})"));
  EXPECT_TRUE(roster.take_heard().empty());
  EXPECT_EQ(roster.due(), at(100));
}

TEST_F(RosterTest, WhereNobodyFollowsItIsReadForUnknownNumbersOnly) {
  Roster asked;
  asked.set_live(at(0), true);
  EXPECT_EQ(asked.due(), kNever);
  EXPECT_EQ(asked.deadline(), kNever);
  asked.heard(at(1), news(kLogin, login(1, "a")));
  EXPECT_EQ(asked.take_heard().size(), 1U);
  EXPECT_EQ(asked.due(), kNever);
  asked.heard(at(2), news(kPanic, R"({"identIds":[1,2],"isPanic":false})"));
  EXPECT_EQ(asked.take_heard().size(), 1U);
  EXPECT_LE(asked.due(), at(2));
  asked.take(at(2));
  asked.on_page(at(3), R"([{"id":2,"communityUserId":"b"}])");
  ASSERT_EQ(asked.take_heard().size(), 1U);
  EXPECT_EQ(asked.due(), kNever);
}

TEST_F(RosterTest, WhatIsHeldForReadingsHasABound) {
  reading(0, "[]");
  for (int ident = 0; ident < static_cast<int>(Roster::kHeld) + 10; ++ident) {
    roster.heard(at(1), news(kPanic, R"({"identIds":[)" + std::to_string(ident) + R"(],"isPanic":false})"));
  }
  std::string list = "[";
  for (int ident = 0; ident < static_cast<int>(Roster::kHeld) + 10; ++ident) {
    list += (ident == 0 ? "" : ",") + (R"({"id":)" + std::to_string(ident) + R"(,"communityUserId":"u)") +
            std::to_string(ident) + "\"}";
  }
  reading(20, list + "]");
  const auto heard = roster.take_heard();
  ASSERT_EQ(heard.size(), Roster::kHeld);
  EXPECT_EQ(heard.front().unit.ids, Names{"u10"}) << "the oldest are forgotten";
  EXPECT_EQ(roster.forgotten_events(), 10U);
}

}  // namespace
}  // namespace sonoran::state
