// A day of a server with 200 players, in virtual time: latency, losses, limits and outages.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "schedule/scheduler.h"
#include "virtual_cad.h"
#include "virtual_road.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using state::DesiredKind;
using test::at;
using test::Cad;

constexpr int kPlayers = 200;
constexpr double kDay_s = 24 * 3600;
constexpr double kQuiet_s = 600;  // in which everything must arrive
constexpr double kStep_s = 0.25;

class Day {
 public:
  Day() : scheduler_(Settings{}, 1), road_(random_, cad_, scheduler_) {
    road_.weather.most_delay_s = 0.25;
    for (int i = 0; i < kPlayers; ++i) names_.push_back("player-" + std::to_string(i));
  }

  void play() {
    for (now_s_ = 0; now_s_ < kDay_s + kQuiet_s; now_s_ += kStep_s) {
      weather();
      if (now_s_ < kDay_s) act();
      exchange();
    }
  }

  Cad& cad() { return cad_; }
  const Scheduler& scheduler() const { return scheduler_; }

  void expect_every_last_value_arrived() {
    for (const auto& [who, value] : statuses_) {
      ASSERT_FALSE(cad_.statuses(who).empty()) << who;
      EXPECT_EQ(cad_.statuses(who).back().value, value) << who;
    }
    for (const auto& [who, value] : panics_) {
      ASSERT_FALSE(cad_.panics(who).empty()) << who;
      EXPECT_EQ(cad_.panics(who).back().value, value) << who;
    }
  }

 private:
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  /// Three outages of seven minutes, an evening in which one request in five fails, and a loss now and then.
  void weather() {
    const double hour = now_s_ / 3600;
    road_.weather.dead = (hour > 3 && hour < 3.12) || (hour > 11 && hour < 11.12) || (hour > 20 && hour < 20.12);
    const double trouble = now_s_ >= kDay_s ? 0 : hour > 18 && hour < 19 ? 0.2 : 0.002;
    road_.weather.refused = trouble / 4;
    road_.weather.silent = trouble / 4;
    road_.weather.closes_kept = trouble / 4;
    road_.weather.not_passed = trouble / 4;
  }

  void act() {
    // Every player moves; like the module, look at them only when a request may leave.
    if (scheduler_.positions_open(at(now_s_)) <= at(now_s_)) {
      for (int i = 0; i < kPlayers; ++i) {
        state::PositionSample sample;
        sample.unit = names_[static_cast<std::size_t>(i)];
        sample.x = 1000 * std::sin(now_s_ / 100 + i);
        sample.y = 1000 * std::cos(now_s_ / 100 + i);
        scheduler_.push_position(at(now_s_), sample);
      }
    }
    if (std::fmod(now_s_, 10) == 0) scheduler_.set_player_count(at(now_s_), kPlayers);
    // Each changes his status every ten minutes or so.
    if (chance(kPlayers * kStep_s / 600))
      want(DesiredKind::kStatus, names_[static_cast<std::size_t>(pick(kPlayers))], pick(5));
    // At a change of shift all do, in one tick.
    if (std::fmod(now_s_, 8 * 3600) == 0) {
      for (int i = 0; i < kPlayers; ++i) want(DesiredKind::kStatus, names_[static_cast<std::size_t>(i)], i % 5);
    }
    if (chance(kStep_s / 600)) {
      const std::string& who = names_[static_cast<std::size_t>(pick(kPlayers))];
      for (int press = pick(5); press >= 0; --press) want(DesiredKind::kPanic, who, 1);
    }
    if (chance(kStep_s / 700)) want(DesiredKind::kPanic, names_[static_cast<std::size_t>(pick(kPlayers))], 0);
    if (std::fmod(now_s_, 20) == 0) call("getActiveUnits");
    if (chance(kStep_s / 30)) call("createDispatchCall");
    if (chance(kStep_s / 15)) call("getCharacters");
  }

  void want(DesiredKind kind, const std::string& who, int value) {
    (kind == DesiredKind::kPanic ? panics_ : statuses_)[who] = value;
    scheduler_.want(at(now_s_), kind, who, value, ++tickets_);
  }

  void call(const char* operation) {
    api::CheckedCall call;
    call.operation = api::find_operation(operation);
    call.target = "/" + std::to_string(++tickets_);
    scheduler_.call(at(now_s_), tickets_, std::move(call), at(now_s_ + 30));
  }

  void exchange() {
    road_.run(now_s_);
    answers += scheduler_.take_answers().size();
    scheduler_.take_log();
  }

  std::mt19937_64 random_{1};
  Cad cad_;
  Scheduler scheduler_;
  test::Road road_;
  double now_s_ = 0;
  std::vector<std::string> names_;
  std::map<std::string, int> statuses_;
  std::map<std::string, int> panics_;

 public:
  Ticket tickets_ = 0;
  std::uint64_t answers = 0;
};

TEST(Day, OfAFullServerKeepsItsBudgetsUsesThemAndLosesNothing) {
  Day day;
  day.play();
  for (const auto& [id, most] : day.cad().largest_windows()) {
    EXPECT_LE(most, api::find_operation(id)->rate_per_minute) << id << ", requests in 60 s";
    std::cout << id << ": " << day.cad().requests(id) << " requests, at most " << most << " in 60 s\n";
  }
  day.expect_every_last_value_arrived();
  EXPECT_EQ(day.answers, day.tickets_) << "every call and press is answered";
  // 12 a minute in all but the outages (21 minutes) and what trouble costs.
  EXPECT_GE(static_cast<double>(day.cad().requests("updateUnitLocations")), 0.9 * 12 * 24 * 60);
  const auto& panic = day.scheduler().panics().counters();
  EXPECT_EQ(panic.accepted,
            panic.delivered + panic.coalesced + panic.deduplicated + panic.rejected + panic.refused + panic.shutdown);
}

}  // namespace
}  // namespace sonoran::schedule
