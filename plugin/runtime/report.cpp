#include "runtime/report.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <optional>
#include <span>

#include "runtime/hub_client.h"

namespace sonoran::runtime {
namespace {

namespace json = boost::json;

json::string_view text(std::string_view view) {
  return {view.data(), view.size()};
}

double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

json::object positions(const schedule::Scheduler& scheduler) {
  const auto& c = scheduler.positions().counters();
  return {{"accepted", c.accepted},
          {"delivered", c.delivered},
          {"coalesced", c.coalesced},
          {"deduplicated", c.deduplicated},
          {"dropped",
           {{"stale", c.stale},
            {"removed", c.removed},
            {"rejected", c.rejected},
            {"left_out", c.left_out},
            {"refused", c.refused},
            {"shutdown", c.shutdown}}},
          {"pending", scheduler.positions().pending()}};
}

json::object heartbeat(const schedule::Scheduler& scheduler) {
  const auto& c = scheduler.heartbeat().counters();
  return {{"accepted", c.accepted},
          {"delivered", c.delivered},
          {"coalesced", c.coalesced},
          {"deduplicated", 0},
          {"dropped", {{"rejected", c.rejected}, {"shutdown", c.shutdown}}},
          {"pending", scheduler.heartbeat().pending()}};
}

json::object desired(const state::DesiredStates& states) {
  const auto& c = states.counters();
  return {{"accepted", c.accepted},
          {"delivered", c.delivered},
          {"coalesced", c.coalesced},
          {"deduplicated", c.deduplicated},
          {"dropped", {{"rejected", c.rejected}, {"refused", c.refused}, {"shutdown", c.shutdown}}},
          {"pending", states.pending()}};
}

/// Counts by kind of error, those that are 0 left out.
json::object by_kind(std::span<const std::uint64_t, kErrorKinds> counts) {
  json::object result;
  for (int kind = 1; kind < kErrorKinds; ++kind) {
    const std::uint64_t count = counts[static_cast<std::size_t>(kind)];
    if (count != 0) result[text(error_name(static_cast<ErrorKind>(kind)))] = count;
  }
  return result;
}

json::object calls(const schedule::CallCounters& c) {
  return {{"accepted", c.accepted},         {"delivered", c.delivered},      {"coalesced", 0},
          {"deduplicated", c.deduplicated}, {"dropped", by_kind(c.dropped)}, {"pending", c.pending}};
}

json::object operation(const schedule::Scheduler& scheduler, const schedule::OperationState& state, Time now) {
  const auto& c = state.counters;
  const Time opens = scheduler.expected(state, now);
  json::value wait = 0.0;
  if (opens == kNever) {
    wait = nullptr;  // not before an answer came
  } else if (opens > now) {
    wait = rounded(seconds(opens - now));
  }
  return {{"sent", c.sent},
          {"succeeded", c.succeeded},
          {"retried", c.retried},
          {"hedged", c.hedged},
          {"hedges_won", c.hedges_won},
          {"replaced", c.replaced},
          {"rate_limited", c.rate_limited},
          {"failed", by_kind(c.failed)},
          {"queued", scheduler.queued(state)},
          {"in_flight", c.in_flight},
          {"expected_wait_s", std::move(wait)},
          {"budget",
           {{"limit", state.window.limit(now)},
            {"left", state.window.left(now)},
            {"max_in_60s", state.window.max_in_window()}}},
          {"latency_ms",
           {{"p50", rounded(c.latency.quantile_ms(0.5))},
            {"p99", rounded(c.latency.quantile_ms(0.99))},
            {"max", rounded(c.latency.max_ms())}}}};
}

/// Seconds since then; null: never.
json::value age(std::optional<Time> then, Time now) {
  if (!then) return nullptr;
  return rounded(seconds(now - *then));
}

json::object hub(const HubReport& from, Time now) {
  json::object events;
  for (const auto& [type, count] : from.events.by_type()) events[text(type)] = count;
  if (from.events.other() != 0) events["other"] = from.events.other();
  json::object result = {{"enabled", from.client != nullptr},
                         {"state", "off"},
                         {"reason", text(from.reason)},
                         {"connected_s", nullptr},
                         {"times_up", 0},
                         {"ends", json::object()},
                         {"last_end", ""},
                         {"round_trip_ms", nullptr},
                         {"events", std::move(events)},
                         {"last_event_s", age(from.events.last(), now)},
                         {"dropped", from.dropped},
                         {"unreadable", 0},
                         {"unknown", 0}};
  if (from.client == nullptr) return result;
  const schedule::HubLink& link = from.client->link();
  json::object ends;
  for (std::size_t i = 0; i < schedule::kHubEnds; ++i) {
    const auto why = static_cast<schedule::HubEnd>(i);
    if (link.ends(why) != 0) ends[schedule::hub_end_name(why)] = link.ends(why);
  }
  result["state"] = schedule::hub_state_name(link.state());
  result["connected_s"] = age(link.up_since(), now);
  result["times_up"] = link.times_up();
  result["ends"] = std::move(ends);
  result["last_end"] = link.last_end();
  if (const auto trip = link.round_trip()) result["round_trip_ms"] = rounded(seconds(*trip) * 1000);
  result["unreadable"] = from.client->counts().unreadable;
  result["unknown"] = from.client->counts().unknown;
  return result;
}

json::value active_units(const state::Roster* roster, Time now) {
  if (roster == nullptr) return nullptr;
  json::value age_s = nullptr;
  if (roster->read_at() != kNever) age_s = rounded(seconds(now - roster->read_at()));
  return {{"listed", roster->size()}, {"age_s", std::move(age_s)}, {"refused_ids", roster->refused_ids()}};
}

}  // namespace

std::string to_json(const state::RosterChange& change) {
  const auto list = [](const std::vector<std::string>& ids) {
    json::array array;
    for (const auto& id : ids) array.emplace_back(id);
    return array;
  };
  return json::serialize(
      json::object{{"full", change.full}, {"added", list(change.added)}, {"removed", list(change.removed)}});
}

std::string report(const schedule::Scheduler& scheduler, const RuntimeCounters& counters, const HubReport& from_hub,
                   Time started, Time now) {
  json::object operations;
  for (const auto& state : scheduler.operations()) {
    // Of all operations a server uses a handful; the module's own four are always shown.
    const auto traffic = state.operation->traffic_class;
    const bool own = traffic != api::TrafficClass::kCommand && traffic != api::TrafficClass::kQuery;
    if (!own && state.counters.sent == 0 && scheduler.queued(state) == 0) continue;
    operations[text(state.operation->id)] = operation(scheduler, state, now);
  }
  const json::object document = {
      {"version", SONORAN_VERSION},
      {"state", text(schedule::state_name(scheduler.state()))},
      {"reason", scheduler.reason()},
      {"uptime_s", rounded(seconds(now - started))},
      {"units",
       {{"known", scheduler.positions().known()},
        {"moved", scheduler.positions().moved()},
        {"left_out", scheduler.positions().left_out()}}},
      {"classes",
       {{"position", positions(scheduler)},
        {"heartbeat", heartbeat(scheduler)},
        {"panic", desired(scheduler.panics())},
        {"status", desired(scheduler.statuses())},
        {"command", calls(scheduler.calls().commands())},
        {"query", calls(scheduler.calls().queries())}}},
      {"operations", std::move(operations)},
      {"refused", {{"positions", counters.refused_positions}, {"calls", counters.refused_calls}}},
      {"active_units", active_units(scheduler.roster(), now)},
      {"hub", hub(from_hub, now)},
      {"held_bytes", scheduler.held_bytes()},
      {"dropped_events", counters.dropped_events},
      {"dropped_bodies", counters.dropped_bodies}};
  return json::serialize(document);
}

}  // namespace sonoran::runtime
