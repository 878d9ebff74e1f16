// Requests that ten minutes of a server with 200 units at 1 Hz cost, in virtual time.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "schedule/scheduler.h"

namespace sonoran::bench {
namespace {

constexpr int kUnits = 200;
constexpr auto kTenMinutes = std::chrono::minutes(10);
constexpr auto kAnswerTime = std::chrono::milliseconds(80);

void BM_TenMinutesOf200Units(benchmark::State& state) {
  for (auto _ : state) {
    const std::array<SettingPair, 1> pairs = {SettingPair{"sonoran_apiKey", "k"}};
    auto settings = parse_settings(pairs);
    schedule::Scheduler scheduler(*settings, 1);
    const Time begin = Time{} + std::chrono::hours(1);
    std::vector<std::pair<Time, std::uint64_t>> under_way;
    std::vector<Time> sent;
    Time push_at = begin;
    for (Time now = begin; now < begin + kTenMinutes; now += std::chrono::milliseconds(20)) {
      if (now >= push_at) {
        push_at += std::chrono::seconds(1);
        for (int i = 0; i < kUnits; ++i) {
          const std::string unit = "unit-" + std::to_string(i);
          state::PositionSample sample;
          sample.unit = unit;
          sample.x = 15 * seconds(now - begin) + i;
          scheduler.push_position(now, sample);
        }
      }
      while (auto request = scheduler.next(now)) {
        if (request->operation->id == "updateUnitLocations") sent.push_back(now);
        under_way.emplace_back(now + kAnswerTime, request->id);
      }
      std::erase_if(under_way, [&](const auto& one) {
        if (one.first > now) return false;
        api::Outcome outcome;
        outcome.status = 200;
        scheduler.done(now, one.second, outcome);
        return true;
      });
      scheduler.take_answers();
      scheduler.take_log();
    }
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last < sent.size(); ++last) {
      while (sent[last] - sent[first] >= std::chrono::seconds(60)) ++first;
      most = std::max(most, last - first + 1);
    }
    state.counters["requests"] = static_cast<double>(sent.size());
    state.counters["most_in_60_s"] = static_cast<double>(most);
  }
}
BENCHMARK(BM_TenMinutesOf200Units)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sonoran::bench
