#include "state/postals.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/limits.h"

namespace sonoran::state {
namespace {

using api::Postal;
using api::read_postals;

std::string refusal(std::string_view json) {
  const auto read = read_postals(json);
  return read ? "" : read.error().text;
}

/// Looks at each postal: returns the nearest, and of several the first.
std::string_view searched(const std::vector<Postal>& list, double x, double y) {
  const Postal* best = nullptr;
  double least = 0;
  for (const Postal& one : list) {
    const double distance2 = (one.x - x) * (one.x - x) + (one.y - y) * (one.y - y);
    if (best != nullptr && distance2 >= least) continue;
    best = &one;
    least = distance2;
  }
  return best == nullptr ? "" : std::string_view(best->code);
}

TEST(Postals, TheNearestIsFoundWhateverTheShapeOfTheList) {
  const char* given = std::getenv("SONORAN_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 7;
  SCOPED_TRACE("SONORAN_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    // A wide map, streets on a coarse grid (many equal distances), one line, one point.
    const int shape = round % 4;
    const auto axis = [&](bool is_y) -> double {
      if (shape == 0) return std::uniform_real_distribution<double>(-4000, 8000)(random);
      if (shape == 1) return std::uniform_int_distribution<int>(-5, 5)(random) * 100.0;
      if (shape == 2) return is_y ? 7 : std::uniform_int_distribution<int>(0, 300)(random);
      return 12;
    };
    std::vector<Postal> list(std::uniform_int_distribution<std::size_t>(0, round < 8 ? 8 : 600)(random));
    for (std::size_t i = 0; i < list.size(); ++i) list[i] = {axis(false), axis(true), std::to_string(i)};
    const Postals postals(list);
    ASSERT_EQ(postals.size(), list.size());
    for (int look = 0; look < 100; ++look) {
      const double x = look == 0 ? 1e6 : axis(false) + look % 3 * 0.5;
      const double y = look == 0 ? -1e6 : axis(true);
      ASSERT_EQ(postals.nearest(x, y), searched(list, x, y)) << "of " << list.size() << " at " << x << ", " << y;
    }
  }
}

TEST(Postals, ACodeIsATextOrANumber) {
  const auto list = read_postals(
      R"([{"code":"0041A","x":1,"y":-2.5},{"code":8040,"x":0,"y":0,"name":"more"},{"code":12.0,"x":1e3,"y":0}])");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3U);
  EXPECT_EQ((*list)[0].code, "0041A");
  EXPECT_EQ((*list)[0].y, -2.5);
  EXPECT_EQ((*list)[1].code, "8040");
  EXPECT_EQ((*list)[2].code, "12");
  ASSERT_TRUE(read_postals("\xEF\xBB\xBF []\r\n"));
  EXPECT_EQ(read_postals("[]")->size(), 0U);
  EXPECT_EQ(Postals({}).nearest(0, 0), "");
}

TEST(Postals, WhatIsWrongIsNamedByItsEntry) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "is not valid JSON"},
      {"[", "is not valid JSON"},
      {R"([{"code":"\uD800","x":1,"y":1}])", "is not valid JSON"},
      {R"({"code":1,"x":1,"y":1})", "has no JSON array"},
      {R"([{"code":1,"x":1,"y":1},7])", "has an entry 2 that is no object"},
      {R"([{"x":1,"y":1}])", "has an entry 1 without a good code"},
      {R"([{"code":"","x":1,"y":1}])", "without a good code"},
      {R"([{"code":true,"x":1,"y":1}])", "without a good code"},
      {R"([{"code":"12345678901234567","x":1,"y":1}])", "a text of 1 to 16 bytes"},
      {R"([{"code":1e300,"x":1,"y":1}])", "without a good code"},
      {R"([{"code":"a\nb","x":1,"y":1}])", "without a good code"},
      {R"([{"code":1,"x":"1","y":1}])", "has an entry 1 without a good x or y"},
      {R"([{"code":1,"x":1}])", "without a good x or y"},
      {R"([{"code":1,"x":1,"y":1000001}])", "without a good x or y"},
  };
  for (const auto& [json, message] : cases) {
    EXPECT_NE(refusal(json).find(message), std::string::npos) << json << ": " << refusal(json);
  }
}

TEST(Postals, ALongerListThanTheBoundIsRefused) {
  const auto list_of = [](std::size_t count) {
    std::string json = "[";
    for (std::size_t i = 0; i < count; ++i) json += i == 0 ? R"({"code":1,"x":1,"y":1})" : R"(,{"code":1,"x":1,"y":1})";
    return json + "]";
  };
  EXPECT_EQ(refusal(list_of(limits::kPostals)), "");
  EXPECT_EQ(refusal(list_of(limits::kPostals + 1)), "has more than 16384 postals");
}

}  // namespace
}  // namespace sonoran::state
