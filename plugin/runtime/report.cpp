#include "runtime/report.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/histogram.h"
#include "core/text.h"
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

/// Quantiles for people, and how many took at most each of latency_bounds_ms: docs/stats.md.
json::object latency(const Histogram& histogram) {
  json::array at_most;
  for (const std::uint64_t count : histogram.at_most()) at_most.emplace_back(count);
  return {{"p50", rounded(histogram.quantile_ms(0.5))},
          {"p99", rounded(histogram.quantile_ms(0.99))},
          {"max", rounded(histogram.max_ms())},
          {"sum", rounded(histogram.sum_ms())},
          {"count", histogram.count()},
          {"at_most", std::move(at_most)}};
}

json::array latency_bounds() {
  json::array bounds;
  for (std::size_t i = 0; i < Histogram::kBounds; ++i) bounds.emplace_back(rounded(Histogram::bound_ms(i)));
  return bounds;
}

/// Seconds since then; null for kNever.
json::value ago(Time at, Time now) {
  return at == kNever ? json::value(nullptr) : json::value(rounded(seconds(now - at)));
}
json::value ago(std::optional<Time> at, Time now) {
  return ago(at.value_or(kNever), now);
}

json::value last_failure(const std::optional<schedule::LastFailure>& failure, Time now) {
  if (!failure) return nullptr;
  return json::object{{"kind", text(error_name(failure->error.kind))},
                      {"detail", valid_utf8(failure->error.detail)},
                      {"trace_id", valid_utf8(failure->error.trace_id)},
                      {"ago_s", ago(failure->at, now)}};
}

template <class Number>
json::value or_null(const std::optional<Number>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::value milliseconds(std::optional<Duration> duration) {
  return duration ? json::value(rounded(1000 * seconds(*duration))) : json::value(nullptr);
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

json::object desired(const state::DesiredStates& states, Time now) {
  const auto& c = states.counters();
  return {{"accepted", c.accepted},
          {"delivered", c.delivered},
          {"coalesced", c.coalesced},
          {"deduplicated", c.deduplicated},
          {"dropped", {{"rejected", c.rejected}, {"refused", c.refused}, {"shutdown", c.shutdown}}},
          {"pending", states.pending()},
          {"longest_wait_s", rounded(seconds(states.longest_wait(now)))},
          {"latency_ms", latency(states.latency())}};
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
          {"longest_wait_s", rounded(seconds(scheduler.longest_wait(state, now)))},
          {"expected_wait_s", std::move(wait)},
          {"budget",
           {{"limit", state.window.limit(now)},
            {"left", state.window.left(now)},
            {"max_in_60s", state.window.max_in_window()}}},
          {"latency_ms", latency(c.latency)},
          {"last_failure", last_failure(c.last_failure, now)}};
}

/// Positions by the hub: docs/stats.md.
json::object hub_positions(const schedule::HubSink& sink, Time now) {
  const schedule::HubCounters& c = sink.counters();
  const schedule::HubPace& pace = sink.map().pace();
  return {{"route", sink.http_from() <= now ? "http"
                    : sink.serves()         ? "hub"
                                            : "none"},
          {"updates_per_s", rounded(sink.updates_per_s(now))},
          {"calls", c.calls},
          {"updates", c.updates},
          {"acknowledged", c.acknowledged},
          {"refused", {{"too_fast", c.too_fast}, {"unit", c.bad_unit}, {"other", c.refused}}},
          {"lost", c.lost},
          {"unanswered", sink.under_way()},
          {"interval_ms", rounded(seconds(pace.interval(now)) * 1000)},
          {"waiting", sink.map().waiting()},
          {"left_out", c.left_out}};
}

json::object hub(const HubReport& from, const schedule::Scheduler& scheduler, Time now) {
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
                         {"last_event_s", ago(from.events.last(), now)},
                         {"dropped", from.dropped},
                         {"forgotten", scheduler.forgotten_events()},
                         {"unreadable", 0},
                         {"unknown", 0},
                         {"positions", hub_positions(scheduler.hub_sink(), now)}};
  if (from.client == nullptr) return result;
  const schedule::HubLink& link = from.client->link();
  json::object ends;
  for (std::size_t i = 0; i < schedule::kHubEnds; ++i) {
    const auto why = static_cast<schedule::HubEnd>(i);
    if (link.ends(why) != 0) ends[schedule::hub_end_name(why)] = link.ends(why);
  }
  result["state"] = schedule::hub_state_name(link.state());
  result["connected_s"] = ago(link.up_since(), now);
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
  return {{"listed", roster->size()}, {"age_s", ago(roster->read_at(), now)}, {"refused_ids", roster->refused_ids()}};
}

json::value clock(const std::optional<ClockReading>& reading, Time now) {
  if (!reading) return nullptr;
  return {{"ahead_s", reading->ahead_s}, {"age_s", ago(reading->read_at, now)}};
}

}  // namespace

UnitsReport units_report(const schedule::Scheduler& scheduler, Time now) {
  std::unordered_map<std::string_view, bool> panics;
  scheduler.panics().each([&](std::string_view unit, int value, bool settled) {
    if (value != 0) panics.emplace(unit, settled);
  });
  const std::size_t in_panic = panics.size();
  const auto panic_of = [&](std::string_view unit) {
    const auto found = panics.find(unit);
    if (found == panics.end()) return "0";
    const bool settled = found->second;
    panics.erase(found);
    return settled ? "2" : "1";
  };
  const auto whole = [](double value) { return std::to_string(std::llround(value)); };
  std::vector<std::string> urgent;  // in panic; they come with every piece
  std::vector<std::string> rows;
  rows.reserve(scheduler.positions().known());
  const auto add = [&](std::string row, bool panic) {
    (panic && urgent.size() < kPiecePanics ? urgent : rows).push_back(std::move(row));
  };
  scheduler.positions().each([&](std::string_view unit, const state::Positions::Shown& shown) {
    std::string row = "[" + json::serialize(text(unit));
    for (const double value : {shown.place.x, shown.place.y, shown.place.heading, seconds(now - shown.heard_at)}) {
      row += ',';
      row += whole(value);
    }
    row += ',';
    row += shown.taken_at == kNever ? "null" : whole(seconds(now - shown.taken_at));
    row += ',';
    const std::string_view panic = panic_of(unit);
    row += panic;
    row += shown.left_out ? ",1]" : ",0]";
    add(std::move(row), panic != "0");
  });
  while (!panics.empty()) {
    const std::string_view unit = panics.begin()->first;
    std::string row = "[" + json::serialize(text(unit)) + ",null,null,null,null,null,";
    row += panic_of(unit);
    add(std::move(row) + ",0]", true);
  }
  UnitsReport pieces(std::max<std::size_t>(1, (rows.size() + kPieceUnits - 1) / kPieceUnits));
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string& piece = pieces[i];
    piece = "{\"piece\":" + std::to_string(i) + ",\"of\":" + std::to_string(pieces.size()) +
            ",\"panics\":" + std::to_string(in_panic) + ",\"rows\":[";
    const std::size_t head = piece.size();
    const auto put = [&](const std::string& row) {
      if (piece.size() > head) piece += ',';
      piece += row;
    };
    std::ranges::for_each(urgent, put);
    for (std::size_t n = i * kPieceUnits; n < std::min(rows.size(), (i + 1) * kPieceUnits); ++n) put(rows[n]);
    piece += "]}";
  }
  return pieces;
}

std::string to_json(const state::RosterChange& change) {
  const auto list = [](const std::vector<std::string>& ids) {
    json::array array;
    for (const auto& id : ids) array.emplace_back(id);
    return array;
  };
  return json::serialize(
      json::object{{"full", change.full}, {"added", list(change.added)}, {"removed", list(change.removed)}});
}

std::string to_json(const net::Diagnosis& diagnosis, const std::string& endpoint) {
  json::array addresses;
  for (const net::AddressFinding& finding : diagnosis.addresses) {
    addresses.push_back(json::object{{"address", finding.address},
                                     {"family", finding.is_v6 ? "IPv6" : "IPv4"},
                                     {"connect_ms", milliseconds(finding.connect)},
                                     {"handshake_ms", milliseconds(finding.handshake)},
                                     {"tls", finding.tls},
                                     {"certificate_left_s", or_null(finding.certificate_left_s)},
                                     {"error", finding.error}});
  }
  return json::serialize(json::object{{"endpoint", endpoint},
                                      {"name", diagnosis.name},
                                      {"lookup_ms", milliseconds(diagnosis.lookup)},
                                      {"error", diagnosis.error},
                                      {"addresses", std::move(addresses)},
                                      {"untried", diagnosis.untried}});
}

std::string unit_report(const schedule::Scheduler& scheduler, std::string_view unit, Time now) {
  json::value position = nullptr;
  if (const auto seen = scheduler.positions().seen(unit)) {
    position = {
        {"heard_s", ago(seen->heard_at, now)},
        {"sent_s", ago(seen->left_at, now)},
        {"taken_s", ago(seen->taken_at, now)},
        {"taken_by", seen->taken_at == kNever ? json::value(nullptr) : json::value(seen->by_hub ? "hub" : "http")},
        {"waits", seen->waits},
        {"under_way", seen->under_way},
        {"searched", seen->searched},
        {"back_in_s", seen->left_out_until == kNever
                          ? json::value(nullptr)
                          : json::value(rounded(seconds(std::max(Duration(0), seen->left_out_until - now))))}};
  }
  const auto desired_unit = [&](const state::DesiredStates& states) -> json::value {
    const auto seen = states.seen(unit);
    if (!seen) return nullptr;
    return {{"wanted", or_null(seen->wanted)},
            {"under_way", seen->under_way},
            {"set_apart", seen->suspect},
            {"acknowledged", or_null(seen->acknowledged)},
            {"acknowledged_s", seen->acknowledged ? ago(seen->acknowledged_at, now) : json::value(nullptr)}};
  };
  json::value refusal = nullptr;
  if (const auto* noted = scheduler.refusals().of(unit)) {
    const schedule::UnitRefusal& refused = noted->refusal;
    refusal = {{"operation", text(refused.operation->id)},
               {"s", ago(noted->at, now)},
               {"status", refused.status},
               {"title", refused.error.title},
               {"detail", refused.error.detail},
               {"traceId", refused.error.trace_id},
               {"by_road", refused.by_road}};
  }
  return json::serialize(json::object{{"unit", text(unit)},
                                      {"position", std::move(position)},
                                      {"panic", desired_unit(scheduler.panics())},
                                      {"status", desired_unit(scheduler.statuses())},
                                      {"refusal", std::move(refusal)}});
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
      {"state_s", rounded(seconds(now - std::max(started, scheduler.state_since())))},
      {"uptime_s", rounded(seconds(now - started))},
      {"units",
       {{"known", scheduler.positions().known()},
        {"moved", scheduler.positions().moved()},
        {"left_out", scheduler.positions().left_out()}}},
      {"classes",
       {{"position", positions(scheduler)},
        {"heartbeat", heartbeat(scheduler)},
        {"panic", desired(scheduler.panics(), now)},
        {"status", desired(scheduler.statuses(), now)},
        {"command", calls(scheduler.calls().commands())},
        {"query", calls(scheduler.calls().queries())}}},
      {"operations", std::move(operations)},
      {"refused", {{"positions", counters.refused_positions}, {"calls", counters.refused_calls}}},
      {"active_units", active_units(scheduler.roster(), now)},
      {"hub", hub(from_hub, scheduler, now)},
      {"clock", clock(counters.clock, now)},
      {"readings",
       {{"asked", counters.readings.asked()},
        {"answered", counters.readings.answered()},
        {"late", counters.readings.late()}}},
      {"latency_bounds_ms", latency_bounds()},
      {"held_bytes", scheduler.held_bytes()},
      {"calls_longest_wait_s", rounded(seconds(scheduler.calls().longest_wait(now)))},
      {"dropped_events", counters.dropped_events},
      {"dropped_bodies", counters.dropped_bodies}};
  return json::serialize(document);
}

}  // namespace sonoran::runtime
