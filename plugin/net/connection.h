// One keep-alive connection to the CAD, over TLS or (loopback only) plain TCP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <string>
#include <variant>

#include "api/multipart.h"
#include "api/response.h"
#include "core/settings.h"

namespace sonoran::net {

/// An HTTP request as it goes over the wire.
struct HttpRequest {
  std::string method;
  std::string target;
  std::string body;  // JSON; "" is none
  bool authenticated = true;
  std::shared_ptr<const api::Multipart> multipart;  // instead of `body`; null is none
};

/// Time limits of each step (of writing: of each piece that is written) and the bound on an answer. All from Settings.
struct HttpLimits {
  Duration resolve, connect, handshake, write, read;
  std::size_t answer_bytes;
};

/// Used by one coroutine at a time, on the loop thread.
class Connection {
 public:
  using Executor = boost::asio::any_io_executor;
  /// `tls` is null for plain TCP. References must outlive the connection.
  Connection(const Executor& executor, boost::asio::ssl::context* tls, const Endpoint& endpoint,
             const HttpLimits& limits, const std::string& authorization, const std::string& user_agent);

  /// Resolves, connects and shakes hands. The response is empty (status 0, stage kAnswered) when all went well, and
  /// otherwise says which stage failed and why.
  boost::asio::awaitable<api::Response> open();

  /// Sends a request and reads its answer. `reused_and_gone` is set when the peer had closed the idle connection, so
  /// that the request cannot have been looked at.
  boost::asio::awaitable<api::Response> exchange(const HttpRequest& request, bool& reused_and_gone);

  /// Whether another request may follow: open, kept alive by the peer, nothing unexpected to read.
  [[nodiscard]] bool usable();

  /// Breaks off whatever goes on; the coroutine then ends with an error.
  void close();

 private:
  using Plain = boost::beast::tcp_stream;
  using Tls = boost::beast::ssl_stream<boost::beast::tcp_stream>;

  Plain& lowest();
  /// Writes the header, then the form in pieces of limits::kUploadPieceBytes. `shrunk`: the file had fewer bytes than
  /// it was said to have, so that the request cannot be finished.
  boost::asio::awaitable<boost::system::error_code> write_form(boost::beast::http::request_header<>& header,
                                                               const api::Multipart& form, api::UploadReader& reader,
                                                               bool& shrunk);

  const Endpoint& endpoint_;
  const HttpLimits& limits_;
  const std::string& authorization_;
  const std::string& user_agent_;
  std::variant<Plain, Tls> stream_;
  boost::beast::flat_buffer buffer_;
  bool open_ = false;
  bool used_ = false;  // an exchange has been completed on it
};

}  // namespace sonoran::net
