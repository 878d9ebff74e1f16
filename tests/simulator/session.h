// One connection of a client.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/any_stream.h"
#include "simulator/cad.h"
#include "simulator/hub_connection.h"

namespace sonoran::simulator {

/// After how long a connection without traffic is closed or forgotten; 0: never.
struct Idleness {
  std::uint32_t silent_after_ms = 0, close_ms = 0;
};

/// The owner of a session: what the session asks it and tells it.
struct SessionOwner {
  std::function<Fault(const Request& head)> take_fault;
  std::function<Reply(Request)> handle;
  /// As handle(), but after this time, even if the connection is gone.
  std::function<void(Request, std::uint32_t late_ms)> handle_late;
  std::function<Time()> still_until;  // no request is answered before
  std::function<Idleness()> idleness;
  std::function<void(bool resumed)> handshaken;  // over TLS only
  Hub* hub = nullptr;                            // takes over after an answer with status 101
};

/// Used by the loop thread only. Lives in a shared_ptr.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// `tls` is null for plain TCP, and must otherwise outlive the session. `address` is the simulator's; `fault` strikes
  /// the connection itself.
  Session(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls, std::uint64_t id, SessionOwner owner,
          std::string address, std::optional<Fault> fault);

  /// Answers requests until either side closes.
  boost::asio::awaitable<void> run();

  /// Breaks off the present exchange; run() then ends.
  void close();
  /// Closes after the answer that is being made.
  void close_after_answer() { last_ = true; }
  /// Whether it waits for the first byte of the next request.
  [[nodiscard]] bool idle() const { return idle_since_.has_value(); }
  /// Reads the limits of idleness anew.
  void watch_idleness();
  /// From now on nothing arrives and nothing is sent: the road has forgotten the connection.
  void silence();
  [[nodiscard]] bool silent() const { return silent_; }

 private:
  using ErrorCode = boost::system::error_code;
  /// The connection after an exchange.
  enum class After { kNext, kFinish, kGone };

  net::PlainStream& tcp() { return net::tcp_of(stream_); }
  boost::asio::ip::tcp::socket& socket() { return tcp().socket(); }

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<After> exchange();
  boost::asio::awaitable<After> speak_hub(const HubConnection::Upgrade& upgrade);
  boost::asio::awaitable<After> send(Reply reply, bool keep_alive, bool with_body);
  /// Reads the first bytes of a request.
  boost::asio::awaitable<ErrorCode> read_first();
  /// Writes into the request over which connection it came.
  void identify(Request& request) const;
  /// The bytes of an answer, as far as the fault lets them go.
  static std::string bytes_of(Reply& reply, bool keep_alive, bool with_body);
  /// False if the connection was closed on this side meanwhile.
  boost::asio::awaitable<bool> wait(std::uint32_t milliseconds);
  boost::asio::awaitable<bool> wait_until(Time when);
  /// Waits until the CAD gets to a request; false as above. The peer may have gone.
  boost::asio::awaitable<bool> wait_for_cad(std::uint32_t late_ms);
  boost::asio::awaitable<bool> write(const std::string& bytes, std::uint32_t drip_ms);
  /// Sends what has no end.
  boost::asio::awaitable<void> pour(Endless part);
  /// Resets, stalls or half-closes, as the fault says.
  boost::asio::awaitable<void> break_off(const Fault& fault);
  boost::asio::awaitable<void> finish_plainly();
  boost::asio::awaitable<void> discard();
  /// The peer sees a reset instead of an end.
  void reset();

  const std::uint64_t id_;
  const SessionOwner owner_;
  const std::string address_;
  const std::optional<Fault> fault_;
  net::Stream stream_;
  net::AnyStream any_{stream_};
  boost::asio::steady_timer delay_, idle_timer_;
  std::string tls_version_, server_name_;
  bool tls_resumed_ = false;
  bool tls_early_ = false;
  boost::beast::flat_buffer buffer_;
  std::uint64_t requests_ = 0;
  bool last_ = false;
  bool silent_ = false;
  std::optional<Time> idle_since_;
};

}  // namespace sonoran::simulator
