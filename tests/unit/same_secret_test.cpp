#include "core/same_secret.h"

#include <gtest/gtest.h>

#include <string>

namespace sonoran {
namespace {

TEST(SameSecret, LettersAreTheSameInEitherCaseAndNothingElseIs) {
  EXPECT_TRUE(same_secret("Ab-9@z", "aB-9@Z"));
  EXPECT_FALSE(same_secret("Ab-9@y", "aB-9@Z"));
  // Neighbours of the letters that one bit away would be one, and letters beyond ASCII.
  for (int c = 0; c < 256; ++c) {
    for (int d = 0; d < 256; ++d) {
      const auto letter = [](int x) { return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z'); };
      const bool same = c == d || (letter(c) && letter(d) && (c | 32) == (d | 32));
      ASSERT_EQ(same_secret(std::string(1, static_cast<char>(c)), std::string(1, static_cast<char>(d))), same)
          << c << " " << d;
    }
  }
}

TEST(SameSecret, AllOfItCountsAndNothingMore) {
  const std::string secret = "0123456789abcdef";
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string repeated = (secret + secret + secret).substr(0, size);
    EXPECT_EQ(same_secret(repeated, secret), size == secret.size()) << size;
  }
  for (std::size_t at = 0; at < secret.size(); ++at) {
    std::string other = secret;
    other[at] = '!';
    EXPECT_FALSE(same_secret(other, secret)) << at;
  }
}

TEST(SameSecret, AnEmptySecretIsNobodys) {
  EXPECT_FALSE(same_secret("", ""));
  EXPECT_FALSE(same_secret("a", ""));
}

}  // namespace
}  // namespace sonoran
