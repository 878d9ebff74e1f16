// What this process has spent of each key's budgets, from one bridge to the next.
//
// The CAD goes on counting when a resource is restarted, so the new bridge must know what the old one sent. This is the
// one thing that outlives a bridge: numbers, no threads, no handles. It ends with the process. A server that restarts
// within 60 s begins with budgets it does not have; the first 429 corrects that.
#pragma once

#include <cstddef>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "core/settings.h"
#include "schedule/rate_window.h"

namespace sonoran::runtime {

class Ledger {
 public:
  /// Keys remembered at most; the one that was kept longest ago makes room.
  static constexpr std::size_t kKeys = 16;

  /// The one of this process. Any thread.
  static Ledger& process();

  void keep(const Settings& settings, std::vector<schedule::RateWindow> windows);
  /// Empty when this key was not used yet.
  std::vector<schedule::RateWindow> recall(const Settings& settings);

 private:
  /// Tells keys apart without holding them.
  static std::size_t fingerprint(const Settings& settings);

  std::mutex mutex_;
  std::vector<std::pair<std::size_t, std::vector<schedule::RateWindow>>> books_;  // oldest first
};

}  // namespace sonoran::runtime
