// What the module takes of the machine: processor and memory with 2,048 units at 1 Hz, and with nothing to do.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "host.h"

namespace sonoran::bench {
namespace {

constexpr int kSeconds = 20;

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& value) {
    return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Of all threads but this one, in seconds; the kernel counts it in nanoseconds.
double other_threads_cpu_s() {
  double sum = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    if (thread.path().filename() == std::to_string(::gettid())) continue;
    std::ifstream file(thread.path() / "schedstat");
    double nanoseconds = 0;
    file >> nanoseconds;
    sum += nanoseconds * 1e-9;
  }
  return sum;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// A server of 2,048 players who all drive, polled 60 times a second. Game thread and loop thread count together.
void BM_Server2048(benchmark::State& state) {
  const CadProcess cad({});
  for (auto _ : state) {
    ::malloc_trim(0);  // what earlier benchmarks left would hide what this one takes
    const double resident_before = resident_mib();
    Host host(cad);
    if (!host.connected()) return state.SkipWithError("The CAD simulator did not answer.");
    const double cpu_before = cpu_s();
    double most = 0;
    const auto begin = Clock::now();
    for (int tick = 0; tick < kSeconds * 60; ++tick) {
      if (tick % 60 == 0) {
        host.move();
        host.push();
        sb_heartbeat(host.bridge(), kUnits);
        most = std::max(most, resident_mib());
      }
      host.poll();
      std::this_thread::sleep_until(begin + std::chrono::microseconds(std::int64_t{1'000'000} * (tick + 1) / 60));
    }
    const double cpu = cpu_s() - cpu_before;
    state.counters["core_percent"] = 100 * cpu / std::chrono::duration<double>(Clock::now() - begin).count();
    state.counters["grown_mib"] = std::max(most, resident_mib()) - resident_before;
    state.counters["requests"] = static_cast<double>(cad.requests("updateUnitLocations"));
  }
}
BENCHMARK(BM_Server2048)->Iterations(1)->Unit(benchmark::kSecond);

/// The CAD takes requests and answers none, the host polls nothing, and every queue is filled until it refuses: what
/// the bounds of docs/limits.md come to.
void BM_FullQueues(benchmark::State& state) {
  static constexpr std::array kCommands = {"createDispatchCall", "addCallNote", "createRecord", "create911Call"};
  const CadProcess cad({"--rate-scale", "0", "--stall", "BEFORE"});
  for (auto _ : state) {
    const double before = resident_mib();
    Host host(cad);
    host.push();
    std::uint64_t taken = 0;
    // Units of a panic and of a status: as many as are kept, and more.
    for (int i = 0; i < 9000; ++i) {
      const std::string unit = "unit-" + std::to_string(i);
      sb_set_panic(host.bridge(), text(unit), 1, nullptr);
      if (sb_set_status(host.bridge(), text(unit), i % 5, nullptr) == SB_OK) ++taken;
      if (i % 1000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the loop thread picks up
    }
    // Calls of 60 KiB until the bytes are full; they have ten minutes, so that none ends meanwhile.
    const std::string arguments = R"({"callId":1,"note":")" + std::string(60000, 'x') + R"("})";
    sb_call_options options{};
    options.struct_size = sizeof options;
    options.deadline_ms = 600000;
    std::uint64_t calls = 0;
    for (int i = 0; i < 4000; ++i) {
      const std::string operation = kCommands[static_cast<std::size_t>(i) % kCommands.size()];
      if (sb_call(host.bridge(), text(operation), text(arguments), &options, nullptr) == SB_OK) ++calls;
      if (i % 200 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
    state.counters["grown_mib"] = resident_mib() - before;
    state.counters["calls_taken"] = static_cast<double>(calls);
    state.counters["statuses_taken"] = static_cast<double>(taken);
    state.counters["events"] = sb_pending(host.bridge());
  }
}
BENCHMARK(BM_FullQueues)->Iterations(1)->Unit(benchmark::kSecond);

/// Nobody plays: what the loop thread takes.
void BM_Idle(benchmark::State& state) {
  const CadProcess cad({});
  for (auto _ : state) {
    const Host host(cad);
    std::this_thread::sleep_for(std::chrono::seconds(2));  // it has connected and sent its first heartbeat
    const double before = other_threads_cpu_s();
    std::this_thread::sleep_for(std::chrono::seconds(kSeconds));
    state.counters["core_percent"] = 100 * (other_threads_cpu_s() - before) / kSeconds;
  }
}
BENCHMARK(BM_Idle)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace sonoran::bench
