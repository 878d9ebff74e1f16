// From what came back (or did not) to what it means. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/time.h"

namespace sonoran::api {

/// How far an exchange got before it failed. kPrepare: not even to a connection's first byte, for a reason of our own
/// (a file that was to be sent is gone).
enum class Stage : std::uint8_t { kPrepare, kResolve, kConnect, kHandshake, kWrite, kRead, kAnswered };

/// What one exchange with the CAD gave.
struct Response {
  Stage stage = Stage::kAnswered;  // kAnswered: a complete answer with `status`
  bool timed_out = false;          // the stage ran into its time limit
  bool malformed = false;          // stage kRead: what came is no HTTP, or more than the bound
  int status = 0;                  // HTTP
  std::string body;
  std::string content_type;
  std::string retry_after;       // the header as it came, or ""
  std::string rate_limit_reset;  // RateLimit-Reset, else X-RateLimit-Reset, as it came; or ""
  std::string server;            // the header Server as it came: who answers; or ""
  std::string detail;            // not answered: one sentence for people
};

/// How an exchange failed: the columns of the retry table (schedule/retry_table.h).
enum class Failure : std::uint8_t {
  kNone,            // 2xx
  kResolve,         // the host was not found: nothing left
  kConnect,         // nothing left
  kHandshake,       // nothing left but the greeting
  kWrite,           // a part of the request may have arrived
  kNoAnswer,        // it was sent; the answer did not come, or not whole
  kMalformed,       // an answer came that is no HTTP, no JSON, or too large
  kUnauthorized,    // 401, the CAD's own word: the key is wrong
  kRequestTimeout,  // 408, the CAD's own word
  kTooEarly,        // 425, the CAD's own word
  kRateLimited,     // 429, the CAD's own word
  kServerError,     // 5xx, whoever says it
  kRejected,  // any other 4xx, the CAD's own word, or no request at all (Stage::kPrepare): refused again if repeated
  kRoad,      // 3xx, and any 4xx that is not the CAD's own word or says that there is no such path
  kPage,      // 2xx with a web page: a captive portal's, a proxy's
};
inline constexpr std::size_t kFailures = 15;

/// "connect" for kConnect, and so on.
std::string_view failure_name(Failure failure);

/// True when nothing of the request left this machine, so that it costs no budget and cannot have been carried out.
inline bool never_left(Failure failure) {
  return failure == Failure::kResolve || failure == Failure::kConnect || failure == Failure::kHandshake;
}

/// True when the CAD (or what stands in front of it) said something: the connection itself works.
inline bool was_answered(Failure failure) {
  return !never_left(failure) && failure != Failure::kWrite && failure != Failure::kNoAnswer;
}

/// True when something on the way to the CAD answered in its place (a proxy, a firewall, a gateway): no verdict.
inline bool is_of_the_road(Failure failure) {
  return failure == Failure::kRoad || failure == Failure::kPage;
}

/// True when the CAD cannot have carried the request out: nothing left, or it says that it did not look at it. What
/// something on the way says proves nothing.
inline bool was_not_looked_at(Failure failure) {
  return never_left(failure) || failure == Failure::kUnauthorized || failure == Failure::kRequestTimeout ||
         failure == Failure::kTooEarly || failure == Failure::kRateLimited;
}

struct Outcome {
  Failure failure = Failure::kNone;
  int status = 0;
  Error error;                // kind kNone when it succeeded
  std::string body;           // as it came; what is no UTF-8 as U+FFFD
  bool body_is_json = false;  // it may be handed on for decoding: valid, and at most limits::kAnswerDepth deep
  std::optional<Duration> retry_after;  // capped
};

/// True when the CAD itself has spoken: a success, or a refusal that only it words so (api/words.h).
inline bool is_the_cads_word(const Outcome& outcome) {
  switch (outcome.failure) {
    case Failure::kNone:
    case Failure::kUnauthorized:
    case Failure::kRequestTimeout:
    case Failure::kTooEarly:
    case Failure::kRateLimited:
      return true;
    default:
      return outcome.failure == Failure::kRejected && outcome.status != 0;
  }
}

/// "413": the request is too large, whoever says so. A group is sent again in halves.
inline bool is_too_large(const Outcome& outcome) {
  return outcome.status == 413;
}

/// Reads a response. `wall_now_s` is the wall clock in seconds since 1970, for a Retry-After that is a date.
Outcome interpret(Response response, std::int64_t wall_now_s);

/// RateLimit-Reset or X-RateLimit-Reset: seconds from now, or, as some servers mean it, since 1970; at most 10 minutes.
std::optional<Duration> parse_rate_limit_reset(std::string_view value, std::int64_t wall_now_s);

/// Retry-After as seconds or as an HTTP date; at most 10 minutes, so that a confused gateway cannot silence a server.
std::optional<Duration> parse_retry_after(std::string_view value, std::int64_t wall_now_s);

}  // namespace sonoran::api
