// Decides which address is tried, and when the next one starts beside it (RFC 8305). Pure: it is given `now`.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/time.h"

namespace sonoran::net {

/// Attempts are named by their place in the list of addresses. An attempt delays the next one for a while after its
/// SYN, and again after its TCP connection, for the TLS handshake. The next one starts when no attempt delays it, so at
/// once when the only attempt fails.
class AddressRace {
 public:
  explicit AddressRace(std::size_t addresses) : attempts_(addresses) {}

  /// The attempt that starts now; call again until there is none.
  std::optional<std::size_t> start(Time now);
  /// The attempt has its TCP connection. Its round trip is the time that this took.
  void connected(std::size_t attempt, Time now);
  void failed(std::size_t attempt);

  /// When start() has the next one, unless an attempt fails before; kNever when every address has been started.
  [[nodiscard]] Time next_start() const;
  /// Every address has failed.
  [[nodiscard]] bool lost() const;
  /// The attempts that began before `winner` and are still going on: it has overtaken them.
  [[nodiscard]] std::vector<std::size_t> overtaken_by(std::size_t winner) const;

 private:
  enum class State { kWaits, kRuns, kFailed };
  struct Attempt {
    State state = State::kWaits;
    Time started{};
    Time holds_until{};
  };

  std::vector<Attempt> attempts_;  // they start in this order
  std::size_t started_ = 0;
};

}  // namespace sonoran::net
