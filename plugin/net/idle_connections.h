// The connections that no request uses, each lane's apart.
//
// All are read from while they are here, so that one that the CAD closes, or sends something on, leaves at once; and
// none stays longer than its KeepAlive says.
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

/// Lives on the loop thread.
class IdleConnections {
 public:
  explicit IdleConnections(boost::asio::any_io_executor executor) : timer_(std::in_place, std::move(executor)) {}

  /// Takes a connection that is usable; any other is dropped. At limits::kIdleConnections of the lane the one that is
  /// idle for longest makes room.
  void store(api::Lane lane, std::shared_ptr<Connection> connection);

  /// The connection that was heard of last among those that KeepAlive::takes() the request, or null.
  std::shared_ptr<Connection> take(api::Lane lane, bool repeatable);

  /// Whether one is there that has been idle for less than `age`.
  [[nodiscard]] bool has_younger(api::Lane lane, Duration age) const;
  /// Drops those that have been idle for longer.
  void drop_older(api::Lane lane, Duration age);

  /// Drops all. Nothing may be kept afterwards.
  void close();

 private:
  using Lane = std::vector<std::shared_ptr<Connection>>;  // the longest idle first

  Lane& lane(api::Lane which) { return lanes_[static_cast<std::size_t>(which)]; }
  void drop_ended();
  void set_timer(Time at);

  std::array<Lane, api::kLanes> lanes_;
  std::optional<boost::asio::steady_timer> timer_;  // gone after close(), for it must not outlive its loop
  Time timer_at_ = kNever;
};

}  // namespace sonoran::net
