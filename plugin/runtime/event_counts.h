// Counts the CAD's events by type.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/limits.h"
#include "core/time.h"

namespace sonoran::runtime {

class EventCounts {
 public:
  using ByType = std::map<std::string, std::uint64_t, std::less<>>;

  void count(Time now, const std::string& type) {
    const bool named = by_type_.contains(type) || by_type_.size() < limits::kHubEventTypes;
    ++(named ? by_type_[type] : other_);
    last_ = now;
  }

  [[nodiscard]] const ByType& by_type() const { return by_type_; }
  /// Events of further types, beyond limits::kHubEventTypes.
  [[nodiscard]] std::uint64_t other() const { return other_; }
  [[nodiscard]] std::optional<Time> last() const { return last_; }

 private:
  ByType by_type_;
  std::uint64_t other_ = 0;
  std::optional<Time> last_;
};

}  // namespace sonoran::runtime
