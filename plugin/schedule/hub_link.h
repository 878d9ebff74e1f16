// Decides when the connection to the hub is made, kept alive, given up and made again. Pure: it takes `now`, says what
// is due, and is told what happened.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/time.h"
#include "schedule/backoff.h"

namespace sonoran::schedule {

enum class HubState : std::uint8_t { kWaiting, kConnecting, kHandshaking, kAuthenticating, kUp };

/// "waiting" for kWaiting, and so on.
const char* hub_state_name(HubState state);

/// Why a connection ended, or was not made.
enum class HubEnd : std::uint8_t {
  kUnreachable,  // no connection, or it broke off
  kTurnedAway,   // the server there accepts no WebSocket
  kSilent,       // nothing came for too long
  kUnreadable,   // the bytes are not the hub's protocol, or exceed a bound
  kClosed,       // the CAD closed it and allows a reconnect
  kDismissed,    // the CAD closed it and forbids a reconnect
  kRefused,      // the CAD refuses the authentication: a matter of configuration
};
inline constexpr std::size_t kHubEnds = 7;

/// "unreachable" for kUnreachable, "turned_away", and so on.
const char* hub_end_name(HubEnd end);

/// What is due.
enum class HubAction : std::uint8_t {
  kNone,
  kConnect,  // once for each connection; negotiates() says how
  kPing,
  kGiveUp,  // the connection is to be closed, and ended() told with kSilent
};

class HubLink {
 public:
  /// The first connection is due at `now`.
  HubLink(Time now, Random random);

  /// What is due at `now`. Returning kConnect begins a connection; kPing is due until sent(), kGiveUp until ended().
  HubAction next(Time now);
  /// The earliest time at which next() can give something.
  [[nodiscard]] Time due() const;

  /// The steps of a connection, in this order: the handshake was sent, the authentication, it was accepted. Each counts
  /// as sent() or heard() as well.
  void connected(Time now);
  void shaken(Time now);
  void authenticated(Time now);

  /// Any byte that the CAD sent; any record that left.
  void heard(Time now) { heard_ = now; }
  void sent(Time now) { sent_ = now; }

  /// The connection has ended, or was not made. `message`: one sentence that says why.
  void ended(HubEnd reason, std::string message, Time now);

  [[nodiscard]] HubState state() const { return state_; }
  /// Whether the next connection, or the present one, begins with a negotiation.
  [[nodiscard]] bool negotiates() const { return negotiates_; }
  /// Since when it is up; nothing while it is not.
  [[nodiscard]] std::optional<Time> up_since() const;
  /// How many times it has come up.
  [[nodiscard]] std::uint64_t times_up() const { return times_up_; }
  /// How many times it ended for this reason.
  [[nodiscard]] std::uint64_t ends(HubEnd reason) const { return ends_.at(static_cast<std::size_t>(reason)); }
  /// The message of the last end, also after a reconnect; "" if there was none.
  [[nodiscard]] const std::string& last_end() const { return last_end_; }
  /// Time from the authentication to its answer, of the last connection that came up.
  [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_; }

 private:
  void enter(HubState state, Time now);

  Random random_;
  Backoff backoff_, dismissed_, refused_;
  HubState state_ = HubState::kWaiting;
  Time entered_;     // the state
  Time wait_until_;  // in kWaiting
  Time heard_{}, sent_{};
  bool negotiates_ = false;
  std::uint64_t times_up_ = 0;
  std::array<std::uint64_t, kHubEnds> ends_{};
  std::string last_end_;
  std::optional<Duration> round_trip_;
};

}  // namespace sonoran::schedule
