#include "api/response.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "core/text.h"

namespace sonoran::api {
namespace {

constexpr std::int64_t kRetryAfterMax_s = 600;

/// Days from 1970-01-01 of a date of the proleptic Gregorian calendar.
std::int64_t days_from_civil(int year, unsigned month, unsigned day) {
  const std::chrono::sys_days days = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return days.time_since_epoch().count();
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 5.6.7) as seconds since 1970.
std::optional<std::int64_t> parse_http_date(std::string_view value) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (value.size() != 29 || value.substr(25) != " GMT") return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size) {
    int result = -1;
    std::from_chars(value.data() + at, value.data() + at + size, result);
    return result;
  };
  const auto* month = std::ranges::find(kMonths, value.substr(8, 3));
  const int day = number(5, 2);
  const int year = number(12, 4);
  const int hour = number(17, 2);
  const int minute = number(20, 2);
  const int second = number(23, 2);
  if (month == kMonths.end() || day < 1 || day > 31 || year < 1970 || hour < 0 || minute < 0 || second < 0) {
    return std::nullopt;
  }
  const auto month_number = static_cast<unsigned>(month - kMonths.begin()) + 1;
  const std::int64_t seconds = std::int64_t{hour} * 3600 + std::int64_t{minute} * 60 + second;
  return days_from_civil(year, month_number, static_cast<unsigned>(day)) * 86400 + seconds;
}

/// Fills title, detail and traceId from a problem document (RFC 9457) or the gateway's {"message", "request_id"}.
void read_problem(const std::string& body, Error& error) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(body).get(document) != simdjson::SUCCESS || !document.is_object()) return;
  const auto read = [&](const char* name, std::string& into) {
    std::string_view text;
    if (document[name].get(text) == simdjson::SUCCESS && !text.empty()) into = printable(text, 500);
  };
  read("message", error.detail);
  read("title", error.title);
  read("detail", error.detail);
  read("request_id", error.trace_id);
  read("traceId", error.trace_id);
}

void explain(Outcome& outcome, ErrorKind kind, const char* title, std::string detail) {
  outcome.error.kind = kind;
  outcome.error.title = title;
  outcome.error.detail = std::move(detail);
}

void classify_status(Outcome& outcome) {
  const int status = outcome.status;
  const std::string number = std::to_string(status);
  if (status == 401) {
    outcome.failure = Failure::kUnauthorized;
    explain(outcome, ErrorKind::kUnauthorized, "Unauthorized", "The CAD refuses the API key.");
  } else if (status == 429) {
    outcome.failure = Failure::kRateLimited;
    explain(outcome, ErrorKind::kRateLimited, "Too Many Requests", "The CAD's rate limit was reached.");
  } else if (status == 408 || status == 425) {
    outcome.failure = status == 408 ? Failure::kRequestTimeout : Failure::kTooEarly;
    explain(outcome, ErrorKind::kUnavailable, "The CAD has trouble", "The CAD answered with status " + number + ".");
  } else if (status >= 500) {
    outcome.failure = Failure::kServerError;
    explain(outcome, ErrorKind::kUnavailable, "The CAD has trouble", "The CAD answered with status " + number + ".");
  } else if (status == 404) {
    outcome.failure = Failure::kRejected;
    explain(outcome, ErrorKind::kNotFound, "Not Found", "The CAD does not know what was asked for.");
  } else if (status >= 300 && status < 400) {
    outcome.failure = Failure::kRejected;
    explain(outcome, ErrorKind::kRejected, "Redirected",
            "The CAD's address answers with a redirect (status " + number +
                "), which is not followed; set sonoran_bridge_url to where the CAD really is.");
  } else {
    outcome.failure = Failure::kRejected;
    explain(outcome, ErrorKind::kRejected, "Rejected", "The CAD refused the request with status " + number + ".");
  }
  if (status < 300 || status >= 400) read_problem(outcome.body, outcome.error);
}

/// What is wrong with the body of a 2xx, as the end of a sentence; "" when it is what the CAD answers with.
std::string body_fault(std::string_view content_type, const std::string& body) {
  if (body.empty()) return {};
  if (content_type.find("html") != std::string_view::npos) return "a web page";
  // Text that says it is no JSON is taken as it is.
  if (!content_type.empty() && content_type.find("json") == std::string_view::npos) return {};
  simdjson::dom::parser parser;
  return parser.parse(body).error() == simdjson::SUCCESS ? "" : "something that is no JSON";
}

/// The body without the byte order mark that some servers put before JSON (RFC 8259, section 8.1 lets us skip it):
/// those who decode it would stumble.
std::string without_mark(std::string body) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (body.starts_with(kMark)) body.erase(0, kMark.size());
  return body;
}

}  // namespace

std::optional<Duration> parse_retry_after(std::string_view value, std::int64_t wall_now_s) {
  std::int64_t wait_s = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), wait_s);
  if (error == std::errc::result_out_of_range) {
    wait_s = kRetryAfterMax_s;
  } else if (error != std::errc() || end != value.data() + value.size()) {
    const auto date_s = parse_http_date(value);
    if (!date_s) return std::nullopt;
    wait_s = *date_s - wall_now_s;
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(wait_s, 0, kRetryAfterMax_s));
}

std::string_view failure_name(Failure failure) {
  static constexpr std::array<std::string_view, kFailures> kNames = {
      "none",         "resolve",         "connect",   "handshake",    "write",        "no answer", "malformed answer",
      "unauthorized", "request timeout", "too early", "rate limited", "server error", "rejected"};
  return kNames[static_cast<std::size_t>(failure)];
}

Outcome interpret(Response response, std::int64_t wall_now_s) {
  static constexpr std::array kStages = {Failure::kRejected,  Failure::kResolve, Failure::kConnect,
                                         Failure::kHandshake, Failure::kWrite,   Failure::kNoAnswer};
  Outcome outcome;
  outcome.status = response.status;
  outcome.body = without_mark(std::move(response.body));
  if (response.stage != Stage::kAnswered) {
    outcome.failure = response.malformed ? Failure::kMalformed : kStages[static_cast<std::size_t>(response.stage)];
    const char* title = "The CAD cannot be reached";
    if (response.malformed) title = "The CAD's answer is malformed";
    ErrorKind kind = ErrorKind::kUnavailable;
    if (response.timed_out) {
      title = "The CAD did not answer in time";
      kind = ErrorKind::kTimeout;
    }
    if (response.stage == Stage::kPrepare) {
      title = "The request cannot be made";
      kind = ErrorKind::kInvalidArgument;
    }
    explain(outcome, kind, title, std::move(response.detail));
    return outcome;
  }
  if (!response.retry_after.empty()) outcome.retry_after = parse_retry_after(response.retry_after, wall_now_s);
  if (outcome.status < 200 || outcome.status >= 300) {
    classify_status(outcome);
  } else if (const auto fault = body_fault(response.content_type, outcome.body); !fault.empty()) {
    outcome.failure = Failure::kMalformed;
    explain(outcome, ErrorKind::kUnavailable, "The CAD's answer is malformed",
            "The CAD's address answered with " + fault + " (status " + std::to_string(outcome.status) +
                "); check sonoran_bridge_url.");
  }
  return outcome;
}

}  // namespace sonoran::api
