// Texts, names and histograms of core/.
#include "core/text.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "core/error.h"
#include "core/fixed_text.h"
#include "core/histogram.h"

namespace sonoran {
namespace {

using namespace std::chrono_literals;

TEST(Utf8, TakesWellFormedTextOnly) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("license:abc"));
  EXPECT_TRUE(is_utf8("\xC3\xBCnit \xF0\x9F\x9A\x93"));
  EXPECT_FALSE(is_utf8("\xC3"));              // cut off
  EXPECT_FALSE(is_utf8("\xC0\xAF"));          // overlong '/'
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // a surrogate
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
}

TEST(Utf8, WhatIsNoneIsReplacedAndTheRestStays) {
  const std::string kInstead = "\xEF\xBF\xBD";
  EXPECT_EQ(valid_utf8(""), "");
  EXPECT_EQ(valid_utf8("plain"), "plain");
  EXPECT_EQ(valid_utf8("\xC3\xBCnit \xF0\x9F\x9A\x93"), "\xC3\xBCnit \xF0\x9F\x9A\x93");
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b"),
            "a" + kInstead + "b");
  EXPECT_EQ(valid_utf8("a\xC3"), "a" + kInstead) << "cut off";
  EXPECT_EQ(valid_utf8("\xE2\x82"
                       "a"),
            kInstead + "a")
      << "the beginning of a character is one";
  EXPECT_EQ(valid_utf8("\xF0\x9F\x9A"), kInstead);
  EXPECT_EQ(valid_utf8("\xC0\xAF"), kInstead + kInstead) << "overlong";
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), kInstead + kInstead + kInstead) << "a surrogate";
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), kInstead + kInstead + kInstead + kInstead) << "beyond U+10FFFF";
  EXPECT_EQ(valid_utf8("\x80\xBF"), kInstead + kInstead);
  // The result is valid text for any bytes, and valid text stays as it is.
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes;
    for (std::size_t size = random() % 8; bytes.size() < size;) {
      static constexpr std::string_view kBytes =
          "a\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC2\xDF\xE0\xED\xEF\xF0\xF4\xF5\xFF";
      bytes += kBytes[random() % kBytes.size()];
    }
    const std::string text = valid_utf8(bytes);
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(valid_utf8(text), text);
    if (is_utf8(bytes)) {
      EXPECT_EQ(text, bytes);
    }
  }
}

TEST(Printable, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(printable("short"), "short");
  EXPECT_EQ(printable("\xC3\xBC\xC3\xBC", 3), "\xC3\xBC...");
  EXPECT_EQ(printable(std::string(100, 'a'), 10), "aaaaaaaaaa...");
}

TEST(Printable, LetsNoControlCharacterOrBrokenByteIntoAMessage) {
  EXPECT_EQ(printable("a\nb\x1B[31m\x7F"), "a?b?[31m?");
  EXPECT_EQ(printable("a\xFF"), "a?");
}

TEST(FixedText, HoldsWhatFitsAndCutsTheRest) {
  FixedText<4> text("abcdef");
  EXPECT_EQ(text.view(), "abcd");
  text.assign("x");
  EXPECT_EQ(text.view(), "x");
  EXPECT_EQ(text, FixedText<4>("x"));
  text.clear();
  EXPECT_TRUE(text.empty());
}

TEST(ErrorName, EveryKindHasItsOwn) {
  std::set<std::string_view> names;
  for (int kind = 0; kind < kErrorKinds; ++kind) names.insert(error_name(static_cast<ErrorKind>(kind)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kErrorKinds));
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(error_name(ErrorKind::kOutcomeUnknown), "outcome_unknown");
}

TEST(Histogram, TellsQuantilesWithinItsResolution) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile_ms(0.5), 0);
  for (int i = 1; i <= 1000; ++i) histogram.record(std::chrono::milliseconds(i));
  EXPECT_EQ(histogram.count(), 1000U);
  EXPECT_EQ(histogram.max_ms(), 1000);
  EXPECT_NEAR(histogram.quantile_ms(0.5), 500, 500 * 0.19);
  EXPECT_NEAR(histogram.quantile_ms(0.99), 990, 990 * 0.19);
  EXPECT_EQ(histogram.quantile_ms(1), 1000);
}

TEST(Histogram, TakesWhatLiesBeyondItsBuckets) {
  Histogram histogram;
  histogram.record(0s);
  histogram.record(24h);
  EXPECT_LE(histogram.quantile_ms(0.1), 0.01);
  EXPECT_GT(histogram.quantile_ms(1), 60'000);
}

}  // namespace
}  // namespace sonoran
