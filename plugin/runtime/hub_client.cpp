#include "runtime/hub_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <charconv>
#include <deque>
#include <memory>
#include <utility>

#include "api/json.h"
#include "api/raw_json.h"
#include "api/record_splitter.h"
#include "api/uri.h"
#include "core/limits.h"
#include "core/redaction.h"
#include "core/text.h"
#include "net/websocket.h"

namespace sonoran::runtime {
namespace {

namespace asio = boost::asio;
using api::HubRecord;
using api::HubRecordType;
using schedule::HubAction;
using schedule::HubEnd;
using schedule::HubState;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kTarget = "/apiWsHub";
constexpr std::string_view kAuthentication = "1";  // its id: there is one per connection
constexpr char kLocation = 'l';                    // begins the id of a call of unitLocation, before its number
constexpr int kSwitchingProtocols = 101;

bool is_push(std::string_view target) {
  // By the protocol case matters; Microsoft's client ignores it.
  constexpr std::string_view kPush = "pushEvent";
  return boost::beast::iequals({target.data(), target.size()}, {kPush.data(), kPush.size()});
}

/// Shows the words of another program. The API key must have been taken out of them.
std::string reason_of(std::string_view words) {
  return words.empty() ? "" : ": " + in_quotes(words, 200);
}

/// After so many records other work of the loop has its turn.
constexpr int kTurnRecords = 64;

}  // namespace

struct HubClient::Loop {
  explicit Loop(HubClient& of) : client(of), change(of.executor_), writable(of.executor_), ended(of.executor_) {
    client.loop_ = this;
  }
  ~Loop() { client.loop_ = nullptr; }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  HubClient& client;
  asio::steady_timer change;    // until the link has something to do; cancelled when that may be earlier
  asio::steady_timer writable;  // cancelled when there is something to write
  asio::steady_timer ended;     // cancelled when a helper has ended
  std::unique_ptr<net::WebSocket> socket;
  std::deque<std::string> outgoing;
  int helpers = 0;
};

class HubClient::Helping {
 public:
  explicit Helping(HubClient& client) : client_(client) { ++client_.loop_->helpers; }
  ~Helping() {
    if (client_.loop_ == nullptr) return;  // the loop's context is being destroyed, with all coroutines
    --client_.loop_->helpers;
    client_.loop_->ended.cancel();
  }
  Helping(const Helping&) = delete;
  Helping& operator=(const Helping&) = delete;

 private:
  HubClient& client_;
};

HubClient::HubClient(asio::any_io_executor executor, const Settings& settings, net::HttpClient& http,
                     asio::ssl::context* tls, std::string user_agent, schedule::Random random, Told told)
    : executor_(std::move(executor)),
      settings_(settings),
      http_(http),
      dialer_(executor_, settings.endpoint,
              {settings.resolve_timeout, settings.connect_timeout, settings.handshake_timeout}, tls),
      user_agent_(std::move(user_agent)),
      told_(std::move(told)),
      link_(Clock::now(), random) {}

void HubClient::start() {
  asio::co_spawn(executor_, run(), asio::detached);
}

void HubClient::look_again() {
  if (loop_ == nullptr) return;
  loop_->change.cancel();
  loop_->writable.cancel();
}

void HubClient::locate(std::uint64_t number, std::string_view arguments) {
  if (link_.state() != HubState::kUp) return;
  send(api::hub_invocation(kLocation + std::to_string(number), "unitLocation", arguments));
}

void HubClient::close() {
  closed_ = true;
  if (loop_ != nullptr && loop_->socket) loop_->socket->close();
  look_again();
}

asio::awaitable<void> HubClient::run() {
  Loop loop(*this);
  while (!closed_) {
    if (link_.next(Clock::now()) == HubAction::kConnect) {
      over_ = false;
      try {
        co_await connect(loop);
      } catch (const std::exception& error) {
        end(HubEnd::kUnreachable, std::string("a defect of the bridge, ") + error.what() + ".");
      }
      // The helpers use the socket.
      while (loop.helpers != 0) {
        loop.ended.expires_at(Time::max());
        look_again();
        co_await loop.ended.async_wait(kTuple);
      }
      loop.socket.reset();
      loop.outgoing.clear();
      continue;
    }
    loop.change.expires_at(link_.due());
    co_await loop.change.async_wait(kTuple);
  }
}

void HubClient::end(HubEnd reason, std::string message) {
  if (std::exchange(over_, true)) return;
  redact_in_either_case(message, settings_.api_key);
  const bool was_up = link_.state() == HubState::kUp;
  // Each kind of trouble is logged once until the connection was up again. If the other way of opening is tried next,
  // nothing is logged yet.
  const bool tries_on = reason == HubEnd::kTurnedAway && !link_.negotiates();
  if (!closed_ && !tries_on && (was_up || complained_ != reason)) {
    complained_ = reason;
    const bool configuration = reason == HubEnd::kRefused;
    told_.log({configuration ? LogLevel::kError : LogLevel::kWarn,
               "The CAD's events do not come: " + message +
                   (configuration ? " It is tried again once a minute." : " The connection is tried again.")});
  }
  link_.ended(reason, std::move(message), Clock::now());
  if (loop_ != nullptr && loop_->socket) loop_->socket->close();
  look_again();
  if (was_up) told_.change(false);
}

asio::awaitable<std::optional<std::string>> HubClient::negotiate() {
  net::HttpRequest request;
  request.method = "POST";
  request.target = std::string(kTarget) + "/negotiate?negotiateVersion=1";
  request.authenticated = false;
  net::Exchanged exchanged = co_await http_.exchange(std::move(request), net::Sending{});
  api::Response& response = exchanged.response;
  redact_in_either_case(response.body, settings_.api_key);
  if (response.stage != api::Stage::kAnswered) {
    end(HubEnd::kUnreachable, response.detail);
    co_return std::nullopt;
  }
  std::string token;
  std::string error;
  bool elsewhere = false;
  const api::RawObject answer(api::readable_json(response.body));
  for (const api::RawMember& member : answer.members()) {
    const std::string text = api::string_of(member.raw).value_or("");
    // Before version 1 the id was the token.
    if (member.name == "connectionToken" || (member.name == "connectionId" && token.empty())) token = text;
    if (member.name == "error") error = text;
    if (member.name == "url" && !text.empty()) elsewhere = true;
  }
  if (response.status == 200 && !token.empty() && error.empty() && !elsewhere) co_return token;
  std::string message = "the hub at " + settings_.endpoint.text + " refused the negotiation (status " +
                        std::to_string(response.status) + reason_of(error) + ").";
  if (elsewhere) message = "the hub sends to another address, which is not followed.";
  end(HubEnd::kTurnedAway, std::move(message));
  co_return std::nullopt;
}

asio::awaitable<void> HubClient::connect(Loop& loop) {
  std::string target(kTarget);
  if (link_.negotiates()) {
    const auto token = co_await negotiate();
    if (!token) co_return;
    target += "?id=";
    api::append_percent_encoded(target, *token);
  }
  loop.socket = std::make_unique<net::WebSocket>(
      dialer_, net::WebSocketLimits{settings_.read_timeout, limits::kHubRecordBytes + 1}, user_agent_);
  if (closed_) co_return;
  api::Response opened = co_await loop.socket->open(std::move(target));
  if (opened.stage != api::Stage::kAnswered) co_return end(HubEnd::kUnreachable, opened.detail);
  if (opened.status != kSwitchingProtocols) {
    redact_in_either_case(opened.server, settings_.api_key);
    co_return end(HubEnd::kTurnedAway, settings_.endpoint.text + " answered the request for a WebSocket with status " +
                                           std::to_string(opened.status) + reason_of(opened.server) + ".");
  }
  link_.connected(Clock::now());
  send(api::hub_handshake());
  help(watch(loop));
  help(write(loop));
  co_await receive(loop);
}

void HubClient::help(asio::awaitable<void> work) {
  // It counts from here on, even before the coroutine has begun.
  auto helping = std::make_unique<Helping>(*this);
  asio::co_spawn(
      executor_,
      [](HubClient& client, std::unique_ptr<Helping> /*counted*/,
         asio::awaitable<void> helper) -> asio::awaitable<void> {
        try {
          co_await std::move(helper);
        } catch (const std::exception& error) {
          client.end(HubEnd::kUnreachable, std::string("a defect of the bridge, ") + error.what() + ".");
        }
      }(*this, std::move(helping), std::move(work)),
      asio::detached);
}

void HubClient::send(std::string record) {
  if (over_ || loop_ == nullptr) return;
  if (loop_->outgoing.size() >= limits::kHubUnsent)
    return end(HubEnd::kSilent, "the hub does not read what it is sent.");
  loop_->outgoing.push_back(std::move(record));
  loop_->writable.cancel();
}

asio::awaitable<void> HubClient::write(Loop& loop) {
  while (!over_ && !closed_) {
    if (loop.outgoing.empty()) {
      loop.writable.expires_at(Time::max());
      co_await loop.writable.async_wait(kTuple);
      continue;
    }
    std::string record = std::move(loop.outgoing.front());
    loop.outgoing.pop_front();
    if (co_await loop.socket->send(std::move(record))) link_.sent(Clock::now());
  }
}

asio::awaitable<void> HubClient::receive(Loop& loop) {
  api::RecordSplitter splitter(limits::kHubRecordBytes);
  int taken = 0;
  while (!over_) {
    const auto message = co_await loop.socket->receive();
    if (!message) {
      co_return end(loop.socket->overlong() ? HubEnd::kUnreadable : HubEnd::kUnreachable, loop.socket->end());
    }
    link_.heard(Clock::now());
    splitter.add(*message);
    while (const auto record = splitter.next()) {
      if (!take(*record)) co_return;  // the loop's condition; NOLINT(bugprone-unchecked-optional-access)
      if (++taken % kTurnRecords != 0) continue;
      told_.pause();
      co_await asio::post(executor_, asio::use_awaitable);
      if (over_ || closed_) co_return;
    }
    if (splitter.overlong()) {
      co_return end(HubEnd::kUnreadable,
                    "the hub sent a record of more than " + std::to_string(limits::kHubRecordBytes) + " bytes.");
    }
    told_.pause();
    loop.change.cancel();
  }
}

asio::awaitable<void> HubClient::watch(Loop& loop) {
  while (!over_ && !closed_) {
    const HubAction action = link_.next(Clock::now());
    if (action == HubAction::kGiveUp) co_return end(HubEnd::kSilent, "the hub has said nothing for too long.");
    if (action == HubAction::kPing) {
      // It counts as sent before it has left. If it does not leave, the silence that follows ends the connection.
      link_.sent(Clock::now());
      send(api::hub_ping());
      continue;
    }
    loop.change.expires_at(link_.due());
    co_await loop.change.async_wait(kTuple);
  }
}

bool HubClient::take(std::string_view record_text) {
  // Before the record is read or cut, because events and refusals may repeat the key.
  std::string text(record_text);
  redact_in_either_case(text, settings_.api_key);
  if (link_.state() == HubState::kHandshaking) {
    std::string refusal = api::handshake_refusal(text);
    if (!refusal.empty()) {
      end(HubEnd::kUnreadable, std::move(refusal));
      return false;
    }
    link_.shaken(Clock::now());
    send(api::hub_authentication(kAuthentication, settings_.community_id, settings_.api_key, settings_.server_id));
    return true;
  }
  const auto record = api::read_hub_record(text);
  if (!record) {
    ++counts_.unreadable;
    return true;
  }
  switch (record->type) {
    case HubRecordType::kInvocation:
      take_invocation(*record);
      return true;
    case HubRecordType::kCompletion:
      return take_completion(*record);
    case HubRecordType::kClose:
      return take_close(*record);
    case HubRecordType::kStreamInvocation:
      if (record->id) send(api::hub_error(*record->id, "Nothing streams here."));
      return true;
    case HubRecordType::kUnknown:
      ++counts_.unknown;
      return true;
    default:
      return true;
  }
}

void HubClient::take_invocation(const HubRecord& record) {
  if (!is_push(record.target)) {
    ++counts_.unknown;
    if (record.id) send(api::hub_error(*record.id, "There is no such method."));
    return;
  }
  if (record.id) send(api::hub_result(*record.id, "null"));
  auto event = api::read_pushed_event(record.arguments);
  if (!event) {
    ++counts_.unreadable;
    return;
  }
  told_.event(std::move(*event));
}

bool HubClient::take_located(const HubRecord& record) {
  // take_completion() has looked at the id. NOLINTNEXTLINE(bugprone-unchecked-optional-access)
  const std::string_view id = std::string_view(*record.id).substr(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc() || end != id.data() + id.size()) return true;
  const api::HubAnswer answer = api::read_hub_answer(record);
  told_.located(number, answer);
  if (answer.refusal != api::HubRefusal::kUnauthenticated) return true;
  // Ends the connection, because only a new one authenticates again.
  this->end(HubEnd::kClosed, "the CAD no longer knows who sends positions ('" + answer.error + "').");
  return false;
}

bool HubClient::take_completion(const HubRecord& record) {
  if (record.id && record.id->starts_with(kLocation) && link_.state() == HubState::kUp) return take_located(record);
  if (record.id != kAuthentication || link_.state() != HubState::kAuthenticating) return true;
  const api::HubAnswer answer = api::read_hub_answer(record);
  if (answer.success) {
    link_.authenticated(Clock::now());
    complained_.reset();
    told_.log({LogLevel::kInfo, "The CAD's events come in."});
    told_.change(true);
    return true;
  }
  end(HubEnd::kRefused,
      "the CAD refuses this server ('" + answer.error +
          "'); sonoran_communityID, sonoran_apiKey and sonoran_serverId must be those of the community.");
  return false;
}

bool HubClient::take_close(const HubRecord& record) {
  const std::string words = reason_of(record.error.value_or(""));
  // This too is an answer to the authentication.
  if (link_.state() == HubState::kAuthenticating && !record.allow_reconnect) {
    end(HubEnd::kRefused, "the CAD closes the connection instead of answering the authentication" + words +
                              "; see sonoran_communityID, sonoran_apiKey and sonoran_serverId.");
  } else {
    end(record.allow_reconnect ? HubEnd::kClosed : HubEnd::kDismissed, "the CAD closes the connection" + words + ".");
  }
  return false;
}

}  // namespace sonoran::runtime
