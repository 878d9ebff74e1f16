// What this process spends of each key's budgets: one account a key, from which all of its bridges spend.
//
// The CAD counts by key, not by bridge, and goes on counting when a resource is restarted. So an account outlives its
// bridges: numbers, no threads, no handles. It ends with the process. A server that restarts within 60 s begins with
// budgets it does not have; the first 429 corrects that.
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

/// The budgets of one key at one CAD. Its mutex is held for a look or a change, by loop threads only.
class Account;

/// One bridge's part in an account, until it is destroyed.
class Membership {
 public:
  /// From here on the limits are those of these settings (the newest share counts). `earlier` is called when a place
  /// may be free earlier than this bridge was told: on the thread of another one, with the account locked.
  Membership(std::shared_ptr<Account> account, const Settings& settings, std::function<void()> earlier);
  ~Membership();
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  /// One an operation in the table's order, then those of calls: Scheduler::spend_from(). They may outlive this.
  [[nodiscard]] std::vector<schedule::Budget> budgets() const;

 private:
  std::shared_ptr<Account> account_;
  std::uint64_t id_;
};

class Ledger {
 public:
  /// Keys remembered that no bridge uses; of more the one that was used first makes room.
  static constexpr std::size_t kKeys = 16;

  /// The one of this process. Any thread.
  static Ledger& process();

  /// The account of the settings' key at their CAD.
  std::shared_ptr<Account> account(const Settings& settings);

 private:
  /// Tells keys apart without holding them.
  static std::size_t fingerprint(const Settings& settings);

  std::mutex mutex_;
  std::vector<std::pair<std::size_t, std::shared_ptr<Account>>> accounts_;  // used first: first
};

}  // namespace sonoran::runtime
