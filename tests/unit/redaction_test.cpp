// A secret is taken out of a text, however its characters are spelled there.
#include "core/redaction.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "api/json.h"

namespace sonoran {
namespace {

const std::string kSecret = "0a7/\"k\\\xC3\xBC-\xF0\x9F\x9A\x93+z u06Ef%";
const std::string kMark = "[redacted]";

std::string redacted(std::string text, std::string_view secret) {
  redact(text, secret);
  return text;
}

std::string hexadecimal(const char* format, unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

/// The characters of a text in UTF-8.
std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> all;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) {
      all.back() += c;
    } else {
      all.emplace_back(1, c);
    }
  }
  return all;
}

std::uint32_t code_of(const std::string& character) {
  const auto byte = [&](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(character[at]));
  };
  if (character.size() == 1) return byte(0);
  std::uint32_t code = byte(0) & (0x7FU >> character.size());
  for (std::size_t at = 1; at < character.size(); ++at) code = code << 6U | (byte(at) & 0x3FU);
  return code;
}

/// Spellings of a character in which JSON stays JSON.
std::string in_json(const std::string& character, std::mt19937_64& random) {
  const std::uint32_t code = code_of(character);
  const char* const unit = random() % 2 == 0 ? "\\u%04x" : "\\u%04X";
  if (code > 0xFFFF) {
    if (random() % 2 == 0) return character;
    return hexadecimal(unit, 0xD800 + ((code - 0x10000) >> 10U)) +
           hexadecimal(unit, 0xDC00 + ((code - 0x10000) & 0x3FFU));
  }
  const bool must = character == "\"" || character == "\\";
  switch (random() % 3) {
    case 0:
      return hexadecimal(unit, code);
    case 1:
      if (must || character == "/") return "\\" + character;
      [[fallthrough]];
    default:
      return must ? "\\" + character : character;
  }
}

/// Further spellings, from web pages, addresses and logs.
std::string anywhere(const std::string& character, std::mt19937_64& random) {
  const std::uint32_t code = code_of(character);
  std::string bytes;
  switch (random() % 7) {
    case 0:
      for (const char c : character)
        bytes += hexadecimal(random() % 2 == 0 ? "%%%02x" : "%%%02X", static_cast<unsigned char>(c));
      return bytes;
    case 1:
      for (const char c : character) bytes += hexadecimal("%%25%02X", static_cast<unsigned char>(c));
      return bytes;
    case 2:
      return hexadecimal("&#x%x;", code);
    case 3:
      return hexadecimal("&#%u;", code);
    case 4:
      return character == " " ? "+" : character;
    case 5:
      if (code > 0x7F) return character;
      return hexadecimal("\\x%02x", code);
    default:
      return in_json(character, random);
  }
}

template <class Spell>
std::string spelled(const std::string& secret, Spell spell, std::mt19937_64& random) {
  std::string text;
  for (const std::string& character : characters(secret)) text += spell(character, random);
  return text;
}

TEST(Redact, ReplacesEveryOccurrenceAndNothingForAnEmptySecret) {
  EXPECT_EQ(redacted("key=abcdefghij, again abcdefghij", "abcdefghij"), "key=[redacted], again [redacted]");
  EXPECT_EQ(redacted("abcdefghijabcdefghij", "abcdefghij"), kMark + kMark);
  EXPECT_EQ(redacted("as it was", ""), "as it was");
  EXPECT_EQ(redacted("", "abc"), "");
  EXPECT_EQ(redacted("[redacted]redact", "redact"), "[******ed]******") << "what it puts in is not searched again";
}

TEST(Redact, PutsInNoMoreThanItTakesOut) {
  EXPECT_EQ(redacted("a,a,a", "a"), "*,*,*");
  EXPECT_EQ(redacted("\\u0061", "a"), "******");
  const std::string left = redacted(std::string(99'999, 'x'), "xx");
  EXPECT_TRUE(left == std::string(99'999, '*')) << left.substr(0, 100);
}

/// The text in place of a secret of so many bytes.
std::string gone(std::size_t bytes) {
  return bytes < kMark.size() ? std::string(bytes, '*') : kMark;
}

TEST(Redact, KnowsEachSpelling) {
  for (const std::string text :
       {R"(ab\/cd)", R"(ab\\\/cd)", R"(ab\u002fcd)", R"(ab\u002Fcd)", R"(\u0061\u0062\u002f\u0063\u0064)", "ab%2Fcd",
        "ab%2fcd", "ab%252Fcd", "ab%25252fcd", "%61%62%2F%63%64", "ab&#x2F;cd", "ab&#47;cd", R"(ab\x2fcd)",
        R"(\u0061b%2F&#99;d)", R"(a\\\u0062/cd)"}) {
    EXPECT_EQ(redacted("<" + text + ">", "ab/cd"), "<" + gone(text.size()) + ">") << text;
  }
  EXPECT_EQ(redacted(R"(x\"y&quot;z)", "\"y\""), "x" + gone(9) + "z");
  EXPECT_EQ(redacted("a+b a%20b", "a b"), gone(3) + " " + gone(5));
  EXPECT_EQ(redacted(R"(one\ntwo)", "one\ntwo"), gone(8));
}

TEST(Redact, FindsASecretThatBeginsWithinWhatLooksLikeAnEscape) {
  EXPECT_EQ(redacted("u00416b", "u00416b"), "*******");
  EXPECT_EQ(redacted(R"(\\u0041\/b)", "u0041/b"), kMark);
  EXPECT_EQ(redacted("50%25\\/x", "50%25/x"), "********");
  EXPECT_EQ(redacted("aab aaab", "aab"), "*** a***");
}

TEST(Redact, LeavesWhatOnlyBeginsLikeTheSecret) {
  for (const char* text :
       {"abc", R"(ab\u006)", "ab%2", "ab&#x2F", R"(ab\)", R"(\u0061\u0062)", "%61b%2F%63", "ab//cd", "ab/\xC3"}) {
    EXPECT_EQ(redacted(text, "ab/cd"), text);
  }
}

/// Any mix of the spellings of any secret.
TEST(Redact, NoMixOfSpellingsRemains) {
  std::mt19937_64 random(7);
  static constexpr std::string_view kVisible = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789/\"\\%&+-_.~<>'u#;x";
  for (int i = 0; i < 2'000; ++i) {
    std::string secret;
    for (auto length = 8 + random() % 90; length > 0; --length) secret += kVisible[random() % kVisible.size()];
    if (i % 5 == 0) secret = kSecret;
    if (secret.back() == '\\') secret += '/';  // otherwise the next character would belong to its escape
    const std::string hidden = spelled(secret, anywhere, random);
    const std::string text = "before " + hidden + " between " + hidden + "\n";
    const std::string left = redacted(text, secret);
    ASSERT_LE(left.size(), std::string_view("before  between \n").size() + 2 * kMark.size() + 2) << secret << "\n"
                                                                                                 << text << "\n"
                                                                                                 << left;
    ASSERT_TRUE(left.starts_with("before ") && left.find(" between ") != std::string::npos) << left;
  }
}

TEST(Redact, LeavesJsonThatIsJson) {
  std::mt19937_64 random(8);
  static constexpr std::string_view kVisible = "abcdefABCDEF0123456789u/\"\\-nx";
  for (int i = 0; i < 2'000; ++i) {
    std::string secret;
    for (auto length = 8 + random() % 40; length > 0; --length) secret += kVisible[random() % kVisible.size()];
    if (secret.front() == '"' || secret.back() == '"') continue;  // a quote of the document could be the secret's
    std::string text = R"({"a":")";
    for (auto length = random() % 12; length > 0; --length)
      text += in_json(std::string(1, kVisible[random() % kVisible.size()]), random);
    text += spelled(secret, in_json, random);
    for (auto length = random() % 12; length > 0; --length)
      text += in_json(std::string(1, kVisible[random() % kVisible.size()]), random);
    text += R"("})";
    ASSERT_TRUE(api::is_json(text, 8)) << text;
    // The names and brackets of the document are no secret.
    if (redacted(R"({"a":"x"})", secret) != R"({"a":"x"})") continue;
    const std::string left = redacted(text, secret);
    ASSERT_TRUE(api::is_json(left, 8)) << secret << "\n" << text << "\n" << left;
    simdjson::dom::parser parser;
    std::string_view value;
    ASSERT_EQ(parser.parse(left)["a"].get(value), simdjson::SUCCESS);
    ASSERT_EQ(value.find(secret), std::string_view::npos) << secret << "\n" << text << "\n" << left;
  }
}

TEST(Redact, OfASecretWithoutAnEndAllThatFollowsGoes) {
  const std::string secret(10'000, 's');
  EXPECT_EQ(redacted("{" + secret + "}", secret), "{" + kMark);
}

}  // namespace
}  // namespace sonoran
