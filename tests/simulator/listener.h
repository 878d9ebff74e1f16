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

  /// `port` 0 takes a free one. `narrow`: connections have small buffers, at both their ends.
  Listener(boost::asio::io_context& loop, std::uint16_t port, bool narrow, Accepted accepted);

  /// Throws std::runtime_error if the port is taken. No effect if it is open.
  void open();
  /// Whoever connects now is refused.
  void close();
  /// Whoever connects now waits: the system's queue of connections is full, and nobody takes any out. open() and
  /// close() end it.
  void hang();
  /// The same after a close and an open.
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor;
  // Shared with its coroutine, which outlives a close() by a turn of the loop.
  using SharedAcceptor = std::shared_ptr<Acceptor>;

  /// An acceptor on the port; may be given whether the system queues more than one connection.
  /// At a random port below those of clients; null when it is taken.
  SharedAcceptor bound_low();
  SharedAcceptor bound(const boost::asio::ip::address& address, bool queues = true);
  void start(SharedAcceptor acceptor);
  static boost::asio::awaitable<void> accept(SharedAcceptor acceptor, Accepted accepted);

  boost::asio::io_context& loop_;
  std::uint16_t port_;
  const bool narrow_;
  Accepted accepted_;
  std::vector<SharedAcceptor> acceptors_;
  std::vector<Socket> queued_;  // what fills the queue while it hangs
};

}  // namespace sonoran::simulator
