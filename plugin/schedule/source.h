// A source is something that the module sends by itself (sources.h has them all). The scheduler decides when a source
// may send; the source decides what. Pure.
//
// Each request of a source ends in exactly one of delivered(), requeue(), rejected() and refused_by_road().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/operation.h"
#include "api/response.h"
#include "core/error.h"
#include "core/time.h"
#include "schedule/answer.h"
#include "schedule/backoff.h"
#include "schedule/cad_health.h"
#include "schedule/lanes.h"
#include "schedule/refusals.h"
#include "schedule/retry_table.h"
#include "state/desired_states.h"

namespace sonoran::schedule {

/// How a source's requests are treated.
struct SourceRules {
  const api::Operation* operation = nullptr;
  RetryClass retry = RetryClass::kDesired;
  Backoff backoff;                    // between tries
  Traffic traffic = Traffic::kOwn;    // which connections of its lane it may use
  bool names_no_unit = false;         // goes first while the server id is in doubt
  bool hedged = false;                // a second copy may be sent when a kept connection stays silent
  bool takes_turns = false;           // alternates with calls of the same operation; other sources go before calls
  bool heeds_gateways = true;         // obeys every Retry-After; else only that of the CAD's own 429
  bool tells_trouble_itself = false;  // else the scheduler reports several failures in a row
};

/// The content of a request.
struct Cargo {
  std::string query;                  // "?limit=500&offset=0"; "" none
  std::string body;                   // JSON; "" none
  state::DesiredStates::Group group;  // of panics and statuses
  bool stray = false;                 // set at its end: a copy of it had no answer and may still arrive
};

/// Effects of a request's outcome on others.
struct News {
  std::vector<Answer> answers;
  std::vector<LogLine> log;
  std::vector<UnitRefusal> refusals;
};

class Source {
 public:
  explicit Source(SourceRules rules) : rules_(rules) {}
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  [[nodiscard]] const SourceRules& rules() const { return rules_; }

  /// When a request is due; in the past: at once; kNever: there is nothing to send.
  [[nodiscard]] virtual Time due() const = 0;
  /// Whether only values that the road refuses repeatedly would be sent: they leave most of the budget to others.
  [[nodiscard]] virtual bool suspects_only() const { return false; }
  /// The request to send now, in flight then. Nothing when nothing is due after all.
  virtual std::optional<Cargo> fill(Time now) = 0;
  /// What the request is about, given its outcome.
  [[nodiscard]] virtual Subject subject(const api::Outcome&) const { return Subject::kUnits; }

  /// The CAD accepted it.
  virtual void delivered(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) = 0;
  /// It failed and will be retried: due again at once (the scheduler paces retries).
  virtual void requeue(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) = 0;
  /// The CAD refused it: given up, or searched for the unit that is the cause.
  virtual void rejected(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) = 0;
  /// The road refused it, which is no verdict. `cads_word`: when the CAD itself answered last. True: the rest may be
  /// sent at once, because the source paces what was refused; false: after the backoff.
  virtual bool refused_by_road(Time now, const Cargo& cargo, const api::Outcome& outcome, Time cads_word,
                               Random& random, News& news);

  /// The number of waiting items, for reports.
  [[nodiscard]] virtual std::uint64_t pending() const = 0;
  /// For how long the oldest item has waited or been in flight, for reports; 0 when there is none.
  [[nodiscard]] virtual Duration longest_wait(Time) const { return {}; }
  /// Whether nothing waits that a flush would wait for.
  [[nodiscard]] virtual bool settled() const = 0;
  /// When expire() has something to do, even if nothing is sent or received.
  [[nodiscard]] virtual Time deadline() const { return kNever; }
  virtual void expire(Time, News&) {}

  /// The bridge stops: drops everything that a stop does not wait for.
  virtual void begin_stop() = 0;
  /// Drops the rest. `outcome`: the answer to callers.
  virtual void end_stop(const api::Outcome& outcome, News& news) = 0;

 private:
  SourceRules rules_;
};

}  // namespace sonoran::schedule
