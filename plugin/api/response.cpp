#include "api/response.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "api/json.h"
#include "api/words.h"
#include "core/limits.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

constexpr std::int64_t kRetryAfterMax_s = 600;

/// The longest wait that a server on the way may ask for: that of a panic, because it does not speak for the CAD.
constexpr Duration kRoadRetryAfterMax = std::chrono::seconds(5);

/// Days from 1970-01-01 of a date of the proleptic Gregorian calendar.
std::int64_t days_from_civil(int year, unsigned month, unsigned day) {
  const std::chrono::sys_days days = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return days.time_since_epoch().count();
}

void explain(Outcome& outcome, ErrorKind kind, const char* title, std::string detail) {
  outcome.error.kind = kind;
  outcome.error.title = title;
  outcome.error.detail = std::move(detail);
}

/// A web page by its type or by its first byte. An empty body is none, whatever its type.
bool is_page(const Response& response) {
  const std::string_view body = json_start(response.body);
  if (body.empty()) return false;
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return body.front() == '<' || !std::ranges::search(response.content_type, std::string_view("html"), same).empty();
}

bool is_document(std::string_view body) {
  return json_start(body).starts_with('{') || json_start(body).starts_with('[');
}

/// " by 'nginx'", or nothing where the answer does not name its server.
std::string by_whom(const std::string& server) {
  return server.empty() ? std::string() : " by '" + printable(server) + "'";
}

/// Describes the answer, as the end of a sentence: "with a web page, 'Attention Required!'".
std::string what_came(const Response& response, const Words& words) {
  const std::string_view body = json_start(response.body);
  const auto quoted = [](const std::string& text) { return text.empty() ? text : ", '" + text + "'"; };
  if (body.empty()) return "with an empty body";
  if (is_page(response)) return "with a web page" + quoted(page_title(body));
  if (is_document(body)) {
    return "with JSON that is not the CAD's" + quoted(words.detail.empty() ? words.title : words.detail);
  }
  return "with a text" + quoted(printable(body, 80));
}

/// An answer of a server on the way: it says nothing about what the CAD did.
void explain_road(Outcome& outcome, const Response& response, const Words& words) {
  const std::string number = std::to_string(outcome.status);
  outcome.failure = Failure::kRoad;
  if (outcome.status < 400) {
    return explain(outcome, ErrorKind::kUnavailable, "Redirected",
                   "The CAD's address answers with a redirect (status " + number + by_whom(response.server) +
                       "), which is not followed; set sonoran_bridge_url to where the CAD really is.");
  }
  if (outcome.status == 404) {
    std::string said = words.detail;
    if (is_page(response)) {
      said = page_title(response.body);
    } else if (!is_document(response.body)) {
      said = printable(json_start(response.body), 200);
    } else if (!is_about_the_path(said)) {
      said = words.title;
    }
    if (is_about_the_path(said)) {
      return explain(outcome, ErrorKind::kUnavailable, "No such path",
                     "sonoran_bridge_url is wrong: what answers there knows no such path (status 404" +
                         by_whom(response.server) + ": " + said + "); set it to the CAD's address alone.");
    }
  }
  explain(outcome, ErrorKind::kUnavailable, "Not the CAD's answer",
          "Something on the way to the CAD answered in its place with status " + number + by_whom(response.server) +
              ", " + what_came(response, words) + ".");
}

void classify_status(Outcome& outcome, const Response& response) {
  const int status = outcome.status;
  const std::string number = std::to_string(status);
  if (status < 200) {
    outcome.failure = Failure::kMalformed;
    return explain(outcome, ErrorKind::kUnavailable, "The CAD's answer is malformed",
                   "The CAD's address answered with status " + number + ", which is no answer.");
  }
  const Words words = read_words(status, response.body);
  const auto is_no_path = [&] {
    return status == 404 && (is_about_the_path(words.detail) || is_about_the_path(words.title));
  };
  if (status < 400 || (status < 500 && (!words.verdict || is_no_path()))) {
    explain_road(outcome, response, words);
  } else if (status == 401) {
    outcome.failure = Failure::kUnauthorized;
    explain(outcome, ErrorKind::kUnauthorized, "Unauthorized", "The CAD refuses the API key.");
  } else if (status == 429) {
    outcome.failure = Failure::kRateLimited;
    explain(outcome, ErrorKind::kRateLimited, "Too Many Requests", "The CAD's rate limit was reached.");
  } else if (status == 408 || status == 425 || status >= 500) {
    outcome.failure = status == 408   ? Failure::kRequestTimeout
                      : status == 425 ? Failure::kTooEarly
                                      : Failure::kServerError;
    explain(outcome, ErrorKind::kUnavailable, "The CAD has trouble", "The CAD answered with status " + number + ".");
  } else if (status == 404) {
    outcome.failure = Failure::kRejected;
    explain(outcome, ErrorKind::kNotFound, "Not Found", "The CAD does not know what was asked for.");
  } else {
    outcome.failure = Failure::kRejected;
    explain(outcome, ErrorKind::kRejected, "Rejected", "The CAD refused the request with status " + number + ".");
  }
  if (outcome.failure != Failure::kRoad) {
    if (!words.title.empty()) outcome.error.title = words.title;
    if (!words.detail.empty()) outcome.error.detail = words.detail;
  }
  outcome.error.trace_id = words.trace_id;
}

/// The body without the byte order mark that some servers put before JSON. RFC 8259, section 8.1 allows skipping it,
/// and the parsers that read the body next refuse it.
std::string without_mark(std::string body) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (body.starts_with(kMark)) body.erase(0, kMark.size());
  return body;
}

/// Judges the body of a 2xx. A body that begins as JSON is accepted without a check of the rest: the caller gets it as
/// it came, and for the module's own requests the status is enough.
void judge_success(Outcome& outcome, const Response& response) {
  const std::string number = std::to_string(outcome.status);
  if (is_page(response)) {
    outcome.failure = Failure::kPage;
    return explain(outcome, ErrorKind::kUnavailable, "Not the CAD's answer",
                   "Something on the way to the CAD answered in its place with status " + number +
                       by_whom(response.server) + ", " + what_came(response, {}) +
                       "; a captive portal or a proxy does that, or sonoran_bridge_url is wrong.");
  }
  if (json_start(response.body).empty() || begins_as_json(response.body)) return;
  // A body whose type is not JSON is accepted as it is.
  if (!response.content_type.empty() && response.content_type.find("json") == std::string::npos) return;
  outcome.failure = Failure::kMalformed;
  explain(outcome, ErrorKind::kUnavailable, "The CAD's answer is malformed",
          "The CAD's address answered with something that is no JSON (status " + number + by_whom(response.server) +
              "); check sonoran_bridge_url.");
}

}  // namespace

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

std::optional<Duration> parse_rate_limit_reset(std::string_view value, std::int64_t wall_now_s) {
  // No window is a year long, and no clock is a year wrong.
  constexpr std::int64_t kYear_s = std::int64_t{365} * 24 * 3600;
  std::int64_t reset_s = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), reset_s);
  if (error != std::errc() || end == value.data()) return std::nullopt;
  // Some send a fraction of a second as well: rounded up.
  const std::string_view rest(end, static_cast<std::size_t>(value.data() + value.size() - end));
  if (!rest.empty()) {
    if (rest.front() != '.' || rest.size() == 1 || rest.find_first_not_of("0123456789", 1) != std::string_view::npos) {
      return std::nullopt;
    }
    ++reset_s;
  }
  if (reset_s > kYear_s) reset_s -= wall_now_s;
  return std::chrono::seconds(std::clamp<std::int64_t>(reset_s, 0, kRetryAfterMax_s));
}

std::string_view failure_name(Failure failure) {
  static constexpr std::array<std::string_view, kFailures> kNames = {
      "none",         "resolve",          "connect",      "handshake",          "write",
      "no answer",    "malformed answer", "unauthorized", "request timeout",    "too early",
      "rate limited", "server error",     "rejected",     "answer of the road", "web page as success"};
  return kNames[static_cast<std::size_t>(failure)];
}

Outcome interpret(Response response, std::int64_t wall_now_s) {
  static constexpr std::array kStages = {Failure::kRejected,  Failure::kResolve, Failure::kConnect,
                                         Failure::kHandshake, Failure::kWrite,   Failure::kNoAnswer};
  Outcome outcome;
  outcome.status = response.status;
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
  if (outcome.status == 429 && !outcome.retry_after) {
    outcome.retry_after = parse_rate_limit_reset(response.rate_limit_reset, wall_now_s);
  }
  if (outcome.status < 200 || outcome.status >= 300) {
    classify_status(outcome, response);
  } else {
    judge_success(outcome, response);
  }
  if (is_of_the_road(outcome.failure) && outcome.retry_after) {
    outcome.retry_after = std::min(*outcome.retry_after, kRoadRetryAfterMax);
  }
  outcome.body = without_mark(std::move(response.body));
  if (!is_utf8(outcome.body)) outcome.body = valid_utf8(outcome.body);
  outcome.body_is_json = is_json(outcome.body, limits::kAnswerDepth);
  return outcome;
}

}  // namespace sonoran::api
