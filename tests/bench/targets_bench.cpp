// Calls that name many units, on the game thread and on the loop thread; and what a start costs the game thread.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "api/call.h"
#include "core/limits.h"
#include "host.h"
#include "schedule/scheduler.h"

namespace sonoran::bench {
namespace {

std::string naming(std::size_t units) {
  std::string list;
  for (std::size_t i = 0; i < units; ++i) list += (i == 0 ? "\"license:" : ",\"license:") + std::to_string(i) + '"';
  return R"({"status":2,"communityUserIds":[)" + list + "]}";
}

/// What sb_call costs the game thread, but for its copy into the mailbox. Beyond limits::kCallTargets it is refused.
void BM_CallNaming(benchmark::State& state) {
  const std::string arguments = naming(static_cast<std::size_t>(state.range(0)));
  api::CallWorkspace workspace;
  const api::CallRules rules;
  for (auto _ : state) benchmark::DoNotOptimize(api::check_call("setUnitStatus", arguments, {}, rules, workspace));
}
BENCHMARK(BM_CallNaming)->Arg(512)->Arg(2048)->Arg(4096)->Arg(20000)->Arg(80000)->Unit(benchmark::kMicrosecond);

/// What a call of so many units, of which the loop thread never heard, costs it: with 1,024, one turn of the largest
/// call, of which no more are taken before other work has its turn.
void BM_LoopTakes(benchmark::State& state) {
  const api::CallRules rules;
  const std::string arguments = naming(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    auto checked = api::check_call("setUnitStatus", arguments, {}, rules);
    schedule::Scheduler scheduler(Settings{}, 1);
    const Time now = Time{} + std::chrono::hours(1);
    state.ResumeTiming();
    scheduler.call(now, 1, std::move(*checked), now + std::chrono::seconds(30));
    state.PauseTiming();  // its end costs others' time
    benchmark::DoNotOptimize(scheduler.held_bytes());
    state.ResumeTiming();
  }
}
BENCHMARK(BM_LoopTakes)->Arg(1024)->Arg(4096)->Iterations(100)->Unit(benchmark::kMicrosecond);

/// sb_create over TLS with the authorities of this machine.
void BM_Create(benchmark::State& state) {
  const std::array<sb_setting, 2> settings = {
      {{SB_TEXT("sonoran_apiKey"), SB_TEXT("bench")}, {SB_TEXT("sonoran_bridge_url"), SB_TEXT("https://localhost:9")}}};
  for (auto _ : state) {
    sb_bridge* bridge = nullptr;
    std::array<char, SB_MESSAGE_SIZE> message{};
    if (sb_create(settings.data(), settings.size(), &bridge, message.data(), message.size()) != SB_OK) {
      state.SkipWithError(message.data());
      break;
    }
    state.PauseTiming();
    sb_destroy(bridge, 0, nullptr);
    state.ResumeTiming();
  }
}
BENCHMARK(BM_Create)->Iterations(100)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sonoran::bench
