#include "simulator/session.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <optional>

#include "simulator/drop_filter.h"

namespace sonoran::simulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kMostBodyBytes = std::uint64_t{16} << 20;
constexpr std::uint32_t kMostHeaderBytes = 64 * 1024;
constexpr std::size_t kReadBytes = std::size_t{16} * 1024;
/// How long to wait for a peer that does not close its side.
constexpr std::chrono::seconds kFarewell{2};
/// How many bytes --truncate announces but does not send.
constexpr std::size_t kMissingBytes = 64;
/// An answer without an end: how much is sent in total, and in one write (over TLS one record).
constexpr std::size_t kEndlessBytes = std::size_t{512} << 20;
constexpr std::size_t kEndlessPiece = std::size_t{16} * 1024;
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kNoHttp = "220 cad.example ESMTP at your service\r\n\r\n";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// The answers before the true one.
std::string interim_of(const Fault& fault) {
  std::string heads;
  for (const unsigned status : fault.interim) {
    heads += "HTTP/1.1 " + std::to_string(status) + " ";
    if (status == 100) {
      heads += "Continue\r\n";
    } else if (status == 101) {
      heads += "Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    } else if (status == 102) {
      heads += "Processing\r\n";
    } else if (status == 103) {
      heads += "Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n";
    } else {
      heads += "Interim\r\n";
    }
    heads += "\r\n";
  }
  return heads;
}

bool may_have_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

bool breaks_at(const Fault& fault, Stage stage) {
  return fault.reset == stage || fault.stall == stage || fault.half_close == stage;
}

/// Whether the connection goes on as a WebSocket.
bool upgrades(const Reply& reply) {
  const Fault& fault = reply.fault;
  return reply.answer.status == 101 && !fault.reset && !fault.stall && !fault.half_close && !fault.bad_http;
}

std::string chunk_of(const std::string& bytes) {
  if (bytes.empty()) return "";  // an empty chunk would be the last
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + bytes + "\r\n";
}

/// How a header announces the length of the body.
struct Framing {
  std::size_t announced = 0;
  bool chunked = false;
};

/// The beginning of an answer without an end, and the part that is repeated.
struct WithoutEnd {
  std::string begin, unit;
};

WithoutEnd without_end(Endless part) {
  const std::string start = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = start + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  switch (part) {
    case Endless::kStatusLine:
      return {"HTTP/1.1 200 ", "x"};
    case Endless::kHeader:
      return {start + "X-Long: ", "x"};
    case Endless::kFields:
      // Both parts have 32 bytes, so each read of a power of two ends with a line.
      return {start + "X-First: 1234\r\n", "X-Field: a value of some bytes\r\n"};
    case Endless::kInterim:
      return {std::string(kContinue), std::string(kContinue)};
    case Endless::kBody:
      return {start + "Content-Type: application/json\r\n\r\n[", " "};
    case Endless::kChunks:
      return {chunked, "1\r\n \r\n"};
    case Endless::kChunkSize:
      return {chunked, "0"};
    case Endless::kExtension:
      return {chunked + "1;", "x"};
    case Endless::kExtensions:
      return {chunked, "1;" + std::string(8180, 'x') + "\r\n \r\n"};
    case Endless::kTrailer:
      return {chunked + "2\r\n[]\r\n0\r\nX-Long: ", "x"};
    case Endless::kTrailers:
      break;
  }
  return {chunked + "2\r\n[]\r\n0\r\n", "X-Field: value\r\n"};
}

/// Written by hand and not by Beast, because faults send parts of it.
std::string head_of(const Answer& answer, const Framing& framing, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " " + std::string(reason_phrase(answer.status));
  const auto add = [&](std::string_view name, std::string_view value) {
    head.append("\r\n").append(name).append(": ").append(value);
  };
  if (!answer.content_type.empty()) add("Content-Type", answer.content_type);
  if (framing.chunked) {
    add("Transfer-Encoding", "chunked");
  } else if (may_have_body(answer.status)) {
    add("Content-Length", std::to_string(framing.announced));
  }
  for (const auto& [name, value] : answer.headers) add(name, value);
  if (!keep_alive) add("Connection", "close");
  return head.append("\r\n\r\n");
}

Request head_of(const http::request<http::string_body>& message) {
  Request request;
  const auto text = [](auto view) { return std::string(view.data(), view.size()); };
  request.method = text(message.method_string());
  request.target = text(message.target());
  for (const auto& field : message) request.headers.emplace_back(text(field.name_string()), text(field.value()));
  return request;
}

/// The answer to a request that cannot be read; nothing if the peer has gone.
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

Session::Session(asio::ip::tcp::socket socket, asio::ssl::context* tls, std::uint64_t id, SessionOwner owner,
                 std::string address, std::optional<Fault> fault)
    : id_(id),
      owner_(std::move(owner)),
      address_(std::move(address)),
      fault_(std::move(fault)),
      stream_(tls == nullptr ? decltype(stream_)(std::in_place_type<net::PlainStream>, std::move(socket))
                             : decltype(stream_)(std::in_place_type<net::TlsStream>, std::move(socket), *tls)),
      delay_(tcp().get_executor()),
      idle_timer_(tcp().get_executor()) {}

void Session::close() {
  ErrorCode ignored;
  if (silent_) {
    // Otherwise the system would send the end again and again, because no answer arrives.
    reset();
  } else {
    socket().close(ignored);
  }
  delay_.cancel();
  idle_timer_.cancel();
}

void Session::silence() {
  if (silent_ || !socket().is_open()) return;
  drop_incoming(socket().native_handle());
  silent_ = true;
}

void Session::watch_idleness() {
  idle_timer_.cancel();
  if (!idle_since_ || silent_) return;
  const Idleness rule = owner_.idleness();
  const bool closes = rule.close_ms != 0 && (rule.silent_after_ms == 0 || rule.close_ms < rule.silent_after_ms);
  const std::uint32_t after = closes ? rule.close_ms : rule.silent_after_ms;
  if (after == 0) return;
  idle_timer_.expires_at(*idle_since_ + std::chrono::milliseconds(after));
  idle_timer_.async_wait([weak = weak_from_this(), since = *idle_since_, closes](const ErrorCode& cancelled) {
    const auto self = weak.lock();
    if (cancelled || self == nullptr || self->idle_since_ != since) return;
    if (!closes) return self->silence();
    self->last_ = true;
    self->tcp().cancel();
  });
}

void Session::reset() {
  ErrorCode ignored;
  socket().set_option(asio::socket_base::linger(true, 0), ignored);
  socket().close(ignored);
}

asio::awaitable<void> Session::run() {
  ErrorCode ignored;
  socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if (fault_) {
    co_await break_off(*fault_);
  } else if (auto* tls = std::get_if<net::TlsStream>(&stream_)) {
    const auto [error] = co_await tls->async_handshake(asio::ssl::stream_base::server, kTuple);
    if (!error) {
      tls_version_ = SSL_get_version(tls->native_handle());
      const char* name = SSL_get_servername(tls->native_handle(), TLSEXT_NAMETYPE_host_name);
      if (name != nullptr) server_name_ = name;
      tls_resumed_ = SSL_session_reused(tls->native_handle()) == 1;
      tls_early_ = SSL_get_early_data_status(tls->native_handle()) != SSL_EARLY_DATA_NOT_SENT;
      owner_.handshaken(tls_resumed_);
      co_await serve();
    }
  } else {
    co_await serve();
  }
  close();
}

asio::awaitable<void> Session::serve() {
  After after = After::kNext;
  // last_: it may be told to close between the last byte of an answer and the next wait.
  while (after == After::kNext && !last_) after = co_await exchange();
  if (after == After::kGone) co_return;
  tcp().expires_after(kFarewell);
  if (auto* tls = std::get_if<net::TlsStream>(&stream_)) {
    // As servers do: the connection is closed right after the farewell, without waiting for the peer's.
    SSL_set_shutdown(tls->native_handle(), SSL_get_shutdown(tls->native_handle()) | SSL_RECEIVED_SHUTDOWN);
    co_await tls->async_shutdown(kTuple);
  }
  co_await finish_plainly();
}

asio::awaitable<Session::ErrorCode> Session::read_first() {
  idle_since_ = std::chrono::steady_clock::now();
  watch_idleness();
  const auto [error, got] = co_await any_.async_read_some(buffer_.prepare(kReadBytes), kTuple);
  idle_since_.reset();
  idle_timer_.cancel();
  buffer_.commit(got);
  co_return error;
}

asio::awaitable<Session::After> Session::exchange() {
  // Read by hand for the time of the first byte: that is when a request counts.
  if (buffer_.size() == 0 && co_await read_first()) co_return After::kFinish;
  const Time first_byte = std::chrono::steady_clock::now();

  http::request_parser<http::string_body> parser;
  parser.body_limit(kMostBodyBytes);
  parser.header_limit(kMostHeaderBytes);
  auto [error, ignored] = co_await http::async_read_header(any_, buffer_, parser, kTuple);
  Fault fault;
  if (!error) {
    Request request = head_of(parser.get());
    request.first_byte = first_byte;
    ++requests_;
    identify(request);
    fault = owner_.take_fault(request);
    if (fault.reset == Stage::kRequest || fault.stall == Stage::kRequest || fault.half_close == Stage::kRequest) {
      request.fault = fault;
      owner_.handle(std::move(request));
      co_await break_off(fault);
      co_return After::kGone;
    }
  }
  if (!error && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    const auto [gone, sent] = co_await asio::async_write(any_, asio::buffer(kContinue), kTuple);
    if (gone) co_return After::kGone;
  }
  if (!error && !parser.is_done()) {
    const auto [body_error, body_bytes] = co_await http::async_read(any_, buffer_, parser, kTuple);
    error = body_error;
  }
  if (error) {
    auto unreadable = answer_to_unreadable(error);
    if (!unreadable) co_return After::kGone;
    co_return co_await send(std::move(*unreadable), false, true);
  }

  const bool keep_alive = parser.get().keep_alive();
  const bool with_body = parser.get().method() != http::verb::head;
  Request request = head_of(parser.get());
  request.body = std::move(parser.get().body());
  request.first_byte = first_byte;
  identify(request);
  const std::uint32_t late_ms = fault.late_ms + fault.jitter_ms;
  if (fault.late_ms != 0 && breaks_at(fault, Stage::kAfter)) {
    request.fault = fault;
    owner_.handle_late(std::move(request), late_ms);
    co_await break_off(fault);
    co_return After::kGone;
  }
  if (late_ms != 0 || owner_.still_until() > first_byte) {
    // The request counts now, after its way here or when the CAD gets to it.
    if (!co_await wait_for_cad(late_ms)) co_return After::kGone;
    request.first_byte = std::chrono::steady_clock::now();
  }
  request.fault = std::move(fault);
  Reply reply = owner_.handle(std::move(request));
  if (upgrades(reply)) {
    if (reply.fault.delay_ms != 0 && !co_await wait(reply.fault.delay_ms)) co_return After::kGone;
    co_return co_await speak_hub(parser.get());
  }
  co_return co_await send(std::move(reply), keep_alive && !last_, with_body);
}

asio::awaitable<Session::After> Session::speak_hub(const HubConnection::Upgrade& upgrade) {
  const auto connection = std::make_shared<HubConnection>(
      stream_, *owner_.hub, id_,
      [this] {
        idle_since_ = std::chrono::steady_clock::now();
        watch_idleness();
      },
      [this] { return silent_; });
  const bool closed = co_await connection->run(upgrade);
  idle_since_.reset();
  idle_timer_.cancel();
  co_return closed ? After::kFinish : After::kGone;
}

void Session::identify(Request& request) const {
  request.over_tls = std::holds_alternative<net::TlsStream>(stream_);
  request.connection = id_;
  request.number = requests_;
  request.tls_version = tls_version_;
  request.server_name = server_name_;
  request.tls_resumed = tls_resumed_;
  request.tls_early = tls_early_;
  request.address = address_;
}

asio::awaitable<bool> Session::wait(std::uint32_t milliseconds) {
  co_return co_await wait_until(std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds));
}

asio::awaitable<bool> Session::wait_until(Time when) {
  delay_.expires_at(when);
  const auto [cancelled] = co_await delay_.async_wait(kTuple);
  co_return !cancelled && socket().is_open();
}

asio::awaitable<bool> Session::wait_for_cad(std::uint32_t late_ms) {
  const Time late = std::chrono::steady_clock::now() + std::chrono::milliseconds(late_ms);
  for (;;) {
    const Time then = std::max(late, owner_.still_until());
    if (then <= std::chrono::steady_clock::now()) co_return true;
    const bool open = co_await wait_until(then);
    if (!open) co_return false;
  }
}

std::string Session::bytes_of(Reply& reply, bool keep_alive, bool with_body) {
  const Fault& fault = reply.fault;
  Answer& answer = reply.answer;
  if (breaks_at(fault, Stage::kBefore) || breaks_at(fault, Stage::kAfter)) return "";
  const bool breaks_in_body = breaks_at(fault, Stage::kBody);
  if ((breaks_in_body || fault.truncate || fault.short_length) && answer.body.empty()) {
    // The fault needs a body.
    answer = json_answer(200, R"({"ok":true})");
  }
  if (!with_body || !may_have_body(answer.status)) answer.body.clear();

  std::string body = answer.body;
  Framing framing{.announced = body.size(), .chunked = fault.chunked && !body.empty()};
  if (fault.truncate) framing.announced += kMissingBytes;
  if (fault.short_length) framing.announced /= 2;
  if (framing.chunked) {
    const std::size_t half = body.size() / 2;
    body = chunk_of(body.substr(0, half)) + chunk_of(body.substr(half));
    if (!fault.truncate) body += kLastChunk;
  }
  std::string head = fault.bad_http ? std::string(kNoHttp) : head_of(answer, framing, keep_alive);
  if (breaks_at(fault, Stage::kHeaders)) return head.substr(0, head.size() / 2);
  if (breaks_in_body) body.resize(body.size() / 2);
  return head + body;
}

asio::awaitable<bool> Session::write(const std::string& bytes, std::uint32_t drip_ms) {
  if (silent_) {
    // Until close().
    delay_.expires_at(std::chrono::steady_clock::time_point::max());
    co_await delay_.async_wait(kTuple);
    co_return false;
  }
  const std::size_t step = drip_ms == 0 ? std::max<std::size_t>(bytes.size(), 1) : 1;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (at != 0 && !co_await wait(drip_ms)) co_return false;
    const auto [error, sent] = co_await asio::async_write(any_, asio::buffer(bytes.data() + at, step), kTuple);
    if (error) co_return false;
  }
  co_return true;
}

asio::awaitable<Session::After> Session::send(Reply reply, bool keep_alive, bool with_body) {
  const Fault& fault = reply.fault;
  if (fault.delay_ms != 0 && !co_await wait(fault.delay_ms)) co_return After::kGone;
  if (fault.truncate || fault.bad_http) keep_alive = false;
  if (keep_alive && !reply.keep_alive.empty()) {
    reply.answer.headers.emplace_back("Connection", "keep-alive");
    reply.answer.headers.emplace_back("Keep-Alive", reply.keep_alive);
  }
  if (fault.endless) {
    co_await pour(*fault.endless);
    co_return After::kGone;
  }
  const std::string interim = interim_of(fault);
  std::string bytes = bytes_of(reply, keep_alive, with_body);
  if (!interim.empty() && fault.interim_ms != 0) {
    if (!co_await write(interim, 0) || !co_await wait(fault.interim_ms)) co_return After::kGone;
  } else {
    bytes.insert(0, interim);
  }
  if (!co_await write(bytes, fault.drip_ms)) co_return After::kGone;
  if (fault.reset || fault.stall || fault.half_close) {
    co_await break_off(fault);
    co_return After::kGone;
  }
  co_return keep_alive ? After::kNext : After::kFinish;
}

asio::awaitable<void> Session::pour(Endless part) {
  const auto [begin, unit] = without_end(part);
  std::string piece = begin;
  for (std::size_t sent = 0; sent < kEndlessBytes; sent += piece.size()) {
    if (!co_await write(piece, 0)) co_return;
    if (sent != 0) continue;
    piece.clear();
    while (piece.size() + unit.size() <= kEndlessPiece) piece += unit;
  }
}

asio::awaitable<void> Session::break_off(const Fault& fault) {
  if (fault.reset) {
    reset();
    co_return;
  }
  if (fault.deaf) {
    // Reads nothing, and so does not notice that the peer has gone: waits for close().
    delay_.expires_at(std::chrono::steady_clock::time_point::max());
    co_await delay_.async_wait(kTuple);
    co_return;
  }
  // Over TLS, too, the connection is half-closed without a TLS alert, as when a process ends.
  ErrorCode ignored;
  if (!fault.stall) socket().shutdown(asio::socket_base::shutdown_send, ignored);
  co_await discard();
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
    const auto [error, got] = co_await tcp().async_read_some(asio::buffer(scratch), kTuple);
    if (error) co_return;
  }
}

}  // namespace sonoran::simulator
