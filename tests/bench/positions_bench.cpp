// Positions through the C ABI, 2,048 units, in steady state: every unit is known, and the loop thread takes and sends
// as it does in a game.
#include <benchmark/benchmark.h>

#include "allocations.h"
#include "host.h"

namespace sonoran::bench {
namespace {

/// All units were sent once, so that everything that grows has grown.
void warm_up(Host& host) {
  for (int round = 0; round < 3; ++round) {
    host.move();
    host.push();
    sb_flush(host.bridge(), 20000);
  }
  host.poll();
}

/// One call a position: what a host pays that does not collect them.
void BM_Position(benchmark::State& state) {
  const CadProcess cad({"--rate-scale", "0"});
  Host host(cad);
  warm_up(host);
  std::size_t next = 0;
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    sb_position& position = host.positions()[next];
    position.x += 3;
    if (position.x > 4000) position.x -= 8000;
    if (sb_push_positions(host.bridge(), &position, 1, nullptr) != SB_OK) {
      state.SkipWithError(sb_last_error(host.bridge()));
      break;
    }
    next = next + 1 == kUnits ? 0 : next + 1;
  }
  state.counters["allocations"] = static_cast<double>(allocations() - before);
}
BENCHMARK(BM_Position)->MinTime(3);

/// All of them in one call, as the tracker does. Divide by 2,048 for one position.
void BM_AllPositions(benchmark::State& state) {
  const CadProcess cad({"--rate-scale", "0"});
  Host host(cad);
  warm_up(host);
  std::uint64_t allocated = 0;
  for (auto _ : state) {
    state.PauseTiming();
    host.move();
    state.ResumeTiming();
    const std::uint64_t before = allocations();
    host.push();
    allocated += allocations() - before;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kUnits));
  state.counters["allocations"] = static_cast<double>(allocated);
}
BENCHMARK(BM_AllPositions)->MinTime(3)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sonoran::bench
