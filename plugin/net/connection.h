// One keep-alive connection to the CAD, over TLS or (loopback only) plain TCP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/multipart.h"
#include "api/response.h"
#include "core/settings.h"
#include "net/dialer.h"
#include "net/keep_alive.h"

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
  Duration write, read;
  std::size_t answer_bytes;
};

/// Used by one coroutine at a time, on the loop thread. Owned by a shared_ptr: what the system still has to tell of it
/// may come after its end.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// References must outlive the connection.
  Connection(Dialer& dialer, const HttpLimits& limits, const std::string& authorization, const std::string& user_agent);

  /// Resolves, connects and shakes hands. The response is empty (status 0, stage kAnswered) when all went well, and
  /// otherwise says which stage failed and why.
  boost::asio::awaitable<api::Response> open();

  /// Sends a request and reads its answer: the final one, after any interim ones (1xx). `stale_connection` is set when
  /// the peer had closed the idle connection, so that the request cannot have been looked at.
  boost::asio::awaitable<api::Response> exchange(const HttpRequest& request, bool& stale_connection);

  /// Whether a byte came since the last request was sent.
  [[nodiscard]] bool heard() const { return heard_; }

  /// Whether another request may follow: open, kept alive by the peer, one answer read whole, and nothing more has
  /// come. Reads what TLS has to say by itself (session tickets, a farewell). Not during an exchange.
  [[nodiscard]] bool usable();
  /// When it was heard of last, and what was announced; as of the last open() or exchange().
  [[nodiscard]] const KeepAlive& keep_alive() const { return keep_alive_; }

  /// While it is idle: reads what comes. Calls `died` on the loop thread, once, when the connection has become useless:
  /// closed, broken, or with bytes that nobody asked for.
  using Died = std::function<void(Connection*)>;
  void watch(Died died);
  /// No longer idle. Loses nothing that came.
  void unwatch();

  /// Breaks off whatever goes on; the coroutine then ends with an error.
  void close();
  /// The same, and the peer learns of it by a reset: what it has not read yet, it need not read.
  void reset();

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  PlainStream& tcp() { return tcp_of(*stream_); }
  // The bytes are moved here, one read or write at a time, and Beast parses and serializes: its own composed operations
  // on both kinds of stream would take two minutes to compile.
  /// Writes all of `bytes` within the limit of a write.
  boost::asio::awaitable<boost::system::error_code> write(std::string_view bytes);
  /// Writes the form in pieces of limits::kUploadPieceBytes. `shrunk`: the file had fewer bytes than it was said to
  /// have, so that the request cannot be finished.
  boost::asio::awaitable<boost::system::error_code> write_form(const api::Multipart& form, api::UploadReader& reader,
                                                               bool& shrunk);
  /// Reads until one answer is complete; errors are those of http::async_read.
  boost::asio::awaitable<boost::system::error_code> read(Parser& parser);
  /// Reads until the final answer is complete, within the limit of a read. A `parser` that then has an interim answer
  /// has one too many, or one that ends HTTP (101).
  boost::asio::awaitable<boost::system::error_code> read_final(std::optional<Parser>& parser);
  /// What an answer says of the connection.
  void note_keep_alive(const Parser& parser);
  void wait_for_bytes();
  /// Whether nothing has come that is for us.
  bool quiet();

  const Endpoint& endpoint_;
  const HttpLimits& limits_;
  const std::string& authorization_;
  const std::string& user_agent_;
  Dial dial_;
  std::unique_ptr<Stream> stream_;  // null until open() has gone well
  boost::beast::flat_buffer buffer_;
  bool open_ = false;
  bool kept_ = false;   // it was idle before
  bool heard_ = false;  // a byte came since the last request was sent
  KeepAlive keep_alive_;
  Died died_;
  std::uint64_t turn_ = 0;  // of being idle: a handler of an earlier turn has nothing to say
};

}  // namespace sonoran::net
