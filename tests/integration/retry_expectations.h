// What is expected of each class of traffic when an exchange fails in each way: the retry table, written down once more
// from its description and not from the code, so that the two hold each other to it.
#pragma once

#include <array>
#include <cstddef>

namespace sonoran::integration {

enum class Class { kPosition, kBeat, kPanic, kStatus, kQuery, kRepeatableCommand, kCommand, kUrgentCommand };
inline constexpr std::size_t kClasses = 8;

/// How the exchange goes.
enum class Failure {
  kNone,         // it succeeds, in whatever unusual way
  kNothingLeft,  // resolve, connect, handshake
  kNoAnswer,     // nothing, or a part, was answered; this includes a request that could not be written whole
  kMalformed,    // what was answered is no HTTP, no JSON, or too large
  kNotNow,       // 408, 425
  kRateLimited,  // 429
  kServerError,  // 5xx
  kRejected      // another 4xx
};
inline constexpr std::size_t kFailures = 8;

enum class Outcome {
  kArrives,         // sent again until the CAD has taken it: the caller sees a success
  kGiven,           // not sent again; the caller sees what the CAD said
  kUnavailable,     // not sent again; the caller sees `unavailable`
  kOutcomeUnknown,  // not sent again; the caller sees `outcome_unknown`
};

inline Outcome expected(Class which, Failure failure) {
  using enum Outcome;
  using Row = std::array<Outcome, kFailures>;
  //                          none      nothing left  no answer        malformed        not now   429       5xx 4xx
  static constexpr Row kState = {kArrives, kArrives, kArrives, kArrives, kArrives, kArrives, kArrives, kGiven};
  static constexpr Row kQuestion = {kArrives, kArrives, kArrives, kUnavailable, kArrives, kArrives, kArrives, kGiven};
  static constexpr Row kHarmless = {kArrives, kArrives, kArrives, kOutcomeUnknown,
                                    kArrives, kArrives, kArrives, kGiven};
  static constexpr Row kOnce = {kArrives, kArrives, kOutcomeUnknown, kOutcomeUnknown,
                                kArrives, kArrives, kOutcomeUnknown, kGiven};
  static constexpr std::array<Row, kClasses> kTable = {kState,    kState,    kState, kState,
                                                       kQuestion, kHarmless, kOnce,  kOnce};
  return kTable[static_cast<std::size_t>(which)][static_cast<std::size_t>(failure)];
}

}  // namespace sonoran::integration
