// Outcomes of requests, for tests of the code that decides by them.
#pragma once

#include <optional>

#include "api/response.h"

namespace sonoran::test {

inline api::Outcome delivered(int status = 200) {
  api::Outcome outcome;
  outcome.status = status;
  return outcome;
}
inline api::Outcome failed(api::Failure failure, int status, ErrorKind kind) {
  api::Outcome outcome;
  outcome.failure = failure;
  outcome.status = status;
  outcome.error = {kind, "Title", "A sentence.", "trace"};
  return outcome;
}
inline api::Outcome unauthorized() {
  return failed(api::Failure::kUnauthorized, 401, ErrorKind::kUnauthorized);
}
inline api::Outcome not_found() {
  return failed(api::Failure::kRejected, 404, ErrorKind::kNotFound);
}
inline api::Outcome refused(int status = 400) {
  return failed(api::Failure::kRejected, status, ErrorKind::kRejected);
}
inline api::Outcome trouble() {
  return failed(api::Failure::kServerError, 503, ErrorKind::kUnavailable);
}
inline api::Outcome unreachable() {
  return failed(api::Failure::kConnect, 0, ErrorKind::kUnavailable);
}
inline api::Outcome silence() {
  return failed(api::Failure::kNoAnswer, 0, ErrorKind::kTimeout);
}
/// An answer of something on the road.
inline api::Outcome road(int status = 403) {
  return failed(api::Failure::kRoad, status, ErrorKind::kUnavailable);
}
inline api::Outcome limited(std::optional<Duration> retry_after) {
  auto outcome = failed(api::Failure::kRateLimited, 429, ErrorKind::kRateLimited);
  outcome.retry_after = retry_after;
  return outcome;
}

}  // namespace sonoran::test
