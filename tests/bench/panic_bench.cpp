// From sb_set_panic to the first byte of the request at the CAD, or to its answer, over TLS on the loopback interface.
#include <benchmark/benchmark.h>

#include <array>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "api/operation.h"
#include "core/limits.h"
#include "host.h"

namespace sonoran::bench {
namespace {

/// What the machine's steady clock says, as the simulator notes it.
std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

/// Fills the queue of every operation of the normal lane that takes one of these arguments; the calls have ten minutes.
void fill_normal_queues(const Host& host) {
  static constexpr std::array kArguments = {R"({"callId":1,"recordId":1,"note":"x"})", R"({"callId":1})", "{}"};
  sb_call_options options{};
  options.struct_size = sizeof options;
  options.deadline_ms = 600000;
  for (const api::Operation& operation : api::operations()) {
    if (operation.lane != api::Lane::kNormal) continue;
    for (const std::string arguments : kArguments) {
      std::size_t taken = 0;
      while (taken <= limits::kQueuedCalls && sb_call(host.bridge(), {operation.id.data(), operation.id.size()},
                                                      text(arguments), &options, nullptr) == SB_OK) {
        ++taken;
      }
      if (taken != 0) break;
    }
  }
}

/// Adds the time from each press to its first byte at the CAD to the counters of `state`.
void report(benchmark::State& state, const CadProcess& cad, const std::map<std::string, std::int64_t>& pressed) {
  const auto arrived = cad.panics();
  Samples samples(pressed.size());
  for (const auto& [unit, at] : pressed) {
    const auto found = arrived.find(unit);
    if (found == arrived.end()) return state.SkipWithError("A panic did not arrive.");
    samples.add((found->second - at) * 1000);
  }
  state.counters["presses"] = static_cast<double>(samples.count());
  state.counters["p50_us"] = samples.quantile_us(0.5);
  state.counters["p99_us"] = samples.quantile_us(0.99);
  state.counters["max_us"] = samples.quantile_us(1);
}

/// A bridge sends a batch of 2,048 units, of which the CAD reads the header and no more, and officers press one after
/// another, each so long after what came before. With `full`, every queue of the normal lane is.
void press(benchmark::State& state, std::span<const std::chrono::milliseconds> pauses, bool full) {
  const CadProcess cad({"--rate-scale", "0", "--stall", "REQUEST", "--only", "updateUnitLocations"});
  std::map<std::string, std::int64_t> pressed;
  for (auto _ : state) {
    Host host(cad, std::to_string(pressed.size()));
    if (!host.connected()) return state.SkipWithError("The CAD simulator did not answer.");
    if (full) {
      // What the budgets allow leaves; then the queues stay full.
      fill_normal_queues(host);
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      fill_normal_queues(host);
    }
    host.push();
    for (const auto pause : pauses) {
      const std::string unit = "officer-" + std::to_string(pressed.size());
      std::this_thread::sleep_for(pause);
      pressed[unit] = now_us();
      std::uint64_t ticket = 0;
      if (sb_set_panic(host.bridge(), text(unit), 1, &ticket) != SB_OK) {
        return state.SkipWithError(sb_last_error(host.bridge()));
      }
      if (!host.answered(ticket, std::chrono::seconds(10))) return state.SkipWithError("A panic was not answered.");
    }
  }
  report(state, cad, pressed);
}

/// The batch is stuck on the wire, and every queue of the normal lane is full.
void BM_PanicBesideAStalledBatch(benchmark::State& state) {
  using std::chrono_literals::operator""ms;
  static constexpr std::array kPauses = {20ms, 20ms, 20ms, 20ms};
  press(state, kPauses, true);
}
BENCHMARK(BM_PanicBesideAStalledBatch)->Iterations(100)->Unit(benchmark::kMillisecond);

/// The batch is just made, encrypted and written: the press comes as many milliseconds after it as the argument says.
void BM_PanicAmidABatch(benchmark::State& state) {
  const std::array pauses = {std::chrono::milliseconds(state.range(0))};
  press(state, pauses, false);
}
BENCHMARK(BM_PanicAmidABatch)->DenseRange(0, 3)->Iterations(250)->Unit(benchmark::kMillisecond);

/// Calls that name as many units that nobody has heard of as the argument says, and a press right behind them. A call
/// names limits::kCallTargets at most, so more units are named by more calls.
void BM_PanicBehindACall(benchmark::State& state) {
  const CadProcess cad({"--rate-scale", "0"});
  std::vector<std::string> calls;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const bool first = i % static_cast<std::int64_t>(limits::kCallTargets) == 0;
    if (first && !calls.empty()) calls.back() += "]}";
    if (first) calls.emplace_back(R"({"status":2,"communityUserIds":[)");
    calls.back() += (first ? "\"license:" : ",\"license:") + std::to_string(i) + '"';
  }
  calls.back() += "]}";
  std::map<std::string, std::int64_t> pressed;
  for (auto _ : state) {
    Host host(cad, std::to_string(pressed.size()));
    if (!host.connected()) return state.SkipWithError("The CAD simulator did not answer.");
    for (const std::string& arguments : calls) {
      if (sb_call(host.bridge(), SB_TEXT("setUnitStatus"), text(arguments), nullptr, nullptr) != SB_OK) {
        return state.SkipWithError(sb_last_error(host.bridge()));
      }
    }
    const std::string unit = "officer-" + std::to_string(pressed.size());
    pressed[unit] = now_us();
    std::uint64_t ticket = 0;
    if (sb_set_panic(host.bridge(), text(unit), 1, &ticket) != SB_OK ||
        !host.answered(ticket, std::chrono::seconds(10))) {
      return state.SkipWithError("A panic was not answered.");
    }
  }
  report(state, cad, pressed);
}
BENCHMARK(BM_PanicBehindACall)->Arg(1)->Arg(4096)->Arg(80000)->Iterations(200)->Unit(benchmark::kMillisecond);

/// A firewall has forgotten every connection that was idle for as many milliseconds as the argument says, and swallows
/// what is sent on it: from the press after such an idleness until the answer, over many bridges at the same time.
void BM_PanicAfterSilence(benchmark::State& state) {
  static constexpr std::size_t kHosts = 100;
  const std::string idle_ms = std::to_string(state.range(0));
  const CadProcess cad({"--rate-scale", "0", "--silent-after-ms", idle_ms});
  Samples samples(kHosts * static_cast<std::size_t>(state.max_iterations));
  std::deque<Host> hosts;
  for (std::size_t i = 0; i < kHosts; ++i) {
    hosts.emplace_back(cad, "silence-" + idle_ms + "-" + std::to_string(i));
    if (!hosts.back().connected()) return state.SkipWithError("The CAD simulator did not answer.");
  }
  std::int64_t round = 0;
  for (auto _ : state) {
    std::this_thread::sleep_for(std::chrono::milliseconds(state.range(0) + 500));
    const std::string unit = "officer-" + std::to_string(round++);
    std::map<Host*, std::pair<std::uint64_t, Clock::time_point>> waiting;
    const auto look = [&] {
      std::erase_if(waiting, [&](const auto& entry) {
        const auto& [host, press] = entry;
        if (!host->answered(press.first, std::chrono::milliseconds(0))) return false;
        samples.add(std::chrono::nanoseconds(Clock::now() - press.second).count());
        return true;
      });
    };
    for (Host& host : hosts) {
      std::uint64_t ticket = 0;
      const auto now = Clock::now();
      if (sb_set_panic(host.bridge(), text(unit), 1, &ticket) != SB_OK) {
        return state.SkipWithError(sb_last_error(host.bridge()));
      }
      waiting[&host] = {ticket, now};
      // Apart from each other, so that no handshake waits for a hundred others.
      while (Clock::now() - now < std::chrono::milliseconds(10)) {
        look();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    for (const auto limit = Clock::now() + std::chrono::minutes(1); !waiting.empty();) {
      if (Clock::now() > limit) return state.SkipWithError("A panic was not answered.");
      look();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  state.counters["presses"] = static_cast<double>(samples.count());
  state.counters["p50_us"] = samples.quantile_us(0.5);
  state.counters["p99_us"] = samples.quantile_us(0.99);
  state.counters["max_us"] = samples.quantile_us(1);
}
BENCHMARK(BM_PanicAfterSilence)->Arg(2000)->Iterations(3)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_PanicAfterSilence)->Arg(30000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sonoran::bench
