#include "simulator/simulator.h"

#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "simulator/server.h"

namespace sonoran::simulator {
namespace {

namespace asio = boost::asio;

std::string url(const char* scheme, const char* host, std::uint16_t port) {
  return std::string(scheme) + "://" + host + ":" + std::to_string(port);
}

/// The file with the authority's certificate.
class CaFile {
 public:
  CaFile(std::string path, const std::string& pem) : path_(std::move(path)), temporary_(path_.empty()) {
    if (temporary_) {
      static std::atomic<unsigned> last{0};
      const std::string name = "cad-simulator-" + std::to_string(::getpid()) + "-" + std::to_string(++last) + ".pem";
      path_ = (std::filesystem::temp_directory_path() / name).string();
    }
    path_ = std::filesystem::absolute(path_).string();  // others may read it from another folder
    std::ofstream file(path_, std::ios::binary | std::ios::trunc);
    file << pem << std::flush;
    if (!file) throw std::runtime_error("The file '" + path_ + "' cannot be written.");
  }
  ~CaFile() {
    std::error_code ignored;
    if (temporary_) std::filesystem::remove(path_, ignored);
  }
  CaFile(const CaFile&) = delete;
  CaFile& operator=(const CaFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  const bool temporary_;
};

}  // namespace

class Simulator::Impl {
 public:
  explicit Impl(const Options& options)
      : certificates_(make_certificates(options.cert_host, options.cert_expired)),
        ca_file_(options.ca_file, certificates_.ca_pem),
        cad_(options.key, options.servers, options.faults, options.requests_file, options.more_keys),
        server_(
            loop_, cad_, Ports{options.http_port, options.https_port, options.admin_port}, options.addresses,
            certificates_, options.narrow, options.community, options.stop_asked ? options.stop_asked : [] {}) {}
  // What stop() may throw (no lock, no memory) ends a test's process, and may.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Ready start() {
    const std::lock_guard lock(calls_);
    if (started_) throw std::runtime_error("A simulator starts only once.");
    started_ = true;
    const Ports ports = server_.open();
    thread_ = std::thread([this] { loop_.run(); });
    return {ports.http,
            ports.https,
            ports.admin,
            url("http", "127.0.0.1", ports.http),
            url("https", "localhost", ports.https),
            url("http", "127.0.0.1", ports.admin),
            ca_file_.path()};
  }

  void stop() {
    const std::lock_guard lock(calls_);
    started_ = true;
    // Also without a thread: a start() that failed half way has left open ports and their coroutines behind.
    asio::post(loop_, [this] { server_.close(); });
    work_.reset();
    if (thread_.joinable()) {
      thread_.join();
    } else {
      loop_.run();
    }
  }

  /// Runs `use(server)` where the server may be used, and waits for it.
  template <typename Use>
  auto with_server(Use use) {
    const std::lock_guard lock(calls_);
    if (!thread_.joinable()) return use(server_);
    std::packaged_task<decltype(use(server_))()> task([&] { return use(server_); });
    auto result = task.get_future();
    asio::post(loop_, [&] { task(); });
    return result.get();
  }

 private:
  std::mutex calls_;  // one call at a time, so that none meets a loop that is being stopped
  bool started_ = false;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(loop_);
  const Certificates certificates_;
  const CaFile ca_file_;
  Cad cad_;
  Server server_;
  std::thread thread_;
};

Simulator::Simulator(const Options& options) : impl_(std::make_unique<Impl>(options)) {}

Simulator::~Simulator() = default;

Ready Simulator::start() {
  return impl_->start();
}

void Simulator::stop() {
  impl_->stop();
}

void Simulator::set_faults(Faults faults) {
  impl_->with_server([&](Server& server) { server.set_faults(std::move(faults)); });
}

void Simulator::disconnect() {
  impl_->with_server([](Server& server) { server.disconnect(); });
}

void Simulator::silence() {
  impl_->with_server([](Server& server) { server.silence(); });
}

void Simulator::reset() {
  impl_->with_server([](Server& server) { server.reset(); });
}

std::size_t Simulator::push(const std::string& events) {
  return impl_->with_server([&](Server& server) { return server.hub().push(boost::json::parse(events)); });
}

std::size_t Simulator::send_to_hub(const std::string& bytes) {
  return impl_->with_server([&](Server& server) { return server.hub().send(bytes); });
}

std::size_t Simulator::close_hub(const std::string& how) {
  return impl_->with_server([&](Server& server) { return server.hub().close(boost::json::parse(how).as_object()); });
}

std::string Simulator::hub(std::uint64_t since) const {
  return impl_->with_server([&](Server& server) { return boost::json::serialize(server.hub().seen(since)); });
}

std::string Simulator::map(std::uint64_t since) const {
  return impl_->with_server(
      [&](Server& server) { return boost::json::serialize(server.cad().community().map(since)); });
}

std::string Simulator::stats() const {
  return impl_->with_server([](Server& server) { return boost::json::serialize(server.stats()); });
}

std::vector<RecordedRequest> Simulator::requests(std::uint64_t since) const {
  return impl_->with_server([&](Server& server) { return server.cad().log().since(since); });
}

}  // namespace sonoran::simulator
