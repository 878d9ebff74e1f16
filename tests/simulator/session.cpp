#include "simulator/session.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <optional>

namespace sonoran::simulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kMostBodyBytes = std::uint64_t{16} << 20;
constexpr std::uint32_t kMostHeaderBytes = 64 * 1024;
constexpr std::size_t kReadBytes = 16 * 1024;
/// A peer that does not close its side must not keep the connection.
constexpr std::chrono::seconds kFarewell{2};
/// What --truncate announces beyond what it sends.
constexpr std::size_t kMissingBytes = 64;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool may_have_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

/// Written by hand rather than by Beast, because parts of it are what the faults send.
std::string head_of(const Answer& answer, std::size_t announced, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " " + std::string(reason_phrase(answer.status));
  const auto add = [&](std::string_view name, std::string_view value) {
    head.append("\r\n").append(name).append(": ").append(value);
  };
  if (!answer.content_type.empty()) add("Content-Type", answer.content_type);
  if (may_have_body(answer.status)) add("Content-Length", std::to_string(announced));
  for (const auto& [name, value] : answer.headers) add(name, value);
  if (!keep_alive) add("Connection", "close");
  return head.append("\r\n\r\n");
}

Request request_of(http::request<http::string_body>&& message) {
  Request request;
  const auto text = [](auto view) { return std::string(view.data(), view.size()); };
  request.method = text(message.method_string());
  request.target = text(message.target());
  for (const auto& field : message) request.headers.emplace_back(text(field.name_string()), text(field.value()));
  request.body = std::move(message.body());
  return request;
}

/// What a request that cannot be read is answered; nothing if the peer has gone.
std::optional<Reply> answer_to_unreadable(const boost::system::error_code& error) {
  Reply reply;
  if (error == http::error::body_limit) {
    reply.answer = problem(413, "The body has more than 16 MiB.", "");
  } else if (error == http::error::end_of_stream || error == http::error::partial_message ||
             error.category() != http::make_error_code(http::error::bad_method).category()) {
    return std::nullopt;
  } else {
    reply.answer = problem(400, "This is not HTTP/1.1.", "");
  }
  return reply;
}

}  // namespace

Session::Session(asio::ip::tcp::socket socket, asio::ssl::context* tls, std::uint64_t id, Handle handle)
    : id_(id),
      handle_(std::move(handle)),
      stream_(tls == nullptr ? decltype(stream_)(std::in_place_type<Plain>, std::move(socket))
                             : decltype(stream_)(std::in_place_type<Tls>, std::move(socket), *tls)),
      delay_(lowest().get_executor()) {}

Session::Plain& Session::lowest() {
  if (auto* tls = std::get_if<Tls>(&stream_)) return tls->next_layer();
  return std::get<Plain>(stream_);
}

void Session::close() {
  ErrorCode ignored;
  socket().close(ignored);
  delay_.cancel();
}

void Session::reset() {
  ErrorCode ignored;
  socket().set_option(asio::socket_base::linger(true, 0), ignored);
  socket().close(ignored);
}

asio::awaitable<void> Session::run() {
  ErrorCode ignored;
  socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if (auto* tls = std::get_if<Tls>(&stream_)) {
    const auto [error] = co_await tls->async_handshake(asio::ssl::stream_base::server, kTuple);
    if (!error) co_await serve(*tls);
  } else {
    co_await serve(std::get<Plain>(stream_));
  }
  close();
}

template <typename Stream>
asio::awaitable<void> Session::serve(Stream& stream) {
  After after = After::kNext;
  while (after == After::kNext) after = co_await exchange(stream);
  if (after == After::kGone) co_return;
  lowest().expires_after(kFarewell);
  if constexpr (std::is_same_v<Stream, Tls>) {
    co_await stream.async_shutdown(kTuple);
  } else {
    co_await finish_plainly();
  }
}

template <typename Stream>
asio::awaitable<Session::After> Session::exchange(Stream& stream) {
  if (buffer_.size() == 0) {
    // Read by hand for the time of the first byte: that is when a request counts.
    const auto [error, got] = co_await stream.async_read_some(buffer_.prepare(kReadBytes), kTuple);
    if (error) co_return After::kFinish;
    buffer_.commit(got);
  }
  const Time first_byte = std::chrono::steady_clock::now();

  http::request_parser<http::string_body> parser;
  parser.body_limit(kMostBodyBytes);
  parser.header_limit(kMostHeaderBytes);
  auto [error, ignored] = co_await http::async_read_header(stream, buffer_, parser, kTuple);
  if (!error && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    const auto [gone, sent] = co_await asio::async_write(stream, asio::buffer(kContinue), kTuple);
    if (gone) co_return After::kGone;
  }
  if (!error && !parser.is_done()) {
    const auto [body_error, body_bytes] = co_await http::async_read(stream, buffer_, parser, kTuple);
    error = body_error;
  }
  if (error) {
    auto unreadable = answer_to_unreadable(error);
    if (!unreadable) co_return After::kGone;
    co_return co_await send(stream, std::move(*unreadable), false, true);
  }

  const bool keep_alive = parser.get().keep_alive();
  const bool with_body = parser.get().method() != http::verb::head;
  Request request = request_of(parser.release());
  request.first_byte = first_byte;
  request.over_tls = std::is_same_v<Stream, Tls>;
  request.connection = id_;
  Reply reply = handle_(std::move(request));
  co_return co_await send(stream, std::move(reply), keep_alive && !last_, with_body);
}

template <typename Stream>
asio::awaitable<Session::After> Session::send(Stream& stream, Reply reply, bool keep_alive, bool with_body) {
  if (reply.delay_ms != 0) {
    delay_.expires_after(std::chrono::milliseconds(reply.delay_ms));
    const auto [cancelled] = co_await delay_.async_wait(kTuple);
    if (cancelled || !socket().is_open()) co_return After::kGone;
  }
  Answer& answer = reply.answer;
  const std::optional<Stage> broken = reply.reset ? reply.reset : reply.stall;
  if ((broken == Stage::kBody || reply.truncate) && answer.body.empty()) {
    // There must be a body to break off in.
    answer = json_answer(200, R"({"ok":true})");
  }
  if (!with_body || !may_have_body(answer.status)) answer.body.clear();
  if (reply.truncate) keep_alive = false;

  std::string head;
  std::string_view body = answer.body;
  if (broken != Stage::kBefore) {
    head = head_of(answer, body.size() + (reply.truncate ? kMissingBytes : 0), keep_alive);
    if (broken == Stage::kHeaders) {
      head.resize(head.size() / 2);
      body = {};
    }
    if (broken == Stage::kBody) body = body.substr(0, body.size() / 2);
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(head), asio::buffer(body)};
    const auto [error, sent] = co_await asio::async_write(stream, parts, kTuple);
    if (error) co_return After::kGone;
  }
  if (reply.reset) {
    reset();
    co_return After::kGone;
  }
  if (reply.stall) {
    co_await discard();
    co_return After::kGone;
  }
  co_return keep_alive ? After::kNext : After::kFinish;
}

asio::awaitable<void> Session::finish_plainly() {
  ErrorCode ignored;
  socket().shutdown(asio::socket_base::shutdown_send, ignored);
  // Closing with bytes unread would reset the connection, and the peer might lose the answer.
  co_await discard();
}

asio::awaitable<void> Session::discard() {
  std::array<char, 4096> scratch{};
  for (;;) {
    const auto [error, got] = co_await lowest().async_read_some(asio::buffer(scratch), kTuple);
    if (error) co_return;
  }
}

}  // namespace sonoran::simulator
