// Kept connections that send interim answers or stray bytes, that end, or that the road forgets.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <cerrno>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/own_cad.h"
#include "integration/scripted_peer.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::RecordedRequest;

// As docs/limits.md has them.
constexpr int kInterimAnswers = 16;
constexpr int kCommandIdle_ms = 500;
constexpr int kHedge_ms = 2000;

constexpr const char* kEmergency = R"({"isEmergency":true,"caller":"Jo","location":"Alta St","description":"Fire"})";

class Kept : public testing::TestWithParam<bool>, protected OwnCad {
 protected:
  Kept() : OwnCad(GetParam()) {}

  std::vector<RecordedRequest> requests_of(const std::string& operation) {
    std::vector<RecordedRequest> requests = simulator_.requests();
    std::erase_if(requests, [&](const RecordedRequest& request) { return request.operation != operation; });
    return requests;
  }
  /// Waits until the connection that a bridge opens in advance is there on both sides.
  void wait_for_the_warm_one(Bridge& bridge) {
    ASSERT_TRUE(eventually([&] { return cad_stats().at(GetParam() ? "tls_handshakes" : "connections_total") != 0; }));
    // Each goes once through the bridge's loop, which has by then dealt with what had come for it before.
    for (int i = 0; i < 10; ++i) ASSERT_EQ(sb_flush(bridge.raw(), 60000), SB_OK);
  }
  static std::int64_t counter(Bridge& bridge, const char* operation, const char* name) {
    return bridge.stats().at("operations").at(operation).at(name).to_number<std::int64_t>();
  }
  /// Until the report, which is at most a second old, says so.
  static bool comes_to(Bridge& bridge, const char* operation, const char* name, std::int64_t count) {
    return eventually([&] { return counter(bridge, operation, name) == count; });
  }
  /// Presses a panic of which two copies leave. The CAD does with them what `first` and `second` say, answers one with
  /// 200, and no failure is counted.
  void press_in_two_copies(Bridge& bridge, json::object first, json::object second) {
    wait_for_the_warm_one(bridge);
    for (json::object* rule : {&first, &second}) {
      rule->insert({{"times", 1}, {"only", "setUnitPanic"}});
    }
    set_faults({{"rules", {first, second}}});
    EXPECT_EQ(bridge.answer(bridge.panic("license:a")).status, 200);
    EXPECT_TRUE(comes_to(bridge, "setUnitPanic", "hedged", 1));
    EXPECT_EQ(bridge.failed("setUnitPanic"), 0U);
    EXPECT_EQ(requests_of("setUnitPanic").size(), 2U);
  }
};

INSTANTIATE_TEST_SUITE_P(Over, Kept, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "Tls" : "Tcp"; });

// ------------------------------------------------------------------------------------------------------- early answers

/// A server that refuses a body may answer before it has read the body.
TEST_P(Kept, AnAnswerThatComesBeforeTheBodyIsWrittenIsTheAnswer) {
  std::atomic<bool> over{false};
  {
    const ScriptedPeer peer(GetParam(), [&](PeerConnection& connection) {
      connection.read_header();
      const std::string body = R"({"title":"Unauthorized","status":401})";
      connection.write("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body);
      EXPECT_TRUE(eventually([&] { return over.load(); }));
    });
    Bridge bridge(peer.settings());
    const std::string recording = std::string("\x1A\x45\xDF\xA3") + std::string(5'900'000, 'x');
    const Answer answer = bridge.answer(
        bridge.call("uploadBodycamRecording", R"({"durationMs":1000,"communityUserId":"license:a"})", 0, recording));
    EXPECT_EQ(answer.status, 401) << answer.detail;
    EXPECT_EQ(answer.error, SB_ERROR_UNAUTHORIZED) << answer.detail;
    over = true;
  }
}

// ------------------------------------------------------------------------------------------------------------ interim

TEST_P(Kept, InterimAnswersAreNotTheAnswer) {
  Bridge bridge(settings_);
  int number = 0;
  for (const char* interim : {"[100]", "[102]", "[103]", "[199]", "[103,103,103]", "[100,102,103,103]"}) {
    for (const int wait_ms : {0, 150}) {
      SCOPED_TRACE(std::string(interim) + ", " + std::to_string(wait_ms) + " ms before the answer");
      set_faults({{"interim", json::parse(interim)}, {"interim_ms", wait_ms}});
      const std::string unit = "unit" + std::to_string(++number);
      const std::string note = R"({"callId":5,"note":")" + unit + R"("})";
      const auto command = bridge.call("addCallNote", note);
      EXPECT_EQ(bridge.answer(command).status, 200);
      // Ten a minute.
      if (number % 2 == 0) {
        EXPECT_EQ(bridge.answer(bridge.call("getInfo")).status, 200);
      }
      // One after the other, so that the second may have what was left of the first.
      for (const int value : {1, 2}) {
        const Answer answer = bridge.answer(bridge.status(unit, value));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(json::parse(answer.body).at("status"), value);
      }
    }
  }
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).status, 200);
  EXPECT_EQ(bridge.answer(bridge.call("create911Call", kEmergency)).status, 200);
  for (const char* operation : {"addCallNote", "getInfo", "setUnitStatus", "setUnitPanic", "create911Call"}) {
    EXPECT_EQ(bridge.failed(operation), 0U) << operation;
  }
  EXPECT_EQ(requests_of("setUnitPanic").size(), 1U);
  EXPECT_EQ(requests_of("create911Call").size(), 1U);
}

TEST_P(Kept, AConnectionIsUsedAgainAfterInterimAnswers) {
  set_faults({{"interim", {103, 103}}, {"interim_ms", 50}});
  Bridge bridge(settings_);
  for (const int value : {1, 2, 3}) bridge.answer(bridge.status("license:a", value));
  std::set<std::uint64_t> connections;
  for (const RecordedRequest& request : requests_of("setUnitStatus")) connections.insert(request.connection);
  EXPECT_EQ(connections.size(), 1U);
}

TEST_P(Kept, AChangeOfProtocolIsAFailureAndTheEndOfTheConnection) {
  set_faults({{"interim", {101}}, {"times", 1}, {"only", "addCallNote"}});
  Bridge bridge(settings_);
  const Answer answer = bridge.answer(bridge.call("addCallNote", R"({"callId":5,"note":"x"})"));
  EXPECT_EQ(answer.error, SB_ERROR_OUTCOME_UNKNOWN);
  EXPECT_NE(answer.detail.find("101"), std::string::npos) << answer.detail;
  EXPECT_EQ(bridge.answer(bridge.call("addCallNote", R"({"callId":5,"note":"y"})")).status, 200);
  const auto requests = requests_of("addCallNote");
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_NE(requests[0].connection, requests[1].connection);
}

TEST_P(Kept, InterimAnswersHaveABound) {
  const auto so_many = [](int count) { return json::array(static_cast<std::size_t>(count), 103); };
  set_faults({{"interim", so_many(kInterimAnswers)}});
  Bridge bridge(settings_);
  EXPECT_EQ(bridge.answer(bridge.call("addCallNote", R"({"callId":5,"note":"x"})")).status, 200);
  set_faults({{"interim", so_many(kInterimAnswers + 1)}, {"times", 1}, {"only", "addCallNote"}});
  const Answer answer = bridge.answer(bridge.call("addCallNote", R"({"callId":5,"note":"y"})"));
  EXPECT_EQ(answer.error, SB_ERROR_OUTCOME_UNKNOWN);
  EXPECT_NE(answer.detail.find(std::to_string(kInterimAnswers) + " interim"), std::string::npos) << answer.detail;
}

// --------------------------------------------------------------------------------------------------------- the script

class Scripted : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Over, Scripted, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "Tls" : "Tcp"; });

std::string body_of(std::size_t connection, int request) {
  return R"({"connection":)" + std::to_string(connection) + R"(,"request":)" + std::to_string(request) + "}";
}

/// Nobody gets bytes behind the answer, whether they come with it or after it was read.
TEST_P(Scripted, WhatComesBehindAnAnswerIsNobodysAnswer) {
  for (const bool at_once : {true, false}) {
    SCOPED_TRACE(at_once ? "with the answer" : "after it");
    std::atomic<bool> stray_sent{false};
    ScriptedPeer peer(GetParam(), [&](PeerConnection& connection) {
      const std::string stray = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
      for (int number = 1; !connection.read_request().empty(); ++number) {
        const std::string body = body_of(connection.number(), number);
        if (at_once) {
          connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body + stray);
        } else {
          connection.answer(body);
          std::this_thread::sleep_for(std::chrono::milliseconds(150));
          connection.write(stray);
        }
        stray_sent = true;
      }
    });
    Bridge bridge(peer.settings());
    std::set<std::string> bodies;
    for (int value = 0; value < 3; ++value) {
      const Answer answer = bridge.answer(bridge.status("license:a", value));
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(json::parse(answer.body).at("request"), 1) << answer.body;
      bodies.insert(answer.body);
      ASSERT_TRUE(eventually([&] { return stray_sent.exchange(false); }));
    }
    EXPECT_EQ(bodies.size(), 3U);
    EXPECT_EQ(bridge.failed("setUnitStatus"), 0U);
  }
}

/// Ways in which a peer ends an idle connection.
struct Ending {
  const char* name;
  bool tls;
  void (*happens)(PeerConnection&);
};

/// Otherwise the names of the tests would show its bytes, among them addresses.
void PrintTo(const Ending& ending, std::ostream* out) {
  *out << ending.name;
}

const std::vector<Ending> kEndings = {
    {"Fin", false, [](PeerConnection& peer) { peer.finish(); }},
    {"FinOfTls", true, [](PeerConnection& peer) { peer.finish(); }},
    {"Farewell", true, [](PeerConnection& peer) { peer.say_farewell(); }},
    {"AByte", false, [](PeerConnection& peer) { peer.write("x"); }},
    {"AByteOfTls", true, [](PeerConnection& peer) { peer.write("x"); }},
    {"AnAnswerToNothing", false, [](PeerConnection& peer) { peer.answer("{}"); }},
    {"ATimeout", true,
     [](PeerConnection& peer) { peer.write("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"); }},
};

class Idle : public testing::TestWithParam<Ending> {};
INSTANTIATE_TEST_SUITE_P(EndedBy, Idle, testing::ValuesIn(kEndings),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

/// No request is made meanwhile. If the bridge did not read from the connection, it would stay until the next one
/// replaced it.
TEST_P(Idle, AConnectionThatWasNeverUsedIsClosedWhenThePeerEndsIt) {
  std::atomic<std::size_t> connections_when_closed{0};
  ScriptedPeer* self = nullptr;
  ScriptedPeer peer(GetParam().tls, [&](PeerConnection& connection) {
    if (connection.number() != 1) {
      connection.wait_for_the_end();
      return;
    }
    GetParam().happens(connection);
    connection.wait_for_the_end();
    connections_when_closed = self->accepted();
  });
  self = &peer;
  Bridge bridge(peer.settings());
  EXPECT_TRUE(eventually([&] { return connections_when_closed != 0; }));
  EXPECT_EQ(connections_when_closed, 1U);
}

TEST_P(Idle, AConnectionThatWasUsedIsClosedWhenThePeerEndsIt) {
  std::atomic<bool> closed{false};
  std::atomic<bool> replaced{false};
  std::atomic<int> answered{0};
  ScriptedPeer peer(GetParam().tls, [&](PeerConnection& connection) {
    if (connection.read_request().empty()) return;
    const bool first = ++answered == 1;
    if (!first) replaced = true;
    connection.answer("{}");
    if (first) {
      GetParam().happens(connection);
      connection.wait_for_the_end();
      closed = true;
    } else {
      connection.wait_for_the_end();
    }
  });
  Bridge bridge(peer.settings());
  EXPECT_EQ(bridge.answer(bridge.status("license:a", 1)).status, 200);
  EXPECT_TRUE(eventually([&] { return closed.load(); }));
  EXPECT_FALSE(replaced);
  EXPECT_EQ(bridge.answer(bridge.status("license:a", 2)).status, 200);
  EXPECT_EQ(bridge.failed("setUnitStatus"), 0U);
}

TEST_P(Scripted, AnIdleConnectionIsClosedBeforeTheTimeThatThePeerAnnounced) {
  std::atomic<std::size_t> connections_when_closed{0};
  ScriptedPeer* self = nullptr;
  ScriptedPeer peer(GetParam(), [&](PeerConnection& connection) {
    if (connection.read_request().empty()) return;
    connection.answer("{}", "Keep-Alive: timeout=2, max=100\r\n");
    // The urgent lane's is replaced after some ten seconds; the third connection would be that.
    connection.wait_for_the_end();
    connections_when_closed = self->accepted();
  });
  self = &peer;
  Bridge bridge(peer.settings());
  bridge.answer(bridge.status("license:a", 1));
  EXPECT_TRUE(eventually([&] { return connections_when_closed != 0; }));
  EXPECT_LE(connections_when_closed, 2U);
}

TEST_P(Scripted, AnAnswerThatAnnouncesNoIdlenessEndsItsConnection) {
  ScriptedPeer peer(GetParam(), [](PeerConnection& connection) {
    for (int number = 1; !connection.read_request().empty(); ++number) {
      connection.answer(body_of(connection.number(), number), "Keep-Alive: timeout=0\r\n");
    }
  });
  Bridge bridge(peer.settings());
  for (int value = 0; value < 3; ++value) {
    EXPECT_EQ(json::parse(bridge.answer(bridge.status("license:a", value)).body).at("request"), 1);
  }
}

/// TLS 1.3 sends session tickets on its own after the handshake: they are no stray bytes.
TEST_P(Kept, AConnectionOpenedInAdvanceIsTheOneThatAPanicUses) {
  Bridge bridge(settings_);
  wait_for_the_warm_one(bridge);
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).status, 200);
  EXPECT_EQ(cad_stats().at("connections_total"), 1);
}

// ------------------------------------------------------------------------------------------------------- the commands

TEST_P(Kept, ACommandThatMustNotBeSentTwiceDoesNotLeaveOnAConnectionThatWasNeverAnsweredOn) {
  Bridge bridge(settings_);
  wait_for_the_warm_one(bridge);
  EXPECT_EQ(bridge.answer(bridge.call("create911Call", kEmergency)).status, 200);
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).status, 200);
  EXPECT_EQ(cad_stats().at("connections_total"), 2);
}

TEST_P(Kept, ACommandThatMustNotBeSentTwiceDoesNotLeaveOnAConnectionThatWasIdleForHalfASecond) {
  Bridge bridge(settings_);
  bridge.answer(bridge.status("license:a", 1));
  std::this_thread::sleep_for(std::chrono::milliseconds(kCommandIdle_ms));
  EXPECT_EQ(bridge.answer(bridge.call("addCallNote", R"({"callId":5,"note":"x"})")).status, 200);
  EXPECT_NE(requests_of("setUnitStatus").at(0).connection, requests_of("addCallNote").at(0).connection);
}

TEST_P(Kept, WhatTheCadClosedWhileNobodyAskedIsNoticed) {
  set_faults({{"idle_close_ms", 300}});
  Bridge bridge(settings_);
  wait_for_the_warm_one(bridge);
  ASSERT_TRUE(eventually([&] { return cad_stats().at("connections_open") == 0; }));
  EXPECT_EQ(bridge.answer(bridge.call("create911Call", kEmergency)).status, 200);
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).status, 200);
  EXPECT_EQ(bridge.failed("setUnitPanic"), 0U);
  EXPECT_EQ(counter(bridge, "setUnitPanic", "replaced"), 0);
}

// -------------------------------------------------------------------------------------------------------- the silence

TEST_P(Kept, APanicOnAConnectionThatWasForgottenOnTheWayIsSentASecondTime) {
  Bridge bridge(settings_);
  wait_for_the_warm_one(bridge);
  simulator_.silence();
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).status, 200);
  EXPECT_EQ(requests_of("setUnitPanic").size(), 1U) << "the first copy was swallowed";
  EXPECT_TRUE(comes_to(bridge, "setUnitPanic", "hedged", 1));
  EXPECT_EQ(counter(bridge, "setUnitPanic", "hedges_won"), 1);
  EXPECT_EQ(bridge.failed("setUnitPanic"), 0U);
  const json::value report = bridge.stats();
  const json::value& budget = report.at("operations").at("setUnitPanic").at("budget");
  EXPECT_EQ(budget.at("left").to_number<int>(), budget.at("limit").to_number<int>() - 2) << "both copies count";
}

TEST_P(Kept, AStatusOnAConnectionThatWasForgottenOnTheWayIsSentASecondTime) {
  Bridge bridge(settings_);
  bridge.answer(bridge.status("license:a", 1));
  simulator_.silence();
  EXPECT_EQ(bridge.answer(bridge.status("license:a", 2)).status, 200);
  EXPECT_TRUE(comes_to(bridge, "setUnitStatus", "hedged", 1));
  EXPECT_EQ(bridge.failed("setUnitStatus"), 0U);
  EXPECT_EQ(requests_of("setUnitStatus").size(), 2U);
}

TEST_P(Kept, TheFirstAnswerCountsAlsoWhenItIsThatToTheFirstCopy) {
  // The first is answered late, the second not at all.
  Bridge bridge(settings_);
  press_in_two_copies(bridge, {{"delay_ms", 4000}}, {{"stall", "BEFORE"}});
  EXPECT_EQ(counter(bridge, "setUnitPanic", "hedges_won"), 0);
}

TEST_P(Kept, TheFirstCopyIsListenedToAlsoWhenTheSecondFails) {
  Bridge bridge(settings_);
  press_in_two_copies(bridge, {{"delay_ms", 4000}}, {{"reset", "BEFORE"}});
}

TEST_P(Kept, TheSecondCopyIsListenedToAlsoWhenTheFirstFails) {
  // The first is reset after its delay, the second answered after that.
  Bridge bridge(settings_);
  press_in_two_copies(bridge, {{"delay_ms", 3000}, {"reset", "HEADERS"}}, {{"delay_ms", 3000}});
  EXPECT_TRUE(comes_to(bridge, "setUnitPanic", "hedges_won", 1));
}

TEST_P(Kept, AnInterimAnswerShowsThatTheConnectionIsAliveAndNoSecondCopyLeaves) {
  Bridge bridge(settings_);
  wait_for_the_warm_one(bridge);
  set_faults({{"interim", {103}}, {"interim_ms", 2 * kHedge_ms}, {"only", "setUnitPanic"}});
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).status, 200);
  EXPECT_EQ(requests_of("setUnitPanic").size(), 1U);
}

TEST_P(Scripted, TheLoserIsReset) {
  // The loser's peer sees a reset, not an ordinary end.
  std::atomic<int> requests{0};
  std::atomic<int> error{0};
  std::atomic<bool> ended{false};
  ScriptedPeer peer(GetParam(), [&](PeerConnection& connection) {
    while (!connection.read_request().empty()) {
      if (++requests != 2) {
        connection.answer("{}");
        continue;
      }
      error = connection.wait_for_the_end();
      ended = true;
      return;
    }
  });
  Bridge bridge(peer.settings());
  EXPECT_EQ(bridge.answer(bridge.status("license:a", 1)).status, 200);
  EXPECT_EQ(bridge.answer(bridge.status("license:a", 2)).status, 200);
  EXPECT_TRUE(eventually([&] { return ended.load(); }));
  EXPECT_EQ(error, ECONNRESET);
  EXPECT_EQ(requests, 3);
}

}  // namespace
}  // namespace sonoran::integration
