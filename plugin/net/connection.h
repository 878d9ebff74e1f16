// One keep-alive connection to the CAD, over TLS or (loopback only) plain TCP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/multipart.h"
#include "api/response.h"
#include "core/settings.h"
#include "net/answer_reader.h"
#include "net/dialer.h"
#include "net/keep_alive.h"

namespace sonoran::net {

/// An HTTP request as it goes over the wire.
struct HttpRequest {
  std::string method;
  std::string target;
  std::string body;  // JSON; "": none
  bool authenticated = true;
  std::shared_ptr<const api::Multipart> multipart;  // instead of `body`; null: none
};

/// Time limits of each step (of writing: of each piece that is written) and the bound on an answer. All from Settings.
struct HttpLimits {
  Duration write, read;
  std::size_t answer_bytes;
};

/// Used by one coroutine at a time, on the loop thread. Owned by a shared_ptr, because handlers of the system may run
/// after its end.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// References must outlive the connection.
  Connection(Dialer& dialer, const HttpLimits& limits, const std::string& authorization, const std::string& user_agent);

  /// Resolves, connects and makes the handshake. On success the response is empty (status 0, stage kAnswered);
  /// otherwise it says which stage failed and why.
  boost::asio::awaitable<api::Response> open();

  /// Sends a request and reads its answer: the final one, after any interim ones (1xx). `stale_connection` is set when
  /// the peer had already closed the idle connection, so that it cannot have processed the request.
  boost::asio::awaitable<api::Response> exchange(const HttpRequest& request, bool& stale_connection);

  /// Whether a byte has arrived since the last request was sent.
  [[nodiscard]] bool heard() const { return heard_; }

  /// Whether another request may follow: open, kept alive by the peer, one answer read completely, and nothing more has
  /// arrived. Reads TLS messages that wait (session tickets, close_notify). Not during an exchange.
  [[nodiscard]] bool usable();
  /// When it was last used, and what the peer announced, as of the last open() or exchange().
  [[nodiscard]] const KeepAlive& keep_alive() const { return keep_alive_; }

  /// While it is idle: reads what arrives. Calls `died` on the loop thread, once, when the connection has become
  /// unusable: closed, broken, or with unexpected bytes.
  using Died = std::function<void(Connection*)>;
  void watch(Died died);
  /// No longer idle. Loses no bytes that arrived.
  void unwatch();

  /// Aborts the present operation; the coroutine then ends with an error.
  void close();
  /// The same, with a reset, so that the peer discards what it has not read yet.
  void reset();

 private:
  using ErrorCode = boost::system::error_code;

  PlainStream& tcp() { return tcp_of(*stream_); }
  // Bytes are transferred here, one read or write at a time, and Beast only parses and serializes: its own composed
  // operations on both kinds of stream would take two minutes to compile.
  /// The header of a request, with as much of its body as fits into the first write.
  [[nodiscard]] std::string first_bytes(const HttpRequest& request, std::size_t& of_body) const;
  /// The result of sending a request.
  struct Sent {
    ErrorCode error;
    bool whole = true;    // all of it was written
    bool shrunk = false;  // the file had fewer bytes than announced, so that it cannot be finished
  };
  boost::asio::awaitable<Sent> send(const HttpRequest& request, api::UploadReader& reader);
  /// Reads the answer while the rest of a body is written: whoever refuses a body may answer before all of it has come.
  struct Early;
  void read_early();
  [[nodiscard]] bool answered_early() const;
  /// Waits for what read_early() comes to, within the time limit of a read.
  boost::asio::awaitable<ErrorCode> early_answer();
  /// Writes all of `bytes` within the time limit of a write.
  boost::asio::awaitable<ErrorCode> write(std::string_view bytes);
  /// Writes the form in pieces of limits::kUploadPieceBytes. `shrunk`: the file had fewer bytes than
  /// announced, so that the request cannot be finished.
  boost::asio::awaitable<ErrorCode> write_form(const api::Multipart& form, api::UploadReader& reader, bool& shrunk);
  /// Reads until the final answer is complete. Errors: AnswerReader's and the stream's.
  boost::asio::awaitable<ErrorCode> read_answer();
  /// The message that the exchange failed at this stage.
  [[nodiscard]] api::Response explain(api::Stage stage, const ErrorCode& error) const;
  [[nodiscard]] api::Response malformed(api::Stage stage, const std::string& what) const;
  /// Converts the answer for the rest of the module.
  [[nodiscard]] api::Response response_of(AnswerReader::Message answer) const;
  void wait_for_bytes();
  /// Whether no application data has arrived.
  bool quiet();

  const Endpoint& endpoint_;
  const HttpLimits& limits_;
  const std::string& authorization_;
  const std::string& user_agent_;
  Dial dial_;
  std::unique_ptr<Stream> stream_;  // null until open() has succeeded
  AnswerReader answer_;
  std::shared_ptr<Early> early_;  // null: nothing is read while the request is written
  bool open_ = false;
  bool kept_ = false;   // it was idle before this exchange
  bool heard_ = false;  // a byte has arrived since the last request was sent
  KeepAlive keep_alive_;
  Died died_;
  std::uint64_t turn_ = 0;  // counts idle phases; a handler of an earlier phase is ignored
};

}  // namespace sonoran::net
