// Counts the connections in use, and decides whether one more request may have one. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "api/operation.h"
#include "core/limits.h"

namespace sonoran::schedule {

/// Whose request it is. The module's own requests go first; calls leave them one connection of each lane. A knock takes
/// nobody's connection: many may hang while the CAD is silent.
enum class Traffic : std::uint8_t { kOwn, kCall, kKnock };

/// Counts requests in flight and their second copies.
class Lanes {
 public:
  /// Whether one more request may have a connection. Urgent requests always may: there are as many connections as their
  /// budgets allow requests. Positions have a connection of their own and never send two requests at a time.
  [[nodiscard]] bool free(const api::Operation& operation, Traffic traffic) const {
    const bool call = traffic == Traffic::kCall;
    if (traffic == Traffic::kKnock) return true;
    switch (operation.lane) {
      case api::Lane::kUrgent:
        return true;
      case api::Lane::kNormal:
        return normal_ < limits::kNormalConnections && (!call || normal_calls_ < limits::kNormalConnections - 1);
      default:
        return !call || bulk_calls_ < limits::kBulkConnections - 1;
    }
  }

  void enter(const api::Operation& operation, Traffic traffic) { count(operation, traffic, 1); }
  void leave(const api::Operation& operation, Traffic traffic) { count(operation, traffic, -1); }

 private:
  void count(const api::Operation& operation, Traffic traffic, int change) {
    const auto add = [change](std::size_t& count) { count = change > 0 ? count + 1 : count - 1; };
    const bool call = traffic == Traffic::kCall;
    if (traffic == Traffic::kKnock) return;
    if (operation.lane == api::Lane::kNormal) add(normal_);
    if (operation.lane == api::Lane::kNormal && call) add(normal_calls_);
    if (operation.lane == api::Lane::kBulk && call) add(bulk_calls_);
  }

  std::size_t normal_ = 0;        // requests in flight of the normal lane
  std::size_t normal_calls_ = 0;  // of these, calls
  std::size_t bulk_calls_ = 0;
};

}  // namespace sonoran::schedule
