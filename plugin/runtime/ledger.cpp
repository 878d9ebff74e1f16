#include "runtime/ledger.h"

#include <algorithm>
#include <map>
#include <string>

#include "api/operation.h"
#include "core/limits.h"

namespace sonoran::runtime {

class Account {
 public:
  std::uint64_t join(const Settings& settings, std::function<void()> earlier) {
    const std::lock_guard lock(mutex_);
    std::size_t next = 0;
    const auto set = [&](const api::Operation& operation, double share, const schedule::RateWindow& fresh) {
      if (next == windows_.size()) windows_.push_back(fresh);
      windows_[next++].set_share(operation.rate_per_minute, share);
    };
    const double share = settings.rate_share;
    for (const auto& operation : api::operations()) set(operation, share, schedule::window_of(operation, share));
    for (const auto& operation : api::operations()) {
      if (!schedule::has_calls_part(operation)) continue;
      set(operation, share / limits::kCallsPart, schedule::calls_window_of(operation, share));
    }
    earlier_.emplace(++last_id_, std::move(earlier));
    return last_id_;
  }
  void leave(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    earlier_.erase(id);
  }

  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return windows_.size();
  }
  schedule::RateWindow& open(std::size_t window) {
    mutex_.lock();
    return windows_[window];
  }
  void close(std::uint64_t id, bool earlier) noexcept {
    if (earlier) {
      for (const auto& [other, tell] : earlier_) {
        if (other != id) tell();
      }
    }
    mutex_.unlock();
  }

 private:
  std::mutex mutex_;
  std::vector<schedule::RateWindow> windows_;  // in the order of Membership::budgets()
  std::map<std::uint64_t, std::function<void()>> earlier_;
  std::uint64_t last_id_ = 0;
};

namespace {

/// One operation of an account, as one member uses it.
class AccountBook final : public schedule::WindowBook {
 public:
  AccountBook(std::shared_ptr<Account> account, std::uint64_t member, std::size_t operation)
      : account_(std::move(account)), member_(member), operation_(operation) {}
  schedule::RateWindow& open() override { return account_->open(operation_); }
  void close(bool earlier) noexcept override { account_->close(member_, earlier); }

 private:
  std::shared_ptr<Account> account_;
  std::uint64_t member_;
  std::size_t operation_;
};

}  // namespace

Membership::Membership(std::shared_ptr<Account> account, const Settings& settings, std::function<void()> earlier)
    : account_(std::move(account)), id_(account_->join(settings, std::move(earlier))) {}

Membership::~Membership() {
  account_->leave(id_);
}

std::vector<schedule::Budget> Membership::budgets() const {
  std::vector<schedule::Budget> budgets;
  for (std::size_t i = 0; i < account_->size(); ++i) {
    budgets.emplace_back(std::make_shared<AccountBook>(account_, id_, i));
  }
  return budgets;
}

Ledger& Ledger::process() {
  static Ledger ledger;
  return ledger;
}

std::size_t Ledger::fingerprint(const Settings& settings) {
  return std::hash<std::string>{}(settings.endpoint.text + ' ' + settings.api_key);
}

std::shared_ptr<Account> Ledger::account(const Settings& settings) {
  const std::size_t key = fingerprint(settings);
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(accounts_, key, [](const auto& entry) { return entry.first; });
  std::shared_ptr<Account> account;
  if (found != accounts_.end()) {
    account = found->second;
    accounts_.erase(found);
  } else {
    account = std::make_shared<Account>();
    const auto unused = [](const auto& entry) { return entry.second.use_count() == 1; };
    if (static_cast<std::size_t>(std::ranges::count_if(accounts_, unused)) >= kKeys) {
      accounts_.erase(std::ranges::find_if(accounts_, unused));
    }
  }
  accounts_.emplace_back(key, account);
  return account;
}

}  // namespace sonoran::runtime
