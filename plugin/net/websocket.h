// A WebSocket connection to the CAD's address: the same resolver, address race and TLS as for HTTP. It carries text
// messages, offers no compression, and answers WebSocket's own pings. It does not interpret the messages.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/response.h"
#include "core/time.h"
#include "net/dialer.h"

namespace sonoran::net {

struct WebSocketLimits {
  Duration upgrade;           // from the request to its answer
  std::size_t message_bytes;  // of one message that comes
};

/// On the loop thread. One coroutine may receive while another sends. Must be destroyed before the loop's context, so
/// its owner lives in a coroutine's frame.
class WebSocket {
 public:
  /// References must outlive the socket.
  WebSocket(Dialer& dialer, const WebSocketLimits& limits, const std::string& user_agent);
  ~WebSocket();
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  /// Dials and asks for a WebSocket at `target` (behind the endpoint's base path). Called once. Stage kAnswered with
  /// status 101: open; with another status: the server there refuses it; else which step failed, and why.
  boost::asio::awaitable<api::Response> open(std::string target);

  /// The next message, valid until the next call. Nothing: it is over, and end() says why.
  boost::asio::awaitable<std::optional<std::string_view>> receive();

  /// Sends a message, whole. One at a time. False: it is over.
  boost::asio::awaitable<bool> send(std::string message);

  /// Why it is over: one sentence for people, or "" while it is not.
  [[nodiscard]] const std::string& end() const { return end_; }
  /// A message was longer than the bound.
  [[nodiscard]] bool overlong() const { return overlong_; }

  /// Aborts all operations; the coroutines then end.
  void close();

 private:
  struct Open;

  Dialer& dialer_;
  const WebSocketLimits limits_;
  const std::string& user_agent_;
  Dial dial_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Open> open_;
  std::string end_;
  bool overlong_ = false;
  bool closed_ = false;
};

}  // namespace sonoran::net
