// One connection of the hub: WebSocket between the client and the hub.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "net/any_stream.h"
#include "simulator/hub.h"

namespace sonoran::simulator {

/// Used by the loop thread only. Lives in a shared_ptr.
class HubConnection : public std::enable_shared_from_this<HubConnection> {
 public:
  using Upgrade = boost::beast::http::request<boost::beast::http::string_body>;

  /// `heard` is called for each message; while `silenced()` nothing is sent. The references must outlive run().
  HubConnection(net::Stream& stream, Hub& hub, std::uint64_t id, std::function<void()> heard,
                std::function<bool()> silenced);

  /// Answers the upgrade, and ends with the connection. True: both sides have closed it properly.
  boost::asio::awaitable<bool> run(const Upgrade& upgrade);

 private:
  class Socket;

  boost::asio::awaitable<void> write(Socket& socket);
  /// Sends what is due; false if the connection is gone.
  boost::asio::awaitable<bool> send(Socket& socket, HubSending sending);
  boost::asio::awaitable<bool> send_message(Socket& socket, std::string_view message);
  void queue(HubSending sending);

  net::Stream& stream_;
  Hub& hub_;
  const std::uint64_t id_;
  const std::function<void()> heard_;
  const std::function<bool()> silenced_;
  boost::asio::steady_timer change_;  // cancelled when there is something to do
  std::multimap<Time, HubSending> queue_;
  Time received_, sent_;
  bool over_ = false, writing_ = false, timed_out_ = false;
};

}  // namespace sonoran::simulator
