// How wrong the live map is, by need and first come, first served, in virtual time; the hub's pace there; and what the
// live map costs the loop thread.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bench/allocations.h"
#include "core/settings.h"
#include "property/map_traffic.h"
#include "schedule/live_map.h"
#include "unit/hub_way.h"

namespace sonoran::bench {
namespace {

constexpr std::uint64_t kSeeds = 10;
constexpr int kMinutes = 10;

/// The worst of the seeds for each number: against the vendor's pace, and against first come, first served at the same
/// one.
void map_error(benchmark::State& state, std::size_t units, double tick_s) {
  double mean = 0, rms = 0, p95 = 0, p99 = 0;
  double equal_mean = 0, equal_rms = 0, equal_p95 = 0, equal_p99 = 0;
  double optimum = 0, mean_m = 0, updates = 1e9, back = 0, unsent = 0, unread = 0, age = 0;
  for (auto _ : state) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const map_traffic::Drive run{
          .units = units, .minutes = kMinutes, .seed = seed, .tick_s = tick_s, .tick_varies_s = tick_s / 5};
      const map_traffic::Errors vendor = map_traffic::first_come(run, true);
      const map_traffic::Errors line = map_traffic::first_come(run, false);
      const map_traffic::Errors ours = map_traffic::by_need(run);
      mean = std::max(mean, ours.mean_m / vendor.mean_m);
      rms = std::max(rms, ours.rms_m / vendor.rms_m);
      p95 = std::max(p95, ours.p95_m / vendor.p95_m);
      p99 = std::max(p99, ours.p99_m / vendor.p99_m);
      equal_mean = std::max(equal_mean, ours.mean_m / line.mean_m);
      equal_rms = std::max(equal_rms, ours.rms_m / line.rms_m);
      equal_p95 = std::max(equal_p95, ours.p95_m / line.p95_m);
      equal_p99 = std::max(equal_p99, ours.p99_m / line.p99_m);
      optimum = std::max(optimum, ours.mean_m / map_traffic::least_mean_m(run));
      mean_m = std::max(mean_m, ours.mean_m);
      updates = std::min(updates, ours.updates_a_second);
      back = std::max(back, ours.back_s);
      unsent = std::max(unsent, ours.unsent_s);
      unread = std::max(unread, ours.unread_s);
      age = std::max(age, ours.age_s);
    }
  }
  state.counters["mean"] = mean;
  state.counters["rms"] = rms;
  state.counters["p95"] = p95;
  state.counters["p99"] = p99;
  state.counters["equal_mean"] = equal_mean;
  state.counters["equal_rms"] = equal_rms;
  state.counters["equal_p95"] = equal_p95;
  state.counters["equal_p99"] = equal_p99;
  state.counters["of_optimum"] = optimum;
  state.counters["mean_m"] = mean_m;
  state.counters["updates"] = updates;
  state.counters["back_s"] = back;
  state.counters["unsent_s"] = unsent;
  state.counters["unread_s"] = unread;
  state.counters["age_ms"] = age * 1e3;
}

void BM_MapError(benchmark::State& state) {
  map_error(state, static_cast<std::size_t>(state.range(0)), 0);
}
BENCHMARK(BM_MapError)->Arg(64)->Arg(200)->Arg(600)->Arg(1000)->Arg(2048)->Iterations(1)->Unit(benchmark::kMillisecond);

/// The same where the game reads in ticks that are 50 ms apart, each late by 10 ms at most.
void BM_MapErrorInTicks(benchmark::State& state) {
  map_error(state, static_cast<std::size_t>(state.range(0)), 0.05);
}
BENCHMARK(BM_MapErrorInTicks)->Arg(200)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Three of the pursuing units are in panic; ticks as before.
void BM_MapPanic(benchmark::State& state) {
  double p99_s = 0;
  for (auto _ : state) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const map_traffic::Drive run{.units = static_cast<std::size_t>(state.range(0)),
                                   .minutes = kMinutes,
                                   .seed = seed,
                                   .tick_s = 0.05,
                                   .tick_varies_s = 0.01,
                                   .panics = 3};
      p99_s = std::max(p99_s, map_traffic::by_need(run).panic_p99_s);
    }
  }
  state.counters["p99_ms"] = p99_s * 1e3;
}
BENCHMARK(BM_MapPanic)->Arg(200)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Half an hour after ten seconds of learning the way; then the time until the pace is back on a good one.
void hub_pace(benchmark::State& state, const test::Way& way) {
  double updates = 0, refused = 0, back_s = 0;
  for (auto _ : state) {
    schedule::HubPace pace(1);
    test::Road road(pace);
    road.play(0, 10, way);
    const test::Played played = road.play(10, 1810, way);
    updates = played.sent * static_cast<double>(limits::kHubUpdates) / 1800;
    refused = 100.0 * played.refused / played.sent;
    for (back_s = 0; pace.interval(test::at(1810 + back_s)) > schedule::HubPace::kInterval; back_s += 1)
      road.play(1810 + back_s, 1811 + back_s, {});
  }
  state.counters["updates"] = updates;
  state.counters["refused_percent"] = refused;
  state.counters["back_s"] = back_s;
}
void BM_HubPace(benchmark::State& state, const test::Way& way) {
  hub_pace(state, way);
}
BENCHMARK_CAPTURE(BM_HubPace, 0 ms, test::Way{.delay_s = 0})->Iterations(1);
BENCHMARK_CAPTURE(BM_HubPace, 60 ms and 20 ms of jitter, test::Way{.delay_s = 0.03, .less_s = 0.01, .more_s = 0.01})
    ->Iterations(1);
BENCHMARK_CAPTURE(BM_HubPace, 60 ms and 60 ms of jitter, test::Way{.delay_s = 0.03, .more_s = 0.06})->Iterations(1);

/// A second of the loop thread for the live map alone: readings are named and come, calls leave and are answered.
void BM_LiveMapSecond(benchmark::State& state) {
  const auto units = static_cast<schedule::Slot>(state.range(0));
  const std::array<SettingPair, 1> pairs = {SettingPair{"sonoran_apiKey", "k"}};
  schedule::LiveMap map(*parse_settings(pairs));
  int ticks = 0;
  const auto place = [&](schedule::Slot slot) {
    const double speed = slot % 20 < 8 ? 0 : slot % 20 < 17 ? 15 : 45;
    return schedule::MapPlace{.x = speed * ticks * 0.01, .bytes = 250};
  };
  for (schedule::Slot slot = 0; slot < units; ++slot) map.read(test::at(0), slot, place(slot));
  const auto second = [&] {
    for (int i = 0; i < 100; ++i) {
      const Time now = test::at(++ticks * 0.01);
      if (map.readings_due(now) <= now) {
        for (const auto reading : map.name_readings(now)) map.read(now, reading.slot, place(reading.slot));
      }
      if (const auto call = map.next(now)) map.ended(now, call->number, schedule::HubVerdict::kTaken);
    }
  };
  for (int i = 0; i < 60; ++i) second();
  const std::uint64_t before = allocations();
  std::uint64_t seconds = 0;
  for (auto _ : state) {
    second();
    ++seconds;
  }
  state.counters["allocations"] = static_cast<double>(allocations() - before) / static_cast<double>(seconds);
}
BENCHMARK(BM_LiveMapSecond)->Arg(200)->Arg(2048)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sonoran::bench
