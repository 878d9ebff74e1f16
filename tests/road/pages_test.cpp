// Pages of gateways in the place of the CAD's answer: no verdict, and nothing is lost behind them.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "integration/eventually.h"
#include "road/road.h"

namespace sonoran::road {
namespace {

using integration::eventually;
using simulator::Faults;
using simulator::Stage;

constexpr std::uint32_t kLong_ms = 120'000;
constexpr const char* kNote = R"({"callId":1,"note":"a","noteType":"text","label":"b"})";

class Pages : public Road {
 protected:
  /// What is asked before the road clears.
  struct Asked {
    std::uint64_t panic, status, query;
    Answer command;
  };
  /// Asks for one of each class while the road is blocked, and waits until each has met the block.
  Asked ask(Bridge& bridge) {
    Asked asked{};
    asked.panic = bridge.panic("license:p");
    asked.status = bridge.status("license:s", 4);
    asked.query = bridge.call("getVersion", "{}", kLong_ms);
    bridge.position("license:x", 1);
    bridge.players(7);
    asked.command = bridge.answer(bridge.call("addCallNote", kNote));
    for (const char* operation : {"setUnitPanic", "setUnitStatus", "updateUnitLocations"}) {
      EXPECT_TRUE(eventually([&] { return bridge.failed(operation) > 0; })) << operation << bridge.log();
    }
    EXPECT_EQ(bridge.log().find("Connected to"), std::string::npos) << bridge.log();
    EXPECT_EQ(executed("setUnitPanic") + executed("setUnitStatus") + executed("updateUnitLocations"), 0U);
    return asked;
  }
  /// After the road is clear: what the module keeps has arrived.
  void expect_arrived(Bridge& bridge, const Asked& asked, bool position = true) {
    EXPECT_EQ(bridge.answer(asked.panic).error, SB_ERROR_NONE) << bridge.log();
    EXPECT_EQ(bridge.answer(asked.status).error, SB_ERROR_NONE) << bridge.log();
    EXPECT_TRUE(!position || eventually([&] { return executed("updateUnitLocations") > 0; })) << bridge.log();
    EXPECT_GE(executed("setUnitPanic"), 1U);
    EXPECT_GE(executed("setUnitStatus"), 1U);
    EXPECT_EQ(executed("addCallNote"), 0U);
  }
  void set(Faults faults) {
    faults.rate_scale = 0;
    simulator_.set_faults(std::move(faults));
  }
  /// Behind a gateway the CAD refuses connections (which it answers with `refused`), then takes requests and stays
  /// silent (504): nothing is lost.
  void expect_nothing_lost(unsigned short port, int refused) {
    for (const int status : {refused, 504}) {
      simulator_.reset();
      Faults faults;
      faults.refuse = status == refused;
      if (!faults.refuse) faults.stall = Stage::kBefore;
      set(faults);
      Bridge bridge(plain(port));
      const Asked asked = ask(bridge);
      EXPECT_EQ(asked.command.error, SB_ERROR_OUTCOME_UNKNOWN) << asked.command.detail;
      EXPECT_EQ(asked.command.status, status);
      set({});
      expect_arrived(bridge, asked);
    }
  }
  /// The units whose status the CAD has been told.
  std::set<std::string> arrived(const std::string& operation) const {
    std::set<std::string> units;
    for (const auto& request : simulator_.requests()) {
      if (request.operation != operation || !request.executed) continue;
      for (std::size_t at = 0; (at = request.body.find("license:", at)) != std::string::npos; ++at)
        units.insert(request.body.substr(at, request.body.find('"', at) - at));
    }
    return units;
  }
};

class NginxPages : public Pages, public testing::WithParamInterface<unsigned> {};

/// Answers everything with a page of its own while it is told to.
std::string blocked(const std::string& answer) {
  return "server { listen 127.0.0.1:PORT; location / { default_type text/html; if (-f FOLDER/blocked) { return " +
         answer + "; } proxy_pass http://cad; } }";
}

TEST_P(NginxPages, LoseNothingThatTheModuleKeeps) {
  Nginx nginx(cad(), blocked(std::to_string(GetParam())));
  nginx.turn("blocked", true);
  Bridge bridge(plain(nginx.port()));
  const Asked asked = ask(bridge);
  if (GetParam() < 500) {
    EXPECT_EQ(asked.command.error, SB_ERROR_UNAVAILABLE) << asked.command.detail;
    EXPECT_NE(asked.command.detail.find("nginx"), std::string::npos) << asked.command.detail;
    EXPECT_NE(asked.command.detail.find(std::to_string(GetParam())), std::string::npos) << asked.command.detail;
    EXPECT_NE(bridge.log().find("on the way to the CAD"), std::string::npos) << bridge.log();
  } else {
    EXPECT_EQ(asked.command.error, SB_ERROR_OUTCOME_UNKNOWN) << asked.command.detail;
  }
  nginx.turn("blocked", false);
  expect_arrived(bridge, asked);
}

// 451 has no page of nginx's: its body is empty.
INSTANTIATE_TEST_SUITE_P(Road, NginxPages, testing::Values(400U, 401U, 403U, 404U, 405U, 410U, 451U, 500U, 502U, 503U),
                         [](const auto& one) { return std::to_string(one.param); });

TEST_F(Pages, APortalThatAnswers200WithAPageIsNoSuccess) {
  Nginx nginx(cad(), blocked("200 '<html><title>Sign in</title></html>'"));
  nginx.turn("blocked", true);
  Bridge bridge(plain(nginx.port()));
  const Asked asked = ask(bridge);
  EXPECT_NE(asked.command.error, SB_ERROR_NONE) << asked.command.body;
  nginx.turn("blocked", false);
  expect_arrived(bridge, asked);
}

TEST_F(Pages, NginxsOwn502And504LoseNothing) {
  const Nginx nginx(cad(), R"(server { listen 127.0.0.1:PORT; location / {
    proxy_read_timeout 1s; proxy_next_upstream off; proxy_pass http://cad; } })");
  expect_nothing_lost(nginx.port(), 502);
}

class LimitReq : public Pages, public testing::WithParamInterface<unsigned> {};

TEST_P(LimitReq, HoldsNobodysPanicBackForGood) {
  const Nginx nginx(cad(), "limit_req_zone $server_port zone=all:1m rate=1r/s; limit_req_status " +
                               std::to_string(GetParam()) +
                               "; server { listen 127.0.0.1:PORT;"
                               " location / { limit_req zone=all; proxy_pass http://cad; } }");
  Bridge bridge(plain(nginx.port()));
  std::vector<std::uint64_t> tickets;
  for (int i = 0; i < 4; ++i) {
    tickets.push_back(bridge.panic("license:" + std::to_string(i)));
    tickets.push_back(bridge.status("license:" + std::to_string(i), i));
  }
  for (const std::uint64_t ticket : tickets) EXPECT_EQ(bridge.answer(ticket).error, SB_ERROR_NONE) << bridge.log();
  EXPECT_EQ(arrived("setUnitPanic").size(), 4U);
  EXPECT_EQ(arrived("setUnitStatus").size(), 4U);
}

INSTANTIATE_TEST_SUITE_P(Road, LimitReq, testing::Values(429U, 503U),
                         [](const auto& one) { return std::to_string(one.param); });

TEST_F(Pages, ABodyThatIsTooLargeForNginxIsHalved) {
  const Nginx nginx(cad(),
                    "server { listen 127.0.0.1:PORT; client_max_body_size 200;"
                    " location / { proxy_pass http://cad; } }");
  Bridge bridge(plain(nginx.port()));
  std::vector<std::uint64_t> tickets;
  for (int i = 100; i < 120; ++i) {
    tickets.push_back(bridge.status("license:" + std::to_string(i), 3));
    tickets.push_back(bridge.panic("license:" + std::to_string(i)));
  }
  for (const std::uint64_t ticket : tickets) EXPECT_EQ(bridge.answer(ticket).error, SB_ERROR_NONE) << bridge.log();
  EXPECT_EQ(arrived("setUnitStatus").size(), 20U);
  EXPECT_EQ(arrived("setUnitPanic").size(), 20U);
}

class HaproxyPages : public Pages, public testing::WithParamInterface<unsigned> {};

TEST_P(HaproxyPages, LoseNothingThatTheModuleKeeps) {
  Haproxy::Setup setup;
  setup.frontend = "  http-request deny deny_status " + std::to_string(GetParam()) + "\n";
  Haproxy haproxy(cad(), setup);
  Bridge bridge(plain(haproxy.port()));
  const Asked asked = ask(bridge);
  EXPECT_EQ(asked.command.error, GetParam() < 500 ? SB_ERROR_UNAVAILABLE : SB_ERROR_OUTCOME_UNKNOWN)
      << asked.command.detail;
  haproxy.change("");
  // The position of one unit that is too large by itself is left out for a while, whoever says so.
  expect_arrived(bridge, asked, GetParam() != 413);
}

INSTANTIATE_TEST_SUITE_P(Road, HaproxyPages, testing::Values(403U, 404U, 413U, 429U, 500U, 503U),
                         [](const auto& one) { return std::to_string(one.param); });

TEST_F(Pages, HaproxysOwn503And504LoseNothing) {
  Haproxy::Setup setup;
  setup.defaults = "  timeout server 1s\n  retries 0\n";
  const Haproxy haproxy(cad(), setup);
  expect_nothing_lost(haproxy.port(), 503);
}

TEST_F(Pages, AFirewallThatDeniesOneUnitHoldsNoOtherBack) {
  Haproxy::Setup setup;
  const std::string buffered = "  option http-buffer-request\n";
  setup.frontend = buffered + "  http-request deny deny_status 403 if { req.body -m sub license:select }\n";
  Haproxy haproxy(cad(), setup);
  Bridge bridge(plain(haproxy.port()));
  const auto denied = bridge.status("license:select", 3);
  std::vector<std::uint64_t> tickets;
  for (int i = 0; i < 7; ++i) tickets.push_back(bridge.status("license:" + std::to_string(i), 3));
  const auto all_answered = [&] {
    // That the CAD answers others meanwhile is what tells that the road holds these up.
    EXPECT_EQ(bridge.answer(bridge.call("addCallNote", kNote)).error, SB_ERROR_NONE);
    std::this_thread::sleep_for(std::chrono::milliseconds(700));  // sixty a minute are the budget
    return std::all_of(tickets.begin(), tickets.end(),
                       [&](auto ticket) { return bridge.answered(ticket).has_value(); });
  };
  EXPECT_TRUE(eventually(all_answered, std::chrono::seconds(120))) << bridge.log();
  EXPECT_EQ(arrived("setUnitStatus").size(), 7U);
  EXPECT_FALSE(bridge.answered(denied).has_value());
  haproxy.change(buffered);
  EXPECT_EQ(bridge.answer(denied).error, SB_ERROR_NONE) << bridge.log();
}

}  // namespace
}  // namespace sonoran::road
