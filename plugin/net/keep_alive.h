// How long an idle connection is believed in. Pure.
//
// Whoever stands at the other end, or between, may close an idle connection at any moment, and may forget it without a
// word. What was heard lately is alive; what was not is a guess that gets worse with time.
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

  /// Whether a request may leave on it that must not be lost for the doubt whether it arrived: an answer was read less
  /// than limits::kCommandIdle_ms ago, and less than half of what was announced.
  [[nodiscard]] bool takes_command(Time now) const;
};

}  // namespace sonoran::net
