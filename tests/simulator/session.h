// One connection of a client.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <variant>

#include "simulator/cad.h"

namespace sonoran::simulator {

/// Used by the loop thread only.
class Session {
 public:
  using Handle = std::function<Reply(Request)>;

  /// `tls` is null for plain TCP, and must otherwise outlive the session.
  Session(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls, std::uint64_t id, Handle handle);

  /// Answers requests until either side closes.
  boost::asio::awaitable<void> run();

  /// Breaks off whatever goes on; run() then ends.
  void close();
  /// Closes after the answer that is being made.
  void close_after_answer() { last_ = true; }

 private:
  using Plain = boost::beast::tcp_stream;
  using Tls = boost::beast::ssl_stream<boost::beast::tcp_stream>;
  using ErrorCode = boost::system::error_code;
  /// What became of the connection after an exchange.
  enum class After { kNext, kFinish, kGone };

  Plain& lowest();
  boost::asio::ip::tcp::socket& socket() { return lowest().socket(); }

  template <typename Stream>
  boost::asio::awaitable<void> serve(Stream& stream);
  template <typename Stream>
  boost::asio::awaitable<After> exchange(Stream& stream);
  template <typename Stream>
  boost::asio::awaitable<After> send(Stream& stream, Reply reply, bool keep_alive, bool with_body);
  boost::asio::awaitable<void> finish_plainly();
  boost::asio::awaitable<void> discard();
  /// The peer sees a reset instead of an end.
  void reset();

  const std::uint64_t id_;
  const Handle handle_;
  std::variant<Plain, Tls> stream_;
  boost::asio::steady_timer delay_;
  boost::beast::flat_buffer buffer_;
  bool last_ = false;
};

}  // namespace sonoran::simulator
