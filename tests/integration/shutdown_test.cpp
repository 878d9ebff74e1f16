// The end of a bridge: what waits is sent, the limit holds whatever the CAD does, and what was left is told.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/host_names.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::Faults;
using simulator::Stage;

/// A stop of 300 ms that takes this long has not kept its limit; one that does is done long before, on any machine.
/// The time limits of the steps are longer, so that it is not they that end it.
constexpr std::chrono::seconds kGenerous{25};
const Settings kPatient = {{"sonoran_bridge_resolve_timeout_ms", "60000"},
                           {"sonoran_bridge_connect_timeout_ms", "60000"},
                           {"sonoran_bridge_handshake_timeout_ms", "60000"},
                           {"sonoran_bridge_write_timeout_ms", "60000"},
                           {"sonoran_bridge_read_timeout_ms", "60000"}};

class Shutdown : public testing::Test {
 protected:
  void set_faults(const char* text) { simulator_.set_faults(simulator::faults_of(json::parse(text))); }

  sb_unsent stop_in_time(Bridge& bridge) {
    const auto begin = std::chrono::steady_clock::now();
    const sb_unsent unsent = bridge.stop(300);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kGenerous);
    return unsent;
  }

  simulator::Simulator simulator_;
  simulator::Ready ready_ = simulator_.start();
};

TEST_F(Shutdown, WhatWaitsIsSentFirst) {
  for (const bool tls : {false, true}) {
    simulator_.reset();
    Bridge bridge(settings_for(ready_, tls));
    for (int i = 0; i < 20; ++i) {
      bridge.panic("license:" + std::to_string(i));
      bridge.status("license:" + std::to_string(i), i % 2);
    }
    const sb_unsent unsent = bridge.stop(30000);
    EXPECT_EQ(unsent.panics, 0U);
    EXPECT_EQ(unsent.statuses, 0U);
    const json::value units = json::parse(simulator_.stats()).at("units");
    ASSERT_EQ(units.as_object().size(), 20U);
    for (const auto& [name, unit] : units.as_object()) EXPECT_EQ(unit.at("panic"), true) << name;
  }
}

TEST_F(Shutdown, AStopWithNothingLeftDoesNotWaitForItsLimit) {
  Bridge bridge(settings_for(ready_, true));
  bridge.answer(bridge.panic("license:a"));
  const auto begin = std::chrono::steady_clock::now();
  bridge.stop(60000);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kGenerous);
}

TEST_F(Shutdown, AHandshakeThatStalls) {
  set_faults(R"({"stall":"ACCEPT"})");
  Bridge bridge(with(settings_for(ready_, true), kPatient));
  bridge.panic("license:a");
  bridge.status("license:a", 1);
  bridge.status("license:b", 2);
  bridge.position("license:a", 1);
  EXPECT_TRUE(eventually([&] { return json::parse(simulator_.stats()).at("connections_open") != 0; }));
  const sb_unsent unsent = stop_in_time(bridge);
  EXPECT_EQ(unsent.panics, 1U);
  EXPECT_EQ(unsent.statuses, 2U);
  EXPECT_EQ(unsent.positions, 1U);
}

TEST_F(Shutdown, AConnectionThatIsNeitherTakenNorRefused) {
  set_faults(R"({"hang":true})");
  Bridge bridge(with(settings_for(ready_, true), kPatient));
  bridge.panic("license:a");
  EXPECT_EQ(stop_in_time(bridge).panics, 1U);
}

TEST_F(Shutdown, AHostNameThatNobodyAnswersFor) {
  set_host_name("silent.test", Name::kHanging);
  Bridge bridge(with(with(settings_for(ready_, true), kPatient), {{"sonoran_bridge_url", "https://silent.test"}}));
  bridge.panic("license:a");
  EXPECT_EQ(stop_in_time(bridge).panics, 1U);
  set_host_name("silent.test", Name::kUnknown);
}

TEST_F(Shutdown, AnAnswerThatStallsAtEachStage) {
  for (const char* faults :
       {R"({"stall":"REQUEST"})", R"({"stall":"BEFORE"})", R"({"stall":"AFTER"})", R"({"stall":"HEADERS"})",
        R"({"stall":"BODY"})", R"({"drip_ms":5000})", R"({"delay_ms":60000})", R"({"half_close":"BEFORE"})"}) {
    for (const bool tls : {false, true}) {
      set_faults(faults);
      simulator_.reset();
      Bridge bridge(with(settings_for(ready_, tls), kPatient));
      bridge.panic("license:a");
      EXPECT_TRUE(eventually([&] { return !simulator_.requests().empty(); })) << faults;
      EXPECT_EQ(stop_in_time(bridge).panics, 1U) << faults;
    }
  }
}

TEST_F(Shutdown, CallsThatAreLeftAreCountedAndAnsweredBeforeTheEnd) {
  set_faults(R"({"stall":"BEFORE"})");
  Bridge bridge(with(settings_for(ready_, true), kPatient));
  bridge.call("addCallNote", R"({"callId":1,"note":"a"})");
  bridge.call("create911Call", R"({"isEmergency":true,"caller":"b","location":"c","description":"d"})");
  EXPECT_TRUE(eventually([&] { return simulator_.requests().size() == 2; }));
  EXPECT_EQ(stop_in_time(bridge).calls, 2U);
}

TEST(ShutdownHoldings, NothingIsLeftBehind) {
  const Holdings before = holdings();
  {
    simulator::Simulator simulator;
    const simulator::Ready ready = simulator.start();
    for (int round = 0; round < 8; ++round) {
      const bool well = round % 2 == 0;
      simulator.set_faults(simulator::faults_of(json::parse(well ? "{}" : R"({"stall":"HEADERS"})")));
      Bridge bridge(with(settings_for(ready, round % 4 < 2), kPatient));
      bridge.players(3);
      bridge.position("license:a", 1);
      const auto ticket = bridge.panic("license:a");
      if (well) bridge.answer(ticket);
      bridge.stop(well ? 30000 : 0);
    }
  }
  // A lookup of 'localhost' has a thread of its own, which may end a moment later.
  EXPECT_TRUE(eventually([&] { return holdings() == before; }))
      << "descriptors " << before.descriptors << " -> " << holdings().descriptors << ", threads " << before.threads
      << " -> " << holdings().threads;
}

}  // namespace
}  // namespace sonoran::integration
