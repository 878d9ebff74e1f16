// The sources: panics and statuses, heartbeats, positions, the list of active units, and knocks. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "api/operation.h"
#include "api/unit_news.h"
#include "core/settings.h"
#include "core/ticket.h"
#include "core/time.h"
#include "schedule/hub_sink.h"
#include "schedule/source.h"
#include "state/desired_states.h"
#include "state/heartbeat.h"
#include "state/map_files.h"
#include "state/positions.h"
#include "state/roster.h"

namespace sonoran::schedule {

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

  /// The other way of the positions: while it serves, this source sends nothing.
  [[nodiscard]] const HubSink& hub() const { return hub_; }
  HubSink& hub() { return hub_; }
  /// Passes on the log lines and refusals of the hub.
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

/// The CAD's list of active units, and which of its numbers is which unit. Until follow() it asks only for unknown
/// numbers.
class RosterSource final : public Source {
 public:
  RosterSource();

  /// From now on the list is read again and again, and take_change() gives its changes.
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
