// A connected stream, over TLS or not, as one type of Asio's: what is built on it is compiled once, not for each kind.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <variant>

namespace sonoran::net {

using PlainStream = boost::beast::tcp_stream;
using TlsStream = boost::asio::ssl::stream<boost::beast::tcp_stream>;
using Stream = std::variant<PlainStream, TlsStream>;

/// The TCP stream below either kind; it has the time limits.
PlainStream& tcp_of(Stream& stream);

/// Refers to a stream, which must outlive it and every operation that was begun with it. Only for a loop with one
/// thread: an operation ends on the stream's executor, not on the one that its handler names.
class AnyStream {
 public:
  using executor_type = boost::asio::any_io_executor;

  explicit AnyStream(Stream& stream) : stream_(&stream) {}

  executor_type get_executor() { return tcp_of(*stream_).get_executor(); }

  /// Reads into the first of the buffers that has room.
  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [self = *this](auto handler, const Buffers& into) {
          self.read(first_of(into), Done(Once<decltype(handler)>(std::move(handler))));
        },
        token, buffers);
  }

  /// Writes from the first kPieces buffers that have bytes.
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [self = *this](auto handler, const Buffers& from) {
          self.write(pieces_of(from), Done(Once<decltype(handler)>(std::move(handler))));
        },
        token, buffers);
  }

  void close();

 private:
  static constexpr std::size_t kPieces = 8;  // a frame of WebSocket has two, a chunk of HTTP up to five
  using Pieces = std::array<boost::asio::const_buffer, kPieces>;
  using Done = std::function<void(boost::system::error_code, std::size_t)>;

  /// A handler that can only be moved, for std::function. Its memory is given back before it is called, as Asio does.
  template <typename Handler>
  class Once {
   public:
    explicit Once(Handler&& handler) : handler_(std::make_shared<Handler>(std::move(handler))) {}
    void operator()(boost::system::error_code error, std::size_t bytes) {
      Handler handler = std::move(*handler_);
      handler_.reset();
      std::move(handler)(error, bytes);
    }

   private:
    std::shared_ptr<Handler> handler_;
  };

  template <typename Buffers>
  static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
      const boost::asio::mutable_buffer buffer(*at);
      if (buffer.size() != 0) return buffer;
    }
    return {};
  }
  template <typename Buffers>
  static Pieces pieces_of(const Buffers& buffers) {
    Pieces pieces;
    std::size_t count = 0;
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end && count < kPieces; ++at) {
      const boost::asio::const_buffer buffer(*at);
      if (buffer.size() != 0) pieces[count++] = buffer;
    }
    return pieces;
  }

  void read(boost::asio::mutable_buffer into, Done done) const;
  void write(const Pieces& from, Done done) const;

  Stream* stream_;
};

// Beast finds these by their names. Neither says TLS's own farewell; whoever owns the stream closes it.
template <typename Handler>
void async_teardown(boost::beast::role_type /*role*/, AnyStream& stream, Handler&& handler) {
  boost::asio::post(stream.get_executor(),
                    [done = std::forward<Handler>(handler)]() mutable { done(boost::system::error_code{}); });
}
inline void beast_close_socket(AnyStream& stream) {
  stream.close();
}

}  // namespace sonoran::net
