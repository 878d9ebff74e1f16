// A Sonoran CAD for tests: answers all of its routes over HTTP and HTTPS, keeps its limits, and fails on demand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulator/faults.h"
#include "simulator/request_log.h"

namespace sonoran::simulator {

struct Options {
  std::uint16_t http_port = 0, https_port = 0, admin_port = 0;  // 0 takes a free one
  std::vector<std::string> addresses;  // of the loopback interface, where the CAD's ports are besides 127.0.0.1 and ::1
  std::string key = "sim-key";
  std::set<std::string> more_keys;  // as good, each with limits and counters of its own
  std::set<std::int64_t> servers = {1};
  std::string community = "simcad";  // the id that the hub wants
  Faults faults;
  std::string requests_file;  // "" is none
  std::string ca_file;        // "" is a file in the temporary folder, which goes with the simulator
  std::string cert_host;      // the only name in the certificate; "" is localhost and its addresses
  bool cert_expired = false;
  bool narrow = false;               // small buffers on both sides: less than 128 KiB of unread bytes fit into them
  std::function<void()> stop_asked;  // called on the loop thread after POST /_sim/stop; must not call stop()
};

struct Ready {
  std::uint16_t http_port = 0, https_port = 0, admin_port = 0;
  std::string http_url, https_url, admin_url;
  std::string ca_file;
};

/// All methods may be called by any thread but the simulator's own. Several simulators may live in one process.
class Simulator {
 public:
  explicit Simulator(const Options& options = {});
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// Once. Throws std::runtime_error or std::invalid_argument, with one sentence, if it cannot.
  Ready start();
  /// Closes all connections and joins the thread. What was counted can still be read.
  void stop();

  /// Replaces all faults. Throws std::invalid_argument if they make no sense.
  void set_faults(Faults faults);
  void clear_faults() { set_faults({}); }
  /// Closes all connections between two answers: a client then finds its kept connections closed.
  void disconnect();
  /// From now on nothing arrives over the CAD's present connections, and nothing leaves: a firewall has forgotten them.
  /// New ones work.
  void silence();
  /// Forgets all counters, requests and units, but not the faults.
  void reset();

  /// Pushes an event, or an array of them, to the clients of the hub: {"type", "data"}, as JSON. Returns how many got
  /// it. Throws std::invalid_argument for anything else.
  std::size_t push(const std::string& events);
  /// Sends these bytes over the hub's connections, as they are.
  std::size_t send_to_hub(const std::string& bytes);
  /// Closes the hub's connections: {"error", "allowReconnect", "code"}, as JSON; see Hub::close.
  std::size_t close_hub(const std::string& how);
  /// JSON, as GET /_sim/hub answers it.
  [[nodiscard]] std::string hub(std::uint64_t since = 0) const;

  /// JSON, as GET /_sim/map answers it.
  [[nodiscard]] std::string map(std::uint64_t since = 0) const;

  /// JSON, as GET /_sim/stats answers it.
  [[nodiscard]] std::string stats() const;
  [[nodiscard]] std::vector<RecordedRequest> requests(std::uint64_t since = 0) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sonoran::simulator
