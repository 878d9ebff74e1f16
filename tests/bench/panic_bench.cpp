// From sb_set_panic to the first byte of the request at the CAD, over TLS on the loopback interface.
#include <benchmark/benchmark.h>

#include <array>
#include <span>
#include <thread>

#include "host.h"

namespace sonoran::bench {
namespace {

/// What the machine's steady clock says, as the simulator notes it.
std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

/// A bridge sends a batch of 2,048 units, of which the CAD reads the header and no more, and officers press one after
/// another, each so long after what came before.
void press(benchmark::State& state, std::span<const std::chrono::milliseconds> pauses) {
  const CadProcess cad({"--rate-scale", "0", "--stall", "REQUEST", "--only", "updateUnitLocations"});
  std::map<std::string, std::int64_t> pressed;
  for (auto _ : state) {
    Host host(cad, std::to_string(pressed.size()));
    if (!host.connected()) return state.SkipWithError("The CAD simulator did not answer.");
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

/// The batch is stuck on the wire.
void BM_PanicBesideAStalledBatch(benchmark::State& state) {
  using std::chrono_literals::operator""ms;
  static constexpr std::array kPauses = {20ms, 20ms, 20ms, 20ms};
  press(state, kPauses);
}
BENCHMARK(BM_PanicBesideAStalledBatch)->Iterations(250)->Unit(benchmark::kMillisecond);

/// The batch is just made, encrypted and written: the press comes as many milliseconds after it as the argument says.
void BM_PanicAmidABatch(benchmark::State& state) {
  const std::array pauses = {std::chrono::milliseconds(state.range(0))};
  press(state, pauses);
}
BENCHMARK(BM_PanicAmidABatch)->DenseRange(0, 3)->Iterations(250)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sonoran::bench
