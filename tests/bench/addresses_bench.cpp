// From the start of a bridge until a panic is answered, where the CAD's first address is dead and its second one works.
#include <benchmark/benchmark.h>

#include "host.h"
#include "integration/host_names.h"

namespace sonoran::bench {
namespace {

void connect(benchmark::State& state, const std::vector<std::string>& fault) {
  std::vector<std::string> options = {"--rate-scale", "0", "--address", "127.0.0.2"};
  options.insert(options.end(), fault.begin(), fault.end());
  const CadProcess cad(options);
  integration::set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1"});
  Samples samples(64);
  for (auto _ : state) {
    const auto begin = Clock::now();
    Host host(cad, std::to_string(samples.count()));
    std::uint64_t ticket = 0;
    if (sb_set_panic(host.bridge(), text("officer"), 1, &ticket) != SB_OK ||
        !host.answered(ticket, std::chrono::seconds(30))) {
      state.SkipWithError("A panic was not answered.");
      break;
    }
    samples.add(std::chrono::nanoseconds(Clock::now() - begin).count());
  }
  integration::set_host_addresses("localhost", {});
  state.counters["max_us"] = samples.quantile_us(1);
}

/// Its packets vanish.
void BM_FirstAddressDropsSyn(benchmark::State& state) {
  connect(state, {"--drop-syn", "127.0.0.2"});
}
BENCHMARK(BM_FirstAddressDropsSyn)->Iterations(20)->Unit(benchmark::kMillisecond);

/// It takes connections and says nothing.
void BM_FirstAddressMute(benchmark::State& state) {
  connect(state, {"--stall", "ACCEPT", "--at", "127.0.0.2"});
}
BENCHMARK(BM_FirstAddressMute)->Iterations(20)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sonoran::bench
