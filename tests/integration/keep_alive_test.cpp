// Thousands of commands around the moment in which the CAD closes an idle connection, and panics after real silence.
//
// Slow, because the idleness is real. All cases run side by side, each with a CAD of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Case {
  const char* name;
  bool tls;
  const char* tls_max;    // "" is the newest
  int keep_alive_ms;      // the CAD closes a connection that was idle for so long
  const char* announced;  // the header Keep-Alive; "" is none
  std::size_t bridges;    // each with a key of its own
  std::size_t commands;   // of each bridge
};

// 3 * 20 * 52 + 3 * 38 * 17 = 5,058 commands.
constexpr Case kCases[] = {{"plain, 1 s", false, "", 1000, "timeout=1", 20, 52},
                           {"TLS 1.2, 1 s, not announced", true, "1.2", 1000, "", 20, 52},
                           {"TLS 1.3, 1 s", true, "", 1000, "timeout=1", 20, 52},
                           {"plain, 5 s, not announced", false, "", 5000, "", 38, 17},
                           {"TLS 1.2, 5 s", true, "1.2", 5000, "timeout=5", 38, 17},
                           {"TLS 1.3, 5 s", true, "", 5000, "timeout=5", 38, 17}};

/// A command that adds something: carried out twice, the thing would be there twice. `text` is unique and part of the
/// body.
std::uint64_t command(Bridge& bridge, std::size_t number, const std::string& text) {
  // Their budgets are 60, 30, 20 and 10 a minute.
  switch (number % 6) {
    case 0:
      return bridge.call("createDispatchCall",
                         R"({"origin":0,"status":1,"priority":2,"title":")" + text + R"(","communityUserIds":[]})");
    case 1:
      return bridge.call("createBlip", R"({"coordinates":{"x":1,"y":2,"z":3,"w":0},"subType":"scene","icon":"i",)"
                                       R"("color":"red","radius":5,"data":[],"tooltip":")" +
                                           text + R"("})");
    case 2:
      return bridge.call("create911Call",
                         R"({"isEmergency":true,"caller":"Jo","location":"Alta St","description":")" + text + R"("})");
    default:
      return bridge.call("addCallNote", R"({"callId":)" + std::to_string(number) + R"(,"note":")" + text + R"("})");
  }
}

/// The outcome of a case.
struct Tally {
  std::size_t commands = 0, succeeded = 0, unknown = 0, other = 0;
  std::size_t arrived = 0, doubled = 0, lost = 0, connections = 0;
  std::string first_failure;
};

/// One player of a case: gives a command, waits for its answer, then for about the time after which the CAD closes.
class Caller {
 public:
  Caller(const Settings& settings, std::size_t commands, int keep_alive_ms, unsigned seed)
      : bridge_(settings), left_(commands), keep_alive_ms_(keep_alive_ms), random_(seed) {
    next_ = Clock::now() + milliseconds(std::uniform_int_distribution<int>(0, keep_alive_ms)(random_));
  }

  [[nodiscard]] bool finished() const { return left_ == 0 && ticket_ == 0; }
  [[nodiscard]] Bridge& bridge() { return bridge_; }

  void step(const std::string& prefix, Tally& tally, std::set<std::string>& texts) {
    if (ticket_ != 0) {
      const auto answer = bridge_.answered(ticket_);
      if (!answer) return;
      ticket_ = 0;
      count(*answer, tally);
      next_ = Clock::now() + pause();
    }
    if (left_ == 0 || Clock::now() < next_) return;
    --left_;
    const std::string text = prefix + "-" + std::to_string(left_) + ".";
    texts.insert(text);
    ++tally.commands;
    ticket_ = command(bridge_, left_, text);
  }

 private:
  static void count(const Answer& answer, Tally& tally) {
    if (answer.error == SB_ERROR_NONE) {
      ++tally.succeeded;
      return;
    }
    ++(answer.error == SB_ERROR_OUTCOME_UNKNOWN ? tally.unknown : tally.other);
    if (tally.first_failure.empty()) tally.first_failure = answer.title + ": " + answer.detail;
  }
  /// Two of four within 30 ms of the CAD's time, one within a tenth of it; one so soon that the kept connection may be
  /// used, or just not any more.
  milliseconds pause() {
    const auto between = [this](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); };
    const int which = between(0, 3);
    if (which == 0) return milliseconds(between(0, 600));
    const int around = which == 1 ? keep_alive_ms_ / 10 : 30;
    return milliseconds(keep_alive_ms_ + between(-around, around));
  }

  Bridge bridge_;
  std::size_t left_;
  int keep_alive_ms_;
  std::minstd_rand random_;
  Clock::time_point next_;
  std::uint64_t ticket_ = 0;
};

Tally run(const Case& which, unsigned seed) {
  simulator::Options options;
  options.faults = simulator::faults_of(json::object{
      {"idle_close_ms", which.keep_alive_ms}, {"keep_alive", which.announced}, {"tls_max", which.tls_max}});
  const std::string key = "keep-alive-" + std::to_string(seed);
  for (std::size_t i = 0; i < which.bridges; ++i) options.more_keys.insert(key + "-" + std::to_string(i));
  simulator::Simulator simulator(options);
  const simulator::Ready ready = simulator.start();

  Tally tally;
  std::set<std::string> texts;
  {
    std::deque<Caller> callers;
    for (std::size_t i = 0; i < which.bridges; ++i) {
      const Settings settings =
          with(settings_for(ready, which.tls), {{"sonoran_apiKey", key + "-" + std::to_string(i)}});
      callers.emplace_back(settings, which.commands, which.keep_alive_ms, seed * 1000 + static_cast<unsigned>(i));
    }
    while (!std::ranges::all_of(callers, &Caller::finished)) {
      std::size_t number = 0;
      for (Caller& caller : callers) caller.step("text-" + std::to_string(number++), tally, texts);
      std::this_thread::sleep_for(milliseconds(1));
    }
  }

  std::map<std::string, std::size_t> arrivals;
  std::set<std::uint64_t> connections;
  for (const simulator::RecordedRequest& request : simulator.requests()) {
    connections.insert(request.connection);
    const std::size_t begin = request.body.find("text-");
    if (begin == std::string::npos || !request.executed) continue;
    ++arrivals[request.body.substr(begin, request.body.find('.', begin) + 1 - begin)];
  }
  tally.arrived = arrivals.size();
  tally.connections = connections.size();
  for (const auto& [text, count] : arrivals) tally.doubled += count > 1 ? 1 : 0;
  for (const std::string& text : texts) tally.lost += arrivals.contains(text) ? 0 : 1;
  return tally;
}

TEST(KeepAlive, NoneOf5000CommandsIsLostOrDoubledAroundTheMomentInWhichTheCadClosesAnIdleConnection) {
  std::vector<Tally> tallies(std::size(kCases));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    threads.emplace_back([&tallies, i] { tallies[i] = run(kCases[i], static_cast<unsigned>(i)); });
  }
  for (std::thread& thread : threads) thread.join();
  std::size_t commands = 0;
  std::size_t connections = 0;
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    SCOPED_TRACE(kCases[i].name);
    const Tally& tally = tallies[i];
    std::cout << kCases[i].name << ": " << tally.commands << " commands of " << kCases[i].bridges << " keys over "
              << tally.connections << " connections, " << tally.succeeded << " succeeded, " << tally.unknown
              << " outcome_unknown, " << tally.doubled << " doubled\n";
    commands += tally.commands;
    connections += tally.connections;
    EXPECT_EQ(tally.commands, kCases[i].bridges * kCases[i].commands);
    EXPECT_EQ(tally.succeeded, tally.commands);
    EXPECT_EQ(tally.unknown, 0U) << tally.first_failure;
    EXPECT_EQ(tally.other, 0U) << tally.first_failure;
    EXPECT_EQ(tally.doubled, 0U);
    EXPECT_EQ(tally.lost, 0U);
    EXPECT_EQ(tally.arrived, tally.commands);
  }
  EXPECT_GE(commands, 5000U);
  EXPECT_LT(connections, commands) << "a kept connection is used where an answer was read just now";
}

/// Every connection that was idle for this long swallows what is sent, without any notice.
struct Silence {
  bool tls;
  int after_ms;
};

TEST(KeepAlive, APanicIsAnsweredAtTheFirstTryAlsoAfterAFirewallHasForgottenWhatWasIdle) {
  constexpr Silence kSilences[] = {{false, 2000}, {true, 2000}, {false, 30000}, {true, 30000}};
  constexpr std::size_t kBridges = 4;
  std::vector<std::thread> threads;
  for (const Silence& silence : kSilences) {
    threads.emplace_back([&silence] {
      SCOPED_TRACE((silence.tls ? "TLS, " : "plain, ") + std::to_string(silence.after_ms) + " ms");
      simulator::Options options;
      options.faults = simulator::faults_of(json::object{{"silent_after_ms", silence.after_ms}});
      const std::string key = "silence-" + std::to_string(silence.after_ms) + (silence.tls ? "-tls-" : "-plain-");
      for (std::size_t i = 0; i < kBridges; ++i) options.more_keys.insert(key + std::to_string(i));
      simulator::Simulator simulator(options);
      const simulator::Ready ready = simulator.start();
      std::deque<Bridge> bridges;
      for (std::size_t i = 0; i < kBridges; ++i) {
        bridges.emplace_back(with(settings_for(ready, silence.tls), {{"sonoran_apiKey", key + std::to_string(i)}}));
      }
      for (Bridge& bridge : bridges) EXPECT_EQ(bridge.answer(bridge.panic("license:a")).status, 200);
      std::this_thread::sleep_for(milliseconds(silence.after_ms + 500));
      std::vector<std::uint64_t> tickets;
      for (Bridge& bridge : bridges) tickets.push_back(bridge.panic("license:b"));
      for (std::size_t i = 0; i < kBridges; ++i) {
        EXPECT_EQ(bridges[i].answer(tickets[i]).status, 200);
        EXPECT_EQ(bridges[i].failed("setUnitPanic"), 0U);
      }
      // Each arrived once: the first copy, if any, was swallowed.
      EXPECT_EQ(json::parse(simulator.stats()).at("operations").at("setUnitPanic").at("executed"), 2 * kBridges);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sonoran::integration
