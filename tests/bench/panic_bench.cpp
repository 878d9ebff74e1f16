// From sb_set_panic to the first byte of the request at the CAD, over TLS on the loopback interface.
#include <benchmark/benchmark.h>

#include <thread>

#include "host.h"

namespace sonoran::bench {
namespace {

constexpr int kPressesABridge = 4;  // few enough that no budget is asked for more than a new bridge may send

/// What the machine's steady clock says, as the simulator notes it.
std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

/// Officers press one after another. `batch` runs before the press and says how long after it the press comes.
template <class Batch>
void press(benchmark::State& state, const CadProcess& cad, Batch&& batch) {
  std::map<std::string, std::int64_t> pressed;
  for (auto _ : state) {
    Host host(cad);
    if (!host.connected()) return state.SkipWithError("The CAD simulator did not answer.");
    for (int i = 0; i < kPressesABridge; ++i) {
      const std::string unit = "officer-" + std::to_string(pressed.size());
      std::this_thread::sleep_for(batch(host, i));
      pressed[unit] = now_us();
      std::uint64_t ticket = 0;
      if (sb_set_panic(host.bridge(), text(unit), 1, &ticket) != SB_OK) {
        return state.SkipWithError(sb_last_error(host.bridge()));
      }
      if (!host.answered(ticket, std::chrono::seconds(10))) return state.SkipWithError("A panic was not answered.");
    }
  }
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

/// The CAD reads the header of a batch of 2,048 units and no more: every press comes while it is stuck on the wire.
void BM_PanicBesideAStalledBatch(benchmark::State& state) {
  const CadProcess cad({"--rate-scale", "0", "--stall", "REQUEST", "--only", "updateUnitLocations"});
  press(state, cad, [](Host& host, int round) {
    if (round == 0) host.push();
    return std::chrono::milliseconds(20);
  });
}
BENCHMARK(BM_PanicBesideAStalledBatch)->Iterations(50)->Unit(benchmark::kMillisecond);

/// The first press of each bridge meets the batch while it is made, encrypted and written; at 0, 1, 2 and 3 ms.
void BM_PanicAmidABatch(benchmark::State& state) {
  const CadProcess cad({"--rate-scale", "0"});
  press(state, cad, [](Host& host, int round) {
    host.move();
    host.push();
    return std::chrono::milliseconds(round);
  });
}
BENCHMARK(BM_PanicAmidABatch)->Iterations(50)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sonoran::bench
