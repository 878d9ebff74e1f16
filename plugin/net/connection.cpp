#include "net/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <cstring>
#include <tuple>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/text.h"
#include "net/failure.h"
#include "net/socket_options.h"
#include "net/status_line.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using api::Response;
using api::Stage;
using ErrorCode = boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 65536;  // the most that one read asks for
constexpr unsigned kSwitchingProtocols = 101;
constexpr std::size_t kFirstBytes = 16384;  // of the first write: one TLS record (RFC 8446, section 5.1)

std::string header_text(http::request<http::empty_body>& message) {
  http::request_serializer<http::empty_body> serializer(message);
  std::string text;
  ErrorCode error;
  while (!error && !serializer.is_done()) {
    serializer.next(error, [&](ErrorCode&, const auto& buffers) {
      text += beast::buffers_to_string(buffers);
      serializer.consume(beast::buffer_bytes(buffers));
    });
  }
  return text;
}

/// Whether the buffer has what an answer begins with, for the parser to read: it is given the space that a status line
/// lacks. False: more bytes are needed.
bool begins_answer(beast::flat_buffer& buffer) {
  const auto bytes = buffer.data();
  const StatusLine line = status_line({static_cast<const char*>(bytes.data()), bytes.size()});
  if (line == StatusLine::kWithoutSpace) {
    buffer.commit(buffer.prepare(1).size());
    char* const place = static_cast<char*>(buffer.data().data()) + kReasonPlace;
    std::memmove(place + 1, place, buffer.size() - 1 - kReasonPlace);
    *place = ' ';
  }
  return line != StatusLine::kTooShort;
}

/// Whether a body with this header Content-Encoding is not as it was asked for.
bool is_encoded(std::string_view encoding) {
  return !encoding.empty() && !beast::iequals({encoding.data(), encoding.size()}, "identity");
}

bool is_interim(unsigned status) {
  return status >= 100 && status < 200;
}

bool is_timeout(const ErrorCode& error) {
  return error == beast::error::timeout;
}

}  // namespace

Connection::Connection(Dialer& dialer, const HttpLimits& limits, const std::string& authorization,
                       const std::string& user_agent)
    : endpoint_(dialer.endpoint()),
      limits_(limits),
      authorization_(authorization),
      user_agent_(user_agent),
      dial_(dialer) {}

asio::awaitable<Response> Connection::open() {
  Dialed dialed = co_await dial_.run();
  if (auto* failed = std::get_if<Response>(&dialed)) co_return std::move(*failed);
  stream_ = std::move(std::get<std::unique_ptr<Stream>>(dialed));
  set_options(tcp().socket());
  tcp().expires_never();
  open_ = true;
  keep_alive_ = {.idle_since = Clock::now(), .answered = false, .announced = {}};
  co_return Response{};
}

asio::awaitable<ErrorCode> Connection::write(std::string_view bytes) {
  tcp().expires_after(limits_.write);
  ErrorCode error;
  while (!error && !bytes.empty()) {
    const asio::const_buffer rest(bytes.data(), bytes.size());
    std::size_t written = 0;
    std::tie(error, written) =
        co_await std::visit([&](auto& stream) { return stream.async_write_some(rest, kTuple); }, *stream_);
    bytes.remove_prefix(written);
  }
  co_return error;
}

asio::awaitable<ErrorCode> Connection::write_form(const api::Multipart& form, api::UploadReader& reader, bool& shrunk) {
  ErrorCode error = co_await write(form.head);
  if (form.file.path.empty()) {
    std::string_view rest = form.bytes;
    while (!error && !rest.empty()) {
      const std::string_view piece = rest.substr(0, limits::kUploadPieceBytes);
      error = co_await write(piece);
      rest.remove_prefix(piece.size());
    }
  } else {
    std::vector<char> piece(limits::kUploadPieceBytes);
    std::uint64_t left = form.file.size;
    while (!error && left > 0) {
      // A file that grew is cut at the length that was announced.
      const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
      const std::size_t got = reader.read({piece.data(), wanted});
      if (got == 0) {
        shrunk = true;
        co_return ErrorCode{};
      }
      error = co_await write({piece.data(), got});
      left -= got;
    }
  }
  if (!error) error = co_await write(form.tail);
  co_return error;
}

asio::awaitable<ErrorCode> Connection::read(Parser& parser) {
  parser.eager(true);
  bool begun = false;  // the parser has seen the first line
  while (!parser.is_done()) {
    ErrorCode error;
    if (!begun) begun = begins_answer(buffer_);
    if (begun && buffer_.size() != 0) {
      const std::size_t used = parser.put(buffer_.data(), error);
      buffer_.consume(used);
      if (error && error != http::error::need_more) co_return error;
      if (parser.is_done() || (!error && used != 0 && buffer_.size() != 0)) continue;
    }
    const asio::mutable_buffer space = buffer_.prepare(beast::read_size(buffer_, kReadBytes));
    std::size_t got = 0;
    std::tie(error, got) =
        co_await std::visit([&](auto& stream) { return stream.async_read_some(space, kTuple); }, *stream_);
    buffer_.commit(got);
    if (got != 0) heard_ = true;
    if (error == asio::error::eof) {
      if (!begun && buffer_.size() != 0) co_return http::error::partial_message;
      if (!parser.got_some()) co_return http::error::end_of_stream;
      error = {};
      parser.put_eof(error);
    }
    if (error) co_return error;
  }
  co_return ErrorCode{};
}

asio::awaitable<ErrorCode> Connection::read_final(std::optional<Parser>& parser) {
  tcp().expires_after(limits_.read);
  for (int interim = 0; interim <= limits::kInterimAnswers; ++interim) {
    parser.emplace();
    parser->header_limit(limits::kAnswerHeaderBytes);
    parser->body_limit(limits_.answer_bytes);
    if (const ErrorCode error = co_await read(*parser)) co_return error;
    const unsigned status = parser->get().result_int();
    if (!is_interim(status) || status == kSwitchingProtocols) break;
  }
  co_return ErrorCode{};
}

void Connection::note_keep_alive(const Parser& parser) {
  const auto header = parser.get()["Keep-Alive"];
  keep_alive_ = {.idle_since = Clock::now(),
                 .answered = true,
                 .announced = parse_keep_alive(std::string_view(header.data(), header.size()))};
}

asio::awaitable<Response> Connection::exchange(const HttpRequest& request, bool& stale_connection) {
  stale_connection = false;
  const api::Multipart* const form = request.multipart.get();
  api::UploadReader reader;
  if (form != nullptr && !form->file.path.empty()) {
    if (std::string reason = reader.open(form->file); !reason.empty()) {
      co_return failed_at(Stage::kPrepare, false, std::move(reason));
    }
  }
  http::request<http::empty_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(endpoint_.base_path + request.target);
  message.set(http::field::host, endpoint_.host_header);
  message.set(http::field::user_agent, user_agent_);
  message.set(http::field::accept, "application/json");
  message.set(http::field::accept_encoding, "identity");
  if (request.authenticated) message.set(http::field::authorization, authorization_);
  if (form != nullptr) {
    message.set(http::field::content_type, form->content_type);
    message.content_length(form->content_length());
  } else {
    message.prepare_payload();
    if (!request.body.empty()) {
      message.set(http::field::content_type, "application/json");
      message.content_length(request.body.size());
    }
  }

  open_ = false;  // until the answer is complete
  heard_ = false;
  std::optional<Parser> parser;

  // The header and what fits beside it leave together; a large body is not copied.
  std::string first = header_text(message);
  const std::size_t beside = std::min(request.body.size(), kFirstBytes - std::min(first.size(), kFirstBytes));
  if (form == nullptr) first.append(request.body, 0, beside);

  Stage stage = Stage::kWrite;
  bool whole = true;  // all of the request was written
  ErrorCode error = co_await write(first);
  if (form != nullptr) {
    bool shrunk = false;
    if (!error) error = co_await write_form(*form, reader, shrunk);
    if (shrunk) {
      // The CAD waits for bytes that do not come: end the connection, and with it the request.
      close();
      co_return failed_at(Stage::kPrepare, false,
                          "The file '" + printable(form->file.path, 200) + "' became shorter while it was sent.");
    }
    // An answer may come before all is sent, for example a refusal; it is worth more than the broken pipe behind it.
    if (error == asio::error::broken_pipe || error == asio::error::connection_reset) {
      error = {};
      whole = false;
    }
  } else if (!error) {
    error = co_await write(std::string_view(request.body).substr(beside));
  }
  if (!error) {
    stage = Stage::kRead;
    error = co_await read_final(parser);
  }
  tcp().expires_never();

  const std::string& where = endpoint_.text;
  const auto malformed = [&](const std::string& what) {
    Response answer = failed_at(stage, false, where + " answered with " + what + ".");
    answer.malformed = true;
    return answer;
  };
  if (error) {
    stale_connection = kept_ && !is_timeout(error) && !heard_ && error != asio::error::operation_aborted;
    if (is_timeout(error)) {
      const Duration limit = stage == Stage::kWrite ? limits_.write : limits_.read;
      co_return failed_at(
          stage, true,
          where + (stage == Stage::kWrite ? " did not take the request within " : " did not answer within ") +
              limit_text(limit) + ".");
    }
    if (error == http::error::body_limit) {
      co_return malformed("more than " + std::to_string(limits_.answer_bytes / 1024) +
                          " KiB; sonoran_bridge_answer_limit_kib is the bound");
    }
    if (error == http::error::header_limit) {
      co_return malformed("a header of more than " + std::to_string(limits::kAnswerHeaderBytes / 1024) + " KiB");
    }
    if (stage == Stage::kRead && error.category() == http::make_error_code(http::error::bad_version).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
      co_return malformed("what is no HTTP (" + error.message() + ")");
    }
    co_return failed_at(stage, false, where + " broke off before it had answered (" + error.message() + ").");
  }

  auto& answer = parser->get();
  if (answer.result_int() == kSwitchingProtocols) {
    co_return malformed("a change of protocol (101) that nobody asked for");
  }
  if (is_interim(answer.result_int())) {
    co_return malformed("more than " + std::to_string(limits::kInterimAnswers) +
                        " interim answers (1xx) before the answer itself");
  }
  // Bytes behind the answer are another request's, or nobody's: nothing may follow here.
  open_ = answer.keep_alive() && whole && buffer_.size() == 0;
  note_keep_alive(*parser);
  Response response;
  response.status = static_cast<int>(answer.result_int());
  const auto header = [&](http::field field) {
    const auto value = answer[field];
    return std::string(value.data(), value.size());
  };
  response.content_type = header(http::field::content_type);
  response.retry_after = header(http::field::retry_after);
  response.server = header(http::field::server);
  if (const std::string encoding = header(http::field::content_encoding);
      is_encoded(encoding) && !answer.body().empty()) {
    const std::string what = "a compressed body (Content-Encoding: " + printable(encoding, 50) + ")";
    const bool success = response.status >= 200 && response.status < 300;
    if (success) co_return malformed(what + " that nobody asked for");
    // Nobody can read it: what it was stands in its place, and the status says the rest.
    response.content_type = "text/plain";
    response.body = what;
    co_return response;
  }
  response.body = std::move(answer.body());
  co_return response;
}

bool Connection::quiet() {
  // Whatever comes without having been asked for is kept from the next request by the end of the connection. TLS has
  // things of its own to say (session tickets): this reads them, and leaves what is not whole yet for the next read.
  std::array<char, 1> byte{};
  ErrorCode error;
  std::visit([&](auto& stream) { stream.read_some(asio::buffer(byte), error); }, *stream_);
  return error == asio::error::would_block || error == asio::error::try_again;
}

bool Connection::usable() {
  return open_ && stream_ && tcp().socket().is_open() && quiet();
}

void Connection::watch(Died died) {
  kept_ = true;
  died_ = std::move(died);
  wait_for_bytes();
}

void Connection::wait_for_bytes() {
  // Readiness is waited for, and nothing read before it comes: a read of TLS that is broken off may have taken bytes.
  tcp().socket().async_wait(asio::ip::tcp::socket::wait_read,
                            [weak = weak_from_this(), turn = ++turn_](const ErrorCode& error) {
                              const std::shared_ptr<Connection> self = weak.lock();
                              if (self == nullptr || self->turn_ != turn) return;
                              if (!error && self->usable()) return self->wait_for_bytes();
                              self->close();
                              std::exchange(self->died_, nullptr)(self.get());
                            });
}

void Connection::unwatch() {
  ++turn_;
  died_ = nullptr;
  ErrorCode ignored;
  tcp().socket().cancel(ignored);
}

void Connection::close() {
  open_ = false;
  dial_.close();
  ErrorCode ignored;
  if (stream_) tcp().socket().close(ignored);
}

void Connection::reset() {
  ErrorCode ignored;
  if (stream_) tcp().socket().set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

}  // namespace sonoran::net
