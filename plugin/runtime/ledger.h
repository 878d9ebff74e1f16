// The budgets that this process has spent: one account per key, shared by all bridges with this key.
//
// The CAD counts by key, not by bridge, and goes on counting when a resource is restarted. So an account outlives its
// bridges. It has only numbers, no threads or handles, and ends with the process. A server process that restarts within
// 60 s begins with budgets that are already spent; the first 429 corrects that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/settings.h"
#include "schedule/budget.h"

namespace sonoran::runtime {

/// The budgets of one key at one CAD. Its mutex is held for one read or change, by loop threads only.
class Account;

/// One bridge's use of an account, until it is destroyed.
class Membership {
 public:
  /// Sets the limits from these settings (the newest share counts). `earlier` is called when a place may become free
  /// earlier than this bridge assumes: on the thread of another bridge, with the account locked.
  Membership(std::shared_ptr<Account> account, const Settings& settings, std::function<void()> earlier);
  ~Membership();
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  /// One budget per operation in the table's order, then those of calls (Scheduler::spend_from()). May outlive this.
  [[nodiscard]] std::vector<schedule::Budget> budgets() const;

 private:
  std::shared_ptr<Account> account_;
  std::uint64_t id_;
};

class Ledger {
 public:
  /// Unused keys that are remembered; beyond this, the one that was first used is dropped.
  static constexpr std::size_t kKeys = 16;

  /// The instance of this process. Any thread.
  static Ledger& process();

  /// The account of the settings' key at their CAD.
  std::shared_ptr<Account> account(const Settings& settings);

 private:
  /// Distinguishes keys without storing them.
  static std::size_t fingerprint(const Settings& settings);

  std::mutex mutex_;
  std::vector<std::pair<std::size_t, std::shared_ptr<Account>>> accounts_;  // in order of first use
};

}  // namespace sonoran::runtime
