#include "net/websocket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "core/text.h"
#include "net/any_stream.h"
#include "net/failure.h"
#include "net/socket_options.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using api::Response;
using api::Stage;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr int kSwitchingProtocols = 101;

}  // namespace

struct WebSocket::Open {
  explicit Open(Stream& stream) : socket(AnyStream(stream)) {}

  // Without permessage-deflate: no compression is offered, and no code for it is there.
  websocket::stream<AnyStream, false> socket;
  beast::flat_buffer buffer;
};

WebSocket::WebSocket(Dialer& dialer, const WebSocketLimits& limits, const std::string& user_agent)
    : dialer_(dialer), limits_(limits), user_agent_(user_agent), dial_(dialer) {}

WebSocket::~WebSocket() = default;

asio::awaitable<Response> WebSocket::open(std::string target) {
  Dialed dialed = co_await dial_.run();
  if (auto* failed = std::get_if<Response>(&dialed)) co_return std::move(*failed);
  stream_ = std::move(std::get<std::unique_ptr<Stream>>(dialed));
  if (closed_) {
    close();
    co_return failed_at(Stage::kConnect, false, "The connection was given up.");
  }
  set_options(tcp_of(*stream_).socket());
  tcp_of(*stream_).expires_never();
  open_ = std::make_unique<Open>(*stream_);
  auto& socket = open_->socket;
  const Endpoint& endpoint = dialer_.endpoint();
  socket.set_option(websocket::stream_base::timeout{limits_.upgrade, websocket::stream_base::none(), false});
  socket.set_option(websocket::stream_base::decorator(
      [this](websocket::request_type& request) { request.set(beast::http::field::user_agent, user_agent_); }));
  socket.read_message_max(limits_.message_bytes);
  websocket::response_type answer;
  const auto [error] =
      co_await socket.async_handshake(answer, endpoint.host_header, endpoint.base_path + target, kTuple);
  // Only with this error `answer` was received. Otherwise it has the status that Beast initialises it with.
  if (error == websocket::error::upgrade_declined) {
    Response refused;
    refused.status = static_cast<int>(answer.result_int());
    refused.body = std::move(answer.body());
    refused.server = std::string(answer[beast::http::field::server]);
    close();
    co_return refused;
  }
  if (error) {
    const bool late = error == beast::error::timeout;
    const std::string what = late ? " did not answer within " + limit_text(limits_.upgrade)
                                  : " did not answer the request for a WebSocket (" + error.message() + ")";
    close();
    co_return failed_at(Stage::kRead, late, endpoint.text + what + ".");
  }
  // How long the peer may be silent is the caller's decision.
  socket.set_option(
      websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
  socket.text(true);
  Response opened;
  opened.status = kSwitchingProtocols;
  co_return opened;
}

asio::awaitable<std::optional<std::string_view>> WebSocket::receive() {
  auto& [socket, buffer] = *open_;
  buffer.clear();
  const auto [error, got] = co_await socket.async_read(buffer, kTuple);
  if (!error) {
    const auto bytes = buffer.cdata();
    co_return std::string_view(static_cast<const char*>(bytes.data()), bytes.size());
  }
  const std::string& where = dialer_.endpoint().text;
  if (error == websocket::error::message_too_big) {
    overlong_ = true;
    end_ = where + " sent a message of more than " + std::to_string(limits_.message_bytes) + " bytes.";
  } else if (error == websocket::error::closed) {
    const auto& reason = socket.reason();
    end_ = where + " closed the connection (code " + std::to_string(reason.code);
    // A close frame has room for 123 bytes, so nothing is cut before secrets are removed.
    if (!reason.reason.empty()) end_ += ", '" + printable({reason.reason.data(), reason.reason.size()}, 123) + "'";
    end_ += ").";
  } else {
    end_ = where + " broke the connection off (" + error.message() + ").";
  }
  close();
  co_return std::nullopt;
}

asio::awaitable<bool> WebSocket::send(std::string message) {
  if (closed_) co_return false;
  const auto [error, sent] = co_await open_->socket.async_write(asio::buffer(message), kTuple);
  co_return !error;
}

void WebSocket::close() {
  closed_ = true;
  dial_.close();
  boost::system::error_code ignored;
  if (stream_) tcp_of(*stream_).socket().close(ignored);
}

}  // namespace sonoran::net
