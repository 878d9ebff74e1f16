// The CAD's hub as the module uses it: a connection that is made again for ever, and the events that come over it.
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

/// On the loop thread, by which it is used and by which it tells. Must outlive the loop's context: what belongs to that
/// lives in the coroutines' frames.
class HubClient {
 public:
  struct Told {
    std::function<void(api::PushEvent)> event;  // in the order in which they came; the API key is in none
    std::function<void()> pause;                // after some events: what they led to may be seen to
    std::function<void(bool up)> change;        // it came up, or is no longer
    std::function<void(LogLine)> log;
  };

  /// What came and was of no use.
  struct Counts {
    std::uint64_t unreadable = 0;  // records and events that are none
    std::uint64_t unknown = 0;     // types and methods of the future
  };

  /// `tls` is null for plain TCP. References must outlive the client.
  HubClient(boost::asio::any_io_executor executor, const Settings& settings, net::HttpClient& http,
            boost::asio::ssl::context* tls, std::string user_agent, schedule::Random random, Told told);

  void start();
  /// Ends the connection, and makes no other.
  void close();

  [[nodiscard]] const schedule::HubLink& link() const { return link_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  /// What belongs to the loop's context, on the frame of run().
  struct Loop;
  class Helping;

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> connect(Loop& loop);
  /// The connection's token; nothing: told why, and the link, too.
  boost::asio::awaitable<std::optional<std::string>> negotiate();
  boost::asio::awaitable<void> receive(Loop& loop);
  /// Pings, and gives up what is silent.
  boost::asio::awaitable<void> watch(Loop& loop);
  /// Sends what send() was given, one after another. Apart from the others: a hub that does not read keeps nobody from
  /// giving it up.
  boost::asio::awaitable<void> write(Loop& loop);
  /// Starts one of these two beside connect(), which waits for their ends.
  void help(boost::asio::awaitable<void> work);

  void send(std::string record);
  /// False when the connection is over.
  bool take(std::string_view text);
  bool take_close(const api::HubRecord& record);
  bool take_completion(const api::HubRecord& record);
  void take_invocation(const api::HubRecord& record);
  void end(schedule::HubEnd why, std::string sentence);
  /// Whatever waits for something to change looks again.
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
  std::optional<schedule::HubEnd> complained_;  // of this, since it was up last
  bool over_ = false;                           // the present connection is, and the link knows
  bool closed_ = false;
};

}  // namespace sonoran::runtime
