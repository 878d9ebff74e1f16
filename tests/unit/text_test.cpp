// Texts, names and histograms of core/.
#include "core/text.h"

#include <gtest/gtest.h>

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

TEST(Printable, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(printable("short"), "short");
  EXPECT_EQ(printable("\xC3\xBC\xC3\xBC", 3), "\xC3\xBC...");
  EXPECT_EQ(printable(std::string(100, 'a'), 10), "aaaaaaaaaa...");
}

TEST(Printable, LetsNoControlCharacterOrBrokenByteIntoAMessage) {
  EXPECT_EQ(printable("a\nb\x1B[31m\x7F"), "a?b?[31m?");
  EXPECT_EQ(printable("a\xFF"), "a?");
}

TEST(Redact, ReplacesEveryOccurrenceAndNothingForAnEmptySecret) {
  std::string text = "key=abc, again abc";
  redact(text, "abc");
  EXPECT_EQ(text, "key=[redacted], again [redacted]");
  redact(text, "");
  EXPECT_EQ(text, "key=[redacted], again [redacted]");
  std::string tricky = "redacted";
  redact(tricky, "red");
  EXPECT_EQ(tricky, "[redacted]acted") << "what it puts in is not searched again";
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
