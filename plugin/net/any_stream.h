// A dialed stream, over TLS or not, as one type of Asio's: what is built on it is compiled once.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>
#include <utility>
#include <variant>

#include "net/dialer.h"

namespace sonoran::net {

/// Does not own the stream, which must outlive it and every operation that was begun with it.
class AnyStream {
 public:
  using executor_type = boost::asio::any_io_executor;

  explicit AnyStream(Stream& stream) : stream_(&stream) {}

  executor_type get_executor() { return tcp_of(*stream_).get_executor(); }

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

  void close() {
    boost::system::error_code ignored;
    tcp_of(*stream_).socket().close(ignored);
  }

 private:
  Stream* stream_;
};

// Beast finds these by their names. TLS's own farewell is not said: WebSocket's has been, and nothing follows it.
template <typename Handler>
void async_teardown(boost::beast::role_type /*role*/, AnyStream& stream, Handler&& handler) {
  stream.close();
  boost::asio::post(stream.get_executor(),
                    [done = std::forward<Handler>(handler)]() mutable { done(boost::system::error_code{}); });
}
inline void beast_close_socket(AnyStream& stream) {
  stream.close();
}

}  // namespace sonoran::net
