#include "runtime/ledger.h"

#include <gtest/gtest.h>

#include <string>

namespace sonoran::runtime {
namespace {

Settings with_key(std::string key) {
  Settings settings;
  settings.api_key = std::move(key);
  return settings;
}

TEST(LedgerTest, GivesBackWhatWasKeptForThisKeyAndNoOther) {
  Ledger ledger;
  EXPECT_TRUE(ledger.recall(with_key("a")).empty());
  ledger.keep(with_key("a"), {schedule::RateWindow(7, 1, false)});
  ASSERT_EQ(ledger.recall(with_key("a")).size(), 1U);
  EXPECT_EQ(ledger.recall(with_key("a"))[0].limit(Time{}), 7);
  EXPECT_TRUE(ledger.recall(with_key("b")).empty());
  ledger.keep(with_key("a"), {schedule::RateWindow(9, 1, false)});
  EXPECT_EQ(ledger.recall(with_key("a"))[0].limit(Time{}), 9) << "the newest";
}

TEST(LedgerTest, RemembersABoundedNumberOfKeys) {
  Ledger ledger;
  for (std::size_t i = 0; i <= Ledger::kKeys; ++i) {
    ledger.keep(with_key(std::to_string(i)), {schedule::RateWindow(7, 1, false)});
  }
  EXPECT_TRUE(ledger.recall(with_key("0")).empty()) << "the oldest made room";
  EXPECT_FALSE(ledger.recall(with_key("1")).empty());
}

}  // namespace
}  // namespace sonoran::runtime
