// What is expected of each class of traffic when an exchange fails in each way: the table of docs/errors.md, written
// down once more from the page and not from the code, so that the two hold each other to it.
#pragma once

#include <array>
#include <cstddef>

namespace sonoran::integration {

enum class Class { kPosition, kHeartbeat, kPanic, kStatus, kQuery, kRepeatableCommand, kCommand, kUrgentCommand };
inline constexpr std::size_t kClasses = 8;

/// How the exchange goes: the rows of the page.
enum class Failure {
  kNone,  // it succeeds, in whatever unusual way
  kResolve,
  kConnect,
  kHandshake,
  kWrite,
  kNoAnswer,
  kMalformed,
  kUnauthorized,
  kRequestTimeout,
  kTooEarly,
  kRateLimited,
  kServerError,
  kNotFound,  // of "rejected" the one that has a meaning of its own for what names no unit
  kRejected,
  kRoad,  // something on the way answered with 3xx or 4xx
  kPage   // ... or with a web page that calls itself a success
};
inline constexpr std::size_t kFailures = 16;

enum class Outcome {
  kArrives,         // sent again until the CAD has taken it: the caller sees a success
  kGiven,           // not sent again; the caller sees what went wrong
  kOutcomeUnknown,  // not sent again; the caller sees `outcome_unknown`
  kKept             // neither sent again, but by a request a minute, nor given up: the caller sees nothing yet
};

inline Outcome expected(Class which, Failure failure) {
  using enum Outcome;
  using Row = std::array<Outcome, kClasses>;
  static constexpr Row kAll = {kArrives, kArrives, kArrives, kArrives, kArrives, kArrives, kArrives, kArrives};
  static constexpr Row kNotTwice = {kArrives, kArrives, kArrives,        kArrives,
                                    kArrives, kArrives, kOutcomeUnknown, kOutcomeUnknown};
  static constexpr std::array<Row, kFailures> kTable = {{
      // position  heartbeat panic     status    query     harmless  command   emergency call
      kAll,                                                                                                 // none
      kAll,                                                                                                 // resolve
      kAll,                                                                                                 // connect
      kAll,                                                                                                 // handshake
      kNotTwice,                                                                                            // write
      kNotTwice,                                                                                            // no answer
      {kArrives, kArrives, kArrives, kArrives, kGiven, kOutcomeUnknown, kOutcomeUnknown, kOutcomeUnknown},  // malformed
      // A panic is tried again at once.
      {kKept, kKept, kArrives, kKept, kGiven, kGiven, kGiven, kGiven},             // unauthorized
      kAll,                                                                        // request timeout
      kAll,                                                                        // too early
      kAll,                                                                        // rate limited
      kNotTwice,                                                                   // server error
      {kKept, kKept, kGiven, kGiven, kGiven, kGiven, kGiven, kGiven},              // not found
      {kGiven, kGiven, kGiven, kGiven, kGiven, kGiven, kGiven, kGiven},            // rejected
      {kArrives, kArrives, kArrives, kArrives, kArrives, kGiven, kGiven, kGiven},  // road
      {kArrives, kArrives, kArrives, kArrives, kArrives, kOutcomeUnknown, kOutcomeUnknown, kOutcomeUnknown},  // page
  }};
  return kTable[static_cast<std::size_t>(failure)][static_cast<std::size_t>(which)];
}

}  // namespace sonoran::integration
