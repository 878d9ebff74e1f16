// Hours of random traffic, a CAD that fails in every way, and what must hold all the same. Virtual time throughout.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "schedule/scheduler.h"
#include "virtual_cad.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using state::DesiredKind;
using test::at;
using test::Cad;

/// The first seed of a run: SONORAN_SEED, or a new one.
std::uint64_t base_seed() {
  static const std::uint64_t seed = [] {
    const char* const given = std::getenv("SONORAN_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::uint64_t{std::random_device()()};
  }();
  return seed;
}

/// How to play one seed again, for the message of a failure.
std::string replay(std::uint64_t seed, const char* length) {
  return "to play it again: SONORAN_SEED=" + std::to_string(seed) +
         " build/dev/bin/property_tests --gtest_filter=Replay." + length;
}

/// Plays random traffic with one seed.
class Play {
 public:
  explicit Play(std::uint64_t seed) : random_(seed), cad_(random_), scheduler_(Settings{}, seed) {}

  void play(double traffic_s) {
    constexpr double kQuiet_s = 900;  // in which everything must arrive
    traffic_s_ = traffic_s;
    for (now_s_ = 0; now_s_ < traffic_s + kQuiet_s; now_s_ += kStep_s) {
      const bool traffic = now_s_ < traffic_s;
      change_weather(traffic);
      if (traffic) press_buttons();
      exchange();
      if (testing::Test::HasFatalFailure()) return;
      if (!traffic) skip_to_the_next_event();
    }
  }

  void check() {
    check_budgets();
    check_answers();
    check_calls();
    check_desired();
    check_positions();
    check_sums();
  }

 private:
  static constexpr double kStep_s = 0.1;
  static constexpr int kUnits = 12;
  struct Press {
    double time_s;
    int value;
  };

  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  static std::string unit(int i) { return i == 0 ? "stranger" : "unit-" + std::to_string(i); }

  void change_weather(bool traffic) {
    if (!traffic) {
      cad_.trouble = 0;
      cad_.dead = false;
      cad_.road = 0;
      cad_.road_stuck = false;
      cad_.blocked_unit.clear();
      cad_.refused_unit.clear();
    } else if (chance(0.002)) {
      static constexpr std::array kTroubles = {0.0, 0.0, 0.1, 0.5, 1.0};
      cad_.trouble = kTroubles[static_cast<std::size_t>(pick(5))];
      cad_.dead = chance(0.2);
      cad_.road = std::array{0.0, 0.0, 0.0, 0.3, 1.0}[static_cast<std::size_t>(pick(5))];
      cad_.road_stuck = chance(0.1);
      cad_.blocked_unit = chance(0.2) ? unit(1 + pick(kUnits - 1)) : "";
      cad_.refused_unit = chance(0.3) ? unit(1 + pick(kUnits - 1)) : "";
    }
  }

  void press_buttons() {
    if (chance(0.05)) {
      const std::string who = unit(pick(kUnits));
      const int value = pick(2);
      for (int again = pick(4); again >= 0; --again) {
        presses_[who].push_back({now_s_, value});
        scheduler_.want(at(now_s_), DesiredKind::kPanic, who, value, ++tickets_);
      }
    }
    if (chance(0.1)) {
      const std::string who = unit(pick(kUnits));
      const int value = pick(5);
      statuses_[who].push_back({now_s_, value});
      scheduler_.want(at(now_s_), DesiredKind::kStatus, who, value, ++tickets_);
    }
    if (chance(0.5)) {
      const std::string who = unit(1 + pick(kUnits - 1));
      state::PositionSample sample;
      sample.unit = who;
      sample.x = places_[who] = std::round(places_[who] + std::uniform_real_distribution<double>(-40, 40)(random_));
      scheduler_.push_position(at(now_s_), sample);
    }
    if (chance(0.01)) {
      const std::string who = unit(1 + pick(kUnits - 1));
      places_.erase(who);
      scheduler_.remove_unit(who);
    }
    make_calls();
    if (chance(0.1)) scheduler_.set_player_count(at(now_s_), static_cast<unsigned>(pick(100)));
  }

  /// Calls of several kinds; a command's target names its ticket, and some belong to one of three records.
  void make_calls() {
    if (!chance(0.08)) return;
    static constexpr std::array kOperations = {"createDispatchCall", "create911Call", "addCallNote",   "createRecord",
                                               "setPenalCodes",      "getCalls",      "getCharacters", "setUnitPanic"};
    api::CheckedCall call;
    call.operation = api::find_operation(kOperations[static_cast<std::size_t>(pick(8))]);
    const Ticket ticket = ++tickets_;
    const bool query = call.operation->traffic_class == api::TrafficClass::kQuery;
    call.target = query ? "/query/" + std::to_string(pick(3)) : "/command/" + std::to_string(ticket);
    const int record = pick(6);
    if (!query && record < 3) call.order_keys.add("record:", std::to_string(record));
    if (!query && record == 0) call.order_keys.add("record:1");
    const double deadline_s = now_s_ + std::array{1.0, 30.0, 120.0, 600.0}[static_cast<std::size_t>(pick(4))];
    calls_[ticket] = {.call = call, .deadline_s = deadline_s};
    scheduler_.call(at(now_s_), ticket, std::move(call), at(deadline_s));
    if (chance(0.1)) scheduler_.cancel(tickets_ - static_cast<Ticket>(pick(5)));
  }

  void skip_to_the_next_event() {
    double next_s = now_s_ + 60;
    for (const auto& exchange : under_way_) next_s = std::min(next_s, exchange.answered_s);
    const Time wakeup = scheduler_.wakeup(at(now_s_));
    if (wakeup <= at(now_s_)) return;
    if (wakeup != kNever) {
      next_s = std::min(next_s, now_s_ + seconds(wakeup - at(now_s_)));
    }
    // Never past it, and always on a step.
    now_s_ = std::max(now_s_, now_s_ + std::floor((next_s - now_s_) / kStep_s) * kStep_s - kStep_s);
  }

  void exchange() {
    while (auto request = scheduler_.next(at(now_s_))) under_way_.push_back(cad_.take(now_s_, *request));
    std::ranges::sort(under_way_, {}, &Cad::Exchange::answered_s);
    while (!under_way_.empty() && under_way_.front().answered_s <= now_s_) {
      scheduler_.done(at(now_s_), under_way_.front().id, std::move(under_way_.front().outcome));
      under_way_.erase(under_way_.begin());
    }
    for (const Answer& answer : scheduler_.take_answers()) {
      ++answers_[answer.ticket];
      if (const auto call = calls_.find(answer.ticket); call != calls_.end()) {
        call->second.kind = answer.error.kind;
        call->second.answered_s = now_s_;
      }
    }
    scheduler_.take_log();
    // A wakeup in the past with nothing to send would be a busy loop.
    if (scheduler_.wakeup(at(now_s_)) <= at(now_s_)) {
      const auto request = scheduler_.next(at(now_s_));
      ASSERT_TRUE(request || scheduler_.wakeup(at(now_s_)) > at(now_s_)) << "at " << now_s_;
      if (request) under_way_.push_back(cad_.take(now_s_, *request));
    }
  }

  void check_budgets() {
    for (const auto& [id, most] : cad_.largest_windows()) {
      EXPECT_LE(most, api::find_operation(id)->rate_per_minute) << id << ", requests in 60 s";
    }
  }

  void check_answers() {
    EXPECT_EQ(answers_.size(), tickets_) << "every call is answered";
    for (const auto& [ticket, times] : answers_) ASSERT_EQ(times, 1) << "ticket " << ticket;
  }

  void check_calls() {
    std::map<std::string, std::vector<std::pair<Ticket, double>>> in_order;
    for (const auto& [ticket, call] : calls_) {
      EXPECT_LE(call.answered_s, call.deadline_s + 4 * kStep_s) << "ticket " << ticket << ": by its deadline";
      if (call.call.operation->traffic_class == api::TrafficClass::kQuery) continue;
      const auto found = cad_.carried_out().find(call.call.target);
      const std::size_t times = found == cad_.carried_out().end() ? 0 : found->second.size();
      const bool once = call_class(*call.call.operation) == RetryClass::kCommand;
      if (once) {
        EXPECT_LE(times, 1U) << call.call.operation->id << " " << call.call.target << " was carried out twice";
      }
      if (call.kind == ErrorKind::kNone) {
        EXPECT_GE(times, 1U) << "ticket " << ticket << ": it was said to have succeeded";
      }
      const bool certainly_not = call.kind == ErrorKind::kTimeout || call.kind == ErrorKind::kUnavailable ||
                                 call.kind == ErrorKind::kRateLimited || call.kind == ErrorKind::kQueueFull;
      if (once && certainly_not) {
        EXPECT_EQ(times, 0U) << "ticket " << ticket << ": its caller may send it again";
      }
      if (times == 0) continue;
      for (const std::string_view key : call.call.order_keys.views()) {
        in_order[std::string(key)].emplace_back(ticket, found->second.back());
      }
    }
    for (auto& [key, commands] : in_order) {
      std::ranges::sort(commands);
      for (std::size_t i = 1; i < commands.size(); ++i) {
        EXPECT_GT(commands[i].second, commands[i - 1].second)
            << key << ": " << commands[i - 1].first << " comes before " << commands[i].first;
      }
    }
  }

  void check_desired() {
    for (int i = 1; i < kUnits; ++i) {
      const auto& told = cad_.panics(unit(i));
      const auto& presses = presses_[unit(i)];
      if (!presses.empty()) {
        ASSERT_FALSE(told.empty()) << unit(i);
        EXPECT_EQ(told.back().value, presses.back().value) << unit(i) << ": the last panic state arrived";
      }
      for (const Press& press : presses) {
        if (press.value == 0) continue;
        // It arrived afterwards, or had just (the dedupe window of 10 s, and an answer lost at most 16.6 s before it).
        const bool arrived = std::ranges::any_of(
            told, [&](const Cad::Told& t) { return t.value == 1 && t.time_s >= press.time_s - 10 - 16.6; });
        EXPECT_TRUE(arrived) << unit(i) << " pressed at " << press.time_s;
      }
      // Nothing is told twice within the dedupe window unless it changed in between, or the answer was lost.
      check_dedupe(told, cad_.lost(unit(i)));
      check_dedupe(cad_.statuses(unit(i)), cad_.lost(unit(i)));
      const auto& set = statuses_[unit(i)];
      if (!set.empty()) {
        ASSERT_FALSE(cad_.statuses(unit(i)).empty()) << unit(i);
        EXPECT_EQ(cad_.statuses(unit(i)).back().value, set.back().value) << unit(i) << ": the last status won";
      }
    }
  }

  static void check_dedupe(const std::vector<Cad::Told>& told, const std::vector<double>& lost) {
    constexpr double kDedupe_s = 10;
    for (std::size_t k = 1; k < told.size(); ++k) {
      const double since_s = told[k].time_s - told[k - 1].time_s;
      const bool answer_lost = std::ranges::any_of(
          lost, [&](double time_s) { return time_s >= told[k - 1].time_s && time_s <= told[k].time_s; });
      if (told[k].value != told[k - 1].value || answer_lost) continue;
      EXPECT_GE(since_s, kDedupe_s - 2 * 0.8) << "value " << told[k].value << " at " << told[k].time_s;
    }
  }

  void check_positions() {
    for (const auto& [who, x] : places_) {
      if (!cad_.places().contains(who)) continue;  // it went stale before anything could leave
      // It may have been left out until it went stale: both take five minutes.
      if (cad_.refused_alone(who) > traffic_s_ - 310) continue;
      // All of them stood still for longer than a resend: the CAD has each within what counts as hardly moved.
      EXPECT_NEAR(cad_.places().at(who), x, scheduler_.positions().known() > 0 ? 2 : 80) << who;
    }
  }

  void check_sums() {
    const auto& p = scheduler_.positions().counters();
    EXPECT_EQ(p.accepted, p.delivered + p.coalesced + p.deduplicated + p.stale + p.removed + p.rejected + p.left_out +
                              p.shutdown + p.refused + scheduler_.positions().pending());
    for (const auto* states : {&scheduler_.panics(), &scheduler_.statuses()}) {
      const auto& c = states->counters();
      EXPECT_EQ(c.accepted,
                c.delivered + c.coalesced + c.deduplicated + c.rejected + c.refused + c.shutdown + states->pending());
      EXPECT_EQ(states->pending(), 0U);
    }
    for (const auto* c : {&scheduler_.calls().commands(), &scheduler_.calls().queries()}) {
      std::uint64_t dropped = 0;
      for (const auto count : c->dropped) dropped += count;
      EXPECT_EQ(c->accepted, c->delivered + c->deduplicated + dropped + c->pending);
      EXPECT_EQ(c->pending, 0U);
    }
    EXPECT_EQ(scheduler_.calls().bytes(), 0U);
    for (const auto& state : scheduler_.operations()) {
      // In the quiet a heartbeat or the positions may be under way.
      EXPECT_LE(state.counters.in_flight, 1U) << state.operation->id;
      EXPECT_LE(state.window.max_in_window(), state.operation->rate_per_minute);
    }
  }

  struct Called {
    api::CheckedCall call;
    double deadline_s = 0;
    double answered_s = 0;
    ErrorKind kind = ErrorKind::kNone;
  };

  std::mt19937_64 random_;
  Cad cad_;
  Scheduler scheduler_;
  double now_s_ = 0;
  double traffic_s_ = 0;
  Ticket tickets_ = 0;
  std::map<Ticket, int> answers_;
  std::map<Ticket, Called> calls_;
  std::map<std::string, std::vector<Press>> presses_;
  std::map<std::string, std::vector<Press>> statuses_;
  std::map<std::string, double> places_;
  std::vector<Cad::Exchange> under_way_;
};

constexpr double kHour_s = 3600;
constexpr double kShort_s = 240;

void play(std::uint64_t seed, double traffic_s) {
  SCOPED_TRACE(replay(seed, traffic_s == kHour_s ? "Hour" : "FourMinutes"));
  Play play(seed);
  play.play(traffic_s);
  play.check();
}

class Traffic : public testing::TestWithParam<int> {};

TEST_P(Traffic, AnHourKeepsEveryBudgetLosesNoPanicAndAnswersEveryCall) {
  play(base_seed() + static_cast<std::uint64_t>(GetParam()), kHour_s);
}
INSTANTIATE_TEST_SUITE_P(Hours, Traffic, testing::Range(0, 12));

/// Thousands of seeds, in shards that run side by side.
// Under a sanitizer each takes ten times as long, and what it looks for a tenth of them shows as well.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SONORAN_SANITIZED
#endif
#endif
#if defined(SONORAN_SANITIZED)
constexpr std::uint64_t kSeedsAShard = 50;
#else
constexpr std::uint64_t kSeedsAShard = 500;
#endif

class Swarm : public testing::TestWithParam<int> {};

TEST_P(Swarm, FourMinutesAndTheirAftermath) {
  for (std::uint64_t i = 0; i < kSeedsAShard && !HasFailure(); ++i) {
    play(base_seed() + 1000 + static_cast<std::uint64_t>(GetParam()) * kSeedsAShard + i, kShort_s);
  }
}
INSTANTIATE_TEST_SUITE_P(Shards, Swarm, testing::Range(0, 8));

TEST(Replay, Hour) {
  if (std::getenv("SONORAN_SEED") == nullptr) GTEST_SKIP() << "SONORAN_SEED names the seed to play";
  play(base_seed(), kHour_s);
}
TEST(Replay, FourMinutes) {
  if (std::getenv("SONORAN_SEED") == nullptr) GTEST_SKIP() << "SONORAN_SEED names the seed to play";
  play(base_seed(), kShort_s);
}

}  // namespace
}  // namespace sonoran::schedule
