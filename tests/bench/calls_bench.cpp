// Every other call of the game thread, timed one by one: its mean when all is well, and its slowest when the CAD hangs.
#include <benchmark/benchmark.h>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <thread>

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

constexpr std::size_t kWarmUp = 10000;

/// The whole game is on while the CAD takes requests and never answers. Each call is timed.
void hanging(benchmark::State& state, const Call& call) {
  const CadProcess cad({"--rate-scale", "0", "--stall", "BEFORE"});
  Host host(cad);
  host.push();
  Samples samples(static_cast<std::size_t>(state.max_iterations));
  std::size_t index = 0;
  std::size_t refused = 0;
  // A tick's worth of everything around it.
  const auto around = [&] {
    if (index % 64 != 0) return;
    host.move();
    host.push();
    for (const Call& other : calls()) other.run(host, index);
    host.tidy_up();
  };
  // What grows with use has grown: a server runs for days.
  for (; index < kWarmUp; ++index) {
    around();
    call.run(host, index);
  }
  for (auto _ : state) {
    state.PauseTiming();
    around();
    state.ResumeTiming();
    samples.time([&] {
      if (call.run(host, index) != SB_OK) ++refused;
    });
    ++index;
  }
  state.counters["refused"] = static_cast<double>(refused);
  state.counters["p99_us"] = samples.quantile_us(0.99);
  state.counters["p99.9_us"] = samples.quantile_us(0.999);
}

/// What this machine adds to a microsecond of arithmetic, which waits for nobody: its timers, and its own host.
void BM_Machine(benchmark::State& state) {
  Samples samples(static_cast<std::size_t>(state.max_iterations));
  std::uint32_t value = 1;
  const auto arithmetic = [&value](int rounds) {
    for (int i = 0; i < rounds; ++i) benchmark::DoNotOptimize(value = value * 1664525 + 1);
  };
  int rounds = 100;
  const auto takes = [&] {
    const auto begin = Clock::now();
    for (int i = 0; i < 100; ++i) arithmetic(rounds);
    return (Clock::now() - begin) / 100;
  };
  while (takes() < std::chrono::microseconds(1)) rounds += rounds / 4;
  for (auto _ : state) samples.time([&] { arithmetic(rounds); });
  state.counters["p99.9_us"] = samples.quantile_us(0.999);
}
BENCHMARK(BM_Machine)->Iterations(20000);

/// What a page of memory costs on this machine when it is touched for the first time. The first batch of a bridge
/// touches some hundred of them; later ones use the same memory again.
void BM_FirstTouch(benchmark::State& state) {
  constexpr std::size_t kPages = 256;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  for (auto _ : state) {
    void* const memory = ::mmap(nullptr, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return state.SkipWithError("There is no memory.");
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < kPages; ++i) static_cast<volatile char*>(memory)[i * page] = 1;
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - begin).count());
    ::munmap(memory, kPages * page);
  }
  state.counters["page_us"] =
      benchmark::Counter(kPages / 1e6, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_FirstTouch)->Iterations(200)->UseManualTime();

/// How far apart calls are that each find the loop thread asleep.
constexpr auto kApart = std::chrono::milliseconds(4);

/// While the CAD hangs and nothing else is said: each call must wake the loop thread.
void apart(benchmark::State& state, const Call& call) {
  const CadProcess cad({"--rate-scale", "0", "--stall", "BEFORE"});
  Host host(cad);
  Samples samples(static_cast<std::size_t>(state.max_iterations));
  std::size_t index = 0;
  for (auto _ : state) {
    state.PauseTiming();
    if (index % 64 == 0) host.tidy_up();
    std::this_thread::sleep_for(kApart);
    state.ResumeTiming();
    samples.time([&] { call.run(host, index); });
    ++index;
  }
  state.counters["p50_us"] = samples.quantile_us(0.5);
  state.counters["p99.9_us"] = samples.quantile_us(0.999);
}

/// The least that it costs on this machine to wake a thread that sleeps in epoll_wait, as the loop thread does: nothing
/// of ours is in here.
void BM_Wake(benchmark::State& state) {
  const int event = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event interest{.events = EPOLLIN, .data = {}};
  ::epoll_ctl(poll, EPOLL_CTL_ADD, event, &interest);
  std::thread sleeper([event, poll] {
    std::uint64_t count = 0;
    for (bool more = true; more;) {
      epoll_event happened{};
      ::epoll_wait(poll, &happened, 1, -1);
      more = ::read(event, &count, sizeof count) != sizeof count || count < 1000;
    }
  });
  const auto add = [event](std::uint64_t count) { return ::write(event, &count, sizeof count) == sizeof count; };
  Samples samples(static_cast<std::size_t>(state.max_iterations));
  for (auto _ : state) {
    state.PauseTiming();
    std::this_thread::sleep_for(kApart);
    state.ResumeTiming();
    samples.time([&] { benchmark::DoNotOptimize(add(1)); });
  }
  add(1000);
  sleeper.join();
  ::close(poll);
  ::close(event);
  state.counters["p50_us"] = samples.quantile_us(0.5);
  state.counters["p99.9_us"] = samples.quantile_us(0.999);
}
BENCHMARK(BM_Wake)->Iterations(2000);

const int kRegistered = [] {
  for (const Call& call : calls()) {
    benchmark::RegisterBenchmark((std::string("BM_Call/") + call.name).c_str(), mean, call)->Iterations(20000);
    benchmark::RegisterBenchmark((std::string("BM_CadHangs/") + call.name).c_str(), hanging, call)->Iterations(20000);
  }
  for (const Call& call : {calls()[0], calls()[5]}) {
    benchmark::RegisterBenchmark((std::string("BM_Apart/") + call.name).c_str(), apart, call)->Iterations(2000);
  }
  return 0;
}();

}  // namespace
}  // namespace sonoran::bench
