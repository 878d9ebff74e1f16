// A connection, over TLS or not, as one type: WebSocket is then compiled once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <boost/system/error_code.hpp>
#include <utility>
#include <variant>

namespace sonoran::simulator {

/// Belongs to who made it, and must not outlive it.
class AnyStream {
 public:
  using Tcp = boost::beast::tcp_stream;
  using Either = std::variant<Tcp, boost::asio::ssl::stream<Tcp>>;
  using executor_type = boost::asio::any_io_executor;

  explicit AnyStream(Either& stream) : stream_(&stream) {}

  executor_type get_executor() { return tcp().get_executor(); }
  Tcp& tcp() {
    if (auto* tls = std::get_if<boost::asio::ssl::stream<Tcp>>(stream_)) return tls->next_layer();
    return std::get<Tcp>(*stream_);
  }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [stream = stream_](auto handler, const Buffers& into) {
          std::visit([&](auto& each) { each.async_read_some(into, std::move(handler)); }, *stream);
        },
        token, buffers);
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [stream = stream_](auto handler, const Buffers& from) {
          std::visit([&](auto& each) { each.async_write_some(from, std::move(handler)); }, *stream);
        },
        token, buffers);
  }

 private:
  Either* stream_;
};

// Beast finds these by their names: how a connection ends is said by who made it.
template <typename Handler>
void async_teardown(boost::beast::role_type, AnyStream& stream, Handler&& handler) {
  boost::asio::post(stream.get_executor(),
                    [done = std::forward<Handler>(handler)]() mutable { done(boost::system::error_code{}); });
}
inline void beast_close_socket(AnyStream& stream) {
  boost::system::error_code ignored;
  stream.tcp().socket().close(ignored);
}

}  // namespace sonoran::simulator
