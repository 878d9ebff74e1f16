// From what came back (or did not) to what it means. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/time.h"

namespace sonoran::api {

/// How far an exchange got before it failed.
enum class Stage : std::uint8_t { kResolve, kConnect, kHandshake, kWrite, kRead, kAnswered };

/// What one exchange with the CAD gave.
struct Response {
  Stage stage = Stage::kAnswered;  // kAnswered: a complete answer with `status`
  bool timed_out = false;          // the stage ran into its time limit
  int status = 0;                  // HTTP
  std::string body;
  std::string content_type;
  std::string retry_after;  // the header as it came, or ""
  std::string detail;       // not answered: one sentence for people
};

/// What the module does about it.
enum class Verdict : std::uint8_t {
  kDelivered,     // 2xx
  kUnauthorized,  // 401: the key is wrong
  kRateLimited,   // 429
  kUnreachable,   // nothing was answered: resolve, connect, handshake, write, read
  kTryAgain,      // 408, 425, 5xx, or an answer that is no HTTP
  kRejected,      // anything else: the same request would be refused again
};

struct Outcome {
  Verdict verdict = Verdict::kDelivered;
  bool left = true;  // the request (or a part of it) was written: it may have reached the CAD
  int status = 0;
  Error error;                          // kind kNone when delivered
  std::string body;                     // as it came
  std::optional<Duration> retry_after;  // capped
};

/// Reads a response. `wall_now_s` is the wall clock in seconds since 1970, for a Retry-After that is a date.
Outcome interpret(Response response, std::int64_t wall_now_s);

/// Retry-After as seconds or as an HTTP date; at most 10 minutes, so that a confused gateway cannot silence a server.
std::optional<Duration> parse_retry_after(std::string_view value, std::int64_t wall_now_s);

}  // namespace sonoran::api
