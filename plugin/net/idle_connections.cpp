#include "net/idle_connections.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"

namespace sonoran::net {

void IdleConnections::store(api::Lane which, std::shared_ptr<Connection> connection) {
  if (!timer_ || !connection->usable()) return;
  const KeepAlive& keep_alive = connection->keep_alive();
  if (keep_alive.is_stale(Clock::now())) return;
  const Time ends = keep_alive.ends();
  Lane& kept = lane(which);
  if (kept.size() >= limits::kIdleConnections) kept.erase(kept.begin());
  connection->watch([this, which](Connection* dead) {
    std::erase_if(lane(which), [dead](const auto& entry) { return entry.get() == dead; });
  });
  kept.push_back(std::move(connection));
  set_timer(ends);
}

std::shared_ptr<Connection> IdleConnections::take(api::Lane which, bool repeatable) {
  Lane& kept = lane(which);
  const Time now = Clock::now();
  for (std::size_t i = kept.size(); i-- > 0;) {
    // A stale one leaves its lane here and is closed.
    if (!kept[i]->keep_alive().takes(repeatable, now) && !kept[i]->keep_alive().is_stale(now)) continue;
    std::shared_ptr<Connection> connection = std::move(kept[i]);
    kept.erase(kept.begin() + static_cast<Lane::difference_type>(i));
    connection->unwatch();
    // The handlers of its bytes or of the timer may not have run yet.
    if (connection->keep_alive().takes(repeatable, now) && connection->usable()) return connection;
  }
  return nullptr;
}

bool IdleConnections::has_younger(api::Lane which, Duration age) const {
  const Lane& kept = lanes_[static_cast<std::size_t>(which)];
  const Time now = Clock::now();
  return std::ranges::any_of(kept, [&](const auto& entry) { return entry->keep_alive().is_younger(now, age); });
}

void IdleConnections::drop_older(api::Lane which, Duration age) {
  const Time now = Clock::now();
  std::erase_if(lane(which), [&](const auto& entry) { return !entry->keep_alive().is_younger(now, age); });
}

void IdleConnections::drop_ended() {
  const Time now = Clock::now();
  Time next = kNever;
  for (Lane& kept : lanes_) {
    std::erase_if(kept, [&](const auto& entry) { return entry->keep_alive().is_stale(now); });
    for (const auto& entry : kept) next = std::min(next, entry->keep_alive().ends());
  }
  timer_at_ = kNever;
  set_timer(next);
}

void IdleConnections::set_timer(Time at) {
  // A timer that fires early finds nothing and is set again.
  if (!timer_ || at >= timer_at_) return;
  timer_at_ = at;
  timer_->expires_at(at);
  timer_->async_wait([this](const boost::system::error_code& error) {
    if (!error && timer_) drop_ended();
  });
}

void IdleConnections::close() {
  for (Lane& kept : lanes_) kept.clear();
  timer_.reset();
}

}  // namespace sonoran::net
