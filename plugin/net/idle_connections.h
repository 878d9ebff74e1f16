// The idle connections, separately for each lane.
//
// All are read from while they are idle, so that a connection is dropped at once when the CAD closes it or sends
// something on it. None is kept longer than its KeepAlive allows.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "api/operation.h"
#include "net/connection.h"

namespace sonoran::net {

/// Used on the loop thread only.
class IdleConnections {
 public:
  explicit IdleConnections(boost::asio::any_io_executor executor) : timer_(std::in_place, std::move(executor)) {}

  /// Takes a usable connection; drops any other. At limits::kIdleConnections of the lane, drops the one that has been
  /// idle longest.
  void store(api::Lane lane, std::shared_ptr<Connection> connection);

  /// Among the connections on which KeepAlive::takes() the request, the one that was used last; or null.
  std::shared_ptr<Connection> take(api::Lane lane, bool repeatable);

  /// Whether there is one that has been idle for less than `age`.
  [[nodiscard]] bool has_younger(api::Lane lane, Duration age) const;
  /// Drops connections that have been idle for longer.
  void drop_older(api::Lane lane, Duration age);

  /// Drops all connections. None may be kept afterwards.
  void close();

 private:
  using Lane = std::vector<std::shared_ptr<Connection>>;  // in order of idle time, longest first

  Lane& lane(api::Lane which) { return lanes_[static_cast<std::size_t>(which)]; }
  void drop_ended();
  void set_timer(Time at);

  std::array<Lane, api::kLanes> lanes_;
  std::optional<boost::asio::steady_timer> timer_;  // removed by close(), because it must not outlive its loop
  Time timer_at_ = kNever;
};

}  // namespace sonoran::net
