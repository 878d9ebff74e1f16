// Requests to the CAD over a few keep-alive connections, each lane with its own, so that what is urgent never stands
// behind what is large.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "api/operation.h"
#include "net/connection.h"
#include "net/idle_connections.h"
#include "schedule/hedge.h"

namespace sonoran::net {

/// How a request may be sent.
struct Sending {
  api::Lane lane = api::Lane::kNormal;
  bool repeatable = false;  // may be sent again when it is not known whether it arrived
  bool hedged = false;      // with `repeatable`: a second copy leaves when a kept connection stays silent
  /// Asked before another copy leaves. False: none does.
  std::function<bool(schedule::Copy)> permit;
};

/// What came of a request.
struct Exchanged {
  api::Response response;
  schedule::HedgeEnd hedge = schedule::HedgeEnd::kNone;
};

/// Lives on the loop thread. The scheduler bounds how many exchanges a lane has at a time.
class HttpClient {
 public:
  /// `tls` is null for plain TCP and must outlive the client.
  HttpClient(boost::asio::any_io_executor executor, const Settings& settings, boost::asio::ssl::context* tls,
             std::string user_agent);

  /// One exchange. A request that is not `repeatable` leaves on a kept connection only where that is known to be alive
  /// (KeepAlive::takes). Where a kept connection turns out to have been closed by the CAD, a repeatable one is
  /// sent again on a new one, once.
  boost::asio::awaitable<Exchanged> exchange(HttpRequest request, Sending sending);

  /// Opens a connection for `lane` in advance, and drops those that have been idle for longer than `age`; nothing when
  /// one is there that has not. The first urgent request then needs no handshake.
  boost::asio::awaitable<void> warm(api::Lane lane, Duration age);

  /// Breaks off everything; exchanges end with an error.
  void close();

 private:
  struct Race;
  class Running;

  std::shared_ptr<Connection> make();
  /// Sends the request, which the race has, on its first connection, and a second copy beside it when that is due.
  /// `gone` as in Connection::exchange().
  boost::asio::awaitable<Exchanged> race(std::shared_ptr<Race> race, bool& gone);
  boost::asio::awaitable<void> send_second(std::shared_ptr<Race> race);
  /// Stores an idle connection, unless the client is closed.
  void store(api::Lane lane, std::shared_ptr<Connection> connection);

  boost::asio::any_io_executor executor_;
  Dialer dialer_;
  HttpLimits limits_;
  std::string authorization_;
  std::string user_agent_;
  IdleConnections idle_;
  std::array<bool, api::kLanes> warming_{};
  std::set<Connection*> busy_;
  bool closed_ = false;
};

}  // namespace sonoran::net
