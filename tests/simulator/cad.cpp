#include "simulator/cad.h"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/json.hpp>

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

/// The answer that a fault puts in the place of the true one without the request having been looked at.
std::optional<Answer> forced_answer(const Faults& faults, const std::string& target) {
  if (faults.html) {
    return Answer{502,
                  "text/html",
                  "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n",
                  {}};
  }
  if (faults.status == 429U) return rate_limited(retry_after_header(faults));
  if (faults.status) return problem(*faults.status, "The simulator was told to answer this.", target);
  if (faults.reset == Stage::kBefore || faults.stall == Stage::kBefore) return Answer{0, "", "", {}};
  return std::nullopt;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::algorithm::iequals(key, name)) return value;
  }
  return {};
}

Cad::Cad(std::string key, std::set<std::int64_t> servers, Faults faults, const std::string& requests_file)
    : key_(std::move(key)),
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
  for (const Operation& operation : routes_.operations()) counters_[operation.id];
  unknown_targets_ = wrong_methods_ = 0;
}

Faults Cad::take_faults(const std::string& operation) {
  if (faults_.concern(operation)) {
    Faults taken = faults_;
    if (faults_.times) --*faults_.times;
    return taken;
  }
  Faults none;
  none.retry_after = faults_.retry_after;
  return none;
}

bool Cad::authorized(const Request& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  return boost::algorithm::istarts_with(header, kScheme) && header.substr(kScheme.size()) == key_;
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
  const std::string id = operation == nullptr ? "" : operation->id;
  const bool permitted = operation != nullptr && (!operation->authenticated || authorized(request));
  // Counted whatever becomes of the request: the budget of the real gateway is spent by asking.
  const std::size_t window = permitted ? counters_[id].rate.arrive(request.first_byte) : 0;

  const Faults faults = take_faults(id);
  Reply reply;
  if (auto forced = forced_answer(faults, request.target)) {
    reply.answer = std::move(*forced);
  } else {
    reply.answer = judge(request, match, target.value_or(Target{}), permitted, window);
    if (faults.garbage) reply.answer = json_answer(200, R"({"ok": tru)");
    if (faults.huge != 0) reply.answer = json_answer(200, huge_body(faults.huge));
  }
  reply.delay_ms = faults.delay_ms;
  reply.reset = faults.reset;
  reply.stall = faults.stall;
  reply.truncate = faults.truncate;

  const bool untold = (reply.reset && *reply.reset != Stage::kBody) || (reply.stall && *reply.stall != Stage::kBody);
  const unsigned told = untold ? 0 : reply.answer.status;
  if (operation != nullptr) {
    ++counters_[id].requests;
    ++counters_[id].answered[told];
  } else {
    ++(match.allowed.empty() ? unknown_targets_ : wrong_methods_);
  }

  const auto since_epoch = request.first_byte.time_since_epoch();
  log_.add({.index = 0,
            .monotonic_us = std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count(),
            .operation = id,
            .method = std::move(request.method),
            .target = std::move(request.target),
            .headers = std::move(request.headers),
            .body = std::move(request.body),
            .status = told,
            .over_tls = request.over_tls,
            .connection = request.connection});
  return reply;
}

Answer Cad::judge(const Request& request, const Match& match, const Target& target, bool permitted,
                  std::size_t window) {
  const auto refuse = [&](unsigned status, std::string_view detail) { return problem(status, detail, request.target); };
  if (match.allowed.empty()) return refuse(404, "There is no such path.");
  if (match.operation == nullptr) {
    Answer answer = refuse(405, "This path does not take " + request.method + ".");
    answer.headers.emplace_back("Allow", joined(match.allowed));
    return answer;
  }
  if (!permitted) {
    Answer answer = refuse(401, "The API key is missing or wrong.");
    answer.headers.emplace_back("WWW-Authenticate", "Bearer");
    return answer;
  }
  const std::size_t most = limit(*match.operation);
  if (most != 0 && window > most) return rate_limited(retry_after_header(faults_));

  const auto server = match.parameters.find("serverId");
  if (server != match.parameters.end() && !is_known_server(server->second, servers_))
    return refuse(404, "The server '" + server->second + "' is not configured for this community.");
  if (const std::string complaint = check_parameters(match, target); !complaint.empty()) return refuse(400, complaint);
  const BodyCheck checked = check_body(*match.operation, request.header("Content-Type"), request.body);
  if (!checked.complaint.empty()) return refuse(400, checked.complaint);

  if (match.operation->id == "setUnitPanic" || match.operation->id == "setUnitStatus") {
    // One unknown unit spoils the whole request, so that a client that bundles units has to find it.
    for (const std::string& unit : named_units(checked.body.as_object())) {
      const auto& unknown = faults_.unknown_units;
      if (std::find(unknown.begin(), unknown.end(), unit) != unknown.end())
        return refuse(404, "The unit '" + unit + "' is not known.");
    }
  }
  return carry_out(match, target, checked.body, servers_, community_);
}

json::object Cad::stats(Time now) const {
  json::object operations;
  for (const Operation& operation : routes_.operations()) {
    const Counter& counter = counters_.at(operation.id);
    json::object answered;
    for (const auto& [status, count] : counter.answered) answered[std::to_string(status)] = count;
    operations[operation.id] = {{"requests", counter.requests},
                                {"answered", std::move(answered)},
                                {"largest_window", counter.rate.largest_window()},
                                {"limit", limit(operation)},
                                {"window_now", counter.rate.window(now)}};
  }
  json::object stats = {{"requests_total", log_.count()},
                        {"unknown_targets", unknown_targets_},
                        {"wrong_methods", wrong_methods_},
                        {"operations", std::move(operations)},
                        {"faults", json_of(faults_)}};
  for (const auto& [name, value] : community_.summary()) stats[name] = value;
  return stats;
}

}  // namespace sonoran::simulator
