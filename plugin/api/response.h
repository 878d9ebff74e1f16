// Interprets the response to a request, or its absence. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/time.h"

namespace sonoran::api {

/// The stage at which an exchange failed. kPrepare: before a connection was used, for a reason on our side (a file that
/// was to be sent is gone).
enum class Stage : std::uint8_t { kPrepare, kResolve, kConnect, kHandshake, kWrite, kRead, kAnswered };

/// The result of one exchange with the CAD.
struct Response {
  Stage stage = Stage::kAnswered;  // kAnswered: a complete answer with `status`
  bool timed_out = false;          // the stage reached its time limit
  bool malformed = false;          // stage kRead: the answer is not HTTP, or larger than the bound
  int status = 0;                  // HTTP
  std::string body;
  std::string content_type;
  std::string retry_after;       // the header as it came, or ""
  std::string rate_limit_reset;  // RateLimit-Reset, else X-RateLimit-Reset, as it came; or ""
  std::string server;            // the header Server as it came, which shows who answered; or ""
  std::string date;              // the header Date as it came: the clock of who answered; or ""
  std::string detail;            // without an answer: the message, one sentence
};

/// How an exchange failed: the columns of the retry table (schedule/retry_table.h).
enum class Failure : std::uint8_t {
  kNone,            // 2xx
  kResolve,         // the host was not found: nothing was sent
  kConnect,         // nothing was sent
  kHandshake,       // nothing was sent except the handshake
  kWrite,           // a part of the request may have arrived
  kNoAnswer,        // it was sent; the answer did not come, or was incomplete
  kMalformed,       // the answer is not HTTP, not JSON, or too large
  kUnauthorized,    // 401, the CAD's own word: the key is wrong
  kRequestTimeout,  // 408, the CAD's own word
  kTooEarly,        // 425, the CAD's own word
  kRateLimited,     // 429, the CAD's own word
  kServerError,     // 5xx, whoever sent it
  kRejected,  // any other 4xx, the CAD's own word, or no request at all (Stage::kPrepare): a repeat would fail too
  kRoad,      // 3xx, and any 4xx that is not the CAD's own word or says that there is no such path
  kPage,      // 2xx with a web page: a captive portal's, a proxy's
};
inline constexpr std::size_t kFailures = 15;

/// "connect" for kConnect, and so on.
std::string_view failure_name(Failure failure);

/// True when nothing of the request was sent, so that it costs no budget and cannot have been carried out.
inline bool never_left(Failure failure) {
  return failure == Failure::kResolve || failure == Failure::kConnect || failure == Failure::kHandshake;
}

/// True when the CAD (or something in front of it) answered: the connection itself works.
inline bool was_answered(Failure failure) {
  return !never_left(failure) && failure != Failure::kWrite && failure != Failure::kNoAnswer;
}

/// True when something on the road answered in the CAD's place (a proxy, a firewall, a gateway): this is no verdict.
inline bool is_of_the_road(Failure failure) {
  return failure == Failure::kRoad || failure == Failure::kPage;
}

/// True when the CAD cannot have carried the request out: nothing was sent, or the CAD says that it did not process it.
/// An answer of the road proves nothing.
inline bool was_not_looked_at(Failure failure) {
  return never_left(failure) || failure == Failure::kUnauthorized || failure == Failure::kRequestTimeout ||
         failure == Failure::kTooEarly || failure == Failure::kRateLimited;
}

struct Outcome {
  Failure failure = Failure::kNone;
  int status = 0;
  Error error;                          // kind kNone when it succeeded
  std::string body;                     // as it came, with invalid UTF-8 as U+FFFD
  bool body_is_json = false;            // safe to decode: valid, and nested at most limits::kAnswerDepth deep
  std::optional<Duration> retry_after;  // capped
};

/// True when the answer is the CAD's own word: a success, or a refusal in a form that only the CAD uses (api/words.h).
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

/// 413: the request is too large, whoever says so. A group is then sent again in halves.
inline bool is_too_large(const Outcome& outcome) {
  return outcome.status == 413;
}

/// Reads a response. `wall_now_s` is the wall clock in seconds since 1970, for a Retry-After that is a date.
Outcome interpret(Response response, std::int64_t wall_now_s);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 5.6.7) as seconds since 1970.
std::optional<std::int64_t> parse_http_date(std::string_view value);

/// RateLimit-Reset or X-RateLimit-Reset: seconds from now, or, with some servers, since 1970; at most 10 minutes.
std::optional<Duration> parse_rate_limit_reset(std::string_view value, std::int64_t wall_now_s);

/// Retry-After as seconds or as an HTTP date; at most 10 minutes, so that a faulty gateway cannot silence a server.
std::optional<Duration> parse_retry_after(std::string_view value, std::int64_t wall_now_s);

}  // namespace sonoran::api
