#include "net/http_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "core/limits.h"

namespace sonoran::net {

namespace asio = boost::asio;
using api::Lane;
using api::Response;
using schedule::Copy;
using schedule::HedgeEnd;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// Registers a connection as busy while this object lives.
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

bool is_answer(const Response& response) {
  return response.stage == api::Stage::kAnswered;
}

}  // namespace

/// A request on a kept connection, and its second copy. Shared by the two coroutines and by the timer between them,
/// whose handler may come after the first has ended.
struct HttpClient::Race {
  Race(const asio::any_io_executor& executor, Sending how) : sending(std::move(how)), timer(executor) {}

  HttpRequest request;
  Sending sending;
  asio::steady_timer timer;  // first until the second copy is due, then until that copy has ended
  std::shared_ptr<Connection> first, second;
  bool decided = false;         // the result of the other copy no longer counts
  bool running = false;         // the second copy is on its way
  bool left = false;            // it had a connection, so a part of it may have left the machine
  std::optional<Response> won;  // its answer, which came first
};

/// Marks the second copy as running while this object lives.
class HttpClient::Running {
 public:
  explicit Running(Race& race) : race_(race) { race_.running = true; }
  ~Running() {
    race_.running = false;
    race_.timer.cancel();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Race& race_;
};

HttpClient::HttpClient(asio::any_io_executor executor, const Settings& settings, asio::ssl::context* tls,
                       std::string user_agent)
    : executor_(std::move(executor)),
      dialer_(executor_, settings.endpoint,
              {settings.resolve_timeout, settings.connect_timeout, settings.handshake_timeout}, tls),
      limits_{settings.write_timeout, settings.read_timeout, settings.answer_limit_bytes},
      authorization_("Bearer " + settings.api_key),
      user_agent_(std::move(user_agent)),
      idle_(executor_) {}

std::shared_ptr<Connection> HttpClient::make() {
  return std::make_shared<Connection>(dialer_, limits_, authorization_, user_agent_);
}

void HttpClient::store(Lane lane, std::shared_ptr<Connection> connection) {
  if (!closed_) idle_.store(lane, std::move(connection));
}

asio::awaitable<Exchanged> HttpClient::exchange(HttpRequest request, Sending sending) {
  Exchanged exchanged;
  bool gone = false;
  std::shared_ptr<Connection> connection = idle_.take(sending.lane, sending.repeatable);
  if (connection != nullptr) {
    if (sending.hedged) {
      const auto both = std::make_shared<Race>(executor_, sending);
      both->request = std::move(request);
      both->first = std::move(connection);
      exchanged = co_await race(both, gone);
      request = std::move(both->request);
    } else {
      const Busy busy(busy_, connection.get());
      exchanged.response = co_await connection->exchange(request, gone);
      if (is_answer(exchanged.response)) store(sending.lane, std::move(connection));
    }
    const bool again = gone && sending.repeatable && !closed_ && sending.permit(Copy::kReplace);
    if (!again) co_return exchanged;
  }
  connection = make();
  const Busy busy(busy_, connection.get());
  exchanged.response = co_await connection->open();
  if (!is_answer(exchanged.response)) co_return exchanged;
  exchanged.response = co_await connection->exchange(request, gone);
  if (is_answer(exchanged.response)) store(sending.lane, std::move(connection));
  co_return exchanged;
}

asio::awaitable<Exchanged> HttpClient::race(std::shared_ptr<Race> race, bool& gone) {
  race->timer.expires_after(std::chrono::milliseconds(limits::kHedge_ms));
  race->timer.async_wait([this, race](const boost::system::error_code& error) {
    if (error || race->decided || race->first->heard() || closed_ || !race->sending.permit(Copy::kHedge)) return;
    race->second = make();
    race->running = true;
    asio::co_spawn(executor_, send_second(race), asio::detached);
  });
  Exchanged exchanged;
  {
    const Busy busy(busy_, race->first.get());
    exchanged.response = co_await race->first->exchange(race->request, gone);
  }
  const bool hedged = race->second != nullptr;
  if (is_answer(exchanged.response) && !race->won) {
    race->decided = true;
    race->timer.cancel();
    if (hedged) race->second->reset();
    store(race->sending.lane, race->first);
  } else if (hedged) {
    // The second copy may still be answered.
    race->timer.expires_at(Time::max());
    while (race->running) co_await race->timer.async_wait(kTuple);
  }
  race->decided = true;
  race->timer.cancel();
  if (!hedged) co_return exchanged;
  gone = false;
  exchanged.hedge = race->left ? HedgeEnd::kLost : HedgeEnd::kNeverLeft;
  if (auto& won = race->won) exchanged = {.response = std::move(*won), .hedge = HedgeEnd::kWon};
  co_return exchanged;
}

asio::awaitable<void> HttpClient::send_second(std::shared_ptr<Race> race) {
  const Running running(*race);
  const Busy busy(busy_, race->second.get());
  const Response opened = co_await race->second->open();
  // While it was opened, the first copy may have been answered.
  if (!is_answer(opened) || race->decided) co_return;
  race->left = true;
  bool gone = false;
  Response response = co_await race->second->exchange(race->request, gone);
  if (!is_answer(response) || race->decided) co_return;
  race->decided = true;
  race->won = std::move(response);
  race->first->reset();
  store(race->sending.lane, race->second);
}

asio::awaitable<void> HttpClient::warm(Lane lane, Duration age) {
  auto& warming = warming_[static_cast<std::size_t>(lane)];
  if (warming || closed_ || idle_.has_younger(lane, age)) co_return;
  warming = true;
  auto connection = make();
  Response opened;
  {
    const Busy busy(busy_, connection.get());
    opened = co_await connection->open();
  }
  warming = false;
  // A failure is not reported here: the first request meets it and reports it.
  if (!is_answer(opened)) co_return;
  idle_.drop_older(lane, age);
  store(lane, std::move(connection));
}

void HttpClient::close() {
  closed_ = true;
  for (Connection* connection : busy_) connection->close();
  idle_.close();
}

}  // namespace sonoran::net
