// A synchronous HTTP client for the simulator's own tests.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <string>

namespace sonoran::simulator {

struct Got {
  unsigned status = 0;  // 0: no header came
  std::string body;
  std::string content_type, retry_after, server, keep_alive;
  boost::system::error_code error;
};

class TestClient {
 public:
  /// Connects without TLS. `error()` tells whether that worked.
  explicit TestClient(std::uint16_t port, const std::string& address = "127.0.0.1");
  /// TLS, trusting `ca_file` for the name `host`, and speaking `tls`, however old (0: what it likes). It goes on with
  /// `session`, if there is one.
  TestClient(std::uint16_t port, const std::string& ca_file, const std::string& host, int tls = 0,
             SSL_SESSION* session = nullptr);

  /// Whether a connection is neither taken nor refused for a while.
  static bool is_left_waiting(std::uint16_t port, const std::string& address = "127.0.0.1");

  [[nodiscard]] const boost::system::error_code& error() const { return error_; }
  Got request(const std::string& method, const std::string& target, const std::string& body = "",
              const std::string& key = "sim-key");
  /// The next answer, without a request.
  Got answer();
  /// Sends a request, and returns whether not a byte of it was acknowledged for a while.
  bool is_swallowed(const std::string& target);
  /// The TLS session, to resume; the caller frees it.
  SSL_SESSION* session() { return SSL_get1_session(stream_.native_handle()); }
  /// Sends a request and closes without waiting for its answer.
  void request_and_leave(const std::string& target);

 private:
  using Message = boost::beast::http::request<boost::beast::http::string_body>;
  static Message message(const std::string& method, const std::string& target, const std::string& body,
                         const std::string& key);
  void connect(std::uint16_t port, const std::string& address);
  template <typename Stream>
  Got exchange(Stream& stream, const Message& message);
  template <typename Stream>
  Got read(Stream& stream);

  boost::asio::io_context loop_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  boost::asio::ssl::stream<boost::beast::tcp_stream> stream_{loop_, context_};
  bool tls_ = false;
  boost::beast::flat_buffer buffer_;
  boost::system::error_code error_;
};

}  // namespace sonoran::simulator
