#include "api/unit_news.h"

#include <gtest/gtest.h>

namespace sonoran::api {
namespace {

using What = UnitNews::What;
using Ids = std::vector<std::string>;

TEST(UnitNews, ALoginNamesTheWholeUnit) {
  const auto news = read_unit_news("EVENT_UNIT_LOGIN", R"({"unit":{"id":41,"status":2,"isPanic":false,"odd":{"id":9},
      "data":{"unitNum":"2-L-14","id":7,"communityUserId":"abc","apiIds":["old"]}},"isDispatch":true})");
  ASSERT_TRUE(news);
  EXPECT_EQ(news->what, What::kLogin);
  EXPECT_TRUE(news->is_dispatch);
  ASSERT_EQ(news->units.size(), 1U);
  EXPECT_EQ(news->units[0].ident, 41) << "not an id of what lies inside";
  EXPECT_EQ(news->units[0].ids, Ids{"abc"});
  EXPECT_EQ(news->units[0].status, 2);
  EXPECT_EQ(news->units[0].panic, false);
}

TEST(UnitNews, IdsAreReadInEachForm) {
  for (const auto& [unit, ids] : std::vector<std::pair<const char*, Ids>>{
           {R"({"communityUserId":"a"})", {"a"}},
           {R"({"data":{"communityUserIds":["b","a"],"communityUserId":"a"}})", {"a", "b"}},
           {R"({"data":{"apiIds":["c",7]}})", {"c"}},
           {R"({"data":{"apiIds":["c"],"communityUserId":"a"}})", {"a"}},
           {R"({"data":{"communityUserId":null,"apiIds":null}})", {}},
           {R"({"data":"none"})", {}}}) {
    const auto units = read_units(std::string("[") + unit + "]");
    ASSERT_TRUE(units) << unit;
    ASSERT_EQ(units->size(), 1U) << unit;
    EXPECT_EQ(units->front().ids, ids) << unit;
    EXPECT_FALSE(units->front().ident) << unit;
  }
}

TEST(UnitNews, NumbersComeAsNumbersTextsAndLists) {
  for (const char* data : {R"({"identIds":[41,58],"status":3})", R"({"identIds":["41","58"],"status":"3"})"}) {
    const auto news = read_unit_news("EVENT_UNIT_STATUS", data);
    ASSERT_TRUE(news) << data;
    EXPECT_EQ(news->what, What::kChange);
    ASSERT_EQ(news->units.size(), 2U) << data;
    EXPECT_EQ(news->units[0].ident, 41);
    EXPECT_EQ(news->units[1].ident, 58);
    for (const HeardUnit& unit : news->units) {
      EXPECT_EQ(unit.status, 3) << data;
      EXPECT_FALSE(unit.panic) << data;
    }
  }
  for (const char* data : {R"({"identIds":41,"isPanic":true})", R"({"identId":"41","isPanic":true})"}) {
    const auto news = read_unit_news("EVENT_UNIT_PANIC", data);
    ASSERT_TRUE(news) << data;
    ASSERT_EQ(news->units.size(), 1U) << data;
    EXPECT_EQ(news->units[0].ident, 41);
    EXPECT_EQ(news->units[0].panic, true);
    EXPECT_FALSE(news->units[0].status);
  }
  const auto gone = read_unit_news("EVENT_UNIT_LOGOUT", R"({"identId":41})");
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->what, What::kLogout);
}

TEST(UnitNews, AStatusThatIsNoneOfOursIsAnotherOne) {
  for (const char* status : {"\"ENROUTE\"", "-3", "99999999999"}) {
    const auto news = read_unit_news("EVENT_UNIT_STATUS", std::string(R"({"identIds":[1],"status":)") + status + "}");
    ASSERT_TRUE(news) << status;
    EXPECT_EQ(news->units[0].status, -1) << status;
  }
  EXPECT_FALSE(read_unit_news("EVENT_UNIT_STATUS", R"({"identIds":[1],"status":null})")->units[0].status);
}

TEST(UnitNews, AnUpdateHasAListOfUnits) {
  const auto news = read_unit_news(
      "EVENT_UNIT_UPDATE",
      R"({"units":[{"id":1,"status":0,"data":{"communityUserId":"a"}},{"id":2,"isPanic":true,"data":{}}]})");
  ASSERT_TRUE(news);
  ASSERT_EQ(news->units.size(), 2U);
  EXPECT_EQ(news->units[0].ids, Ids{"a"});
  EXPECT_EQ(news->units[0].status, 0);
  EXPECT_EQ(news->units[1].panic, true);
}

TEST(UnitNews, WhatNamesNoUnitOrIsNoSuchEventSaysNothing) {
  EXPECT_FALSE(read_unit_news("EVENT_911", R"({"identIds":[1]})"));
  for (const char* data : {"", "null", "[]", "7", "{}", R"({"identIds":[]})", R"({"identIds":["x",null,1.5]})",
                           R"({"unit":7})", R"({"units":{}})", "{\"identIds\":[1", "{"}) {
    const auto news = read_unit_news("EVENT_UNIT_STATUS", data);
    if (std::string(data) == "{\"identIds\":[1") continue;  // it is cut off, but the part before may count
    EXPECT_FALSE(news) << data;
  }
  for (const char* list : {"", "{}", "[7]", "[{\"id\":1},null]"}) EXPECT_FALSE(read_units(list)) << list;
  EXPECT_EQ(read_units("[]")->size(), 0U);
}

}  // namespace
}  // namespace sonoran::api
