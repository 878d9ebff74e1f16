// Sends requests to the CAD over a few keep-alive connections, separate for each lane, so that urgent requests never
// wait behind large ones.
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
  bool repeatable = false;  // may be sent again when it may have arrived
  bool hedged = false;      // with `repeatable`: a second copy is sent when a kept connection stays silent
  /// Called before another copy is sent. False: it must not be sent.
  std::function<bool(schedule::Copy)> permit;
};

/// The result of a request.
struct Exchanged {
  api::Response response;
  schedule::HedgeEnd hedge = schedule::HedgeEnd::kNone;
};

/// Used on the loop thread only. The scheduler bounds how many exchanges a lane has at a time.
class HttpClient {
 public:
  /// `tls` is null for plain TCP and must outlive the client.
  HttpClient(boost::asio::any_io_executor executor, const Settings& settings, boost::asio::ssl::context* tls,
             std::string user_agent);

  /// Makes one exchange. A request that is not `repeatable` uses a kept connection only if that is known to be alive
  /// (KeepAlive::takes). If a kept connection turns out to have been closed by the CAD, a repeatable request is sent
  /// again on a new one, once.
  boost::asio::awaitable<Exchanged> exchange(HttpRequest request, Sending sending);

  /// Opens a connection for `lane` in advance, and drops those that have been idle for longer than `age`. Does nothing
  /// if there is a newer one. The first urgent request then needs no handshake.
  boost::asio::awaitable<void> warm(api::Lane lane, Duration age);

  /// Aborts everything; exchanges end with an error.
  void close();

 private:
  struct Race;
  class Running;

  std::shared_ptr<Connection> make();
  /// Sends the request of the race on its first connection, and a second copy beside it when that is due. `gone`: see
  /// Connection::exchange().
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
