// Errors as authors of scripts see them in `answer.error`.
#pragma once

#include <string>
#include <string_view>

namespace sonoran {

/// The numbers are stable and equal to those of sb_error in the C ABI.
enum class ErrorKind {
  kNone = 0,
  kInvalidArgument = 1,
  kUnauthorized = 2,
  kNotFound = 3,
  kRejected = 4,
  kRateLimited = 5,
  kUnavailable = 6,
  kTimeout = 7,
  kOutcomeUnknown = 8,
  kCancelled = 9,
  kQueueFull = 10,
  kShuttingDown = 11,
  kAnswerDropped = 12,
};
inline constexpr int kErrorKinds = 13;

/// "not_found" for kNotFound, and so on.
std::string_view error_name(ErrorKind kind);

/// A failure as it is shown to people. `detail` is the message, one sentence.
struct Error {
  ErrorKind kind = ErrorKind::kNone;
  std::string title;
  std::string detail;
  std::string trace_id;
};

/// A sentence of the log, and behind it the CAD's name for the failure, where it gave one: "No such unit. [trace
/// 00-ab]".
std::string with_trace(std::string sentence, std::string_view trace_id);

enum class LogLevel { kError = 0, kWarn = 1, kInfo = 2, kDebug = 3 };

/// A line for the host's console.
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string text;
};

}  // namespace sonoran
