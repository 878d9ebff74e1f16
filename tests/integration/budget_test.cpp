// The budgets as the CAD counts them, over real sockets.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <thread>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::Faults;
using simulator::RecordedRequest;
using simulator::Simulator;

void expect_within_limits(const Simulator& simulator) {
  const json::value stats = json::parse(simulator.stats());
  for (const auto& [operation, counters] : stats.at("operations").as_object()) {
    EXPECT_LE(counters.at("largest_window").to_number<int>(), counters.at("limit").to_number<int>()) << operation;
    EXPECT_FALSE(counters.at("answered").as_object().contains("429")) << operation;
  }
}

/// Restarts share what the process has spent: five of them within a minute must not look like five budgets.
TEST(BudgetOverSockets, FiveRestartsWithinAMinuteCauseNo429) {
  Simulator simulator;
  const simulator::Ready ready = simulator.start();
  int unit = 0;
  for (int life = 0; life < 5; ++life) {
    Bridge bridge(settings_for(ready, true));
    bridge.players(3);
    for (int i = 0; i < 8; ++i) {
      const auto panic = bridge.panic("license:" + std::to_string(++unit));
      const auto status = bridge.status("license:" + std::to_string(unit), unit % 4);
      // Answered, or the budget is spent and it waits.
      const auto settled = [&](std::uint64_t ticket, const char* operation) {
        return bridge.answered(ticket) ||
               bridge.stats().at("operations").at(operation).at("budget").at("left").to_number<int>() == 0;
      };
      EXPECT_TRUE(eventually([&] { return settled(panic, "setUnitPanic") && settled(status, "setUnitStatus"); }));
    }
    bridge.stop(0);
  }
  // Without the process' memory of the budget there would have been 40.
  const json::value stats = json::parse(simulator.stats());
  EXPECT_EQ(stats.at("operations").at("setUnitPanic").at("requests"), 20);
  expect_within_limits(simulator);
}

/// The CAD counts by key, so the requests of several bridges with one key count together.
TEST(BudgetOverSockets, TwoBridgesWithOneKeyStayWithinItsLimitTogether) {
  Simulator simulator;
  const Settings settings = settings_for(simulator.start(), true);
  const auto requests = [&] {
    return json::parse(simulator.stats()).at("operations").at("setUnitPanic").at("requests").to_number<int>();
  };
  Bridge first(settings);
  Bridge second(settings);
  for (int i = 0; i < 20; ++i) {
    Bridge& bridge = i % 2 == 0 ? first : second;
    ASSERT_EQ(bridge.answer(bridge.panic("unit-" + std::to_string(i))).error, SB_ERROR_NONE);
  }
  for (Bridge* bridge : {&first, &second}) {
    for (int i = 0; i < 10; ++i) bridge->panic("late-" + std::to_string(i));
  }
  // When this is answered, each bridge has read its mailbox.
  for (Bridge* bridge : {&first, &second}) {
    EXPECT_EQ(bridge->answer(bridge->call("getVersion")).error, SB_ERROR_NONE);
    EXPECT_GT(sb_expected_wait_ms(bridge->raw(), text_of("setUnitPanic")), 30'000U);
  }
  EXPECT_EQ(requests(), 20);
  expect_within_limits(simulator);
}

/// As fast as the budgets allow, for a little more than a minute of real time: the CAD's window has its real length,
/// and requests take up to 500 ms on their way to it.
TEST(BudgetOverSockets, HoldInEveryMinuteAtTheCadAndAreUsed) {
  Simulator simulator;
  const simulator::Ready ready = simulator.start();
  Faults jitter;
  jitter.jitter_ms = 500;
  simulator.set_faults(jitter);
  Bridge bridge(with(settings_for(ready, true), {{"sonoran_bridge_dedupe_s", "0"}}));

  const auto begin = std::chrono::steady_clock::now();
  int step = 0;
  std::map<std::string, std::uint64_t> waiting;
  // Until panics, whose budget is spent at once, leave in a second minute.
  EXPECT_TRUE(eventually(
      [&] {
        ++step;
        bridge.position("license:a", step * 10.0);
        bridge.panic("license:" + std::to_string(step % 50), step % 2 == 0);
        bridge.status("license:" + std::to_string(step % 50), step % 5);
        for (const char* operation : {"addCallNote", "getInfo", "getServers"}) {
          auto& ticket = waiting[operation];
          if (ticket != 0 && !bridge.answered(ticket)) continue;
          ticket = bridge.call(
              operation, std::string_view(operation) == "addCallNote" ? R"({"callId":1,"note":"x"})" : "{}", 120000);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return json::parse(simulator.stats()).at("operations").at("setUnitPanic").at("requests").to_number<int>() > 20;
      },
      std::chrono::seconds(180)));
  EXPECT_GT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(59));
  expect_within_limits(simulator);

  // How much of the first minute was used, counted from each operation's first arrival.
  const json::value stats = json::parse(simulator.stats());
  std::map<std::string, std::vector<std::int64_t>> arrivals;
  for (const RecordedRequest& request : simulator.requests()) {
    arrivals[request.operation].push_back(request.monotonic_us);
  }
  for (const char* operation :
       {"setUnitPanic", "setUnitStatus", "updateUnitLocations", "addCallNote", "getInfo", "getServers"}) {
    auto& times = arrivals[operation];
    ASSERT_FALSE(times.empty()) << operation;
    const std::int64_t first = *std::min_element(times.begin(), times.end());
    const auto used =
        std::count_if(times.begin(), times.end(), [&](std::int64_t time) { return time - first < 60'000'000; });
    const auto limit = stats.at("operations").at(operation).at("limit").to_number<double>();
    EXPECT_GE(static_cast<double>(used), 0.95 * limit) << operation;
    RecordProperty(operation, static_cast<int>(used));
  }
  bridge.stop(0);
}

}  // namespace
}  // namespace sonoran::integration
