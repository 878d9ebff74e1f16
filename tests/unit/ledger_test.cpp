#include "runtime/ledger.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "api/operation.h"
#include "unit/virtual_time.h"

namespace sonoran::runtime {
namespace {

using schedule::Budget;
using test::at;

Settings with_key(std::string key, double share = 1) {
  Settings settings;
  settings.api_key = std::move(key);
  settings.rate_share = share;
  return settings;
}

/// A bridge as the ledger sees it.
struct Spender {
  Spender(Ledger& ledger, const Settings& settings)
      : membership(ledger.account(settings), settings, [this] { ++told; }), budgets(membership.budgets()) {}
  Budget& panic() { return budgets[static_cast<std::size_t>(&api::set_unit_panic() - api::operations().data())]; }
  /// Takes all places; returns their number.
  int take_all(double now_s) {
    int taken = 0;
    while (panic().take(at(now_s))) ++taken;
    return taken;
  }

  std::atomic<int> told{0};
  Membership membership;
  std::vector<Budget> budgets;
};

TEST(LedgerTest, BridgesOfOneKeySpendFromOneBudgetWhileTheyRun) {
  Ledger ledger;
  Spender a(ledger, with_key("k"));
  Spender b(ledger, with_key("k"));
  EXPECT_EQ(a.panic().limit(at(0)), 20);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(a.panic().take(at(0)));
  EXPECT_EQ(b.panic().left(at(0)), 12);
  EXPECT_EQ(b.take_all(0), 12);
  EXPECT_FALSE(a.panic().take(at(0)));
  EXPECT_EQ(a.panic().next(at(0)), kNever) << "all wait for their answers";
  Spender other(ledger, with_key("another"));
  EXPECT_EQ(other.panic().left(at(0)), 20);
}

TEST(LedgerTest, WhoeverWaitsIsToldWhenAnotherFreesAPlace) {
  Ledger ledger;
  Spender a(ledger, with_key("k"));
  Spender b(ledger, with_key("k"));
  ASSERT_EQ(b.take_all(0), 20);
  EXPECT_EQ(a.told, 0);
  b.panic().answered(at(1), at(0));
  EXPECT_EQ(a.told, 1);
  EXPECT_EQ(b.told, 0) << "who frees it knows";
  EXPECT_LT(a.panic().next(at(1)), at(62));
  b.panic().not_sent(at(0));
  EXPECT_EQ(a.told, 2);
  EXPECT_TRUE(a.panic().take(at(1)));
}

TEST(LedgerTest, A429OfOneHoldsBackAll) {
  Ledger ledger;
  Spender a(ledger, with_key("k"));
  Spender b(ledger, with_key("k"));
  ASSERT_TRUE(a.panic().take(at(0)));
  a.panic().answered(at(0), at(0));
  a.panic().limited(at(0), std::chrono::seconds(30));
  EXPECT_FALSE(b.panic().take(at(1)));
  EXPECT_GE(b.panic().closed_until(), at(30));
}

TEST(LedgerTest, WhatABridgeSpentTheNextOneKnowsAndTheNewestShareCounts) {
  Ledger ledger;
  {
    Spender before(ledger, with_key("k"));
    ASSERT_EQ(before.take_all(0), 20);
    for (int i = 0; i < 20; ++i) before.panic().answered(at(1), at(0));
  }
  Spender after(ledger, with_key("k", 0.5));
  EXPECT_EQ(after.panic().limit(at(2)), 10);
  EXPECT_FALSE(after.panic().take(at(2)));
  EXPECT_EQ(after.take_all(62), 10);
}

TEST(LedgerTest, RemembersABoundedNumberOfKeysAndThoseInUseAlways) {
  Ledger ledger;
  Spender used(ledger, with_key("used"));
  ASSERT_TRUE(used.panic().take(at(0)));
  for (std::size_t i = 0; i <= Ledger::kKeys; ++i) {
    Spender brief(ledger, with_key(std::to_string(i)));
    ASSERT_TRUE(brief.panic().take(at(0)));
  }
  EXPECT_EQ(Spender(ledger, with_key("0")).panic().left(at(0)), 20) << "the one used first made room";
  EXPECT_EQ(Spender(ledger, with_key(std::to_string(Ledger::kKeys))).panic().left(at(0)), 19);
  EXPECT_EQ(Spender(ledger, with_key("used")).panic().left(at(0)), 19);
}

/// Meant for tsan too.
TEST(LedgerTest, TwoThreadsNeverTakeTheSamePlace) {
  Ledger ledger;
  Spender a(ledger, with_key("k"));
  Spender b(ledger, with_key("k"));
  std::atomic<int> taken{0};
  const auto spend = [&](Spender& spender) {
    for (int i = 0; i < 2000; ++i) {
      if (spender.panic().take(at(0))) ++taken;
    }
  };
  std::thread other([&] { spend(b); });
  spend(a);
  other.join();
  EXPECT_EQ(taken, 20);
}

}  // namespace
}  // namespace sonoran::runtime
