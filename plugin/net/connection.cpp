#include "net/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/system/errc.hpp>
#include <exception>
#include <tuple>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/text.h"
#include "net/failure.h"
#include "net/socket_options.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using api::Response;
using api::Stage;
using ErrorCode = boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
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

/// Whether a body with this Content-Encoding is encoded, although identity was requested.
bool is_encoded(std::string_view encoding) {
  return !encoding.empty() && !beast::iequals({encoding.data(), encoding.size()}, "identity");
}

/// The Content-Encoding for a message, if it is a common one. Any other value is not shown, because the other side may
/// have put anything into it, including the key.
std::string encoding_for_people(const std::string& encoding) {
  static constexpr std::array<std::string_view, 7> kKnown = {"gzip", "x-gzip",   "deflate", "br",
                                                             "zstd", "compress", "identity"};
  for (std::string_view rest = encoding; !rest.empty();) {
    const std::size_t size = std::min(rest.find_first_of(", \t"), rest.size());
    const auto is_it = [&](std::string_view known) { return beast::iequals(rest.substr(0, size), known); };
    if (size != 0 && std::ranges::none_of(kKnown, is_it)) return "unknown";
    rest.remove_prefix(std::min(size + 1, rest.size()));
  }
  return encoding;
}

bool is_timeout(const ErrorCode& error) {
  return error == beast::error::timeout;
}

}  // namespace

struct Connection::Early {
  explicit Early(const asio::any_io_executor& executor) : ended(executor) {}
  asio::steady_timer ended;  // cancelled when the reading is done
  bool writing = true;
  bool done = false;
  ErrorCode error;
};

Connection::Connection(Dialer& dialer, const HttpLimits& limits, const std::string& authorization,
                       const std::string& user_agent)
    : endpoint_(dialer.endpoint()),
      limits_(limits),
      authorization_(authorization),
      user_agent_(user_agent),
      dial_(dialer),
      answer_(limits.answer_bytes) {}

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
    if (answered_early()) co_return asio::error::operation_aborted;
    const asio::const_buffer rest(bytes.data(), bytes.size());
    std::size_t written = 0;
    std::tie(error, written) = co_await AnyStream(*stream_).async_write_some(rest, kTuple);
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
      // A file that has grown is truncated at the announced length.
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

asio::awaitable<ErrorCode> Connection::read_answer() {
  answer_.begin();
  ErrorCode error;
  while (!answer_.read(error) && !error) {
    const asio::mutable_buffer space = answer_.space();
    std::size_t got = 0;
    std::tie(error, got) = co_await AnyStream(*stream_).async_read_some(space, kTuple);
    answer_.came(got);
    if (got != 0) heard_ = true;
    if (error == asio::error::eof) answer_.end(error);
    if (error) break;
  }
  co_return error;
}

std::string Connection::first_bytes(const HttpRequest& request, std::size_t& of_body) const {
  const api::Multipart* const form = request.multipart.get();
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
  std::string bytes = header_text(message);
  of_body = form != nullptr ? 0 : std::min(request.body.size(), kFirstBytes - std::min(bytes.size(), kFirstBytes));
  return bytes.append(request.body, 0, of_body);
}

asio::awaitable<Connection::Sent> Connection::send(const HttpRequest& request, api::UploadReader& reader) {
  // The header is sent together with what fits beside it; a large body is not copied.
  std::size_t of_body = 0;
  const std::string first = first_bytes(request, of_body);
  const std::string_view rest = std::string_view(request.body).substr(of_body);
  Sent sent;
  sent.error = co_await write(first);
  if (sent.error || (request.multipart == nullptr && rest.empty())) co_return sent;
  read_early();
  if (request.multipart != nullptr) {
    sent.error = co_await write_form(*request.multipart, reader, sent.shrunk);
  } else {
    sent.error = co_await write(rest);
  }
  early_->writing = false;
  // The answer is worth more than the broken pipe behind it.
  const bool broken = sent.error == asio::error::broken_pipe || sent.error == asio::error::connection_reset;
  if (broken || (early_->done && !is_timeout(sent.error))) {
    sent.whole = sent.whole && !sent.error;
    sent.error = {};
  }
  co_return sent;
}

void Connection::read_early() {
  early_ = std::make_shared<Early>(tcp().get_executor());
  // The time limit of reading begins when all is written: early_answer().
  const auto read = [](Connection* self) -> asio::awaitable<ErrorCode> {
    self->tcp().expires_never();
    co_return co_await self->read_answer();
  };
  asio::co_spawn(tcp().get_executor(), read(this),
                 [self = shared_from_this(), early = early_](const std::exception_ptr& failed, ErrorCode error) {
                   if (failed) error = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
                   early->error = error;
                   early->done = true;
                   early->ended.cancel();
                   // Nobody reads the rest of the body: a write that waits for room would wait in vain.
                   ErrorCode ignored;
                   if (early->writing) self->tcp().socket().cancel(ignored);
                 });
}

bool Connection::answered_early() const {
  return early_ != nullptr && early_->done;
}

asio::awaitable<ErrorCode> Connection::early_answer() {
  const std::shared_ptr<Early> early = early_;
  bool late = false;
  early->ended.expires_after(limits_.read);
  while (!early->done) {
    co_await early->ended.async_wait(kTuple);
    if (early->done) break;
    late = true;
    close();  // which ends the reading
    early->ended.expires_at(asio::steady_timer::time_point::max());
  }
  co_return late ? ErrorCode(beast::error::timeout) : early->error;
}

Response Connection::malformed(Stage stage, const std::string& what) const {
  Response answer = failed_at(stage, false, endpoint_.text + " answered with " + what + ".");
  answer.malformed = true;
  return answer;
}

Response Connection::explain(Stage stage, const ErrorCode& error) const {
  const std::string& where = endpoint_.text;
  if (is_timeout(error)) {
    const bool writing = stage == Stage::kWrite;
    return failed_at(stage, true,
                     where + (writing ? " did not take the request within " : " did not answer within ") +
                         limit_text(writing ? limits_.write : limits_.read) + ".");
  }
  if (error == http::error::body_limit) {
    return malformed(stage, "more than " + std::to_string(limits_.answer_bytes / 1024) +
                                " KiB; sonoran_bridge_answer_limit_kib is the bound");
  }
  if (error == http::error::header_limit) {
    return malformed(stage, "a header of more than " + std::to_string(limits::kAnswerHeaderBytes / 1024) + " KiB");
  }
  if (error == http::error::buffer_overflow) {
    return malformed(stage, "chunks whose sizes, extensions or trailers are larger than " +
                                std::to_string(limits::kAnswerFramingBytes / 1024) + " KiB");
  }
  if (stage == Stage::kRead && error.category() == http::make_error_code(http::error::bad_version).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return malformed(stage, "what is no HTTP (" + error.message() + ")");
  }
  return failed_at(stage, false, where + " broke off before it had answered (" + error.message() + ").");
}

Response Connection::response_of(AnswerReader::Message answer) const {
  if (answer.result_int() == kSwitchingProtocols) {
    return malformed(Stage::kRead, "a change of protocol (101) that nobody asked for");
  }
  if (answer.result_int() < 200) {
    return malformed(Stage::kRead, "more than " + std::to_string(limits::kInterimAnswers) +
                                       " interim answers (1xx) before the answer itself");
  }
  Response response;
  response.status = static_cast<int>(answer.result_int());
  const auto header = [&](http::field field) {
    const auto value = answer[field];
    return std::string(value.data(), value.size());
  };
  response.content_type = header(http::field::content_type);
  response.retry_after = header(http::field::retry_after);
  for (const char* name : {"RateLimit-Reset", "X-RateLimit-Reset"}) {
    if (const auto value = answer[name]; response.rate_limit_reset.empty())
      response.rate_limit_reset = std::string(value);
  }
  response.server = header(http::field::server);
  response.date = header(http::field::date);
  const std::string encoding = header(http::field::content_encoding);
  if (!is_encoded(encoding) || answer.body().empty()) {
    response.body = std::move(answer.body());
    return response;
  }
  const std::string what = "a compressed body (Content-Encoding: " + encoding_for_people(encoding) + ")";
  const bool success = response.status >= 200 && response.status < 300;
  if (success) return malformed(Stage::kRead, what + " that nobody asked for");
  // The body cannot be read. Its encoding is shown in its place; the status is still valid.
  response.content_type = "text/plain";
  response.body = what;
  return response;
}

asio::awaitable<Response> Connection::exchange(const HttpRequest& request, bool& stale_connection) {
  stale_connection = false;
  const api::Multipart* const form = request.multipart.get();
  api::UploadReader reader;
  if (form != nullptr && !form->file.path.empty()) {
    if (const Check opened = reader.open(form->file); !opened) {
      co_return failed_at(Stage::kPrepare, false, opened.error().text);
    }
  }
  open_ = false;  // until the answer is complete
  heard_ = false;
  early_.reset();
  const Sent sent = co_await send(request, reader);
  if (sent.shrunk) {
    // The CAD waits for bytes that will not come: close the connection, which ends the request.
    close();
    co_return failed_at(Stage::kPrepare, false,
                        "The file '" + printable(form->file.path, 200) + "' became shorter while it was sent.");
  }
  ErrorCode error = sent.error;
  const Stage stage = error ? Stage::kWrite : Stage::kRead;
  if (error) {
    close();  // which ends what is read meanwhile
  } else if (early_ != nullptr) {
    error = co_await early_answer();
  } else {
    tcp().expires_after(limits_.read);
    error = co_await read_answer();
  }
  tcp().expires_never();
  if (error) {
    stale_connection = kept_ && !is_timeout(error) && !heard_ && error != asio::error::operation_aborted;
    co_return explain(stage, error);
  }
  AnswerReader::Message answer = answer_.take();
  const auto announced = answer[http::field::keep_alive];
  keep_alive_ = {.idle_since = Clock::now(),
                 .answered = true,
                 .announced = parse_keep_alive(std::string_view(announced.data(), announced.size()))};
  // Bytes behind the answer do not belong to it, so this connection must not be used again.
  const bool follows = answer.keep_alive() && sent.whole && !answer_.has_rest();
  Response response = response_of(std::move(answer));
  open_ = follows && response.stage == Stage::kAnswered;
  co_return response;
}

bool Connection::quiet() {
  // Unexpected bytes close the connection, so that the next request cannot read them. TLS sends messages of its own
  // (session tickets): this reads them, and leaves incomplete ones for the next read.
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
  // This waits for readiness and reads only then: a pending TLS read that is cancelled may have consumed bytes.
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
