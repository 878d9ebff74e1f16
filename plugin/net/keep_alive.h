// How long an idle connection is trusted: the one place for what counts as stale. Pure.
//
// The peer, or anything between, may close an idle connection at any moment, and may forget it without a word. A
// connection that answered a moment ago is alive; trust in any other gets worse with time.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace sonoran::net {

/// The seconds of `Keep-Alive: timeout=5, max=100`; nothing where the header does not say. More than an hour is an
/// hour.
std::optional<Duration> parse_keep_alive(std::string_view header);

/// What is known of an idle connection.
struct KeepAlive {
  Time idle_since{};                  // opened, or answered last
  bool answered = false;              // an answer was read at `idle_since`
  std::optional<Duration> announced;  // by the last answer: the server closes the connection after so much idleness

  /// When it is closed from this side: after limits::kIdle_s, or three quarters of what was announced. The server began
  /// to count when it sent its answer, and the next request takes its time on the way.
  [[nodiscard]] Time ends() const;
  [[nodiscard]] bool is_stale(Time now) const { return now >= ends(); }
  [[nodiscard]] bool is_younger(Time now, Duration age) const { return now - idle_since < age; }

  /// Whether a request may leave on it. One that is not `repeatable` must not be lost for the doubt whether it arrived:
  /// it takes a connection on which an answer was read less than limits::kCommandIdle_ms ago, and less than half of
  /// what was announced.
  [[nodiscard]] bool takes(bool repeatable, Time now) const;
};

}  // namespace sonoran::net
