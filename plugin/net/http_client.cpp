#include "net/http_client.h"

#include <utility>

#include "core/limits.h"

namespace sonoran::net {

namespace asio = boost::asio;
using api::Lane;
using api::Response;

namespace {

/// Registers a connection as busy for as long as a coroutine uses it, however that ends.
class Busy {
 public:
  Busy(std::set<Connection*>& busy, Connection* connection) : busy_(busy), connection_(connection) {
    busy_.insert(connection_);
  }
  ~Busy() { busy_.erase(connection_); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::set<Connection*>& busy_;
  Connection* connection_;
};

}  // namespace

HttpClient::HttpClient(asio::any_io_executor executor, const Settings& settings, asio::ssl::context* tls,
                       std::string user_agent)
    : dialer_(std::move(executor), settings.endpoint,
              {settings.resolve_timeout, settings.connect_timeout, settings.handshake_timeout}, tls),
      limits_{settings.write_timeout, settings.read_timeout, settings.answer_limit_bytes},
      authorization_("Bearer " + settings.api_key),
      user_agent_(std::move(user_agent)) {}

std::unique_ptr<Connection> HttpClient::make() {
  return std::make_unique<Connection>(dialer_, limits_, authorization_, user_agent_);
}

std::unique_ptr<Connection> HttpClient::take_idle(Lane lane) {
  Idle& kept = idle(lane);
  while (!kept.empty()) {
    std::unique_ptr<Connection> connection = std::move(kept.back());
    kept.pop_back();
    if (connection->usable()) return connection;
  }
  return nullptr;
}

void HttpClient::keep(Lane lane, std::unique_ptr<Connection> connection) {
  if (!closed_ && connection->usable() && idle(lane).size() < limits::kIdleConnections) {
    idle(lane).push_back(std::move(connection));
  }
}

asio::awaitable<Response> HttpClient::exchange(Lane lane, HttpRequest request, bool repeatable) {
  std::unique_ptr<Connection> connection = take_idle(lane);
  for (;;) {
    const bool fresh = connection == nullptr;
    if (fresh) {
      connection = make();
      const Busy busy(busy_, connection.get());
      Response opened = co_await connection->open();
      if (opened.stage != api::Stage::kAnswered) co_return opened;
    }
    Response response;
    bool gone = false;
    {
      const Busy busy(busy_, connection.get());
      response = co_await connection->exchange(request, gone);
    }
    if (gone && !fresh && repeatable && !closed_) {
      connection.reset();
      continue;
    }
    keep(lane, std::move(connection));
    co_return response;
  }
}

asio::awaitable<void> HttpClient::warm(Lane lane) {
  auto& warming = warming_[static_cast<std::size_t>(lane)];
  if (warming || closed_) co_return;
  if (auto connection = take_idle(lane)) {
    keep(lane, std::move(connection));
    co_return;
  }
  warming = true;
  auto connection = make();
  {
    const Busy busy(busy_, connection.get());
    const Response opened = co_await connection->open();
    // That it failed is not worth a word: the first request will find out, and say so.
    static_cast<void>(opened);
  }
  warming = false;
  keep(lane, std::move(connection));
}

void HttpClient::close() {
  closed_ = true;
  for (Connection* connection : busy_) connection->close();
  for (Idle& kept : idle_) kept.clear();
}

}  // namespace sonoran::net
