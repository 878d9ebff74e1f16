#include "net/dialer.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <ctime>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/address_race.h"
#include "net/failure.h"
#include "net/resolver.h"
#include "net/tls.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using api::Response;
using api::Stage;
using ErrorCode = boost::system::error_code;
using Address = AddressMemory::Address;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// How far an attempt got. When several failed, the one that got furthest is reported.
enum class Reach { kNoRoute, kSilent, kRefused, kMute, kAnsweredNoTls, kAnsweredTls };

Reach reach_of_connect(const ErrorCode& error) {
  if (error == beast::error::timeout || error == asio::error::timed_out) return Reach::kSilent;
  if (error == asio::error::connection_refused || error == asio::error::connection_reset) return Reach::kRefused;
  return Reach::kNoRoute;
}

}  // namespace

Dialer::Dialer(asio::any_io_executor executor, Endpoint endpoint, const DialLimits& limits, asio::ssl::context* tls)
    : executor_(std::move(executor)),
      endpoint_(std::move(endpoint)),
      host_(endpoint_.host),
      limits_(limits),
      tls_(tls) {}

/// The attempts of one dial. Their coroutines share it, because they end a turn of the loop after it is over; they
/// touch the dialer only while it is not.
class Dial::Race : public std::enable_shared_from_this<Race> {
 public:
  Race(Dialer& dialer, const std::vector<Address>& addresses)
      : dialer_(dialer), plan_(addresses.size()), change_(dialer.executor_) {
    for (const Address& address : addresses) attempts_.push_back({address, nullptr});
  }

  /// Returns the winner's stream, or the failure to report.
  asio::awaitable<Dialed> run() {
    while (!over_ && !winner_ && !plan_.lost()) {
      if (const auto next = plan_.start(Clock::now())) {
        asio::co_spawn(dialer_.executor_, connect(*next),
                       [race = shared_from_this(), attempt = *next](const std::exception_ptr& lost, bool ready) {
                         race->ended(attempt, ready, lost != nullptr);
                       });
        continue;
      }
      change_.expires_at(plan_.next_start());
      co_await change_.async_wait(kTuple);
    }
    if (over_) co_return failed_at(Stage::kConnect, false, "The connection was given up.");
    if (!winner_) co_return std::move(told_);
    for (const std::size_t slow : plan_.overtaken_by(*winner_)) dialer_.addresses_.failed(attempts_[slow].address);
    Attempt& best = attempts_[*winner_];
    dialer_.addresses_.worked(best.address);
    co_return std::move(best.stream);
  }

  /// Aborts all attempts.
  void close() {
    over_ = true;
    change_.cancel();
    ErrorCode ignored;
    for (const Attempt& one : attempts_) {
      if (one.stream) tcp_of(*one.stream).socket().close(ignored);
    }
  }

 private:
  struct Attempt {
    Address address;
    std::unique_ptr<Stream> stream;  // from its start on; the winner's leaves
  };

  void ended(std::size_t index, bool ready, bool no_memory) {
    if (over_ || winner_) return;
    if (no_memory) {
      tell(index, Reach::kNoRoute, failed_at(Stage::kConnect, false, "There is no memory for a connection"));
    }
    if (ready) {
      winner_ = index;
    } else {
      plan_.failed(index);
      dialer_.addresses_.failed(attempts_[index].address);
    }
    change_.cancel();
  }

  /// Connects and does the handshake. False: it failed, or the race is over.
  asio::awaitable<bool> connect(std::size_t index) {
    Attempt& one = attempts_[index];
    const std::string& where = dialer_.endpoint_.text;
    const DialLimits& limits = dialer_.limits_;
    one.stream = dialer_.tls_ == nullptr
                     ? std::make_unique<Stream>(std::in_place_type<PlainStream>, dialer_.executor_)
                     : std::make_unique<Stream>(std::in_place_type<TlsStream>, dialer_.executor_, *dialer_.tls_);
    PlainStream& tcp = tcp_of(*one.stream);

    tcp.expires_after(limits.connect);
    const auto [connect_error] = co_await tcp.async_connect(one.address, kTuple);
    if (over_ || winner_) co_return false;
    if (connect_error) {
      const bool late = connect_error == beast::error::timeout;
      tell(index, reach_of_connect(connect_error),
           failed_at(Stage::kConnect, late, connect_failure(where, connect_error, limits.connect)));
      co_return false;
    }
    ErrorCode ignored;
    tcp.socket().set_option(asio::ip::tcp::no_delay(true), ignored);

    if (auto* tls = std::get_if<TlsStream>(one.stream.get())) {
      plan_.connected(index, Clock::now());
      change_.cancel();
      SSL* ssl = tls->native_handle();
      if (!expect_peer(ssl, dialer_.host_)) {
        tell(index, Reach::kAnsweredTls, failed_at(Stage::kHandshake, false, unverifiable_name(where)));
        co_return false;
      }
      const bool resumes = dialer_.sessions_.attach(ssl, std::time(nullptr));
      tcp.expires_after(limits.handshake);
      const auto [error] = co_await tls->async_handshake(asio::ssl::stream_base::client, kTuple);
      if (over_ || winner_) co_return false;
      if (error == beast::error::timeout) {
        tell(index, Reach::kMute, failed_at(Stage::kHandshake, true, slow_handshake(where, limits.handshake)));
        co_return false;
      }
      if (error) {
        // The next attempt starts without the session, in case the peer failed because of it.
        if (resumes) dialer_.sessions_.forget();
        HandshakeFailure failure = handshake_failure(ssl, error, where);
        tell(index, failure.spoke_tls ? Reach::kAnsweredTls : Reach::kAnsweredNoTls,
             failed_at(Stage::kHandshake, false, std::move(failure.message)));
        co_return false;
      }
    }
    tcp.expires_never();
    co_return true;
  }

  /// Keeps the failure unless another attempt got further. Its detail is a sentence without the full stop.
  void tell(std::size_t index, Reach reach, Response failure) {
    if (told_reach_ && *told_reach_ >= reach) return;
    told_reach_ = reach;
    told_ = std::move(failure);
    if (attempts_.size() > 1) {
      told_.detail += " (" + std::to_string(attempts_.size()) + " addresses were tried, " +
                      attempts_[index].address.address().to_string() + " got furthest)";
    }
    told_.detail += ".";
  }

  Dialer& dialer_;
  AddressRace plan_;
  asio::steady_timer change_;  // runs out when the next address starts; cancelled when something happened
  std::vector<Attempt> attempts_;
  std::optional<std::size_t> winner_;
  std::optional<Reach> told_reach_;
  Response told_;
  bool over_ = false;
};

class Dial::CloseAtEnd {
 public:
  explicit CloseAtEnd(Race& race) : race_(race) {}
  ~CloseAtEnd() { race_.close(); }
  CloseAtEnd(const CloseAtEnd&) = delete;
  CloseAtEnd& operator=(const CloseAtEnd&) = delete;

 private:
  Race& race_;
};

asio::awaitable<Dialed> Dial::run() {
  const Endpoint& endpoint = dialer_.endpoint_;
  const Duration limit = dialer_.limits_.resolve;
  Resolved resolved = co_await resolve(dialer_.host_, endpoint.port, limit);
  if (resolved.timed_out) {
    co_return failed_at(Stage::kResolve, true, slow_lookup(endpoint.host, limit));
  }
  if (resolved.endpoints.empty()) {
    co_return failed_at(Stage::kResolve, false, failed_lookup(endpoint.host, resolved.error));
  }
  if (!endpoint.tls) {
    for (const Address& address : resolved.endpoints) {
      if (is_loopback(address.address())) continue;
      co_return failed_at(Stage::kResolve, false, open_key(endpoint.text, address.address().to_string()) + ".");
    }
  }
  const auto race = std::make_shared<Race>(dialer_, dialer_.addresses_.order(resolved.endpoints));
  // On every path the losers are closed, and none of them touches the dialer again.
  const CloseAtEnd closes(*race);
  race_ = race.get();
  if (closed_) race->close();
  Dialed dialed = co_await race->run();
  race_ = nullptr;
  co_return std::move(dialed);
}

void Dial::close() {
  closed_ = true;
  if (race_ != nullptr) race_->close();
}

}  // namespace sonoran::net
