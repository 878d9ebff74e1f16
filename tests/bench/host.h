// A host of the bridge, as a game server is one: it owns a bridge, and moves units.
#pragma once

#include <sonoran_bridge.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cad_process.h"

namespace sonoran::bench {

using Clock = std::chrono::steady_clock;

/// As many as a server has players at most.
inline constexpr std::size_t kUnits = 2048;

class Host {
 public:
  /// Starts a bridge to that CAD, with a key of its own where `life` is not empty: the module keeps a key's budget over
  /// restarts in its process. Only a CAD without limits takes such a key. Throws std::runtime_error.
  explicit Host(const CadProcess& cad, const std::string& life = {});
  /// `ca_file` empty: the system's authorities.
  Host(const std::string& url, const std::string& ca_file, const std::string& key);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] sb_bridge* bridge() const { return bridge_; }
  /// One position for each unit, to be changed and pushed.
  std::vector<sb_position>& positions() { return positions_; }
  /// Everybody drives on.
  void move();
  /// Pushes all positions.
  void push();
  /// Polls and forgets what came.
  void poll();
  /// Calls whose answer nobody waits for; tidy_up() cancels what of them still waits, and polls.
  void remember(std::uint64_t ticket) { tickets_.push_back(ticket); }
  void tidy_up();
  /// Polls until the answer to `ticket` came; false after `limit`, of which 0 is one look.
  bool answered(std::uint64_t ticket, std::chrono::milliseconds limit);
  /// Ends the bridge, with sb_destroy(timeout_ms).
  void end(std::uint32_t timeout_ms);
  /// True once the CAD has answered a panic and a heartbeat, within 10 s each: the connections are there.
  bool connected();

 private:
  sb_bridge* bridge_ = nullptr;
  std::vector<std::string> names_;
  std::vector<sb_position> positions_;
  std::vector<sb_event> events_;
  std::vector<std::uint64_t> tickets_;
};

inline sb_text text(const std::string& value) {
  return {value.data(), value.size()};
}

/// Times of single calls. What counts is the slow ones.
class Samples {
 public:
  explicit Samples(std::size_t most) { nanoseconds_.reserve(most); }
  void add(std::int64_t nanoseconds) { nanoseconds_.push_back(nanoseconds); }
  /// Runs `call` and keeps how long it took.
  template <class Call>
  void time(Call&& call) {
    const auto begin = Clock::now();
    call();
    add(std::chrono::nanoseconds(Clock::now() - begin).count());
  }
  [[nodiscard]] std::size_t count() const { return nanoseconds_.size(); }
  /// In microseconds; q from 0 to 1; 0 when there is no sample.
  [[nodiscard]] double quantile_us(double q);

 private:
  std::vector<std::int64_t> nanoseconds_;
};

}  // namespace sonoran::bench
