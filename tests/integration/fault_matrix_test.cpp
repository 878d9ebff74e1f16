// Every fault of the CAD against every class of traffic: each does what its row of the table says.
//
// A test is one class; its faults strike side by side, each with a CAD and a bridge of its own, because some have to
// wait for their budget or their backoff.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"
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
};

constexpr std::array<Traffic, kClasses> kTraffic = {{{Class::kPosition, "Position", "updateUnitLocations"},
                                                     {Class::kBeat, "Beat", "heartbeat"},
                                                     {Class::kPanic, "Panic", "setUnitPanic"},
                                                     {Class::kStatus, "Status", "setUnitStatus"},
                                                     {Class::kQuery, "Query", "getInfo"},
                                                     {Class::kRepeatableCommand, "RepeatableCommand", "remove911Call"},
                                                     {Class::kCommand, "Command", "addCallNote"},
                                                     {Class::kUrgentCommand, "UrgentCommand", "create911Call"}}};

/// Gives the bridge something of this class to send; the ticket, or 0 where there is none.
std::uint64_t give(Bridge& bridge, Class which) {
  switch (which) {
    case Class::kPosition:
      bridge.position("license:a", 12.5);
      return 0;
    case Class::kBeat:
      bridge.players(42);
      return 0;
    case Class::kPanic:
      return bridge.panic("license:a");
    case Class::kStatus:
      return bridge.status("license:a", 3);
    case Class::kQuery:
      return bridge.call("getInfo");
    case Class::kRepeatableCommand:
      return bridge.call("remove911Call", R"({"callId":5})");
    case Class::kCommand:
      return bridge.call("addCallNote", R"({"callId":5,"note":"on foot"})");
    default:
      return bridge.call("create911Call",
                         R"({"isEmergency":true,"caller":"Jo","location":"Alta St","description":"fire"})");
  }
}

// -------------------------------------------------------------------------------------------------------- the faults

struct Strike {
  const char* name;
  Failure failure;
  const char* faults;
  Name host = Name::kLoopback;
  Settings settings = {};
  bool tls = true;
};

/// For what ends at a time limit only. All others keep their defaults, so that a slow machine is no fault.
const Settings kShortRead = {{"sonoran_bridge_read_timeout_ms", "400"}};
const Settings kSmallAnswers = {{"sonoran_bridge_answer_limit_kib", "16"}};

const std::vector<Strike>& strikes() {
  using enum Failure;
  static const std::vector<Strike> kStrikes = {
      {"chunks", kNone, R"({"chunked":true})"},
      {"late answer", kNone, R"({"delay_ms":100})"},
      {"slow bytes", kNone, R"({"drip_ms":1})"},
      {"jitter", kNone, R"({"jitter_ms":200})"},
      {"status 201", kNone, R"({"status":201})"},
      {"status 204", kNone, R"({"status":204})"},
      {"unknown host", kNothingLeft, "{}", Name::kUnknown},
      {"silent name server", kNothingLeft, "{}", Name::kHanging, {{"sonoran_bridge_resolve_timeout_ms", "200"}}},
      {"down", kNothingLeft, R"({"refuse":true})"},
      {"connections left waiting",
       kNothingLeft,
       R"({"hang":true})",
       {},
       {{"sonoran_bridge_connect_timeout_ms", "200"}}},
      {"reset before the handshake", kNothingLeft, R"({"reset":"ACCEPT"})"},
      {"no handshake", kNothingLeft, R"({"stall":"ACCEPT"})", {}, {{"sonoran_bridge_handshake_timeout_ms", "400"}}},
      {"closed before the handshake", kNothingLeft, R"({"half_close":"ACCEPT"})"},
      {"expired certificate", kNothingLeft, R"({"certificate":"EXPIRED"})"},
      {"certificate of another name", kNothingLeft, R"({"certificate":"OTHER_NAME"})"},
      {"self-signed certificate", kNothingLeft, R"({"certificate":"SELF_SIGNED"})"},
      {"TLS 1.1", kNothingLeft, R"({"tls_max":"1.1"})"},
      {"closed at accept, plain", kNoAnswer, R"({"half_close":"ACCEPT"})", Name::kLoopback, {}, false},
      {"reset after the request's header", kNoAnswer, R"({"reset":"REQUEST"})"},
      {"reset before it is done", kNoAnswer, R"({"reset":"BEFORE"})"},
      {"reset when it is done", kNoAnswer, R"({"reset":"AFTER"})"},
      {"reset amid the header", kNoAnswer, R"({"reset":"HEADERS"})"},
      {"reset amid the body", kNoAnswer, R"({"reset":"BODY"})"},
      {"reset amid the body, plain", kNoAnswer, R"({"reset":"BODY"})", Name::kLoopback, {}, false},
      {"half-close before it is done", kNoAnswer, R"({"half_close":"BEFORE"})"},
      {"half-close when it is done", kNoAnswer, R"({"half_close":"AFTER"})"},
      {"half-close amid the header", kNoAnswer, R"({"half_close":"HEADERS"})"},
      {"half-close amid the body", kNoAnswer, R"({"half_close":"BODY"})"},
      {"half-close amid the body, plain", kNoAnswer, R"({"half_close":"BODY"})", Name::kLoopback, {}, false},
      {"stall after the request's header", kNoAnswer, R"({"stall":"REQUEST"})", Name::kLoopback, kShortRead},
      {"stall before it is done", kNoAnswer, R"({"stall":"BEFORE"})", Name::kLoopback, kShortRead},
      {"stall when it is done", kNoAnswer, R"({"stall":"AFTER"})", Name::kLoopback, kShortRead},
      {"stall amid the header", kNoAnswer, R"({"stall":"HEADERS"})", Name::kLoopback, kShortRead},
      {"stall amid the body", kNoAnswer, R"({"stall":"BODY"})", Name::kLoopback, kShortRead},
      {"bytes too slow", kNoAnswer, R"({"drip_ms":100})", Name::kLoopback, kShortRead},
      {"shorter than announced", kNoAnswer, R"({"truncate":true})"},
      {"chunks without an end", kNoAnswer, R"({"truncate":true,"chunked":true})"},
      {"longer than announced", kMalformed, R"({"short_length":true})"},
      {"a web page as success", kMalformed, R"({"html":true,"status":200})"},
      {"broken JSON", kMalformed, R"({"garbage":true})"},
      {"no HTTP", kMalformed, R"({"bad_http":true})"},
      {"huge body", kMalformed, R"({"huge":200000})", Name::kLoopback, kSmallAnswers},
      {"408", kNotNow, R"({"status":408})"},
      {"425", kNotNow, R"({"status":425})"},
      {"429", kRateLimited, R"({"status":429})"},
      {"429 for seconds", kRateLimited, R"({"status":429,"retry_after":"1"})"},
      {"429 until a date", kRateLimited, R"({"status":429,"retry_after":"date:2"})"},
      {"500", kServerError, R"({"status":500})"},
      {"502 with a web page", kServerError, R"({"html":true})"},
      {"503", kServerError, R"({"status":503})"},
      {"504", kServerError, R"({"status":504})"},
      {"400", kRejected, R"({"status":400})"},
      {"403", kRejected, R"({"status":403})"},
      {"409", kRejected, R"({"status":409})"},
      {"422", kRejected, R"({"status":422})"},
  };
  return kStrikes;
}

// ----------------------------------------------------------------------------------------------------------- a cell

/// Failures without any answer: three in a row, and the bridge stops asking (docs/retries.md).
bool opens_the_circuit(Failure failure) {
  return failure == Failure::kNothingLeft || failure == Failure::kNoAnswer;
}

class Cell {
 public:
  Cell(const Traffic& traffic, const Strike& strike, int number)
      : traffic_(traffic), strike_(strike), host_("cell-" + std::to_string(number) + ".test") {}

  void run() {
    SCOPED_TRACE(std::string(traffic_.name) + ", " + strike_.name);
    simulator::Options options;
    options.cert_host = host_;
    options.faults = simulator::faults_of(json::parse(strike_.faults));
    Simulator simulator(options);
    const simulator::Ready ready = simulator.start();
    set_host_name(host_, strike_.host);
    Settings settings = with(settings_for(ready, strike_.tls), strike_.settings);
    if (strike_.tls) settings["sonoran_bridge_url"] = "https://" + host_ + ":" + std::to_string(ready.https_port);
    {
      Bridge bridge(settings);
      ASSERT_EQ(bridge.error(), "");
      const std::uint64_t ticket = give(bridge, traffic_.which);
      if (strike_.failure != Failure::kNone) {
        // It has struck once it is seen; then the CAD is well again.
        EXPECT_TRUE(eventually([&] { return bridge.failed(traffic_.operation) != 0; })) << bridge.log();
        simulator.clear_faults();
        set_host_name(host_, Name::kLoopback);
      }
      expect(bridge, simulator, ticket);
      bridge.stop(0);
    }
    simulator.stop();
  }

 private:
  std::vector<RecordedRequest> arrivals(const Simulator& simulator) const {
    std::vector<RecordedRequest> requests = simulator.requests();
    std::erase_if(requests, [&](const RecordedRequest& request) { return request.operation != traffic_.operation; });
    return requests;
  }

  void expect(Bridge& bridge, const Simulator& simulator, std::uint64_t ticket) {
    const Outcome outcome = expected(traffic_.which, strike_.failure);
    if (ticket != 0) {
      const Answer answer = bridge.answer(ticket);
      // Three failures in a row without an answer open the circuit, and a query then fails at once. With full jitter
      // that can be before the first one was seen here and the CAD made well.
      const bool may_open = traffic_.which == Class::kQuery && opens_the_circuit(strike_.failure);
      if (may_open && (answer.error == SB_ERROR_UNAVAILABLE || answer.error == SB_ERROR_TIMEOUT)) return;
      expect_answer(answer, outcome);
    } else if (outcome == Outcome::kArrives) {
      EXPECT_TRUE(eventually([&] { return bridge.stats().at("classes").at(class_name()).at("delivered") != 0; }))
          << bridge.log();
    } else {
      EXPECT_TRUE(eventually([&] {
        return bridge.stats().at("classes").at(class_name()).at("dropped").at("rejected") != 0;
      })) << bridge.log();
    }

    const std::vector<RecordedRequest> requests = arrivals(simulator);
    const auto executed = static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [](const auto& request) { return request.executed; }));
    if (outcome == Outcome::kArrives) {
      EXPECT_GE(executed, 1U) << "it was acknowledged, but has not arrived";
      EXPECT_TRUE(std::any_of(requests.begin(), requests.end(),
                              [](const auto& request) { return request.executed && request.status / 100 == 2; }));
    } else {
      EXPECT_LE(requests.size(), 1U) << "it was sent again";
    }
    if (strike_.failure == Failure::kNone) {
      EXPECT_EQ(requests.size(), 1U) << "it was sent again without need";
    }
    if (traffic_.which == Class::kCommand || traffic_.which == Class::kUrgentCommand) {
      EXPECT_LE(executed, 1U) << "a command was executed twice";
    }
  }

  const char* class_name() const { return traffic_.which == Class::kPosition ? "position" : "beat"; }

  void expect_answer(const Answer& answer, Outcome outcome) const {
    switch (outcome) {
      case Outcome::kArrives:
        EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.title << ": " << answer.detail;
        EXPECT_EQ(answer.status / 100, 2);
        break;
      case Outcome::kGiven:
        EXPECT_EQ(answer.error, SB_ERROR_REJECTED) << answer.title << ": " << answer.detail;
        EXPECT_EQ(answer.status, json::parse(strike_.faults).at("status").to_number<int>());
        EXPECT_FALSE(answer.trace_id.empty());
        break;
      case Outcome::kUnavailable:
        EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE) << answer.title << ": " << answer.detail;
        break;
      case Outcome::kOutcomeUnknown:
        EXPECT_EQ(answer.error, SB_ERROR_OUTCOME_UNKNOWN) << answer.title << ": " << answer.detail;
        if (strike_.failure == Failure::kServerError) {
          EXPECT_EQ(answer.status / 100, 5);
        }
        break;
    }
    if (outcome != Outcome::kArrives) {
      EXPECT_TRUE(answer.detail.ends_with(".")) << answer.detail;
    }
  }

  const Traffic& traffic_;
  const Strike& strike_;
  const std::string host_;
};

class FaultMatrix : public testing::TestWithParam<Traffic> {};

INSTANTIATE_TEST_SUITE_P(Class, FaultMatrix, testing::ValuesIn(kTraffic),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST_P(FaultMatrix, DoesWhatItsRowSaysAndLeavesNothingBehind) {
  const Holdings before = holdings();
  {
    std::vector<std::jthread> cells;
    int number = 0;
    for (const Strike& strike : strikes()) {
      cells.emplace_back([&strike, number] { Cell(GetParam(), strike, number).run(); });
      ++number;
    }
  }
  EXPECT_TRUE(eventually([&] { return holdings() == before; }))
      << "descriptors " << before.descriptors << " -> " << holdings().descriptors << ", threads " << before.threads
      << " -> " << holdings().threads;
}

// --------------------------------------------------------------------------------------------------------- scenarios

class Outage : public testing::Test {
 protected:
  static std::vector<RecordedRequest> requests_of(const Simulator& simulator, const std::string& operation) {
    std::vector<RecordedRequest> requests = simulator.requests();
    std::erase_if(requests, [&](const RecordedRequest& request) { return request.operation != operation; });
    return requests;
  }
  /// How often the CAD has carried out each note.
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
  // Whether it was done is not known, which matters where asking again does harm.
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
        // Whoever hears that it failed may ask again, so it must not have been done.
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
