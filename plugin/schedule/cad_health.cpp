#include "schedule/cad_health.h"

#include <array>
#include <utility>

namespace sonoran::schedule {
namespace {

using api::Failure;

constexpr std::array kNames = {"starting", "running", "unauthorized", "server_unknown", "unavailable", "stopping"};

}  // namespace

std::string_view state_name(State state) {
  return kNames[static_cast<std::size_t>(state)];
}

std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

Time CadHealth::probe_time() const {
  // Also when the state has changed since that probe was sent: two never run at once.
  if (probing_) return kNever;
  if (key_refused() || state_ == State::kServerUnknown) return probe_at_;
  return circuit_.next_probe();
}

void CadHealth::probe_sent() {
  probing_ = true;
  if (circuit_.open()) circuit_.probe_sent();
}

CadHealth::Change CadHealth::ended(Time now, const Ended& request, const api::Outcome& outcome, Random& random,
                                   Log& log) {
  Change change;
  const State before = state_;
  change.opened = note_connection(now, request, outcome, random, log);
  note_word(now, request, outcome, change, log);
  note_road(now, request, outcome, log);
  if (state_ != before) since_ = now;
  return change;
}

void CadHealth::enter(State state, std::string reason, LogLevel level, Log& log, std::string_view trace_id) {
  if (state_ == state && reason_ == reason) return;
  state_ = state;
  reason_ = state == State::kRunning ? std::string() : reason;
  log.push_back({level, with_trace(std::move(reason), trace_id)});
}

void CadHealth::refused(Time now, State state, std::string reason, std::string_view trace_id, Log& log) {
  probe_at_ = now + kRefusedProbe;
  doubtful_ = false;
  enter(state, std::move(reason), LogLevel::kError, log, trace_id);
}

/// True when the circuit opened.
bool CadHealth::note_connection(Time now, const Ended& request, const api::Outcome& outcome, Random& random, Log& log) {
  if (request.probe) {
    probing_ = false;
    probe_at_ = now + kRefusedProbe;
  }
  if (api::was_answered(outcome.failure)) {
    circuit_.succeed();
    silences_ = {};
    answered_at_ = now;
    return false;
  }
  int counted = 1;
  if (outcome.failure == Failure::kNoAnswer && !circuit_.open()) {
    const bool told = silences_.several;
    silences_.add(request.operation);
    // When a second operation fails, the failures before it count as well.
    counted = told ? 1 : silences_.several ? silences_.count : 0;
  }
  bool opened = false;
  for (; counted > 0; --counted) opened = circuit_.fail(now, random, request.probe) || opened;
  if (opened || state_ == State::kStarting) {
    enter(State::kUnavailable, outcome.error.detail + " Panics and statuses are kept until it answers.",
          LogLevel::kError, log);
  } else {
    log.push_back({LogLevel::kDebug, std::string(request.operation->id) + ": " + outcome.error.detail});
  }
  return opened;
}

bool CadHealth::is_about_the_server(const Ended& request, const api::Outcome& outcome) const {
  if (outcome.failure != Failure::kRejected || outcome.status != 404) return false;
  return request.subject == Subject::kServer || (request.subject == Subject::kMaybeServer && !server_known_);
}

void CadHealth::note_word(Time now, const Ended& request, const api::Outcome& outcome, Change& change, Log& log) {
  const bool authenticated = request.operation->authenticated;
  if (authenticated && outcome.status == 401) {
    refusals_.add(request.operation);
  } else if (authenticated && api::is_the_cads_word(outcome)) {
    refusals_ = {};
  }
  if (outcome.failure == Failure::kRoad && refusals_.tells() && state_ != State::kUnauthorized) {
    doubtful_ = true;
    return enter(State::kUnauthorized,
                 "The API key is refused, or something on the way to the CAD refuses it (401): check sonoran_apiKey in "
                 "server.cfg, and what stands between this server and " +
                     where_ + "; until then everything is tried again now and then.",
                 LogLevel::kError, log, outcome.error.trace_id);
  }
  if (outcome.failure == Failure::kUnauthorized && authenticated) {
    change.unauthorized = true;
    return refused(now, State::kUnauthorized,
                   "The CAD refuses the API key (401): check sonoran_apiKey in server.cfg, then 'sonoran_bridge "
                   "reload'; until then everything waits, and one request asks again every " +
                       seconds_text(kRefusedProbe) + ".",
                   outcome.error.trace_id, log);
  }
  if (request.subject == Subject::kServer && api::is_the_cads_word(outcome)) {
    server_known_ = outcome.failure == Failure::kNone;
  }
  if (is_about_the_server(request, outcome)) {
    return refused(now, State::kServerUnknown,
                   "The CAD knows no server " + std::to_string(server_id_) +
                       " for this API key (404): check sonoran_serverId in server.cfg, then 'sonoran_bridge "
                       "reload'; until then everything waits, and one request asks again every " +
                       seconds_text(kRefusedProbe) + ".",
                   outcome.error.trace_id, log);
  }
  // Any answer but 401 shows that the key is good and that the CAD is there again. Only an answer that accepts the
  // request proves the server id: a 404 for a panic may mean its unit, and a call may name no server.
  // The CAD never saw a request that was too large for a server on the way, whatever words refuse it.
  const bool away = state_ == State::kUnauthorized || state_ == State::kUnavailable;
  const bool refused_by_it = outcome.failure == Failure::kRejected && api::is_the_cads_word(outcome);
  const bool understood = outcome.failure == Failure::kNone ||
                          (refused_by_it && !api::is_too_large(outcome) && (outcome.status != 404 || away));
  const bool tells = request.subject != Subject::kCall || (authenticated && state_ != State::kServerUnknown);
  if (!understood || !tells || state_ == State::kRunning) return;
  change.running = true;
  const bool first = !std::exchange(connected_, true);
  doubtful_ = false;
  held_up_.erase(request.operation);
  // Where something on the way answers for other operations still, this one alone has come through.
  if (!first && !held_up_.empty() && state_ == State::kUnavailable) {
    state_ = State::kRunning;
    reason_.clear();
    return;
  }
  enter(State::kRunning,
        first ? "Connected to " + where_ + " as server " + std::to_string(server_id_) + "."
              : "The CAD at " + where_ + " answers again.",
        LogLevel::kInfo, log);
}

/// Something on the way may answer in the CAD's place: for all operations, or for some. It is said once, until the CAD
/// itself has answered those operations.
void CadHealth::note_road(Time now, const Ended& request, const api::Outcome& outcome, Log& log) {
  std::erase_if(held_up_, [&](const auto& entry) { return now - entry.second > kRoadRemembered; });
  if (api::is_the_cads_word(outcome)) {
    cads_word_ = now;
    strays_ = {};
    if (held_up_.erase(request.operation) != 0 && held_up_.empty()) {
      log.push_back({LogLevel::kInfo, "The CAD itself answers again."});
    }
  }
  if (!api::is_of_the_road(outcome.failure)) return;
  std::string reason = outcome.error.detail + " What the bridge sends by itself is tried again until the CAD answers.";
  if (held_up_.empty()) log.push_back({LogLevel::kError, with_trace(reason, outcome.error.trace_id)});
  held_up_[request.operation] = now;
  strays_.add(request.operation);
  const bool away = state_ == State::kStarting || state_ == State::kUnavailable;
  if (away || (state_ == State::kRunning && strays_.tells())) {
    state_ = State::kUnavailable;
    reason_ = std::move(reason);
  }
}

}  // namespace sonoran::schedule
