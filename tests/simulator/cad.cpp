#include "simulator/cad.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/json.hpp>
#include <initializer_list>

#include "simulator/body_check.h"
#include "simulator/query_check.h"
#include "simulator/success.h"

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

bool is_known_server(const std::string& text, const std::set<std::int64_t>& servers) {
  return std::any_of(servers.begin(), servers.end(), [&](std::int64_t id) { return std::to_string(id) == text; });
}

/// Valid JSON of exactly `bytes` bytes where that is possible, so that nothing is wrong with it but its size.
std::string huge_body(std::size_t bytes) {
  std::string body = R"({"padding":")";
  constexpr std::string_view kEnd = R"("})";
  body.append(bytes - std::min(bytes, body.size() + kEnd.size()), 'x');
  return body.append(kEnd);
}

bool is_success(unsigned status) {
  return status >= 200 && status < 300;
}

/// A page as the gateway in front of the CAD might show it.
Answer html_page(unsigned status) {
  const std::string title = std::to_string(status) + " " + std::string(reason_phrase(status));
  return {status,
          "text/html",
          "<html><head><title>" + title + "</title></head><body><h1>" + title + "</h1></body></html>\n",
          {}};
}

/// The answer with the body that the fault gives; nothing if it gives none.
std::optional<Answer> given_answer(const Fault& fault, unsigned status, const Request& request) {
  if (fault.body) {
    std::string type = fault.content_type.empty() ? "application/json" : fault.content_type;
    if (fault.body->empty()) type.clear();
    return Answer{status, std::move(type), *fault.body, {}};
  }
  if (!fault.form) return std::nullopt;
  switch (*fault.form) {
    case Form::kProblem:
      return problem(status, "The simulator was told to answer this.", request.target);
    case Form::kGateway:
      return gateway_answer(status, reason_phrase(status));
    case Form::kHtml:
      return html_page(status);
    case Form::kText:
      return Answer{status, "text/plain", std::string(reason_phrase(status)) + "\n", {}};
    case Form::kEmpty:
      break;
  }
  return Answer{status, "", "", {}};
}

bool breaks_at(const Fault& fault, std::initializer_list<Stage> stages) {
  return std::any_of(stages.begin(), stages.end(), [&](Stage stage) {
    return fault.reset == stage || fault.stall == stage || fault.half_close == stage;
  });
}

/// The answer that a fault puts in place of the true one, before the request is looked at.
std::optional<Answer> forced_answer(const Fault& fault, const Request& request,
                                    const std::vector<std::pair<std::string, std::string>>& wait_headers) {
  if (breaks_at(fault, {Stage::kRequest, Stage::kBefore})) return Answer{0, "", "", {}};
  const unsigned status = fault.status.value_or(fault.html ? 502U : 200U);
  if (is_success(status) && !fault.stray) return std::nullopt;
  if (auto given = given_answer(fault, status, request)) {
    if (status == 429) given->headers = wait_headers;
    return given;
  }
  if (fault.html) return html_page(status);
  if (status == 429) return rate_limited(wait_headers);
  std::string detail = "The simulator was told to answer this.";
  if (fault.echo_key) {
    detail = "The header '" + std::string(request.header("Authorization")) + "' was sent with '" + request.body + "'.";
  }
  Answer answer = problem(status, detail, request.target);
  if (status < 400) answer.headers.emplace_back("Location", "/redirected" + request.target);
  return answer;
}

/// Changes the answer to a request that the CAD has carried out, as the fault says.
void spoil(const Fault& fault, const Request& request, Answer& answer) {
  if (fault.garbage) answer = json_answer(200, R"({"ok": tru)");
  if (fault.huge != 0) answer = json_answer(200, huge_body(fault.huge));
  if (fault.huge_header != 0) answer.headers.emplace_back("X-Padding", std::string(fault.huge_header, 'x'));
  if (!is_success(answer.status)) return;
  if (auto given = given_answer(fault, answer.status, request)) answer = std::move(*given);
  if (fault.html) answer = html_page(fault.status.value_or(200));
  if (fault.status) answer.status = *fault.status;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::algorithm::iequals(key, name)) return value;
  }
  return {};
}

Cad::Cad(std::string key, std::set<std::int64_t> servers, Faults faults, const std::string& requests_file,
         std::set<std::string> more_keys)
    : key_(std::move(key)),
      more_keys_(std::move(more_keys)),
      servers_(std::move(servers)),
      routes_(published_routes()),
      faults_(std::move(faults)),
      log_(requests_file) {
  check(faults_);
  reset();
}

void Cad::reset() {
  log_.clear();
  community_ = {};
  counters_.clear();
  accounts_.clear();
  for (const Operation& operation : routes_.operations()) counters_[operation.id];
  unknown_targets_ = wrong_methods_ = struck_ = 0;
}

Fault Cad::take_fault(std::string_view operation, const Struck& struck) {
  for (Fault& rule : faults_.rules) {
    if (auto fault = rule.strike_request(operation, struck)) {
      ++struck_;
      return std::move(*fault);
    }
  }
  auto fault = faults_.strike_request(operation, struck);
  if (!fault) return {};
  // A fault without a member that is set is none.
  if (fault->does_something()) ++struck_;
  return std::move(*fault);
}

Fault Cad::take_fault(const Request& head) {
  const auto target = parse_target(head.target);
  const Match match = target ? routes_.match(head.method, target->segments) : Match{};
  return take_fault(match.operation == nullptr ? hub_part(head.target) : match.operation->id,
                    {.now = head.first_byte, .address = head.address, .number = head.number});
}

std::optional<Fault> Cad::take_connection_fault(bool tls, std::string_view address, Time now) {
  for (Fault& rule : faults_.rules) {
    if (auto fault = rule.strike_connection(tls, address, now)) return fault;
  }
  return faults_.strike_connection(tls, address, now);
}

std::optional<std::string> Cad::key_of(const Request& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  if (!boost::algorithm::istarts_with(header, kScheme)) return std::nullopt;
  std::string key(header.substr(kScheme.size()));
  return knows_key(key) ? std::optional(std::move(key)) : std::nullopt;
}

bool Cad::knows_key(const std::string& key) const {
  // Without limits "key.anything" is good as well: a bridge keeps the budget of a key over restarts in its process, and
  // a test of many restarts wants a fresh one for each.
  return key == key_ || more_keys_.count(key) != 0 || (faults_.rate_scale == 0 && key.starts_with(key_ + "."));
}

std::size_t Cad::limit(const Operation& operation) const {
  if (faults_.rate_scale == 0) return 0;
  const double scaled = static_cast<double>(operation.rate_per_minute) * faults_.rate_scale;
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::min(scaled, 1e15)));
}

Reply Cad::handle(Request request) {
  const auto target = parse_target(request.target);
  const Match match = target ? routes_.match(request.method, target->segments) : Match{};
  const Operation* operation = match.operation;
  const std::string id(operation == nullptr ? hub_part(request.target) : operation->id);
  const std::optional<std::string> key = key_of(request);
  const bool permitted = operation != nullptr && (!operation->authenticated || key);
  // Every request counts, whatever its answer: the real gateway's budget is spent by asking.
  Spending* const spending = permitted ? &accounts_[key.value_or("")][id] : nullptr;
  std::size_t window = permitted ? spending->rate.arrive(request.first_byte) : 0;
  if (permitted && faults_.window == Window::kFixed) window = spending->rate.minute(request.first_byte);

  Reply reply;
  reply.fault = request.fault
                    ? std::move(*request.fault)
                    : take_fault(id, {.now = request.first_byte, .address = request.address, .number = request.number});
  reply.keep_alive = faults_.keep_alive;
  bool executed = false;
  const auto wait = wait_headers_for(spending, operation, request.first_byte);
  if (auto forced = forced_answer(reply.fault, request, wait)) {
    reply.answer = std::move(*forced);
  } else {
    reply.answer = judge(request, match, target.value_or(Target{}), spending, window, executed);
    spoil(reply.fault, request, reply.answer);
  }
  if (!reply.fault.server.empty()) reply.answer.headers.emplace_back("Server", reply.fault.server);
  for (const std::string& line : reply.fault.headers) {
    const auto colon = line.find(": ");
    reply.answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }

  const bool untold =
      reply.fault.bad_http || breaks_at(reply.fault, {Stage::kRequest, Stage::kBefore, Stage::kAfter, Stage::kHeaders});
  const unsigned told = untold ? 0 : reply.answer.status;
  if (operation != nullptr) {
    ++counters_[id].requests;
    if (executed) ++counters_[id].executed;
    ++counters_[id].answered[told];
    if (spending != nullptr) {
      ++spending->requests;
      if (executed) ++spending->executed;
    }
  } else if (id.empty()) {
    ++(match.allowed.empty() ? unknown_targets_ : wrong_methods_);
  }

  const auto since_epoch = request.first_byte.time_since_epoch();
  log_.add({.index = 0,
            .monotonic_us = std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count(),
            .operation = id,
            .key = key.value_or(""),
            .method = std::move(request.method),
            .target = std::move(request.target),
            .headers = std::move(request.headers),
            .body = std::move(request.body),
            .status = told,
            .executed = executed,
            .stray = reply.fault.stray,
            .over_tls = request.over_tls,
            .tls_version = std::move(request.tls_version),
            .server_name = std::move(request.server_name),
            .tls_resumed = request.tls_resumed,
            .tls_early = request.tls_early,
            .address = std::move(request.address),
            .connection = request.connection});
  return reply;
}

std::vector<std::pair<std::string, std::string>> Cad::wait_headers_for(const Spending* spending,
                                                                       const Operation* operation, Time now) const {
  Time opens = now;
  if (spending != nullptr && limit(*operation) != 0) {
    opens =
        faults_.window == Window::kFixed ? RateCounter::next_minute(now) : spending->rate.opens(now, limit(*operation));
  }
  return wait_headers(faults_, std::chrono::ceil<std::chrono::seconds>(opens - now).count());
}

Answer Cad::judge(const Request& request, const Match& match, const Target& target, const Spending* spending,
                  std::size_t window, bool& executed) {
  const auto refuse = [&](unsigned status, std::string_view detail) { return problem(status, detail, request.target); };
  if (match.allowed.empty()) {
    std::optional<Answer> other = others_ ? others_(request) : std::nullopt;
    executed = other && (other->status == 101 || is_success(other->status));
    return other ? std::move(*other) : refuse(404, "There is no such path.");
  }
  if (match.operation == nullptr) {
    Answer answer = refuse(405, "This path does not take " + request.method + ".");
    answer.headers.emplace_back("Allow", joined(match.allowed));
    return answer;
  }
  if (spending == nullptr) {
    Answer answer = refuse(401, "The API key is missing or wrong.");
    answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    return answer;
  }
  const std::size_t most = limit(*match.operation);
  if (most != 0 && window > most) {
    return rate_limited(wait_headers_for(spending, match.operation, request.first_byte));
  }

  const auto server = match.parameters.find("serverId");
  if (server != match.parameters.end() && !is_known_server(server->second, servers_))
    return refuse(404, "The server '" + server->second + "' is not configured for this community.");
  if (const std::string complaint = check_parameters(match, target); !complaint.empty()) return refuse(400, complaint);
  const BodyCheck checked = check_body(*match.operation, request.header("Content-Type"), request.body);
  if (!checked.complaint.empty()) return refuse(400, checked.complaint);

  if (match.operation->id == "setUnitPanic" || match.operation->id == "setUnitStatus") {
    // One unknown unit spoils the whole request, so a client that groups units has to find it.
    for (const std::string& unit : named_units(checked.body.as_object())) {
      const auto& unknown = faults_.unknown_units;
      if (std::find(unknown.begin(), unknown.end(), unit) != unknown.end())
        return refuse(404, "The unit '" + unit + "' is not known.");
    }
  }
  executed = true;
  return carry_out(match, target, checked.body, servers_, community_);
}

json::object Cad::stats(Time now) const {
  json::object operations;
  for (const Operation& operation : routes_.operations()) {
    const Counter& counter = counters_.at(operation.id);
    json::object answered;
    for (const auto& [status, count] : counter.answered) answered[std::to_string(status)] = count;
    operations[operation.id] = {{"requests", counter.requests},
                                {"executed", counter.executed},
                                {"answered", std::move(answered)},
                                {"limit", limit(operation)}};
    // A limit is that of one key, so it is compared with the key that spends most.
    std::size_t largest = 0;
    std::size_t current = 0;
    for (const auto& [key, account] : accounts_) {
      const auto spending = account.find(operation.id);
      if (spending == account.end()) continue;
      largest = std::max(largest, spending->second.rate.largest_window());
      current = std::max(current, spending->second.rate.window(now));
    }
    operations[operation.id].as_object()["largest_window"] = largest;
    operations[operation.id].as_object()["window_now"] = current;
  }
  json::object keys;
  for (const auto& [key, account] : accounts_) {
    json::object of_key;
    for (const auto& [id, spending] : account)
      of_key[id] = {{"requests", spending.requests},
                    {"executed", spending.executed},
                    {"largest_window", spending.rate.largest_window()},
                    {"window_now", spending.rate.window(now)}};
    keys[key] = std::move(of_key);
  }
  json::object stats = {{"requests_total", log_.count()},      {"unknown_targets", unknown_targets_},
                        {"wrong_methods", wrong_methods_},     {"faults_struck", struck_},
                        {"operations", std::move(operations)}, {"keys", std::move(keys)},
                        {"faults", json_of(faults_)}};
  for (const auto& [name, value] : community_.summary()) stats[name] = value;
  return stats;
}

}  // namespace sonoran::simulator
