#include "simulator/hub_connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <exception>
#include <utility>

namespace sonoran::simulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMostMessageBytes = std::size_t{16} << 20;
constexpr std::chrono::milliseconds kLook{20};  // how often to look whether sending is allowed again
constexpr std::string_view kPing = "{\"type\":6}\x1e";

/// At most so many bytes of `text`, and no part of a character: each text message must be valid.
std::size_t whole_characters(std::string_view text, std::size_t most) {
  std::size_t size = std::min(text.size(), std::max<std::size_t>(most, 4));
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return size;
}

}  // namespace

class HubConnection::Socket : public websocket::stream<net::AnyStream, false> {
 public:
  using stream::stream;
};

HubConnection::HubConnection(net::Stream& stream, Hub& hub, std::uint64_t id, std::function<void()> heard,
                             std::function<bool()> silenced)
    : stream_(stream),
      hub_(hub),
      id_(id),
      heard_(std::move(heard)),
      silenced_(std::move(silenced)),
      change_(net::tcp_of(stream).get_executor()) {}

void HubConnection::queue(HubSending sending) {
  const Time due = std::chrono::steady_clock::now() + sending.delay + std::chrono::milliseconds(hub_.rules().join_ms);
  queue_.emplace(due, std::move(sending));
  change_.cancel();
}

asio::awaitable<bool> HubConnection::run(const Upgrade& upgrade) {
  Socket socket{net::AnyStream(stream_)};
  socket.read_message_max(kMostMessageBytes);
  const auto [refused] = co_await socket.async_accept(upgrade, kTuple);
  if (refused) co_return false;
  received_ = sent_ = std::chrono::steady_clock::now();
  heard_();
  hub_.open(id_, [this](HubSending sending) { queue(std::move(sending)); });
  writing_ = true;
  asio::co_spawn(change_.get_executor(), write(socket), [self = shared_from_this()](const std::exception_ptr&) {
    self->writing_ = false;
    self->change_.cancel();
  });
  beast::flat_buffer buffer;
  bool closed = false;
  for (;;) {
    const auto [error, got] = co_await socket.async_read(buffer, kTuple);
    closed = error == websocket::error::closed;
    if (error) break;
    received_ = std::chrono::steady_clock::now();
    heard_();
    const auto bytes = buffer.cdata();
    hub_.receive(id_, {static_cast<const char*>(bytes.data()), bytes.size()}, received_);
    buffer.clear();
  }
  hub_.gone(id_);
  over_ = true;
  change_.expires_at(Time::max());  // this wakes the coroutine that waits for it
  if (!closed) net::tcp_of(stream_).cancel();
  while (writing_) co_await change_.async_wait(kTuple);
  co_return closed;
}

asio::awaitable<void> HubConnection::write(Socket& socket) {
  while (!over_) {
    const Time now = std::chrono::steady_clock::now();
    const HubRules& rules = hub_.rules();
    if (silenced_() || rules.mute) {
      change_.expires_after(kLook);
      co_await change_.async_wait(kTuple);
      continue;
    }
    if (!queue_.empty() && queue_.begin()->first <= now) {
      HubSending next = std::move(queue_.extract(queue_.begin()).mapped());
      // Records that are not late are joined.
      while (rules.join_ms != 0 && !next.close && !queue_.empty() && queue_.begin()->second.delay == next.delay) {
        HubSending other = std::move(queue_.extract(queue_.begin()).mapped());
        next.records += other.records;
        next.close = other.close;
        next.code = other.code;
      }
      if (!co_await send(socket, std::move(next))) break;
      continue;
    }
    const Time ping = sent_ + std::chrono::milliseconds(rules.ping_ms);
    if (rules.ping_ms != 0 && ping <= now) {
      if (!co_await send_message(socket, kPing)) break;
      continue;
    }
    const Time limit = received_ + std::chrono::milliseconds(rules.timeout_ms);
    if (rules.timeout_ms != 0 && limit <= now && !std::exchange(timed_out_, true)) {
      hub_.silent(id_);
      continue;
    }
    Time next = now + std::chrono::seconds(1);  // the rules may change
    if (!queue_.empty()) next = std::min(next, queue_.begin()->first);
    if (rules.ping_ms != 0) next = std::min(next, ping);
    if (rules.timeout_ms != 0 && !timed_out_) next = std::min(next, limit);
    change_.expires_at(next);
    co_await change_.async_wait(kTuple);
  }
}

asio::awaitable<bool> HubConnection::send(Socket& socket, HubSending sending) {
  std::string_view rest = sending.records;
  const std::size_t split = hub_.rules().split;
  while (!rest.empty()) {
    const std::size_t size = split == 0 ? rest.size() : whole_characters(rest, split);
    if (!co_await send_message(socket, rest.substr(0, size))) co_return false;
    rest.remove_prefix(size);
  }
  if (sending.close) {
    const websocket::close_reason reason(static_cast<websocket::close_code>(sending.code));
    co_await socket.async_close(reason, kTuple);
    co_return false;
  }
  co_return true;
}

asio::awaitable<bool> HubConnection::send_message(Socket& socket, std::string_view message) {
  socket.text(true);
  const std::size_t fragment = hub_.rules().fragment;
  do {
    const std::size_t size = fragment == 0 ? message.size() : std::min(fragment, message.size());
    const bool last = size == message.size();
    const auto [error, sent] = co_await socket.async_write_some(last, asio::buffer(message.data(), size), kTuple);
    if (error) co_return false;
    message.remove_prefix(size);
  } while (!message.empty());
  sent_ = std::chrono::steady_clock::now();
  co_return true;
}

}  // namespace sonoran::simulator
