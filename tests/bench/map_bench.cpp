// How wrong the live map is, by need and first come first served, in virtual time.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "property/map_traffic.h"

namespace sonoran::bench {
namespace {

constexpr std::uint64_t kSeeds = 10;

/// The worst of the seeds, for each ratio. `waits`: against the vendor's pace, else at the same pace.
void map_error(benchmark::State& state, std::size_t units, bool waits) {
  double mean = 0, rms = 0, p95 = 0, p99 = 0, optimum = 0, mean_m = 0, updates = 1e9, back = 0, unsent = 0;
  for (auto _ : state) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const map_traffic::Drive run{.units = units, .minutes = 10, .seed = seed};
      const map_traffic::Errors theirs = map_traffic::first_come(run, waits);
      const map_traffic::Errors ours = map_traffic::by_need(run);
      mean = std::max(mean, ours.mean_m / theirs.mean_m);
      rms = std::max(rms, ours.rms_m / theirs.rms_m);
      p95 = std::max(p95, ours.p95_m / theirs.p95_m);
      p99 = std::max(p99, ours.p99_m / theirs.p99_m);
      optimum = std::max(optimum, ours.mean_m / map_traffic::least_mean_m(run));
      mean_m = std::max(mean_m, ours.mean_m);
      updates = std::min(updates, ours.updates_a_second);
      back = std::max(back, ours.back_s);
      unsent = std::max(unsent, ours.unsent_s);
    }
  }
  state.counters["mean"] = mean;
  state.counters["rms"] = rms;
  state.counters["p95"] = p95;
  state.counters["p99"] = p99;
  state.counters["of_optimum"] = optimum;
  state.counters["mean_m"] = mean_m;
  state.counters["updates"] = updates;
  state.counters["back_s"] = back;
  state.counters["unsent_s"] = unsent;
}

void BM_MapError(benchmark::State& state) {
  map_error(state, static_cast<std::size_t>(state.range(0)), true);
}
void BM_MapErrorAtEqualPace(benchmark::State& state) {
  map_error(state, static_cast<std::size_t>(state.range(0)), false);
}
BENCHMARK(BM_MapError)->Arg(64)->Arg(200)->Arg(2048)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_MapErrorAtEqualPace)->Arg(64)->Arg(200)->Arg(2048)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sonoran::bench
