// From the CAD's endpoint to a stream that is ready for requests.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <variant>

#include "api/response.h"
#include "core/settings.h"
#include "core/time.h"

namespace sonoran::net {

using PlainStream = boost::beast::tcp_stream;
using TlsStream = boost::asio::ssl::stream<boost::beast::tcp_stream>;
using Stream = std::variant<PlainStream, TlsStream>;

/// The TCP stream below, which has the time limits.
PlainStream& tcp_of(Stream& stream);

/// Time limits of each step. All from Settings.
struct DialLimits {
  Duration resolve, connect, handshake;
};

/// A stream that is ready (connected, and over TLS with hands shaken), or which step failed, and why.
using Dialed = std::variant<std::unique_ptr<Stream>, api::Response>;

/// What all connections to one endpoint share. On the loop thread; must outlive every Dial that was made from it.
class Dialer {
 public:
  /// `tls` is null for plain TCP, and must outlive the dialer.
  Dialer(boost::asio::any_io_executor executor, Endpoint endpoint, const DialLimits& limits,
         boost::asio::ssl::context* tls);
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  friend class Dial;

  boost::asio::any_io_executor executor_;
  const Endpoint endpoint_;
  const DialLimits limits_;
  boost::asio::ssl::context* const tls_;
};

/// One connection in the making. Used by one coroutine, on the loop thread.
class Dial {
 public:
  explicit Dial(Dialer& dialer) : dialer_(dialer) {}
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

  /// Resolves, connects and shakes hands. Called once.
  boost::asio::awaitable<Dialed> run();

  /// Breaks run() off, from another coroutine; it then ends with a failed step. No effect before it or after it.
  void close();

 private:
  Dialer& dialer_;
  std::unique_ptr<Stream> stream_;  // while run() goes on
};

}  // namespace sonoran::net
