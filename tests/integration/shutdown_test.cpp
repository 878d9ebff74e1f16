// The end of a bridge: waiting requests are sent, the limit holds whatever the CAD does, and the rest is reported.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/host_names.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::Faults;
using simulator::Stage;

/// The time limits of the steps are far longer than a stop's, so that it is not they that end it: were they waited for,
/// the test's own limit would end it. How exactly the limit of a stop is kept is for a benchmark to show.
const Settings kPatient = {{"sonoran_bridge_resolve_timeout_ms", "60000"},
                           {"sonoran_bridge_connect_timeout_ms", "60000"},
                           {"sonoran_bridge_handshake_timeout_ms", "60000"},
                           {"sonoran_bridge_write_timeout_ms", "60000"},
                           {"sonoran_bridge_read_timeout_ms", "60000"}};
constexpr std::uint32_t kStop_ms = 300;

#if defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

/// Until the end of the scope no further descriptor can be opened.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

class Shutdown : public testing::Test {
 protected:
  void set_faults(const char* text) {
    Faults faults = simulator::faults_of(json::parse(text));
    faults.rate_scale = 0;
    simulator_.set_faults(std::move(faults));
  }
  /// With a key of its own, since this process remembers what was spent of the others.
  static Settings patient(const simulator::Ready& ready, bool tls) {
    static int last = 0;
    return with(with(settings_for(ready, tls), kPatient), {{"sonoran_apiKey", "sim-key." + std::to_string(++last)}});
  }

  /// Requests of all operations that are under way.
  static std::uint64_t in_flight(Bridge& bridge) {
    std::uint64_t count = 0;
    const json::value stats = bridge.stats();
    for (const auto& [name, operation] : stats.at("operations").as_object()) {
      count += operation.at("in_flight").to_number<std::uint64_t>();
    }
    return count;
  }
  /// Gives one of each class, and returns what can be left of them: nothing has been answered.
  static void give_all(Bridge& bridge) {
    bridge.panic("license:a");
    bridge.status("license:a", 1);
    bridge.status("license:b", 1);
    bridge.position("license:a", 1);
    bridge.players(3);
    bridge.call("addCallNote", R"({"callId":1,"note":"a"})");
    bridge.call("getInfo");
    bridge.call("create911Call", R"({"isEmergency":true,"caller":"b","location":"c","description":"d"})");
  }
  static void expect_all_left(const sb_unsent& unsent) {
    EXPECT_EQ(unsent.panics, 1U);
    EXPECT_EQ(unsent.statuses, 2U);
    EXPECT_EQ(unsent.positions, 1U);
    EXPECT_EQ(unsent.calls, 3U);
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
  // A minute is the longest; were it waited for, these would outlast the test's own limit.
  const sb_unsent unsent = bridge.stop(60000);
  EXPECT_EQ(unsent.panics + unsent.statuses + unsent.positions + unsent.calls, 0U);
  for (int life = 0; life < 4; ++life) Bridge(settings_for(ready_, true)).stop(60000);
}

TEST_F(Shutdown, AHostNameThatNobodyAnswersFor) {
  set_host_name("silent.test", Name::kHanging);
  Bridge bridge(with(patient(ready_, true), {{"sonoran_bridge_url", "https://silent.test"}}));
  give_all(bridge);
  EXPECT_TRUE(eventually([&] { return lookups_of("silent.test") != 0; }));
  expect_all_left(bridge.stop(kStop_ms));
  set_host_name("silent.test", Name::kUnknown);
}

TEST_F(Shutdown, AConnectionThatIsNeitherTakenNorRefused) {
  set_faults(R"({"hang":true})");
  for (const bool tls : {false, true}) {
    Bridge bridge(patient(ready_, tls));
    give_all(bridge);
    EXPECT_TRUE(eventually([&] { return in_flight(bridge) == 7; })) << json::serialize(bridge.stats());
    expect_all_left(bridge.stop(kStop_ms));
  }
  EXPECT_TRUE(simulator_.requests().empty());
}

TEST_F(Shutdown, AHandshakeThatStalls) {
  set_faults(R"({"stall":"ACCEPT"})");
  Bridge bridge(patient(ready_, true));
  give_all(bridge);
  // The warm one, and those of the requests.
  EXPECT_TRUE(eventually([&] { return json::parse(simulator_.stats()).at("connections_open") == 8; }));
  expect_all_left(bridge.stop(kStop_ms));
  EXPECT_TRUE(simulator_.requests().empty());
}

TEST_F(Shutdown, AWriteThatStalls) {
  simulator::Options options;
  options.narrow = true;
  options.faults.stall = Stage::kRequest;
  options.faults.deaf = true;
  options.faults.rate_scale = 0;
  simulator::Simulator deaf(options);
  const simulator::Ready ready = deaf.start();
  const std::string text(400'000, 'x');
  for (const bool tls : {false, true}) {
    deaf.reset();
    Bridge bridge(patient(ready, tls));
    bridge.positions(1'500);
    bridge.call("addCallNote", R"({"callId":1,"note":")" + text + R"("})");
    bridge.call("uploadBodycamRecording", R"({"durationMs":1000,"communityUserId":"license:a"})", 0,
                "\x1A\x45\xDF\xA3" + text);
    bridge.call("create911Call", R"({"isEmergency":true,"caller":"b","location":"c","description":")" + text + R"("})");
    EXPECT_TRUE(eventually([&] { return deaf.requests().size() == 4; }));
    const sb_unsent unsent = bridge.stop(kStop_ms);
    EXPECT_EQ(unsent.positions, 1'500U);
    EXPECT_EQ(unsent.calls, 3U);
    EXPECT_EQ(deaf.requests().size(), 4U);
  }
}

TEST_F(Shutdown, AnAnswerThatStallsAtEachStage) {
  for (const char* faults :
       {R"({"stall":"REQUEST"})", R"({"stall":"BEFORE"})", R"({"stall":"AFTER"})", R"({"stall":"HEADERS"})",
        R"({"stall":"BODY"})", R"({"drip_ms":5000})", R"({"delay_ms":60000})"}) {
    for (const bool tls : {false, true}) {
      SCOPED_TRACE(std::string(faults) + (tls ? ", TLS" : ""));
      set_faults(faults);
      simulator_.reset();
      Bridge bridge(patient(ready_, tls));
      give_all(bridge);
      // Of the normal lane's four connections one is for what is no call, so that nothing given has to wait.
      EXPECT_TRUE(eventually([&] { return simulator_.requests().size() == 7; })) << json::serialize(bridge.stats());
      expect_all_left(bridge.stop(kStop_ms));
      EXPECT_EQ(simulator_.requests().size(), 7U);
    }
  }
}

TEST_F(Shutdown, ACadThatClosesItsSideAndIsAskedAgain) {
  set_faults(R"({"half_close":"BEFORE"})");
  for (const bool tls : {false, true}) {
    simulator_.reset();
    Bridge bridge(patient(ready_, tls));
    bridge.panic("license:a");
    EXPECT_TRUE(eventually([&] { return !simulator_.requests().empty(); }));
    EXPECT_EQ(bridge.stop(kStop_ms).panics, 1U);
  }
}

TEST_F(Shutdown, AStoppedBridgeTakesNothingAndHasAnAnswerForEachTicket) {
  set_faults(R"({"stall":"BEFORE"})");
  Bridge bridge(patient(ready_, false));
  const auto panic = bridge.panic("license:a");
  const auto status = bridge.status("license:b", 2);
  const auto call = bridge.call("getInfo");
  EXPECT_TRUE(eventually([&] { return in_flight(bridge) != 0; }));
  sb_unsent unsent{};
  unsent.struct_size = sizeof unsent;
  ASSERT_EQ(sb_stop(bridge.raw(), kStop_ms, &unsent), SB_OK);
  EXPECT_EQ(unsent.panics, 1U);
  EXPECT_EQ(unsent.statuses, 1U);
  EXPECT_EQ(unsent.calls, 1U);
  EXPECT_EQ(sb_set_panic(bridge.raw(), text_of("license:c"), 1, nullptr), SB_SHUTTING_DOWN);
  EXPECT_EQ(sb_heartbeat(bridge.raw(), 1), SB_SHUTTING_DOWN);
  EXPECT_EQ(sb_call(bridge.raw(), text_of("getInfo"), {}, nullptr, nullptr), SB_SHUTTING_DOWN);
  EXPECT_EQ(sb_flush(bridge.raw(), 0), SB_SHUTTING_DOWN);
  for (const auto ticket : {panic, status, call}) {
    const auto answer = bridge.answered(ticket);
    ASSERT_TRUE(answer) << ticket;
    EXPECT_EQ(answer->error, SB_ERROR_SHUTTING_DOWN) << ticket;
  }
  const sb_unsent again = bridge.stop(0);
  EXPECT_EQ(again.panics, 1U);
}

TEST_F(Shutdown, AReplacementThatDoesNotOpenLeavesTheOldOneAsItWas) {
  if (kSanitized) GTEST_SKIP() << "the sanitizers need descriptors of their own where an exception is thrown";
  set_faults("{}");
  Bridge bridge(patient(ready_, false));
  bridge.answer(bridge.panic("license:a"));
  const Holdings before = holdings();
  const Settings settings = patient(ready_, false);
  std::string message;
  EXPECT_EQ(bridge.replace(with(settings, {{"sonoran_bridge_moved_m", "far"}}), message), SB_INVALID_SETTING);
  EXPECT_NE(message.find("sonoran_bridge_moved_m is 'far'"), std::string::npos) << message;
  {
    const NoDescriptors none;
    EXPECT_EQ(bridge.replace(settings, message), SB_INTERNAL);
    EXPECT_NE(message.find("open files"), std::string::npos) << message;
  }
  EXPECT_EQ(holdings(), before);
  // The other bridge was neither stopped nor disturbed.
  EXPECT_EQ(bridge.answer(bridge.panic("license:b")).error, SB_ERROR_NONE);
}

TEST_F(Shutdown, AReplacementBeginsWithWhatTheOldOneSpent) {
  set_faults("{}");
  const Settings settings = patient(ready_, false);
  Bridge bridge(settings);
  const auto spent = [&] { return sb_expected_wait_ms(bridge.raw(), text_of("setUnitPanic")) != 0; };
  std::uint64_t sent = 0;
  // Pressed one after another, until the minute's budget is spent.
  while (!spent()) {
    bridge.answer(bridge.panic("license:" + std::to_string(sent++)));
    ASSERT_LE(sent, 20U);
  }
  std::string message;
  ASSERT_EQ(bridge.replace(settings, message), SB_OK) << message;
  EXPECT_TRUE(spent()) << "known from the first moment on";
  bridge.panic("license:late");
  EXPECT_EQ(bridge.stop(0).panics, 1U);
  EXPECT_EQ(json::parse(simulator_.stats()).at("operations").at("setUnitPanic").at("requests"), sent);
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
