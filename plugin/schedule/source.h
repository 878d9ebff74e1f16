// Sources are what the module sends by itself: panics, statuses, heartbeats, positions, and the query of active units.
// The scheduler decides when a source may send; the source decides what. Pure.
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
#include "core/settings.h"
#include "core/time.h"
#include "schedule/answer.h"
#include "schedule/backoff.h"
#include "schedule/cad_health.h"
#include "schedule/hub_sink.h"
#include "schedule/lanes.h"
#include "schedule/refusals.h"
#include "schedule/retry_table.h"
#include "state/desired_states.h"
#include "state/heartbeat.h"
#include "state/map_files.h"
#include "state/positions.h"
#include "state/roster.h"

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

/// Panics, or statuses. A stop waits for them.
class DesiredSource final : public Source {
 public:
  /// `gathers`: how long the first waiting value waits for others to join its request.
  DesiredSource(state::DesiredKind kind, Duration dedupe, Duration gathers);

  /// `order`: see DesiredStates::want().
  void want(Time now, std::string_view unit, int value, Ticket ticket, Ticket order, News& news);
  void want(Time now, std::string_view unit, int value, Ticket ticket, News& news) {
    want(now, unit, value, ticket, 0, news);
  }
  /// See DesiredStates::heard().
  void heard(Time now, std::string_view unit, int value) { states_.heard(now, unit, value); }

  [[nodiscard]] Time due() const override;
  [[nodiscard]] bool suspects_only() const override { return !states_.ready(); }
  std::optional<Cargo> fill(Time now) override;
  void delivered(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  void requeue(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  void rejected(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  bool refused_by_road(Time now, const Cargo& cargo, const api::Outcome& outcome, Time cads_word, Random& random,
                       News& news) override;
  [[nodiscard]] std::uint64_t pending() const override { return states_.pending(); }
  [[nodiscard]] Duration longest_wait(Time now) const override { return states_.longest_wait(now); }
  [[nodiscard]] bool settled() const override { return states_.unsettled() == 0; }
  void begin_stop() override { gathers_ = Duration(0), gathered_ = Time::min(); }
  void end_stop(const api::Outcome& outcome, News& news) override;

  [[nodiscard]] const state::DesiredStates& states() const { return states_; }

 private:
  static void answer(const state::TicketEnds& ends, const api::Outcome& outcome, News& news);

  state::DesiredKind kind_;
  state::DesiredStates states_;
  Duration gathers_;
  Time gathered_ = Time::min();  // waiting values gather until then
};

class HeartbeatSource final : public Source {
 public:
  explicit HeartbeatSource(Duration interval);

  void set_player_count(Time now, unsigned count) { heartbeat_.set(now, count); }
  void count_coalesced(std::uint64_t counts) { heartbeat_.count_coalesced(counts); }

  [[nodiscard]] Time due() const override { return stopping_ ? kNever : heartbeat_.due(); }
  std::optional<Cargo> fill(Time now) override;
  [[nodiscard]] Subject subject(const api::Outcome&) const override { return Subject::kServer; }
  void delivered(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  void requeue(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  void rejected(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  [[nodiscard]] std::uint64_t pending() const override { return heartbeat_.pending(); }
  [[nodiscard]] Duration longest_wait(Time now) const override { return heartbeat_.longest_wait(now); }
  [[nodiscard]] bool settled() const override { return heartbeat_.pending() == 0; }
  void begin_stop() override;
  void end_stop(const api::Outcome&, News&) override { heartbeat_.drop_all(); }

  [[nodiscard]] const state::Heartbeat& heartbeat() const { return heartbeat_; }

 private:
  state::Heartbeat heartbeat_;
  bool stopping_ = false;
};

class PositionSource final : public Source {
 public:
  explicit PositionSource(const Settings& settings);

  /// The unit's slot; nothing: refused. `readable`: the host can be asked for its place.
  std::optional<state::Slot> push(Time now, const state::PositionSample& sample, bool readable);
  void count_coalesced(std::uint64_t samples) { positions_.count_coalesced(samples); }
  /// See state::Positions.
  bool set_location(Time now, std::string_view unit, std::string_view text);
  void use(const state::MapFiles& files) { positions_.use(files); }
  void remove(std::string_view unit);

  /// The other way of the positions, which takes turns with this source's requests.
  [[nodiscard]] const HubSink& hub() const { return hub_; }
  HubSink& hub() { return hub_; }
  /// Passes on what the hub has to tell.
  void tell(News& news);

  [[nodiscard]] Time due() const override;
  std::optional<Cargo> fill(Time now) override;
  [[nodiscard]] Subject subject(const api::Outcome& outcome) const override;
  void delivered(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  void requeue(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  void rejected(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  bool refused_by_road(Time now, const Cargo& cargo, const api::Outcome& outcome, Time cads_word, Random& random,
                       News& news) override;
  [[nodiscard]] std::uint64_t pending() const override { return positions_.moved(); }
  [[nodiscard]] Duration longest_wait(Time now) const override { return positions_.longest_wait(now); }
  [[nodiscard]] bool settled() const override;
  [[nodiscard]] Time deadline() const override;
  void expire(Time now, News& news) override;
  void begin_stop() override;
  void end_stop(const api::Outcome&, News&) override { positions_.drop_all(); }

  [[nodiscard]] const state::Positions& positions() const { return positions_; }

 private:
  void tell(const state::Positions::Refusal& refusal, const api::Outcome& outcome, News& news) const;
  [[nodiscard]] std::vector<std::size_t> named(const api::Outcome& outcome) const;

  state::Positions positions_;
  HubSink hub_;
  bool stopping_ = false;
};

/// The CAD's list of active units, and whose number is whose. Until follow() it asks only for unknown numbers.
class RosterSource final : public Source {
 public:
  RosterSource();

  /// From now on the list is read again and again, and its changes are told.
  void follow() { roster_.follow(); }
  [[nodiscard]] bool follows() const { return roster_.follows(); }
  std::optional<state::RosterChange> take_change() { return follows() ? roster_.take_change() : std::nullopt; }
  void tell_all() { roster_.tell_all(); }
  /// See state::Roster.
  void set_live(Time now, bool live) { roster_.set_live(now, live); }
  void heard(Time now, const api::UnitNews& news) { roster_.heard(now, news); }
  std::vector<state::Roster::Heard> take_heard() { return roster_.take_heard(); }

  [[nodiscard]] Time due() const override { return stopping_ ? kNever : roster_.due(); }
  std::optional<Cargo> fill(Time now) override;
  void delivered(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  void requeue(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  void rejected(Time now, const Cargo& cargo, const api::Outcome& outcome, News& news) override;
  [[nodiscard]] std::uint64_t pending() const override { return 0; }
  [[nodiscard]] bool settled() const override { return true; }
  [[nodiscard]] Time deadline() const override { return stopping_ ? kNever : roster_.deadline(); }
  void expire(Time now, News& news) override;
  void begin_stop() override { stopping_ = true; }
  void end_stop(const api::Outcome&, News&) override {}

  [[nodiscard]] const state::Roster& roster() const { return roster_; }

 private:
  void tell(News& news);

  state::Roster roster_;
  bool stopping_ = false;
};

/// A request that only asks whether the CAD answers: one of api::knocks(). The scheduler decides when.
class KnockSource final : public Source {
 public:
  explicit KnockSource(const api::Operation& operation);

  [[nodiscard]] Time due() const override { return kNever; }
  std::optional<Cargo> fill(Time) override { return Cargo{}; }
  void delivered(Time, const Cargo&, const api::Outcome&, News&) override {}
  void requeue(Time, const Cargo&, const api::Outcome&, News&) override {}
  void rejected(Time, const Cargo&, const api::Outcome&, News&) override {}
  [[nodiscard]] std::uint64_t pending() const override { return 0; }
  [[nodiscard]] bool settled() const override { return true; }
  void begin_stop() override {}
  void end_stop(const api::Outcome&, News&) override {}
};

}  // namespace sonoran::schedule
