// A port of the loopback interface that can be closed and opened again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <vector>

namespace sonoran::simulator {

/// Used by the loop thread only, except for open() before the loop runs.
class Listener {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Accepted = std::function<void(Socket)>;

  /// `port` 0 takes a free one.
  Listener(boost::asio::io_context& loop, std::uint16_t port, Accepted accepted);

  /// Throws std::runtime_error if the port is taken. No effect if it is open.
  void open();
  /// Whoever connects now is refused.
  void close();
  /// The same after a close and an open.
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor;
  // Shared with its coroutine, which outlives a close() by a turn of the loop.
  using SharedAcceptor = std::shared_ptr<Acceptor>;

  SharedAcceptor bound(const boost::asio::ip::address& address);
  void start(SharedAcceptor acceptor);
  static boost::asio::awaitable<void> accept(SharedAcceptor acceptor, Accepted accepted);

  boost::asio::io_context& loop_;
  std::uint16_t port_;
  Accepted accepted_;
  std::vector<SharedAcceptor> acceptors_;
};

}  // namespace sonoran::simulator
