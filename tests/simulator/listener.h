// A port of the loopback interface that can be closed and opened again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sonoran::simulator {

/// Used by the loop thread only, except for open() before the loop runs.
class Listener {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Accepted = std::function<void(Socket)>;

  /// `port` 0 takes a free one. It is at 127.0.0.1, at ::1 if it can, and at the further `addresses`. `narrow`:
  /// connections have small buffers, at both their ends. Throws std::invalid_argument if an address is none of the
  /// loopback interface.
  Listener(boost::asio::io_context& loop, std::uint16_t port, const std::vector<std::string>& addresses, bool narrow,
           Accepted accepted);

  /// Throws std::runtime_error if the port is taken. No effect if it is open.
  void open();
  /// Refuses new connections.
  void close();
  /// Leaves new connections waiting: the system's queue is full, and nothing is taken out of it. open() and close() end
  /// this.
  void hang();
  /// A new connection to these addresses is not even refused; to all others it works (again).
  void drop_syn(const std::vector<std::string>& addresses);
  /// Whether this is one of its addresses.
  [[nodiscard]] bool has(const std::string& address) const;
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
  std::vector<boost::asio::ip::address> further_;
  const bool narrow_;
  Accepted accepted_;
  std::vector<SharedAcceptor> acceptors_;
  std::vector<Socket> queued_;  // what fills the queue while it hangs
};

}  // namespace sonoran::simulator
