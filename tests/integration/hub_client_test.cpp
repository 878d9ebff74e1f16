// The hub's connection and its events over real sockets, against the simulator: the client alone, without a module.
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/limits.h"
#include "net/tls.h"
#include "runtime/hub_client.h"
#include "simulator/simulator.h"

namespace sonoran {
namespace {

namespace json = boost::json;
using runtime::HubClient;
using schedule::HubEnd;
using schedule::HubState;

class HubClientTest : public testing::Test {
 protected:
  void start(const std::string& rules, bool tls = false, const std::string& key = "sim-key") {
    simulator::Options options;
    options.faults.hub = simulator::hub_rules_of(rules);
    simulator_.emplace(options);
    const simulator::Ready ready = simulator_->start();
    const std::string url = tls ? ready.https_url : ready.http_url;
    const std::string ca_file = tls ? ready.ca_file : "";
    const std::array<SettingPair, 5> pairs = {SettingPair{"sonoran_apiKey", key},
                                              {"sonoran_communityID", "simcad"},
                                              {"sonoran_bridge_url", url},
                                              {"sonoran_bridge_ca_file", ca_file},
                                              {"sonoran_serverId", "1"}};
    auto parsed = parse_settings(pairs);
    ASSERT_TRUE(parsed) << parsed.error().text;
    settings_ = *std::move(parsed);
    if (tls) {
      auto made = net::make_tls_context({.ca_file = settings_.ca_file, .bundle = settings_.ca_bundle, .root = ""});
      ASSERT_TRUE(made) << made.error().text;
      tls_ = *std::move(made);
    }
    auto* const context = tls ? &tls_->context : nullptr;
    http_.emplace(loop_.get_executor(), settings_, context, "test");
    client_.emplace(loop_.get_executor(), settings_, *http_, context, "test/1", schedule::Random(1),
                    HubClient::Told{.event = [this](api::PushEvent event) { events_.push_back(std::move(event)); },
                                    .pause = [] {},
                                    .change = [this](bool up) { ups_.push_back(up); },
                                    .located = [](std::uint64_t, const api::HubAnswer&) {},
                                    .log = [this](LogLine line) { lines_.push_back(std::move(line.text)); }});
    client_->start();
  }

  void TearDown() override {
    if (client_) client_->close();
    if (http_) http_->close();
    loop_.restart();
    loop_.run();
  }

  /// Runs the loop until it is so; a machine may be busy, so the limit is long.
  bool comes_true(const std::function<bool()>& condition) {
    const Time limit = Clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (Clock::now() > limit) return false;
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(10));
    }
    return true;
  }

  bool is_up(std::uint64_t times = 1) {
    return comes_true([&] { return client_->link().state() == HubState::kUp && client_->link().times_up() >= times; });
  }

  bool ends(HubEnd why) {
    return comes_true([&] { return client_->link().ends(why) > 0; });
  }

  std::optional<simulator::Simulator> simulator_;
  Settings settings_;
  std::optional<net::TlsContext> tls_;
  std::vector<api::PushEvent> events_;
  std::vector<std::string> lines_;
  std::vector<bool> ups_;
  std::optional<net::HttpClient> http_;
  std::optional<HubClient> client_;
  boost::asio::io_context loop_{1};
};

std::string many_events(int count) {
  json::array events;
  for (int n = 0; n < count; ++n)
    events.push_back({{"type", "EVENT_" + std::to_string(n)}, {"data", {{"n", n}, {"t", "Zoë"}}}});
  return json::serialize(events);
}

TEST_F(HubClientTest, EventsComeInOrderInEveryFormOverTcpAndTls) {
  for (const char* rules : {"{}", R"({"objects":true,"keyed":true})", R"({"arrays":true})", R"({"split":9})",
                            R"({"fragment":5})", R"({"join_ms":20})", R"({"wants_results":true})"}) {
    const bool tls = std::string(rules) == "{}";
    start(rules, tls);
    ASSERT_TRUE(is_up()) << rules;
    events_.clear();
    ASSERT_EQ(simulator_->push(many_events(40)), 40U);
    ASSERT_TRUE(comes_true([&] { return events_.size() >= 40; })) << rules;
    for (int n = 0; n < 40; ++n) {
      const auto& event = events_[static_cast<std::size_t>(n)];
      EXPECT_EQ(event.type, "EVENT_" + std::to_string(n)) << rules;
      EXPECT_EQ(json::parse(event.data), (json::object{{"n", n}, {"t", "Zoë"}})) << rules;
    }
    EXPECT_EQ(client_->counts().unreadable, 0U) << rules;
    TearDown();
    client_.reset();
    http_.reset();
  }
}

TEST_F(HubClientTest, WhatTheHubWantsAResultOfIsAnswered) {
  start(R"({"wants_results":true})");
  ASSERT_TRUE(is_up());
  simulator_->push(R"({"type":"E"})");
  simulator_->send_to_hub("{\"type\":1,\"invocationId\":\"q\",\"target\":\"later\",\"arguments\":[]}\x1e");
  simulator_->send_to_hub("{\"type\":4,\"invocationId\":\"r\",\"target\":\"stream\",\"arguments\":[]}\x1e");
  const auto answered = [&](const char* text) {
    const json::value seen = json::parse(simulator_->hub());
    for (const json::value& record : seen.at("records").as_array()) {
      if (record.at("by") == "client" &&
          std::string_view(record.at("text").as_string()).find(text) != std::string::npos)
        return true;
    }
    return false;
  };
  EXPECT_TRUE(comes_true([&] { return answered(R"("invocationId":"s1","result":null)"); }));
  EXPECT_TRUE(comes_true([&] { return answered(R"("invocationId":"q","error":)"); }));
  EXPECT_TRUE(comes_true([&] { return answered(R"("invocationId":"r","error":)"); }));
}

TEST_F(HubClientTest, EveryRecordTypeIsCopedWith) {
  start("{}");
  ASSERT_TRUE(is_up());
  simulator_->send_to_hub(
      "{\"type\":2,\"invocationId\":\"9\",\"item\":1}\x1e{\"type\":5,\"invocationId\":\"9\"}\x1e{\"type\":8,"
      "\"sequenceId\":1}"
      "\x1e{\"type\":9,\"sequenceId\":1}\x1e{\"type\":42}\x1e{\"type\":3,\"invocationId\":\"late\",\"result\":1}\x1e"
      "no json\x1e{\"type\":1,\"target\":\"pushEvent\",\"arguments\":[7]}\x1e");
  simulator_->push(R"({"type":"E"})");
  ASSERT_TRUE(comes_true([&] { return events_.size() == 1; }));
  EXPECT_EQ(client_->counts().unknown, 1U);
  EXPECT_EQ(client_->counts().unreadable, 2U);
  EXPECT_EQ(client_->link().times_up(), 1U);
}

TEST_F(HubClientTest, ARefusedAuthenticationIsOneSentenceWithoutTheKey) {
  start("{}", false, "wrong-key-123");
  ASSERT_TRUE(ends(HubEnd::kRefused));
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(lines_[0].find("sonoran_communityID"), std::string::npos) << lines_[0];
  EXPECT_GT(client_->link().due() - Clock::now(), std::chrono::seconds(40));
}

TEST_F(HubClientTest, TheKeyIsTakenOutOfWhatTheCadSays) {
  start(R"({"authentication":"ERROR","authentication_error":"Bad key sim-key."})");
  ASSERT_TRUE(ends(HubEnd::kRefused));
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_EQ(lines_[0].find("sim-key"), std::string::npos) << lines_[0];
  EXPECT_EQ(client_->link().last_end().find("sim-key"), std::string::npos);
}

TEST_F(HubClientTest, ARefusedAuthenticationIsKnownInEachForm) {
  for (const char* way : {"REFUSED", "ERROR", "CLOSED"}) {
    start(std::string(R"({"authentication":")") + way + "\"}");
    EXPECT_TRUE(ends(HubEnd::kRefused)) << way;
    TearDown();
    client_.reset();
    http_.reset();
  }
}

TEST_F(HubClientTest, WhoIsTurnedAwayNegotiates) {
  start(R"({"direct":false})");
  ASSERT_TRUE(is_up());
  EXPECT_EQ(client_->link().ends(HubEnd::kTurnedAway), 1U);
  EXPECT_EQ(lines_.size(), 1U) << "nothing is said of what worked the other way";
}

TEST_F(HubClientTest, ComesBackAfterEachEnd) {
  start("{}");
  ASSERT_TRUE(is_up());
  simulator_->close_hub(R"({"error":"Update","allowReconnect":true})");
  ASSERT_TRUE(ends(HubEnd::kClosed));
  ASSERT_TRUE(is_up(2));
  simulator_->disconnect();
  ASSERT_TRUE(ends(HubEnd::kUnreachable));
  ASSERT_TRUE(is_up(3));
  simulator_->close_hub(R"({"code":1011})");
  ASSERT_TRUE(is_up(4));
  simulator_->push(R"({"type":"E"})");
  EXPECT_TRUE(comes_true([&] { return events_.size() == 1; }));
  simulator_->close_hub(R"({"error":"For good"})");
  ASSERT_TRUE(ends(HubEnd::kDismissed));
  EXPECT_NE(client_->link().last_end().find("For good"), std::string::npos);
}

TEST_F(HubClientTest, AnOverlongRecordAndAStrangeHandshakeEndTheConnection) {
  start("{}");
  ASSERT_TRUE(is_up());
  simulator_->send_to_hub(std::string(limits::kHubRecordBytes + 1, ' '));
  EXPECT_TRUE(ends(HubEnd::kUnreadable));
  TearDown();
  client_.reset();
  http_.reset();
  start(R"({"handshake_error":"Later"})");
  EXPECT_TRUE(ends(HubEnd::kUnreadable));
  EXPECT_NE(client_->link().last_end().find("Later"), std::string::npos);
}

}  // namespace
}  // namespace sonoran
