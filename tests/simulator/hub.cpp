#include "simulator/hub.h"

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>
#include <vector>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

constexpr char kEnd = '\x1e';
constexpr std::size_t kMostRecords = 20'000;
constexpr std::size_t kMostUpdates = 25;
enum RecordType : int { kInvocation = 1, kStreamInvocation = 4, kCompletion = 3, kPing = 6, kClose = 7 };

std::string_view text_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool flag_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

json::object refusal(std::string_view words, std::size_t count = 0) {
  return {{"success", false}, {"error", words}, {"count", count}};
}

/// What is wrong with an update of a unit's place; "": it is good.
std::string complaint_about(const json::value& update) {
  if (!update.is_object()) return "An update must be an object.";
  const json::object& object = update.get_object();
  if (text_at(object, "location").empty()) return "Missing unit location.";
  const json::value* coordinates = object.if_contains("coordinates");
  if (coordinates == nullptr || !coordinates->is_object()) return "Missing unit coordinates.";
  for (const std::string_view axis : {"x", "y", "z", "w"}) {
    const json::value* number = coordinates->get_object().if_contains(axis);
    if (number == nullptr || !number->is_number()) return "Missing unit coordinates.";
  }
  for (const std::string_view target : {"communityUserId", "roblox", "apiId", "identId"}) {
    if (object.contains(target)) return "";
  }
  return "An update requires identId, communityUserId, apiId or roblox.";
}

/// The update in the form of the HTTP route.
json::object as_http(json::object update) {
  if (const json::value* id = update.if_contains("apiId")) update["communityUserId"] = *id;
  if (const json::value* id = update.if_contains("identId")) update["identIds"] = json::array{*id};
  return update;
}

}  // namespace

std::optional<Answer> Hub::answer(const Request& request) {
  const std::string_view part = hub_part(request.target);
  if (part == "negotiate") {
    if (request.method != "POST") return problem(405, "Negotiation is a POST.", request.target);
    if (!rules().negotiate_error.empty())
      return json_answer(200, json::serialize(json::object{{"error", rules().negotiate_error}}));
    const std::string token = "token-" + std::to_string(++tokens_);
    negotiated_[token] = false;
    const json::array transports = {{{"transport", "WebSockets"}, {"transferFormats", {"Text", "Binary"}}}};
    return json_answer(200, json::serialize(json::object{{"negotiateVersion", 1},
                                                         {"connectionId", "public-" + token},
                                                         {"connectionToken", token},
                                                         {"availableTransports", transports}}));
  }
  if (part != "hub") return std::nullopt;
  if (request.method != "GET" || request.header("Sec-WebSocket-Key").empty())
    return Answer{400, "text/plain", "Connection ID required", {}};
  const Target target = parse_target(request.target).value_or(Target{});
  if (const std::string* id = target.query_value("id")) {
    const auto known = negotiated_.find(*id);
    if (known == negotiated_.end()) return Answer{404, "text/plain", "No Connection with that ID", {}};
    if (known->second) return Answer{409, "text/plain", "That connection ID is in use.", {}};
    known->second = true;
  } else if (!rules().direct) {
    return Answer{400, "text/plain", "Connection ID required", {}};
  }
  return Answer{101, "", "", {}};
}

void Hub::open(std::uint64_t connection, Send send) {
  ++opened_;
  clients_[connection].send = std::move(send);
}

void Hub::record(std::uint64_t connection, bool by_client, std::string text, Time now) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  records_.push_back({connection, by_client, us, std::move(text)});
  ++recorded_;
  if (records_.size() > kMostRecords) records_.pop_front();
}

void Hub::tell(std::uint64_t connection, Client& client, const json::object& object, bool completion) {
  const std::string text = json::serialize(object);
  record(connection, false, text, std::chrono::steady_clock::now());
  HubSending sending;
  sending.records = text + kEnd;
  sending.completion = completion;
  if (completion) sending.delay = std::chrono::milliseconds(rules().late_ms);
  client.send(std::move(sending));
}

void Hub::end(std::uint64_t connection, Client& client, const json::object& last) {
  const std::string text = json::serialize(last);
  record(connection, false, text, std::chrono::steady_clock::now());
  client.ended = true;
  HubSending sending;
  sending.records = text + kEnd;
  sending.close = true;
  client.send(std::move(sending));
}

void Hub::silent(std::uint64_t connection) {
  end(connection, clients_.at(connection),
      {{"type", kClose}, {"error", "OperationCanceledException: the client was silent for too long."}});
}

void Hub::receive(std::uint64_t connection, std::string_view message, Time now) {
  Client& client = clients_.at(connection);
  client.rest += message;
  while (!client.ended) {
    const std::size_t size = std::min(client.rest.find(kEnd), client.rest.size());
    if (size > rules().record_bytes) {
      return end(connection, client,
                 {{"type", kClose},
                  {"error", "InvalidDataException: the maximum message size of " +
                                std::to_string(rules().record_bytes) + "B was exceeded."}});
    }
    if (size == client.rest.size()) return;
    const std::string text = client.rest.substr(0, size);
    client.rest.erase(0, size + 1);
    record(connection, true, text, now);
    take(connection, client, text, now);
  }
}

void Hub::take(std::uint64_t connection, Client& client, const std::string& text, Time now) {
  boost::system::error_code error;
  const json::value parsed = json::parse(text, error);
  if (error || !parsed.is_object())
    return end(connection, client, {{"type", kClose}, {"error", "InvalidDataException: this is no record."}});
  const json::object& object = parsed.get_object();
  if (!client.shaken) return shake(connection, client, object);
  const json::value* type = object.if_contains("type");
  if (type == nullptr || !type->is_int64())
    return end(connection, client, {{"type", kClose}, {"error", "InvalidDataException: a record has a type."}});
  switch (type->get_int64()) {
    case kInvocation:
      return invoke(connection, client, object, now);
    case kStreamInvocation:
      return tell(connection, client,
                  {{"type", kCompletion},
                   {"invocationId", text_at(object, "invocationId")},
                   {"error", "HubException: no method of this hub streams."}},
                  true);
    case kClose: {
      client.ended = true;
      HubSending sending;
      sending.close = true;
      return client.send(std::move(sending));
    }
    default:
      return;  // a ping, an answer to our invocation (which is recorded), or an unknown type
  }
}

void Hub::shake(std::uint64_t connection, Client& client, const json::object& object) {
  if (rules().handshake_silent) return;
  std::string error = rules().handshake_error;
  const json::value* version = object.if_contains("version");
  if (error.empty() && text_at(object, "protocol") != "json") error = "The protocol is not supported.";
  if (error.empty() && (version == nullptr || *version != 1)) error = "The protocol's version is not supported.";
  if (!error.empty()) return end(connection, client, {{"error", error}});
  client.shaken = true;
  record(connection, false, "{}", std::chrono::steady_clock::now());
  HubSending sending;
  sending.records = std::string("{}") + kEnd + rules().greeting;
  client.send(std::move(sending));
}

void Hub::invoke(std::uint64_t connection, Client& client, const json::object& object, Time now) {
  const std::string_view target = text_at(object, "target");
  const json::value* given = object.if_contains("arguments");
  const json::array arguments = given != nullptr && given->is_array() ? given->get_array() : json::array{};
  json::object completion = {{"type", kCompletion}, {"invocationId", text_at(object, "invocationId")}};
  const std::size_t expected = target == "authenticatev2" ? 3 : 1;
  if (target != "authenticatev2" && target != "unitLocation") {
    completion["error"] = "HubException: method does not exist.";
  } else if (arguments.size() != expected) {
    completion["error"] = "InvalidDataException: invocation provides " + std::to_string(arguments.size()) +
                          " argument(s) but target expects " + std::to_string(expected) + ".";
  } else if (target == "unitLocation") {
    if (!answer_location(connection, client, arguments, now, completion)) return;
  } else {
    const std::string words = rules().authentication_error;
    switch (rules().authentication) {
      case Authentication::kSilent:
        return;
      case Authentication::kClosed:
        return end(connection, client, {{"type", kClose}, {"error", words.empty() ? "Not authenticated." : words}});
      case Authentication::kError:
        completion["error"] = words.empty() ? "HubException: authentication failed." : words;
        break;
      case Authentication::kRefused:
        completion["result"] = refusal(words.empty() ? "The API key is not valid." : words);
        break;
      case Authentication::kTruth:
        completion["result"] = authenticate(client, arguments);
        break;
    }
  }
  // A call without an id wants no answer.
  if (object.contains("invocationId")) tell(connection, client, completion, true);
}

json::object Hub::authenticate(Client& client, const json::array& arguments) {
  const auto text = [&](std::size_t at) {
    return arguments[at].is_string() ? std::string(std::string_view(arguments[at].get_string())) : std::string();
  };
  if (text(0) != community_) return refusal("The community is not known.");
  if (!cad_.knows_key(text(1))) return refusal("The API key is not valid.");
  std::optional<std::int64_t> server;
  if (!arguments[2].is_null()) {
    boost::system::error_code error;
    if (arguments[2].is_number()) server = arguments[2].to_number<std::int64_t>(error);
    if (!server || error || !cad_.servers().contains(*server)) return refusal("The server is not configured.");
  }
  client.authenticated = true;
  client.key = text(1);
  client.server = server;
  ++authentications_;
  return {{"success", true}, {"error", nullptr}, {"count", 1}};
}

bool Hub::answer_location(std::uint64_t connection, Client& client, const json::array& arguments, Time now,
                          json::object& completion) {
  const std::string words = rules().locating_error;
  const auto refuse = [&](std::string_view ours) {
    ++batches_, ++refused_batches_;
    completion["result"] = refusal(words.empty() ? ours : words);
  };
  switch (rules().locating) {
    case Locating::kRefused:
      refuse("The live map is not available.");
      return true;
    case Locating::kUnauthenticated:
      refuse("Unauthenticated: authenticate first.");
      return true;
    case Locating::kError:
      ++batches_, ++refused_batches_;
      completion["error"] = words.empty() ? "HubException: an error occurred." : words;
      return true;
    case Locating::kSwallowed:
      ++batches_;
      return false;
    case Locating::kSilent:
      locate(connection, client, arguments, now);
      return false;
    case Locating::kVoid:
      locate(connection, client, arguments, now);
      return true;
    case Locating::kDropped: {
      locate(connection, client, arguments, now);
      client.ended = true;
      HubSending sending;
      sending.close = true;
      sending.code = 1011;
      client.send(std::move(sending));
      return false;
    }
    case Locating::kTruth:
      completion["result"] = locate(connection, client, arguments, now);
      return true;
  }
  return true;
}

json::object Hub::locate(std::uint64_t connection, const Client& client, const json::array& arguments, Time now) {
  ++batches_;
  const auto refuse = [&](std::string_view words, std::size_t count = 0) {
    ++refused_batches_;
    return refusal(words, count);
  };
  if (!client.authenticated) return refuse("Unauthenticated: authenticate first.");
  if (!arguments[0].is_array()) return refuse("The updates must be an array.");
  const json::array& updates = arguments[0].get_array();
  if (updates.size() > kMostUpdates) return refuse("Too many updates. Max is 25.");
  std::string whose = "c" + std::to_string(connection);
  if (rules().pace == PaceOf::kServer) whose = "s" + client.key + std::to_string(client.server.value_or(0));
  if (rules().pace == PaceOf::kKey) whose = "k" + client.key;
  if (rules().pace != PaceOf::kNobody) {
    const auto last = located_.find(whose);
    if (last != located_.end() && now - last->second < std::chrono::milliseconds(rules().pace_ms))
      return refuse("Locations may be sent every 200ms only.");
    located_[whose] = now;
  }
  json::array good;
  std::string complaint;
  const auto& unknown = cad_.faults().unknown_units;
  for (const json::value& update : updates) {
    std::string bad = complaint_about(update);
    if (bad.empty()) {
      const json::object http = as_http(update.get_object());
      const auto names = named_units(http);
      const bool is_unknown = std::ranges::any_of(
          names, [&](const std::string& name) { return std::ranges::find(unknown, name) != unknown.end(); });
      if (!is_unknown) good.emplace_back(http);
      if (is_unknown && rules().unknown_refused) bad = "The unit is not known.";
    }
    if (complaint.empty()) complaint = std::move(bad);
  }
  if (!complaint.empty() && rules().spoiled) return refuse(complaint);
  if (rules().half_refused) good.resize(good.size() / 2);
  const std::size_t count = good.size();
  cad_.community().locations({{"updates", std::move(good)}}, Community::Way::kHub);
  if (rules().half_refused && complaint.empty()) complaint = "Only the first half was taken.";
  if (!complaint.empty()) return refuse(complaint, count);
  return {{"success", true}, {"error", nullptr}, {"count", count}};
}

std::size_t Hub::push(const json::value& push) {
  if (push.is_array()) {
    std::size_t told = 0;
    for (const json::value& one : push.get_array()) told += this->push(one);
    return told;
  }
  if (!push.is_object() || text_at(push.get_object(), "type").empty())
    throw std::invalid_argument("An event is an object with a type, or an array of such.");
  const json::object& event = push.get_object();
  ++pushed_;
  if (text_at(event, "type") == "EVENT_UNIT_LOGIN" && event.contains("data")) cad_.community().login(event.at("data"));
  std::size_t told = 0;
  for (auto& [connection, client] : clients_) {
    if (!client.authenticated || !client.server || client.ended) continue;
    json::object envelope;
    if (rules().keyed) envelope["key"] = client.key;
    for (const auto& [name, value] : event) envelope[name] = value;
    if (rules().arrays && event.contains("data")) envelope["data"] = json::array{event.at("data")};
    json::object invocation = {{"type", kInvocation}, {"target", "pushEvent"}};
    if (rules().wants_results) invocation["invocationId"] = "s" + std::to_string(++invocations_);
    invocation["arguments"] = rules().objects ? json::array{envelope} : json::array{json::serialize(envelope)};
    tell(connection, client, invocation);
    ++told;
  }
  return told;
}

std::size_t Hub::send(const std::string& bytes) {
  for (auto& [connection, client] : clients_) {
    record(connection, false, bytes, std::chrono::steady_clock::now());
    HubSending sending;
    sending.records = bytes;
    client.send(std::move(sending));
  }
  return clients_.size();
}

std::size_t Hub::close(const json::object& how) {
  const json::value* code = how.if_contains("code");
  if (code != nullptr && !code->is_int64()) throw std::invalid_argument("The code of a close is a number.");
  json::object last = {{"type", kClose}};
  if (how.contains("error")) last["error"] = text_at(how, "error");
  if (how.contains("allowReconnect")) last["allowReconnect"] = flag_at(how, "allowReconnect");
  for (auto& [connection, client] : clients_) {
    if (code == nullptr) {
      end(connection, client, last);
    } else {
      HubSending sending;
      sending.close = true;
      sending.code = static_cast<std::uint16_t>(code->get_int64());
      client.ended = true;
      client.send(std::move(sending));
    }
  }
  return clients_.size();
}

json::object Hub::seen(std::uint64_t since) const {
  json::array connections;
  for (const auto& [connection, client] : clients_) {
    connections.push_back({{"id", connection},
                           {"shaken", client.shaken},
                           {"authenticated", client.authenticated},
                           {"key", client.key},
                           {"server", client.server ? json::value(*client.server) : json::value(nullptr)}});
  }
  json::array records;
  const std::uint64_t first = recorded_ - records_.size();
  for (std::uint64_t index = std::max(first, since); index < recorded_; ++index) {
    const Recorded& one = records_[static_cast<std::size_t>(index - first)];
    records.push_back({{"index", index},
                       {"connection", one.connection},
                       {"by", one.by_client ? "client" : "cad"},
                       {"monotonic_us", one.monotonic_us},
                       {"text", one.text}});
  }
  return {{"connections", std::move(connections)},
          {"records", std::move(records)},
          {"opened", opened_},
          {"authentications", authentications_},
          {"pushed", pushed_},
          {"batches", batches_},
          {"refused_batches", refused_batches_}};
}

void Hub::reset() {
  records_.clear();
  recorded_ = opened_ = authentications_ = pushed_ = batches_ = refused_batches_ = 0;
}

}  // namespace sonoran::simulator
