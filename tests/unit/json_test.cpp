// Appended text must read back as the same text, however it was written.
#include "api/json.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <random>

namespace sonoran::api {
namespace {

std::string decimal(double number, int places) {
  std::string out;
  append_decimal(out, number, places);
  return out;
}

std::string text(std::string_view value) {
  std::string out;
  append_json(out, value);
  return out;
}

TEST(Json, ADecimalHasNoMorePlacesThanItNeeds) {
  EXPECT_EQ(decimal(0, 2), "0");
  EXPECT_EQ(decimal(-0.0, 2), "0");
  EXPECT_EQ(decimal(-0.001, 2), "0");
  EXPECT_EQ(decimal(0.05, 2), "0.05");
  EXPECT_EQ(decimal(-0.05, 2), "-0.05");
  EXPECT_EQ(decimal(0.5, 2), "0.5");
  EXPECT_EQ(decimal(10, 2), "10");
  EXPECT_EQ(decimal(100.01, 2), "100.01");
  EXPECT_EQ(decimal(-8191.999, 2), "-8192");
  EXPECT_EQ(decimal(12.5, 0), "13");
  EXPECT_EQ(decimal(100, 0), "100");
  EXPECT_EQ(decimal(0.0004, 3), "0");
  EXPECT_EQ(decimal(0.007, 3), "0.007");
}

TEST(Json, ADecimalTooLargeForPlacesIsWrittenInFull) {
  EXPECT_EQ(decimal(1e300, 2), "1e+300");
  EXPECT_EQ(std::stod(decimal(-123456789012345678.0, 2)), -123456789012345678.0);
}

TEST(Json, ADecimalReadsBackAsTheRoundedNumber) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> coordinate(-10000, 10000);
  for (int i = 0; i < 20000; ++i) {
    const double number = coordinate(random);
    for (const int places : {0, 1, 2, 3}) {
      const double steps = std::pow(10, places);
      const double expected = std::round(number * steps) / steps;
      ASSERT_EQ(std::stod(decimal(number, places)), expected) << number << " with " << places << " places";
    }
  }
}

TEST(Json, ATextReadsBackWhetherItNeededEscapesOrNot) {
  EXPECT_EQ(text("Elm St/2"), "\"Elm St/2\"");
  EXPECT_EQ(text("say \"b\"\\"), R"("say \"b\"\\")");
  simdjson::dom::parser parser;
  std::mt19937_64 random(11);
  for (int i = 0; i < 5000; ++i) {
    std::string value;
    for (auto length = random() % 40; length > 0; --length) value += static_cast<char>(random() % 128);
    if (i % 3 == 0) value += "\xC3\xBC\xE2\x82\xAC\xF0\x9F\x9A\x93";
    const std::string written = text(value);
    std::string_view read;
    ASSERT_EQ(parser.parse(written).get(read), simdjson::SUCCESS) << written;
    ASSERT_EQ(read, value);
  }
}

TEST(Json, BeginsBehindAByteOrderMarkAndBlanks) {
  for (const char* text : {"{", " [", "\xEF\xBB\xBF\t\r\n{}", "\"", "-1", "0", "9", "true", "false", "null"}) {
    EXPECT_TRUE(begins_as_json(text)) << text;
  }
  for (const char* text : {"", " \n", "\xEF\xBB\xBF", "<html>", "OK", "nothing", "tru", "+1", ".5", "'a'"}) {
    EXPECT_FALSE(begins_as_json(text)) << text;
  }
}

TEST(Json, HalvesOfSurrogatePairsAndBrokenBytesBecomeReadableAndNothingElseChanges) {
  const auto kept = [](const char* json) { EXPECT_EQ(readable_json(json), json); };
  kept(R"({"a":"\ud83d\ude00 \u0041 \\ud800 \\\\ \n \"","b":12345678901234567890123})");
  EXPECT_EQ(readable_json(R"("\ud83d")"), R"("\ufffd")");
  EXPECT_EQ(readable_json(R"("\ude00\ud83d")"), R"("\ufffd\ufffd")");
  EXPECT_EQ(readable_json(R"("\ud83dx\uDE00")"), R"("\ufffdx\ufffd")");
  EXPECT_EQ(readable_json(R"("\ud83d\ud83d\ude00")"), R"("\ufffd\ud83d\ude00")");
  EXPECT_EQ(readable_json(R"("\\\ud800")"), R"("\\\ufffd")") << "behind a backslash that is one";
  EXPECT_EQ(readable_json("\xEF\xBB\xBF \"\xFF\""), "\"\xEF\xBF\xBD\"");
  for (const char* cut : {"\\", "\\u", "\\ud8", "\\ud800\\u", "\\ud800\\"}) readable_json(cut);
}

/// `depth` arrays or objects, one within the other.
std::string nested(std::size_t depth, bool objects) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += objects ? "{\"a\":" : "[";
  if (objects) text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += objects ? "}" : "]";
  return text;
}

TEST(IsJson, NestsNoDeeperThanItMay) {
  for (const bool objects : {false, true}) {
    for (const std::size_t depth : {0UL, 1UL, 63UL, 64UL}) {
      EXPECT_EQ(is_json(nested(depth, objects), 64), depth != 0 || objects) << depth;
    }
    for (const std::size_t depth : {65UL, 66UL, 1000UL, 100'000UL})
      EXPECT_FALSE(is_json(nested(depth, objects), 64)) << depth;
  }
  EXPECT_TRUE(is_json("[" + nested(63, false) + "," + nested(63, true) + "]", 64)) << "beside each other";
  EXPECT_FALSE(is_json("[" + nested(63, false) + "," + nested(64, true) + "]", 64));
  EXPECT_TRUE(is_json("\"" + std::string(1000, '[') + "\"", 64)) << "within a text";
  EXPECT_FALSE(is_json(std::string(std::size_t{4} << 20, '['), 64));
}

TEST(IsJson, IsOneWholeValueInUtf8) {
  for (const char* text : {"null", " 7 ", "-0.5e+300", "\"\\ud83d\\ude00\\/\"", "{\"a\":[true,false,null]}\r\n",
                           "\"\xC3\xBC\"", "123456789012345678901234567890", "[]", "{}"}) {
    EXPECT_TRUE(is_json(text, 64)) << text;
  }
  for (const char* text : {"",
                           " ",
                           "[",
                           "{\"a\":",
                           "{\"a\":1",
                           "\"cut",
                           "[1,]",
                           "{a:1}",
                           "[] []",
                           "nul",
                           "01",
                           "+1",
                           "1.",
                           ".5",
                           "NaN",
                           "'a'",
                           "\"\\x41\"",
                           "\"\\ud800\"",
                           "\"\\ude00x\"",
                           "\"\n\"",
                           "\"\xFF\"",
                           "\"\xC3\"",
                           "\"\xED\xA0\x80\"",
                           "\xEF\xBB\xBF[]",
                           "// a\n1",
                           "[1]x",
                           "\x0C[]"}) {
    EXPECT_FALSE(is_json(text, 64)) << text;
  }
  EXPECT_FALSE(is_json(std::string_view("[]\0", 3), 64));
}

}  // namespace
}  // namespace sonoran::api
