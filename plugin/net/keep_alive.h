// Decides how long an idle connection may be used: only this file defines what counts as stale. Pure.
//
// The peer, or anything on the road, may close an idle connection at any moment, or silently drop its state. A
// connection that answered a moment ago is alive; the longer a connection is idle, the less likely it is alive.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace sonoran::net {

/// The seconds of `Keep-Alive: timeout=5, max=100`; nothing where the header has no timeout. More than an hour counts
/// as an hour.
std::optional<Duration> parse_keep_alive(std::string_view header);

/// What is known about an idle connection.
struct KeepAlive {
  Time idle_since{};                  // when it was opened, or last answered
  bool answered = false;              // an answer was read at `idle_since`
  std::optional<Duration> announced;  // by the last answer: after this idle time the server closes the connection

  /// When this side closes it: after limits::kIdle_s, or three quarters of the announced time. The server began to
  /// count when it sent its answer, and the next request takes time on the road.
  [[nodiscard]] Time ends() const;
  [[nodiscard]] bool is_stale(Time now) const { return now >= ends(); }
  [[nodiscard]] bool is_younger(Time now, Duration age) const { return now - idle_since < age; }

  /// Whether a request may use it. For a request that is not `repeatable` there must be no doubt whether it arrived: it
  /// needs a connection on which an answer was read less than limits::kCommandIdle_ms ago, and less than half of the
  /// announced time.
  [[nodiscard]] bool takes(bool repeatable, Time now) const;
};

}  // namespace sonoran::net
