// How much longer than its timeout sb_destroy takes when the CAD keeps it waiting.
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "host.h"

namespace sonoran::bench {
namespace {

constexpr std::uint32_t kTimeout_ms = 100;

/// Takes connections and says nothing, so that nobody gets past the handshake.
class SilentPeer {
 public:
  SilentPeer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 64) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "No port to be silent at");
    }
    url_ = "https://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  }
  ~SilentPeer() { ::close(socket_); }
  SilentPeer(const SilentPeer&) = delete;
  SilentPeer& operator=(const SilentPeer&) = delete;
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  int socket_;
  std::string url_;
};

/// Everything waits when the end comes: positions, panics, statuses and calls, some of them under way.
void end(Host& host, Samples& samples) {
  host.push();
  for (std::size_t i = 0; i < 64; ++i) {
    sb_set_panic(host.bridge(), host.positions()[i].unit, 1, nullptr);
    sb_set_status(host.bridge(), host.positions()[i].unit, 2, nullptr);
    sb_call(host.bridge(), SB_TEXT("addCallNote"), SB_TEXT(R"({"callId":1,"note":"x"})"), nullptr, nullptr);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // they are on their way
  samples.time([&] { host.end(kTimeout_ms); });
}

void report(benchmark::State& state, Samples& samples) {
  state.counters["overrun_ms"] = samples.quantile_us(1) / 1000 - kTimeout_ms;
}

void BM_Shutdown(benchmark::State& state, const char* stage) {
  const CadProcess cad({"--rate-scale", "0", "--stall", stage});
  Samples samples(static_cast<std::size_t>(state.max_iterations));
  for (auto _ : state) {
    Host host(cad, std::to_string(samples.count()));
    end(host, samples);
  }
  report(state, samples);
}
BENCHMARK_CAPTURE(BM_Shutdown, request, "REQUEST")->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Shutdown, before_the_answer, "BEFORE")->Iterations(20)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Shutdown, within_the_answer, "BODY")->Iterations(20)->Unit(benchmark::kMillisecond);

void BM_ShutdownHandshake(benchmark::State& state) {
  Samples samples(static_cast<std::size_t>(state.max_iterations));
  for (auto _ : state) {
    const SilentPeer peer;
    Host host(peer.url(), {}, "sim-key");
    end(host, samples);
  }
  report(state, samples);
}
BENCHMARK(BM_ShutdownHandshake)->Iterations(20)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sonoran::bench
