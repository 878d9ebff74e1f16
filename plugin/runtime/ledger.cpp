#include "runtime/ledger.h"

#include <algorithm>
#include <functional>
#include <string>

namespace sonoran::runtime {

Ledger& Ledger::process() {
  static Ledger ledger;
  return ledger;
}

std::size_t Ledger::fingerprint(const Settings& settings) {
  return std::hash<std::string>{}(settings.endpoint.text + ' ' + settings.api_key);
}

void Ledger::keep(const Settings& settings, std::vector<schedule::RateWindow> windows) {
  const std::size_t key = fingerprint(settings);
  const std::lock_guard lock(mutex_);
  std::erase_if(books_, [&](const auto& book) { return book.first == key; });
  if (books_.size() >= kKeys) books_.erase(books_.begin());
  books_.emplace_back(key, std::move(windows));
}

std::vector<schedule::RateWindow> Ledger::recall(const Settings& settings) {
  const std::size_t key = fingerprint(settings);
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(books_, key, [](const auto& book) { return book.first; });
  return found == books_.end() ? std::vector<schedule::RateWindow>() : found->second;
}

}  // namespace sonoran::runtime
