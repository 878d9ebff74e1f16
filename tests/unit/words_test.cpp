#include "api/words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sonoran::api {
namespace {

using Places = std::vector<std::size_t>;

std::string refusal(const std::string& members) {
  return R"({"type":"https://example.org/unit-9","title":"Bad Request","status":400,)" + members +
         R"("instance":"/unit-9","traceId":"unit-9"})";
}

TEST(NamedUnits, AreFoundByTheirIdsInAnyTextOfARefusal) {
  const std::vector<std::string> units = {"license:a1", "license:a12", "unit-9", "drone 4", "b"};
  EXPECT_EQ(named_units(refusal(R"("detail":"The unit 'license:a12' is not known.",)"), units), Places{1});
  EXPECT_EQ(named_units(refusal(R"("detail":"license:a1, drone 4: no such units.",)"), units), (Places{0, 3}));
  EXPECT_EQ(named_units(refusal(R"("errors":{"license:a1":["x"],"all":[{"unit":"b"}]},)"), units), (Places{0, 4}));
  EXPECT_EQ(named_units(refusal(R"("message":"license:a1.",)"), units), Places{0});
}

TEST(NamedUnits, AreFoundByTheirPlacesInTheArray) {
  const std::vector<std::string> units = {"x0", "x1", "x2", "x3"};
  EXPECT_EQ(named_units(refusal(R"("errors":{"updates[2].coordinates.x":["not a number"]},)"), units), Places{2});
  EXPECT_EQ(named_units(refusal(R"("errors":{"$.Updates[0].location":["too long"],"Updates[3]":["?"]},)"), units),
            (Places{0, 3}));
  EXPECT_EQ(
      named_units(refusal(R"("detail":"updates[4] updates[] updates[-1] updates[99999999999999999999]",)"), units),
      Places{});
}

TEST(NamedUnits, AreNotPartsOfOtherWordsNorOfWhatNamesTheRefusal) {
  const std::vector<std::string> units = {"a", "unit-9", "license:a", "1"};
  EXPECT_EQ(named_units(refusal(R"("detail":"unit-91 xunit-9 unit-9-b license:ab steam:license:a 400 v1.1",)"), units),
            Places{});
  EXPECT_EQ(named_units("unit-9", units), Places{}) << "no JSON";
  EXPECT_EQ(named_units("", units), Places{});
  EXPECT_EQ(named_units(R"({"detail":"unit-9)", units), Places{}) << "cut off";
}

TEST(NamedUnits, AreFoundBesideOddValues) {
  const std::vector<std::string> units = {"unit-9"};
  EXPECT_EQ(named_units("{\"n\":1e999,\"odd\":\"\\ud800 \xFF\",\"detail\":\"unit-9\"}", units), Places{0});
}

TEST(NamedUnits, ALongRefusalCostsNoLongSearch) {
  std::string detail(1 << 20, 'x');
  EXPECT_EQ(named_units(R"({"detail":")" + detail + R"( unit-9"})", std::vector<std::string>(2048, "unit-9")),
            Places{});
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "[";
  EXPECT_EQ(named_units(R"({"errors":)" + deep + "\"unit-9\"", std::vector<std::string>{"unit-9"}), Places{});
}

TEST(AboutThePath, IsWhatNamesAPathAndNoServer) {
  for (const char* words :
       {"no Route matched with those values", "There is no such path.", "Not found: the path '/v1/x' does not exist",
        "Cannot POST /v2/emergency/servers/1/heartbeat", "The requested URL was not found on this server.",
        "Unknown endpoint", "404 page not found", "No static resource v2/emergency/servers/1/heartbeat.",
        "Invalid URI"}) {
    EXPECT_TRUE(is_about_the_path(words)) << words;
  }
  for (const char* words : {"", "Not Found", "The server '7' is not configured.", "serverId in the path is unknown",
                            "The unit 'a/b' is not known", "The path parameter callId names no call",
                            "No record has this id", "A sentence.", "router", "pathology"}) {
    EXPECT_FALSE(is_about_the_path(words)) << words;
  }
}

TEST(PageTitle, IsWhatStandsBetweenItsTags) {
  EXPECT_EQ(page_title("<html><Title>403 Forbidden</TITLE></html>"), "403 Forbidden");
  EXPECT_EQ(page_title("<html><title>cut"), "");
  EXPECT_EQ(page_title(""), "");
}

}  // namespace
}  // namespace sonoran::api
