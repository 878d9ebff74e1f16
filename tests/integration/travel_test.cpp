// Everything that the game gives reaches the CAD, over plain TCP and over TLS.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "integration/bridge.h"
#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::RecordedRequest;

class Travel : public testing::TestWithParam<bool> {
 protected:
  Travel() : ready_(simulator_.start()), settings_(settings_for(ready_, GetParam())) {}

  std::vector<RecordedRequest> requests_of(const std::string& operation) {
    std::vector<RecordedRequest> requests = simulator_.requests();
    std::erase_if(requests, [&](const RecordedRequest& request) { return request.operation != operation; });
    return requests;
  }
  bool arrives(const std::string& operation) {
    return eventually([&] { return !requests_of(operation).empty(); });
  }
  json::value simulator_stats() { return json::parse(simulator_.stats()); }
  void set_faults(const char* text) { simulator_.set_faults(simulator::faults_of(json::parse(text))); }

  simulator::Simulator simulator_;
  simulator::Ready ready_;
  Settings settings_;
};

INSTANTIATE_TEST_SUITE_P(Over, Travel, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "Tls" : "Tcp"; });

TEST_P(Travel, PositionsHeartbeatPanicAndStatusArrive) {
  Bridge bridge(settings_);
  bridge.players(17);
  bridge.position("license:a", 12.5);
  const auto panic = bridge.panic("license:a");
  const auto status = bridge.status("license:b", 3);
  EXPECT_EQ(bridge.answer(panic).status, 200);
  const Answer answered = bridge.answer(status);
  EXPECT_EQ(answered.error, SB_ERROR_NONE) << answered.detail;
  EXPECT_EQ(json::parse(answered.body).at("status"), 3);
  ASSERT_TRUE(arrives("heartbeat"));
  ASSERT_TRUE(arrives("updateUnitLocations"));

  const json::value stats = simulator_stats();
  EXPECT_EQ(stats.at("heartbeat").at("last_player_count"), 17);
  EXPECT_EQ(stats.at("units").at("license:a").at("panic"), true);
  EXPECT_EQ(stats.at("units").at("license:b").at("status"), 3);
  const json::value update = json::parse(requests_of("updateUnitLocations").at(0).body).at("updates").at(0);
  EXPECT_EQ(update.at("communityUserId"), "license:a");
  EXPECT_EQ(update.at("coordinates").at("x"), 12.5);
  EXPECT_EQ(update.at("location"), "Alta St");
  for (const RecordedRequest& request : simulator_.requests()) EXPECT_EQ(request.over_tls, GetParam());
}

TEST_P(Travel, RequestsHaveTheHeadersThatTheCadAsksFor) {
  Bridge bridge(settings_);
  bridge.answer(bridge.panic("license:a"));
  const RecordedRequest request = requests_of("setUnitPanic").at(0);
  std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
  EXPECT_EQ(headers["Authorization"], "Bearer sim-key");
  EXPECT_EQ(headers["Accept"], "application/json");
  EXPECT_EQ(headers["Content-Type"], "application/json");
  EXPECT_TRUE(headers["User-Agent"].starts_with("sonoran_bridge/"));
  const std::string port = std::to_string(GetParam() ? ready_.https_port : ready_.http_port);
  EXPECT_EQ(headers["Host"], (GetParam() ? "localhost:" : "127.0.0.1:") + port);
}

TEST_P(Travel, AConnectionIsKeptAndUsedAgain) {
  Bridge bridge(settings_);
  for (int value = 0; value < 4; ++value) bridge.answer(bridge.status("license:a", value));
  std::set<std::uint64_t> connections;
  for (const RecordedRequest& request : requests_of("setUnitStatus")) connections.insert(request.connection);
  EXPECT_EQ(requests_of("setUnitStatus").size(), 4U);
  EXPECT_EQ(connections.size(), 1U);
}

TEST_P(Travel, WhatIsUrgentAndWhatIsLargeHaveConnectionsOfTheirOwn) {
  Bridge bridge(settings_);
  bridge.position("license:a", 1);
  bridge.answer(bridge.status("license:a", 2));
  bridge.answer(bridge.panic("license:a"));
  ASSERT_TRUE(arrives("updateUnitLocations"));
  const std::set<std::uint64_t> connections = {requests_of("setUnitPanic").at(0).connection,
                                               requests_of("setUnitStatus").at(0).connection,
                                               requests_of("updateUnitLocations").at(0).connection};
  EXPECT_EQ(connections.size(), 3U);
}

TEST_P(Travel, APanicDoesNotWaitForPositionsThatTheCadIsSlowWith) {
  set_faults(R"({"stall":"BEFORE","only":"updateUnitLocations"})");
  Bridge bridge(settings_);
  bridge.position("license:a", 1);
  ASSERT_TRUE(arrives("updateUnitLocations"));
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).error, SB_ERROR_NONE);
}

TEST_P(Travel, AConnectionThatTheCadHasClosedIsReplacedUnnoticed) {
  Bridge bridge(settings_);
  bridge.answer(bridge.status("license:a", 1));
  simulator_.disconnect();
  EXPECT_EQ(bridge.answer(bridge.status("license:a", 2)).error, SB_ERROR_NONE);
  EXPECT_EQ(bridge.failed("setUnitStatus"), 0U);
  EXPECT_EQ(requests_of("setUnitStatus").size(), 2U);
}

TEST_P(Travel, AnswersMayComeInChunksLateAndByteByByte) {
  Bridge bridge(settings_);
  int value = 0;
  for (const char* way : {R"({"chunked":true})", R"({"delay_ms":50})", R"({"drip_ms":1})", R"({"jitter_ms":50})"}) {
    set_faults(way);
    const Answer answer = bridge.answer(bridge.status("license:a", ++value));
    EXPECT_EQ(answer.error, SB_ERROR_NONE) << way << answer.detail;
    EXPECT_EQ(json::parse(answer.body).at("status"), value) << way;
  }
  EXPECT_EQ(bridge.failed("setUnitStatus"), 0U);
}

TEST_P(Travel, AnOffFollowsItsOnInOrder) {
  Bridge bridge(settings_);
  const auto on = bridge.panic("license:a", true);
  const auto off = bridge.panic("license:a", false);
  bridge.answer(on);
  bridge.answer(off);
  const auto panics = requests_of("setUnitPanic");
  ASSERT_EQ(panics.size(), 2U);
  EXPECT_EQ(json::parse(panics[0].body).at("isPanic"), true);
  EXPECT_EQ(json::parse(panics[1].body).at("isPanic"), false);
}

TEST_P(Travel, ThePathOfTheUrlComesBeforeTheCads) {
  settings_["sonoran_bridge_url"] += "/behind/a/proxy/";
  Bridge bridge(settings_);
  bridge.panic("license:a");
  EXPECT_TRUE(eventually([&] { return !simulator_.requests().empty(); }));
  EXPECT_TRUE(simulator_.requests().at(0).target.starts_with("/behind/a/proxy/v2/emergency/"))
      << simulator_.requests()[0].target;
}

TEST_P(Travel, OneUnitThatTheCadDoesNotKnowKeepsNoOtherFromArriving) {
  set_faults(R"({"unknown_units":"license:3"})");
  Bridge bridge(settings_);
  std::vector<std::uint64_t> tickets;
  tickets.reserve(8);
  for (int i = 0; i < 8; ++i) tickets.push_back(bridge.status("license:" + std::to_string(i), 4));
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    const Answer answer = bridge.answer(tickets[i]);
    EXPECT_EQ(answer.error, i == 3 ? SB_ERROR_NOT_FOUND : SB_ERROR_NONE) << i;
    if (i == 3) {
      EXPECT_FALSE(answer.trace_id.empty());
    }
  }
  EXPECT_EQ(simulator_stats().at("units").as_object().size(), 7U);
}

/// A call that names several units uses tickets of its own for them, which no host has.
TEST_P(Travel, ACancellationReachesNoTicketOfTheModulesOwn) {
  set_faults(R"({"only": ["setUnitStatus"], "delay_ms": 300})");
  Bridge bridge(settings_);
  const auto joined = bridge.call("setUnitStatus", R"({"communityUserIds":["a","b"],"status":2})");
  for (const unsigned bit : {62U, 63U}) {
    for (std::uint64_t n = 0; n < 16; ++n) {
      ASSERT_EQ(sb_cancel(bridge.raw(), (std::uint64_t{1} << bit) + n), SB_OK);
    }
  }
  EXPECT_EQ(bridge.answer(joined).error, SB_ERROR_NONE) << "its own ticket would have ended it";
  const auto cancelled = bridge.call("setUnitStatus", R"({"communityUserIds":["c","d"],"status":2})");
  ASSERT_EQ(sb_cancel(bridge.raw(), cancelled), SB_OK);
  EXPECT_EQ(bridge.answer(cancelled).error, SB_ERROR_CANCELLED);
}

}  // namespace
}  // namespace sonoran::integration
