// Every fault of the CAD against every class of traffic. Each cell must have the outcome that its row says.
//
// A test is one class. Its faults run at the same time, each with a CAD and a bridge of its own, because some have to
// wait for a budget or a backoff.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/full_port.h"
#include "integration/host_names.h"
#include "integration/retry_expectations.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::Faults;
using simulator::RecordedRequest;
using simulator::Simulator;

// ------------------------------------------------------------------------------------------------------- the classes

struct Traffic {
  Class which;
  const char* name;
  const char* operation;
  const char* counted;  // in `classes` of the statistics
};

/// Otherwise the names of the tests would show its bytes, among them addresses.
void PrintTo(const Traffic& traffic, std::ostream* out) {
  *out << traffic.name;
}

constexpr std::array<Traffic, kClasses> kTraffic = {
    {{Class::kPosition, "Position", "updateUnitLocations", "position"},
     {Class::kHeartbeat, "Heartbeat", "heartbeat", "heartbeat"},
     {Class::kPanic, "Panic", "setUnitPanic", "panic"},
     {Class::kStatus, "Status", "setUnitStatus", "status"},
     {Class::kQuery, "Query", "getInfo", "query"},
     {Class::kRepeatableCommand, "RepeatableCommand", "setSelectedCharacter", "command"},
     {Class::kCommand, "Command", "addCallNote", "command"},
     {Class::kUrgentCommand, "UrgentCommand", "create911Call", "command"}}};

/// Much more than a narrow simulator lets leave before it reads.
// More than what one unit on record takes with any compiler, far less than a waiting call with its body.
constexpr std::uint64_t kUnitOnRecord = 1024;
constexpr std::size_t kLargeBytes = 400'000;
constexpr std::size_t kLargeUnits = 1'500;

/// A call, press or position that was given to the bridge.
struct Given {
  std::uint64_t ticket = 0;  // 0: there is none
  std::uint64_t count = 1;
};

/// Gives the bridge something of this class to send, whose request is large or not.
Given give(Bridge& bridge, Class which, bool large) {
  const std::string text = large ? std::string(kLargeBytes, 'x') : "x";
  switch (which) {
    case Class::kPosition:
      if (!large) {
        bridge.position("license:a", 12.5);
        return {};
      }
      bridge.positions(kLargeUnits);
      return {.count = kLargeUnits};
    case Class::kHeartbeat:
      bridge.players(42);
      return {};
    case Class::kPanic:
      return {bridge.panic("license:a")};
    case Class::kStatus:
      return {bridge.status("license:a", 3)};
    case Class::kQuery:
      return {bridge.call("getInfo")};
    case Class::kRepeatableCommand:
      return {
          bridge.call("setSelectedCharacter", R"({"communityUserId":"license:a","characterId":")" + text + R"("})")};
    case Class::kCommand:
      return {bridge.call("addCallNote", R"({"callId":5,"note":")" + text + R"("})")};
    default:
      return {bridge.call("create911Call", R"({"isEmergency":true,"caller":"Jo","location":"Alta St","description":")" +
                                               text + R"("})")};
  }
}

/// What the others send fits into the system's buffers, so that a peer that does not read fails no write of theirs.
bool may_be_large(Class which) {
  return which == Class::kPosition || which == Class::kRepeatableCommand || which == Class::kCommand ||
         which == Class::kUrgentCommand;
}

// -------------------------------------------------------------------------------------------------------- the faults

/// How far a request gets before the fault strikes it.
enum class Reach {
  kNowhere,
  kSeen,  // the CAD has its header
  kDone   // and has done what was asked
};

struct Strike {
  std::string name;
  Failure failure;
  Reach reach;
  std::string faults;
  Settings settings = {};
  bool late = false;  // it ends at a time limit
  bool tls = true;
  bool large = false;               // the request, so that it cannot be written if nobody reads it
  Name at_first = Name::kLoopback;  // where the CAD's name leads while it is struck
  bool full = false;                // there, connections are neither taken nor refused
};

/// The limit of the steps that must time out. All other limits are a minute, so that a slow machine causes no failure.
const Settings kPatient = {{"sonoran_bridge_resolve_timeout_ms", "60000"},
                           {"sonoran_bridge_connect_timeout_ms", "60000"},
                           {"sonoran_bridge_handshake_timeout_ms", "60000"},
                           {"sonoran_bridge_write_timeout_ms", "60000"},
                           {"sonoran_bridge_read_timeout_ms", "60000"}};
Settings short_limit(const std::string& step) {
  return {{"sonoran_bridge_" + step + "_timeout_ms", "4000"}};
}
const Settings kSmallAnswers = {{"sonoran_bridge_answer_limit_kib", "16"}};

const std::vector<Strike>& strikes() {
  using enum Failure;
  using enum Reach;
  const Settings read = short_limit("read");
  static const std::vector<Strike> kStrikes = {
      {"chunks", kNone, kDone, R"({"chunked":true})"},
      {"late answer", kNone, kDone, R"({"delay_ms":100})"},
      {"slow bytes", kNone, kDone, R"({"drip_ms":1})"},
      {"jitter", kNone, kDone, R"({"jitter_ms":200})"},
      {"done late", kNone, kDone, R"({"late_ms":100})"},
      {"status 201", kNone, kDone, R"({"status":201})"},
      {"status 204", kNone, kDone, R"({"status":204})"},
      {"longer than announced", kNone, kDone, R"({"short_length":true})"},
      {"broken JSON inside", kNone, kDone, R"({"garbage":true})"},
      {"half a surrogate pair", kNone, kDone, R"({"body":"{\"name\":\"\\ud800\"}"})"},
      {"an integer beyond 64 bits", kNone, kDone, R"({"body":"{\"id\":123456789012345678901234567890}"})"},
      {"a byte order mark", kNone, kDone, R"({"body":"\ufeff \r\n[]"})"},
      {"an empty body", kNone, kDone, R"({"form":"EMPTY"})"},
      {"a text", kNone, kDone, R"({"form":"TEXT"})"},
      {"header of 32 KiB", kNone, kDone, R"({"huge_header":32768})"},
      {.name = "unknown host", .failure = kResolve, .reach = kNowhere, .faults = "{}", .at_first = Name::kUnknown},
      {.name = "silent name server",
       .failure = kResolve,
       .reach = kNowhere,
       .faults = "{}",
       .settings = short_limit("resolve"),
       .late = true,
       .at_first = Name::kHanging},
      {.name = "refused", .failure = kConnect, .reach = kNowhere, .faults = "{}", .at_first = Name::kSecond},
      {.name = "left waiting",
       .failure = kConnect,
       .reach = kNowhere,
       .faults = "{}",
       .settings = short_limit("connect"),
       .late = true,
       .at_first = Name::kSecond,
       .full = true},
      {"reset before the handshake", kHandshake, kNowhere, R"({"reset":"ACCEPT"})"},
      {"no handshake", kHandshake, kNowhere, R"({"stall":"ACCEPT"})", short_limit("handshake"), true},
      {"closed before the handshake", kHandshake, kNowhere, R"({"half_close":"ACCEPT"})"},
      {"expired certificate", kHandshake, kNowhere, R"({"certificate":"EXPIRED"})"},
      {"certificate of another name", kHandshake, kNowhere, R"({"certificate":"OTHER_NAME"})"},
      {"self-signed certificate", kHandshake, kNowhere, R"({"certificate":"SELF_SIGNED"})"},
      {"TLS 1.1", kHandshake, kNowhere, R"({"tls_max":"1.1"})"},
      {.name = "nobody reads",
       .failure = kWrite,
       .reach = kSeen,
       .faults = R"({"stall":"REQUEST","deaf":true})",
       .settings = short_limit("write"),
       .late = true,
       .large = true},
      {.name = "nobody reads, plain",
       .failure = kWrite,
       .reach = kSeen,
       .faults = R"({"stall":"REQUEST","deaf":true})",
       .settings = short_limit("write"),
       .late = true,
       .tls = false,
       .large = true},
      {.name = "closed at accept, plain",
       .failure = kNoAnswer,
       .reach = kNowhere,
       .faults = R"({"half_close":"ACCEPT"})",
       .tls = false},
      {"reset after the request's header", kNoAnswer, kSeen, R"({"reset":"REQUEST"})"},
      {"reset before it is done", kNoAnswer, kSeen, R"({"reset":"BEFORE"})"},
      {"reset when it is done", kNoAnswer, kDone, R"({"reset":"AFTER"})"},
      {"reset amid the header", kNoAnswer, kDone, R"({"reset":"HEADERS"})"},
      {"reset amid the body", kNoAnswer, kDone, R"({"reset":"BODY"})"},
      {"reset amid the body, plain", kNoAnswer, kDone, R"({"reset":"BODY"})", {}, false, false},
      {"half-close before it is done", kNoAnswer, kSeen, R"({"half_close":"BEFORE"})"},
      {"half-close when it is done", kNoAnswer, kDone, R"({"half_close":"AFTER"})"},
      {"half-close before it is done, late", kNoAnswer, kDone, R"({"half_close":"AFTER","late_ms":300})"},
      {"reset before it is done, late", kNoAnswer, kDone, R"({"reset":"AFTER","late_ms":100,"jitter_ms":300})"},
      {"half-close amid the header", kNoAnswer, kDone, R"({"half_close":"HEADERS"})"},
      {"half-close amid the body", kNoAnswer, kDone, R"({"half_close":"BODY"})"},
      {"half-close amid the body, plain", kNoAnswer, kDone, R"({"half_close":"BODY"})", {}, false, false},
      {"stall after the request's header", kNoAnswer, kSeen, R"({"stall":"REQUEST"})", read, true},
      {"stall before it is done", kNoAnswer, kSeen, R"({"stall":"BEFORE"})", read, true},
      {"stall when it is done", kNoAnswer, kDone, R"({"stall":"AFTER"})", read, true},
      {"stall amid the header", kNoAnswer, kDone, R"({"stall":"HEADERS"})", read, true},
      {"stall amid the body", kNoAnswer, kDone, R"({"stall":"BODY"})", read, true},
      {"bytes too slow", kNoAnswer, kDone, R"({"drip_ms":100})", read, true},
      {"shorter than announced", kNoAnswer, kDone, R"({"truncate":true})"},
      {"chunks without an end", kNoAnswer, kDone, R"({"truncate":true,"chunked":true})"},
      {"a web page as success", kPage, kDone, R"({"html":true,"status":200})"},
      {"a captive portal", kPage, kSeen, R"({"form":"HTML","status":200,"stray":true})"},
      {"a page that calls itself JSON", kPage, kSeen, R"({"body":" <html>","status":200,"stray":true})"},
      {"a redirect", kRoad, kSeen, R"({"status":302})"},
      {"a text that calls itself JSON", kMalformed, kDone, R"({"body":"OK"})"},
      {"no HTTP", kMalformed, kDone, R"({"bad_http":true})"},
      {"huge body", kMalformed, kDone, R"({"huge":200000})", kSmallAnswers},
      {"huge header", kMalformed, kDone, R"({"huge_header":65536})"},
      {"a status line without an end", kMalformed, kDone, R"({"endless":"STATUS_LINE"})"},
      {"a line of the header without an end", kMalformed, kDone, R"({"endless":"HEADER"})"},
      {"a header without an end", kMalformed, kDone, R"({"endless":"FIELDS"})"},
      {"interim answers without an end", kMalformed, kDone, R"({"endless":"INTERIM"})"},
      {"a body without an end", kMalformed, kDone, R"({"endless":"BODY"})", kSmallAnswers},
      {"small chunks without an end", kMalformed, kDone, R"({"endless":"CHUNKS"})", kSmallAnswers},
      {"a chunk size without an end", kMalformed, kDone, R"({"endless":"CHUNK_SIZE"})"},
      {"a chunk extension without an end", kMalformed, kDone, R"({"endless":"EXTENSION"})"},
      {"a chunk extension without an end, plain", kMalformed, kDone, R"({"endless":"EXTENSION"})", {}, false, false},
      {"chunks with long extensions without an end", kMalformed, kDone, R"({"endless":"EXTENSIONS"})", kSmallAnswers},
      {"a line of the trailers without an end", kMalformed, kDone, R"({"endless":"TRAILER"})"},
      {"trailers without an end", kMalformed, kDone, R"({"endless":"TRAILERS"})"},
      {"401", kUnauthorized, kSeen, R"({"status":401})"},
      {"408", kRequestTimeout, kSeen, R"({"status":408})"},
      {"425", kTooEarly, kSeen, R"({"status":425})"},
      {"429", kRateLimited, kSeen, R"({"status":429})"},
      {"429 for seconds", kRateLimited, kSeen, R"({"status":429,"retry_after":"1"})"},
      {"429 until its window opens", kRateLimited, kSeen, R"({"status":429,"headers":["RateLimit-Reset: 1"]})"},
      {"429 until its window opens, by another name", kRateLimited, kSeen,
       R"({"status":429,"headers":["X-RateLimit-Reset: 1"]})"},
      {"429 until a date", kRateLimited, kSeen, R"({"status":429,"retry_after":"date:2"})"},
      {"500", kServerError, kSeen, R"({"status":500})"},
      {"502 with a web page", kServerError, kSeen, R"({"html":true})"},
      {"503", kServerError, kSeen, R"({"status":503})"},
      {"503 with a wait", kServerError, kSeen, R"({"status":503,"headers":["Retry-After: 1"]})"},
      {"504", kServerError, kSeen, R"({"status":504})"},
      {"404", kNotFound, kSeen, R"({"status":404})"},
      {"400", kRejected, kSeen, R"({"status":400})"},
      {"403", kRejected, kSeen, R"({"status":403})"},
      {"409", kRejected, kSeen, R"({"status":409})"},
      {"422", kRejected, kSeen, R"({"status":422})"},
  };
  return kStrikes;
}

/// Each 4xx that has a name, in each form of a body, as something on the way might answer; a problem document is the
/// CAD's own word.
const std::vector<Strike>& strays() {
  static const std::vector<Strike> kStrays = [] {
    using enum Failure;
    std::vector<Strike> strays;
    for (const int status : {400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414,
                             415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451}) {
      for (const char* form : {"PROBLEM", "GATEWAY", "HTML", "TEXT", "EMPTY"}) {
        const bool verdict =
            form == std::string_view("PROBLEM") || (form == std::string_view("GATEWAY") && status == 429);
        Failure failure = kRoad;
        if (verdict) {
          failure = status == 401   ? kUnauthorized
                    : status == 404 ? kNotFound
                    : status == 408 ? kRequestTimeout
                    : status == 425 ? kTooEarly
                    : status == 429 ? kRateLimited
                                    : kRejected;
        }
        const std::string number = std::to_string(status);
        strays.push_back(
            {.name = number + " as " + form,
             .failure = failure,
             .reach = Reach::kSeen,
             .faults = R"({"status":)" + number + R"(,"form":")" + form + R"(","server":"firewall/1","stray":true})",
             .tls = false});
      }
    }
    return strays;
  }();
  return kStrays;
}

/// The error kind that counts the failure, and that the caller gets if they get the failure.
const char* kind_of(const Strike& strike) {
  switch (strike.failure) {
    case Failure::kUnauthorized:
      return "unauthorized";
    case Failure::kRateLimited:
      return "rate_limited";
    case Failure::kNotFound:
      return "not_found";
    case Failure::kRejected:
      return "rejected";
    default:
      return strike.late ? "timeout" : "unavailable";
  }
}

// ----------------------------------------------------------------------------------------------------------- a cell

/// Only one try is struck. With more, the machine's speed would decide whether the circuit opens.
class Cell {
 public:
  Cell(const Traffic& traffic, const Strike& strike, int number)
      : traffic_(traffic),
        strike_(strike),
        host_("cell-" + std::to_string(number) + ".test"),
        // This process remembers what was spent of a key; each cell has its own.
        key_(std::string(traffic.name) + "-" + std::to_string(number)),
        outcome_(expected(traffic.which, strike.failure)) {}

  void run() {
    SCOPED_TRACE(std::string(traffic_.name) + ", " + strike_.name);
    simulator::Options options;
    options.cert_host = host_;
    options.key = key_;
    options.narrow = strike_.large;
    options.faults = faults();
    Simulator simulator(options);
    const simulator::Ready ready = simulator.start();
    set_host_name_at_first(host_, strike_.at_first, kWithTheWarmOne);
    std::optional<FullPort> full;
    if (strike_.full) full.emplace(kSecondAddress, ready.https_port);
    Settings settings =
        with(with(with(settings_for(ready, strike_.tls), kPatient), strike_.settings), {{"sonoran_apiKey", key_}});
    if (strike_.tls) settings["sonoran_bridge_url"] = "https://" + host_ + ":" + std::to_string(ready.https_port);
    {
      Bridge bridge(settings);
      ASSERT_EQ(bridge.error(), "");
      wait_for_the_warm_one(simulator);
      if (traffic_.which == Class::kPanic) close_the_warm_one(simulator);
      const Given given = give(bridge, traffic_.which, strike_.large);
      expect_answer(bridge, given.ticket);
      expect_counters(bridge, given.count);
      expect_unsent(bridge.stop(0), given.count);
    }
    expect_requests(simulator);
    // Lookups that still wait for a name that hangs continue.
    set_host_name(host_, Name::kLoopback);
    simulator.stop();
  }

 private:
  /// A bridge opens a connection before it has anything to send. Where connections are what is struck, that one is as
  /// well, and the next is that of the request.
  static constexpr unsigned kWithTheWarmOne = 2;

  [[nodiscard]] bool strikes_connections() const {
    return simulator::faults_of(json::parse(strike_.faults)).of_connections();
  }

  [[nodiscard]] simulator::Faults faults() const {
    json::object faults = json::parse(strike_.faults).as_object();
    if (strikes_connections()) {
      faults["times"] = kWithTheWarmOne;
    } else if (strike_.failure != Failure::kNone) {
      faults["times"] = 1;
      faults["only"] = traffic_.operation;
    }
    return simulator::faults_of(faults);
  }

  void wait_for_the_warm_one(const Simulator& simulator) const {
    const auto seen = [&] {
      if (!strikes_connections()) return strike_.at_first == Name::kLoopback || lookups_of(host_) != 0;
      return json::parse(simulator.stats()).at("connections_total") != 0;
    };
    EXPECT_TRUE(eventually(seen));
    // This query is answered only after the bridge has handled the connection that was seen.
    static_cast<void>(simulator.stats());
  }

  /// What a kept connection does not answer leaves a second time by itself (kept_connections_test.cpp); here it is
  /// about a single try.
  void close_the_warm_one(Simulator& simulator) const {
    if (strikes_connections() || strike_.at_first != Name::kLoopback) return;
    EXPECT_TRUE(eventually(
        [&] { return json::parse(simulator.stats()).at(strike_.tls ? "tls_handshakes" : "connections_total") != 0; }));
    simulator.disconnect();
  }

  [[nodiscard]] bool arrives() const { return outcome_ == Outcome::kArrives; }
  [[nodiscard]] bool is_struck() const { return strike_.failure != Failure::kNone; }
  [[nodiscard]] bool is_call() const { return traffic_.which >= Class::kQuery; }

  void expect_answer(Bridge& bridge, std::uint64_t ticket) const {
    if (outcome_ == Outcome::kKept) {
      const char* const state = strike_.failure == Failure::kUnauthorized ? "unauthorized" : "server_unknown";
      EXPECT_TRUE(eventually([&] { return bridge.stats().at("state") == state; })) << bridge.log();
      EXPECT_FALSE(bridge.answered(ticket));
      return;
    }
    if (ticket == 0) return;
    const Answer answer = bridge.answer(ticket);
    const std::string said = answer.title + ": " + answer.detail;
    EXPECT_FALSE(answer.deduplicated);
    switch (outcome_) {
      case Outcome::kArrives:
        EXPECT_EQ(answer.error, SB_ERROR_NONE) << said;
        EXPECT_EQ(answer.status / 100, 2);
        return;
      case Outcome::kGiven:
        EXPECT_STREQ(sb_error_name(answer.error), kind_of(strike_)) << said;
        if (strike_.failure == Failure::kMalformed) break;
        EXPECT_EQ(answer.status, json::parse(strike_.faults).at("status").to_number<int>());
        if (strike_.failure != Failure::kRoad) {
          EXPECT_FALSE(answer.trace_id.empty());
        } else if (answer.status >= 400) {
          EXPECT_NE(answer.detail.find("'firewall/1'"), std::string::npos) << said;
        }
        break;
      default:
        EXPECT_EQ(answer.error, SB_ERROR_OUTCOME_UNKNOWN) << said;
        if (strike_.failure == Failure::kServerError) {
          EXPECT_EQ(answer.status / 100, 5);
        }
        break;
    }
    EXPECT_TRUE(answer.detail.ends_with(".")) << said;
  }

  /// Of the operation, what is exact of it; then of the class; then the bytes that are held.
  void expect_counters(Bridge& bridge, std::uint64_t count) const {
    json::object failed;
    if (is_struck()) failed[kind_of(strike_)] = 1;
    const bool again = is_struck() && arrives();
    const json::object operation = {
        {"sent", again ? 2 : 1},    {"succeeded", arrives() ? 1 : 0},
        {"retried", again ? 1 : 0}, {"rate_limited", strike_.failure == Failure::kRateLimited ? 1 : 0},
        {"failed", failed},         {"in_flight", 0}};
    const json::object counted = {
        {"accepted", count}, {"delivered", arrives() ? count : 0}, {"coalesced", 0},
        {"deduplicated", 0}, {"dropped", dropped(count)},          {"pending", outcome_ == Outcome::kKept ? count : 0}};
    // A unit stays on record after its panic or status was answered, for repeats. Nothing else may stay.
    const bool on_record =
        std::string_view(traffic_.counted) == "panic" || std::string_view(traffic_.counted) == "status";
    const json::object wanted = {
        {"operation", operation}, {"class", counted}, {"held", on_record ? "a unit" : "nothing"}};
    json::object seen;
    EXPECT_TRUE(eventually([&] {
      const json::value stats = bridge.stats();
      json::object of_operation;
      if (const auto* all = stats.at("operations").as_object().if_contains(traffic_.operation)) {
        for (const auto& [name, value] : operation) of_operation[name] = all->at(name);
      }
      json::object of_class;
      for (const auto& [name, value] : counted) of_class[name] = stats.at("classes").at(traffic_.counted).at(name);
      json::object& reasons = of_class.at("dropped").as_object();
      for (auto reason = reasons.begin(); reason != reasons.end();) {
        reason = reason->value() == 0 ? reasons.erase(reason) : reason + 1;
      }
      const auto held = stats.at("held_bytes").to_number<std::uint64_t>();
      const std::string_view holds = held == 0 ? "nothing" : held <= kUnitOnRecord * count ? "a unit" : "more";
      seen = {{"operation", of_operation}, {"class", of_class}, {"held", holds}};
      return seen == wanted;
    })) << "expected: "
        << json::serialize(wanted) << "\nseen:     " << json::serialize(seen) << "\nlog:\n"
        << bridge.log();
  }

  /// Drops by reason; reasons that did not occur are left out.
  [[nodiscard]] json::object dropped(std::uint64_t count) const {
    if (outcome_ == Outcome::kOutcomeUnknown) return {{"outcome_unknown", count}};
    if (outcome_ != Outcome::kGiven) return {};
    return {{is_call() ? kind_of(strike_) : "rejected", count}};
  }

  void expect_unsent(const sb_unsent& unsent, std::uint64_t count) const {
    const auto of = [&](Class which) {
      return outcome_ == Outcome::kKept && traffic_.which == which ? count : std::uint64_t{0};
    };
    EXPECT_EQ(unsent.panics, of(Class::kPanic));
    EXPECT_EQ(unsent.statuses, of(Class::kStatus));
    EXPECT_EQ(unsent.positions, of(Class::kPosition));
    EXPECT_EQ(unsent.calls, 0U);
  }

  /// The requests that reached the CAD, counted after the bridge was destroyed.
  void expect_requests(const Simulator& simulator) const {
    const std::size_t well = arrives() ? 1 : 0;
    const std::size_t all = (is_struck() && strike_.reach != Reach::kNowhere ? 1U : 0U) + well;
    // The CAD may process some of them late.
    EXPECT_TRUE(eventually([&] {
      std::size_t requests = 0;
      for (const RecordedRequest& request : simulator.requests()) requests += request.operation == traffic_.operation;
      return requests >= all;
    }));
    std::size_t requests = 0;
    std::size_t executed = 0;
    std::size_t acknowledged = 0;
    for (const RecordedRequest& request : simulator.requests()) {
      if (request.operation != traffic_.operation) continue;
      ++requests;
      executed += request.executed ? 1U : 0U;
      acknowledged += request.executed && request.status / 100 == 2 ? 1U : 0U;
    }
    EXPECT_EQ(requests, all);
    EXPECT_EQ(executed, (is_struck() && strike_.reach == Reach::kDone ? 1U : 0U) + well);
    EXPECT_GE(acknowledged, well) << "it was acknowledged, but has not arrived";
  }

  const Traffic& traffic_;
  const Strike& strike_;
  const std::string host_, key_;
  const Outcome outcome_;
};

class FaultMatrix : public testing::TestWithParam<Traffic> {};

INSTANTIATE_TEST_SUITE_P(Class, FaultMatrix, testing::ValuesIn(kTraffic),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

/// Runs all strikes of a list against one class at the same time, and checks that they release everything.
void strike_all(const Traffic& traffic, const std::vector<Strike>& list, int number) {
  const Holdings before = holdings();
  {
    std::vector<std::jthread> cells;
    for (const Strike& strike : list) {
      if (strike.large && !may_be_large(traffic.which)) continue;
      cells.emplace_back([&traffic, &strike, number] { Cell(traffic, strike, number).run(); });
      ++number;
    }
  }
  EXPECT_TRUE(eventually([&] { return holdings() == before; }))
      << "descriptors " << before.descriptors << " -> " << holdings().descriptors << ", threads " << before.threads
      << " -> " << holdings().threads;
}

TEST_P(FaultMatrix, DoesWhatItsRowSaysAndLeavesNothingBehind) {
  strike_all(GetParam(), strikes(), 0);
}

TEST_P(FaultMatrix, TakesNo4xxForAVerdictThatIsNotTheCadsOwnWord) {
  strike_all(GetParam(), strays(), 1000);
}

// ------------------------------------------------------------------------------------------------------------ memory

/// Memory of this process, KiB: what it has now (VmRSS), or had at most (VmHWM).
long memory_kib(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(which + ":")) return std::stol(line.substr(which.size() + 1));
  }
  return 0;
}

/// The server would send 512 MiB of each.
TEST(EndlessAnswers, TakeNoMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps what was freed";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "a sanitizer keeps what was freed";
#endif
#endif
  constexpr long kMost_kib = 32L * 1024;
  for (const char* part : {"STATUS_LINE", "HEADER", "FIELDS", "INTERIM", "BODY", "CHUNKS", "CHUNK_SIZE", "EXTENSION",
                           "EXTENSIONS", "TRAILER", "TRAILERS"}) {
    for (const bool tls : {false, true}) {
      SCOPED_TRACE(std::string(part) + (tls ? " over TLS" : ""));
      simulator::Options options;
      options.key = std::string(part) + (tls ? "-tls" : "");
      options.faults = simulator::faults_of(json::object{{"endless", part}});
      Simulator simulator(options);
      Bridge bridge(with(settings_for(simulator.start(), tls), {{"sonoran_apiKey", options.key}}));
      std::ofstream("/proc/self/clear_refs") << 5;  // the most is counted from here on
      const long before = memory_kib("VmRSS");
      ASSERT_GT(before, 0);
      const Answer answer = bridge.answer(bridge.call("getInfo", "{}"));
      EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE) << answer.detail;
      EXPECT_EQ(answer.title, "The CAD's answer is malformed") << answer.detail;
      EXPECT_LT(memory_kib("VmHWM") - before, kMost_kib);
    }
  }
}

// --------------------------------------------------------------------------------------------------------- scenarios

class Outage : public testing::Test {
 protected:
  static std::vector<RecordedRequest> requests_of(const Simulator& simulator, const std::string& operation) {
    std::vector<RecordedRequest> requests = simulator.requests();
    std::erase_if(requests, [&](const RecordedRequest& request) { return request.operation != operation; });
    return requests;
  }
  /// How many times the CAD has carried out each note.
  static std::map<std::string, int> executed_notes(const Simulator& simulator) {
    std::map<std::string, int> notes;
    for (const RecordedRequest& request : requests_of(simulator, "addCallNote")) {
      if (request.executed) ++notes[std::string(std::string_view(json::parse(request.body).at("note").as_string()))];
    }
    return notes;
  }
  static std::string note(int number) {
    return R"({"callId":)" + std::to_string(number) + R"(,"note":"note )" + std::to_string(number) + "\"}";
  }

  Simulator simulator_;
  simulator::Ready ready_ = simulator_.start();
};

TEST_F(Outage, DesiredStatesAllArriveCommandsWaitAndQueriesFailAtOnce) {
  Bridge bridge(settings_for(ready_, true));
  bridge.answer(bridge.status("license:0", 2));
  Faults down;
  down.refuse = true;
  simulator_.set_faults(down);

  constexpr int kUnits = 60;
  std::map<std::string, int> wanted;
  std::vector<std::uint64_t> states, notes;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kUnits; ++i) {
      const std::string unit = "license:" + std::to_string(i);
      wanted[unit] = (i + round) % 4;
      states.push_back(bridge.status(unit, wanted[unit]));
      if (i % 3 == 0 && round == 0) states.push_back(bridge.panic(unit));
    }
  }
  for (int i = 0; i < 10; ++i) notes.push_back(bridge.call("addCallNote", note(i), 120000));
  ASSERT_TRUE(eventually([&] { return bridge.stats().at("state") == "unavailable"; })) << bridge.log();
  // The circuit is open: a question is not kept until its deadline, unless it happens to be the probe.
  int unavailable = 0;
  for (int i = 0; i < 5; ++i) {
    const Answer answer = bridge.answer(bridge.call("getInfo", "{}", 120000));
    unavailable += answer.error == SB_ERROR_UNAVAILABLE ? 1 : 0;
  }
  EXPECT_EQ(unavailable, 5);
  for (const std::uint64_t ticket : notes) EXPECT_FALSE(bridge.answered(ticket)) << "a command must wait";

  simulator_.clear_faults();
  for (const std::uint64_t ticket : states) EXPECT_EQ(bridge.answer(ticket).error, SB_ERROR_NONE);
  for (const std::uint64_t ticket : notes) EXPECT_EQ(bridge.answer(ticket).error, SB_ERROR_NONE);
  EXPECT_EQ(bridge.answer(bridge.call("getInfo")).error, SB_ERROR_NONE);

  const json::value units = json::parse(simulator_.stats()).at("units");
  for (const auto& [unit, status] : wanted) EXPECT_EQ(units.at(unit).at("status"), status) << unit;
  for (int i = 0; i < kUnits; i += 3) EXPECT_EQ(units.at("license:" + std::to_string(i)).at("panic"), true);
  EXPECT_EQ(executed_notes(simulator_).size(), notes.size());
  for (const auto& [text, count] : executed_notes(simulator_)) EXPECT_EQ(count, 1) << text;
}

TEST_F(Outage, ARateLimitBeyondTheDeadlineIsToldAtOnceWithItsWait) {
  Faults faults;
  faults.status = 429;
  faults.retry_after = "300";
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, true));
  for (const char* operation : {"getInfo", "remove911Call", "addCallNote"}) {
    const Answer answer = bridge.answer(bridge.call(operation,
                                                    std::string_view(operation) == "getInfo"         ? "{}"
                                                    : std::string_view(operation) == "remove911Call" ? R"({"callId":5})"
                                                                                                     : note(1).c_str(),
                                                    20000));
    EXPECT_EQ(answer.error, SB_ERROR_RATE_LIMITED) << operation << answer.detail;
    EXPECT_GT(answer.retry_after_ms, 250'000U) << operation;
    EXPECT_LE(answer.retry_after_ms, 300'000U) << operation;
    EXPECT_EQ(requests_of(simulator_, operation).size(), 1U);
  }
}

TEST_F(Outage, ACallIsAnsweredAtItsDeadline) {
  Faults faults;
  faults.stall = simulator::Stage::kBefore;
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, true));
  EXPECT_EQ(bridge.answer(bridge.call("getInfo", "{}", 300)).error, SB_ERROR_TIMEOUT);
  // Nobody knows whether it was carried out. That matters where repeating does harm.
  EXPECT_EQ(bridge.answer(bridge.call("remove911Call", R"({"callId":5})", 300)).error, SB_ERROR_TIMEOUT);
  EXPECT_EQ(bridge.answer(bridge.call("addCallNote", note(1), 300)).error, SB_ERROR_OUTCOME_UNKNOWN);
}

/// A CAD that fails at random for a while: the same seeds fail the same way, as far as the order of arrival is the
/// same.
TEST_F(Outage, InAStormNoStateIsLostAndNoCommandRunsTwice) {
  for (const int seed : {1, 2, 3}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    // A key of its own: this process remembers what it has spent of the others'.
    simulator::Options options;
    options.key = "storm-" + std::to_string(seed);
    Simulator simulator(options);
    const simulator::Ready ready = simulator.start();
    json::array rules;
    int number = seed * 100;
    for (const char* what : {R"("reset":"ACCEPT")", R"("reset":"REQUEST")", R"("reset":"BEFORE")", R"("reset":"AFTER")",
                             R"("reset":"BODY")", R"("half_close":"AFTER")", R"("stall":"AFTER")", R"("status":500)",
                             R"("status":503)", R"("html":true)", R"("garbage":true)", R"("truncate":true)",
                             R"("short_length":true)", R"("bad_http":true)"}) {
      rules.push_back(
          json::parse("{" + std::string(what) + R"(,"probability":0.04,"seed":)" + std::to_string(++number) + "}"));
    }
    simulator.set_faults(simulator::faults_of(json::object{{"rules", rules}, {"rate_scale", 0}}));

    Bridge bridge(
        with(settings_for(ready, true), {{"sonoran_apiKey", options.key}, {"sonoran_bridge_read_timeout_ms", "1000"}}));
    std::vector<std::uint64_t> notes, states;
    std::map<std::string, int> wanted;
    for (int i = 0; i < 40; ++i) {
      notes.push_back(bridge.call("addCallNote", note(i), 60000));
      const std::string unit = "license:" + std::to_string(i % 7);
      wanted[unit] = i % 5;
      states.push_back(bridge.status(unit, wanted[unit]));
      if (i % 10 == 0) states.push_back(bridge.panic("license:" + std::to_string(i)));
    }
    std::vector<Answer> answers;
    answers.reserve(notes.size());
    for (const std::uint64_t ticket : notes) answers.push_back(bridge.answer(ticket));
    simulator.clear_faults();
    for (const std::uint64_t ticket : states) EXPECT_EQ(bridge.answer(ticket).error, SB_ERROR_NONE);

    std::map<std::string, int> executed = executed_notes(simulator);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const std::string text = "note " + std::to_string(i);
      EXPECT_LE(executed[text], 1) << text;
      if (answers[i].error == SB_ERROR_NONE) {
        EXPECT_EQ(executed[text], 1) << text;
      } else if (answers[i].error != SB_ERROR_OUTCOME_UNKNOWN) {
        // A caller who is told of a failure may repeat the call, so it must not have been carried out.
        EXPECT_EQ(executed[text], 0) << text << ": " << answers[i].title << ": " << answers[i].detail;
      }
    }
    const json::value units = json::parse(simulator.stats()).at("units");
    for (const auto& [unit, status] : wanted) EXPECT_EQ(units.at(unit).at("status"), status) << unit;
    for (int i = 0; i < 40; i += 10) EXPECT_EQ(units.at("license:" + std::to_string(i)).at("panic"), true);
  }
}

}  // namespace
}  // namespace sonoran::integration
