#include "core/error.h"

#include <array>
#include <utility>

namespace sonoran {

std::string_view error_name(ErrorKind kind) {
  static constexpr std::array<std::string_view, kErrorKinds> kNames = {
      "none",    "invalid_argument", "unauthorized", "not_found",  "rejected",      "rate_limited",  "unavailable",
      "timeout", "outcome_unknown",  "cancelled",    "queue_full", "shutting_down", "answer_dropped"};
  const auto index = static_cast<std::size_t>(kind);
  return index < kNames.size() ? kNames[index] : std::string_view("unknown");
}

std::string with_trace(std::string sentence, std::string_view trace_id) {
  if (trace_id.empty()) return sentence;
  return std::move(sentence) + " [trace " + std::string(trace_id) + "]";
}

}  // namespace sonoran
