// Makes connections to the CAD's endpoint: streams that are ready for requests.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <variant>

#include "api/response.h"
#include "core/settings.h"
#include "core/time.h"
#include "net/address_memory.h"
#include "net/any_stream.h"
#include "net/host.h"
#include "net/tls_sessions.h"

namespace sonoran::net {

/// The time limit of each step; for connect and handshake per address. All from Settings.
struct DialLimits {
  Duration resolve, connect, handshake;
};

/// A stream that is ready for requests (with TLS: after the handshake), or which step failed, and why.
using Dialed = std::variant<std::unique_ptr<Stream>, api::Response>;

/// The shared state of all connections to one endpoint. On the loop thread; must outlive every Dial and every Stream
/// that was made with it.
class Dialer {
 public:
  /// `tls` is null for plain TCP, and must outlive the dialer.
  Dialer(boost::asio::any_io_executor executor, Endpoint endpoint, const DialLimits& limits,
         boost::asio::ssl::context* tls);
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;
  ~Dialer() = default;

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  friend class Dial;

  boost::asio::any_io_executor executor_;
  const Endpoint endpoint_;
  const Host host_;  // of the endpoint
  const DialLimits limits_;
  boost::asio::ssl::context* const tls_;
  AddressMemory addresses_;
  TlsSessions sessions_;
};

/// One attempt to connect. Used by one coroutine, on the loop thread.
class Dial {
 public:
  explicit Dial(Dialer& dialer) : dialer_(dialer) {}
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;
  ~Dial() = default;

  /// Resolves, then races the addresses (AddressRace): the first that completes connection and handshake wins, and the
  /// others are closed. When all fail, the response is about the one that got furthest. Call it once.
  boost::asio::awaitable<Dialed> run();

  /// Aborts run(), from another coroutine; it then ends with a failed step (during a lookup: when the lookup ends). No
  /// effect after run() has ended.
  void close();

 private:
  class Race;
  class CloseAtEnd;

  Dialer& dialer_;
  Race* race_ = nullptr;  // while addresses are tried
  bool closed_ = false;
};

}  // namespace sonoran::net
