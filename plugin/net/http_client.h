// Requests to the CAD over a few keep-alive connections, each lane with its own, so that what is urgent never stands
// behind what is large.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/operation.h"
#include "net/connection.h"

namespace sonoran::net {

/// Lives on the loop thread. The scheduler bounds how many exchanges a lane has at a time.
class HttpClient {
 public:
  /// `tls` is null for plain TCP and must outlive the client.
  HttpClient(boost::asio::any_io_executor executor, const Settings& settings, boost::asio::ssl::context* tls,
             std::string user_agent);

  /// One exchange. A kept connection that turns out to have been closed by the CAD is replaced by a new one once, if
  /// `repeatable`.
  boost::asio::awaitable<api::Response> exchange(api::Lane lane, HttpRequest request, bool repeatable);

  /// Opens a connection for `lane` in advance, unless one is there: the first urgent request then needs no handshake.
  boost::asio::awaitable<void> warm(api::Lane lane);

  /// Breaks off everything; exchanges end with an error.
  void close();

 private:
  using Idle = std::vector<std::unique_ptr<Connection>>;

  std::unique_ptr<Connection> take_idle(api::Lane lane);
  std::unique_ptr<Connection> make();
  Idle& idle(api::Lane lane) { return idle_[static_cast<std::size_t>(lane)]; }
  void keep(api::Lane lane, std::unique_ptr<Connection> connection);

  Dialer dialer_;
  HttpLimits limits_;
  std::string authorization_;
  std::string user_agent_;
  std::array<Idle, api::kLanes> idle_;
  std::array<bool, api::kLanes> warming_{};
  std::set<Connection*> busy_;
  bool closed_ = false;
};

}  // namespace sonoran::net
