// The client of the CAD's event hub: keeps a connection open, reconnects for ever, and delivers the events.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/hub_record.h"
#include "api/push_event.h"
#include "core/error.h"
#include "core/settings.h"
#include "net/http_client.h"
#include "schedule/hub_link.h"

namespace sonoran::runtime {

/// Used on the loop thread, which also makes its callbacks. Must outlive the loop's context; objects of that context
/// live in the coroutines' frames.
class HubClient {
 public:
  struct Told {
    std::function<void(api::PushEvent)> event;  // in the order of arrival; none contains the API key
    std::function<void()> pause;                // after some events: their effects can be handled now
    std::function<void(bool up)> change;        // the connection came up, or ended
    /// The answer to locate(), for each number at most once. After the end of a connection its calls get none.
    std::function<void(std::uint64_t number, const api::HubAnswer&)> located;
    std::function<void(LogLine)> log;
  };

  /// Received items that could not be used.
  struct Counts {
    std::uint64_t unreadable = 0;  // malformed records and events
    std::uint64_t unknown = 0;     // unknown types and methods
  };

  /// `tls` is null for plain TCP. References must outlive the client.
  HubClient(boost::asio::any_io_executor executor, const Settings& settings, net::HttpClient& http,
            boost::asio::ssl::context* tls, std::string user_agent, schedule::Random random, Told told);

  void start();
  /// Ends the connection and does not reconnect.
  void close();

  /// Calls unitLocation with these arguments, a JSON array. Each call needs another `number`. Does nothing while the
  /// connection is not up.
  void locate(std::uint64_t number, std::string_view arguments);

  [[nodiscard]] const schedule::HubLink& link() const { return link_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  /// The objects of the loop's context. They live in the frame of run().
  struct Loop;
  /// Counts a coroutine of help() as long as it runs.
  class Helping;

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> connect(Loop& loop);
  /// The connection's token; nothing after a failure, which was reported to the log and the link.
  boost::asio::awaitable<std::optional<std::string>> negotiate();
  boost::asio::awaitable<void> receive(Loop& loop);
  /// Sends pings, and ends a silent connection.
  boost::asio::awaitable<void> watch(Loop& loop);
  /// Sends the records of send() in order. It is a coroutine of its own, so that a hub that does not read does not
  /// prevent the others from ending the connection.
  boost::asio::awaitable<void> write(Loop& loop);
  /// Starts watch() or write(). They run beside receive(), and run() waits for both to end before it drops the socket.
  void help(boost::asio::awaitable<void> work);

  void send(std::string record);
  /// These handle a record. False when the connection is over.
  bool take(std::string_view text);
  bool take_close(const api::HubRecord& record);
  bool take_completion(const api::HubRecord& record);
  bool take_located(const api::HubRecord& record);
  void take_invocation(const api::HubRecord& record);
  void end(schedule::HubEnd reason, std::string message);
  /// Wakes the coroutines that wait for something to do.
  void look_again();

  boost::asio::any_io_executor executor_;
  const Settings& settings_;
  net::HttpClient& http_;
  net::Dialer dialer_;
  const std::string user_agent_;
  const Told told_;
  schedule::HubLink link_;
  Counts counts_;
  Loop* loop_ = nullptr;                        // while run() lives
  std::optional<schedule::HubEnd> complained_;  // the last reported end since it was up
  bool over_ = false;                           // the present connection is over, and the link knows
  bool closed_ = false;
};

}  // namespace sonoran::runtime
