// Every other call of the game thread, timed one by one: its mean when all is well, and its slowest when the CAD hangs.
#include <benchmark/benchmark.h>

#include <functional>

#include "allocations.h"
#include "host.h"

namespace sonoran::bench {
namespace {

/// A call in the middle of its work: `index` counts up.
struct Call {
  const char* name;
  std::function<sb_code(Host& host, std::size_t index)> run;
};

const std::vector<Call>& calls() {
  static const std::vector<Call> kCalls = {
      {"sb_set_panic",
       [](Host& host, std::size_t i) {
         return sb_set_panic(host.bridge(), host.positions()[i % 64].unit, static_cast<int>(i / 64 % 2), nullptr);
       }},
      {"sb_set_status",
       [](Host& host, std::size_t i) {
         return sb_set_status(host.bridge(), host.positions()[i % kUnits].unit, static_cast<std::int32_t>(i % 5),
                              nullptr);
       }},
      {"sb_push_positions(1)",
       [](Host& host, std::size_t i) {
         sb_position& position = host.positions()[i % kUnits];
         position.x = position.x > 4000 ? -4000 : position.x + 5;
         return sb_push_positions(host.bridge(), &position, 1, nullptr);
       }},
      {"sb_remove_unit",
       [](Host& host, std::size_t i) { return sb_remove_unit(host.bridge(), host.positions()[i % kUnits].unit); }},
      {"sb_heartbeat",
       [](Host& host, std::size_t i) { return sb_heartbeat(host.bridge(), static_cast<std::uint32_t>(i % 2048)); }},
      {"sb_call(1 KiB)",
       [](Host& host, std::size_t) {
         static const std::string kArguments =
             R"({"callId": 7, "noteType": "text", "note": ")" + std::string(1024 - 44, 'n') + R"("})";
         std::uint64_t ticket = 0;
         const sb_code code = sb_call(host.bridge(), SB_TEXT("addCallNote"), text(kArguments), nullptr, &ticket);
         if (code == SB_OK) host.remember(ticket);
         return code;
       }},
      {"sb_expected_wait_ms",
       [](Host& host, std::size_t) {
         benchmark::DoNotOptimize(sb_expected_wait_ms(host.bridge(), SB_TEXT("setUnitPanic")));
         return SB_OK;
       }},
      {"sb_poll(64)",
       [](Host& host, std::size_t) {
         static std::vector<sb_event> events(64);
         for (sb_event& event : events) event.struct_size = sizeof event;
         sb_poll(host.bridge(), events.data(), events.size());
         return SB_OK;
       }},
      {"sb_stats",
       [](Host& host, std::size_t) {
         benchmark::DoNotOptimize(sb_stats(host.bridge(), nullptr));
         return SB_OK;
       }},
  };
  return kCalls;
}

/// Mean of one call. Every 64 calls the answers are fetched and calls that wait are given up, outside of the time: what
/// is measured is taking one, not refusing it.
void mean(benchmark::State& state, const Call& call) {
  const CadProcess cad({"--rate-scale", "0"});
  Host host(cad);
  if (!host.connected()) return state.SkipWithError("The CAD simulator did not answer.");
  std::size_t index = 0;
  std::uint64_t allocated = 0;
  for (auto _ : state) {
    const std::uint64_t before = allocations();
    const sb_code code = call.run(host, index);
    allocated += allocations() - before;
    if (code != SB_OK) {
      state.SkipWithError(sb_last_error(host.bridge()));
      break;
    }
    if (++index % 64 == 0) {
      state.PauseTiming();
      host.tidy_up();
      state.ResumeTiming();
    }
  }
  state.counters["allocations_a_call"] = static_cast<double>(allocated) / static_cast<double>(state.iterations());
}

/// Nothing has come: what every tick pays.
void BM_EmptyPoll(benchmark::State& state) {
  const CadProcess cad({});
  Host host(cad);
  if (!host.connected()) return state.SkipWithError("The CAD simulator did not answer.");
  host.poll();
  sb_event event{};
  event.struct_size = sizeof event;
  for (auto _ : state) benchmark::DoNotOptimize(sb_poll(host.bridge(), &event, 1));
}
BENCHMARK(BM_EmptyPoll);

/// The whole game is on while the CAD takes requests and never answers. Each call is timed.
void hanging(benchmark::State& state, const Call& call) {
  const CadProcess cad({"--rate-scale", "0", "--stall", "BEFORE"});
  Host host(cad);
  host.push();
  Samples samples(static_cast<std::size_t>(state.max_iterations));
  Samples undisturbed(static_cast<std::size_t>(state.max_iterations));
  std::size_t index = 0;
  std::size_t refused = 0;
  for (auto _ : state) {
    state.PauseTiming();
    // A tick's worth of everything around it.
    if (index % 64 == 0) {
      host.move();
      host.push();
      for (const Call& other : calls()) other.run(host, index);
      host.tidy_up();
    }
    state.ResumeTiming();
    const long before = preemptions();
    const std::int64_t taken = samples.time([&] {
      if (call.run(host, index) != SB_OK) ++refused;
    });
    if (preemptions() == before) undisturbed.add(taken);
    ++index;
  }
  state.counters["refused"] = static_cast<double>(refused);
  state.counters["p99_us"] = samples.quantile_us(0.99);
  state.counters["p99.9_us"] = samples.quantile_us(0.999);
  // On a busy machine others take the core in the middle of a call; whoever waits for a lock of ours is still in here.
  state.counters["p99.9_undisturbed_us"] = undisturbed.quantile_us(0.999);
  state.counters["disturbed"] = static_cast<double>(samples.count() - undisturbed.count());
}

const int kRegistered = [] {
  for (const Call& call : calls()) {
    benchmark::RegisterBenchmark((std::string("BM_Call/") + call.name).c_str(), mean, call)->Iterations(20000);
    benchmark::RegisterBenchmark((std::string("BM_CadHangs/") + call.name).c_str(), hanging, call)->Iterations(20000);
  }
  return 0;
}();

}  // namespace
}  // namespace sonoran::bench
