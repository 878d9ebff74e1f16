// Hours of random traffic, a CAD that fails in every way, and what must hold all the same. Virtual time throughout.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "schedule/scheduler.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using state::DesiredKind;
using test::at;

/// SONORAN_SEED, or a new one; a failure names it.
std::uint64_t base_seed() {
  static const std::uint64_t seed = [] {
    const char* const given = std::getenv("SONORAN_SEED");
    const std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    std::cout << "SONORAN_SEED=" << value << '\n';
    return value;
  }();
  return seed;
}

/// A CAD in virtual time: takes each request after a delay, counts it as the real one does, applies it, and answers
/// after another. In bad weather it fails before or after it applied the request.
class Cad {
 public:
  explicit Cad(std::mt19937_64& random) : random_(random) {}

  double trouble = 0;  // chance of a failure, 0 to 1
  bool dead = false;   // connections are refused

  struct Exchange {
    std::uint64_t id = 0;
    double answered_s = 0;
    api::Outcome outcome;
  };

  Exchange take(double now_s, const Request& request) {
    Exchange exchange{.id = request.id, .answered_s = 0, .outcome = {}};
    const double arrival_s = now_s + delay();
    exchange.answered_s = arrival_s + delay();
    api::Outcome& outcome = exchange.outcome;
    if (dead || chance(trouble / 2)) {
      outcome = failed(api::Failure::kConnect, 0, ErrorKind::kUnavailable);
      return exchange;
    }
    arrivals_[std::string(request.operation->id)].push_back(arrival_s);
    if (chance(trouble / 2)) {
      switch (pick(4)) {
        case 0:  // the answer is lost on its way
          apply(arrival_s, request);
          exchange.answered_s += 15;
          outcome = failed(api::Failure::kNoAnswer, 0, ErrorKind::kTimeout);
          return exchange;
        case 1:
          outcome = failed(api::Failure::kServerError, 503, ErrorKind::kUnavailable);
          return exchange;
        case 2:
          outcome = failed(api::Failure::kRateLimited, 429, ErrorKind::kRateLimited);
          if (pick(2) == 0) outcome.retry_after = std::chrono::seconds(pick(8));
          return exchange;
        default:
          outcome = failed(api::Failure::kUnauthorized, 401, ErrorKind::kUnauthorized);
          return exchange;
      }
    }
    if (request.body.find("stranger") != std::string::npos) {
      outcome = failed(api::Failure::kRejected, 404, ErrorKind::kNotFound);
      return exchange;
    }
    apply(arrival_s, request);
    outcome.status = 200;
    return exchange;
  }

  struct Told {
    double time_s;
    int value;
  };
  [[nodiscard]] const std::vector<Told>& panics(const std::string& unit) { return panics_[unit]; }
  [[nodiscard]] const std::vector<Told>& statuses(const std::string& unit) { return statuses_[unit]; }
  [[nodiscard]] const std::map<std::string, double>& places() const { return places_; }
  [[nodiscard]] std::map<std::string, std::vector<double>>& arrivals() { return arrivals_; }

 private:
  static api::Outcome failed(api::Failure failure, int status, ErrorKind kind) {
    api::Outcome outcome;
    outcome.failure = failure;
    outcome.status = status;
    outcome.error = {kind, "It failed", "It failed.", ""};
    return outcome;
  }

  void apply(double now_s, const Request& request) {
    const auto body = boost::json::parse(request.body).as_object();
    if (const auto* updates = body.if_contains("updates")) {
      for (const auto& update : updates->as_array()) {
        places_[update.at("communityUserId").as_string().c_str()] =
            update.at("coordinates").at("x").to_number<double>();
      }
    } else if (const auto* units = body.if_contains("communityUserIds")) {
      for (const auto& unit : units->as_array()) {
        if (const auto* panic = body.if_contains("isPanic")) {
          panics_[unit.as_string().c_str()].push_back({now_s, panic->as_bool() ? 1 : 0});
        } else {
          statuses_[unit.as_string().c_str()].push_back({now_s, static_cast<int>(body.at("status").as_int64())});
        }
      }
    }
  }

  double delay() { return std::uniform_real_distribution<double>(0.005, 0.8)(random_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  std::mt19937_64& random_;
  std::map<std::string, std::vector<double>> arrivals_;
  std::map<std::string, std::vector<Told>> panics_;
  std::map<std::string, std::vector<Told>> statuses_;
  std::map<std::string, double> places_;
};

/// Plays an hour with one seed.
class Hour {
 public:
  explicit Hour(std::uint64_t seed) : random_(seed), cad_(random_), scheduler_(Settings{}, seed) {}

  void play() {
    constexpr double kStep_s = 0.1;
    constexpr double kTraffic_s = 3600;
    constexpr double kQuiet_s = 900;  // in which everything must arrive
    for (now_s_ = 0; now_s_ < kTraffic_s + kQuiet_s; now_s_ += kStep_s) {
      const bool traffic = now_s_ < kTraffic_s;
      change_weather(traffic);
      if (traffic) press_buttons();
      exchange();
    }
  }

  void check() {
    check_budgets();
    check_answers();
    check_desired();
    check_positions();
    check_sums();
  }

 private:
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
    } else if (chance(0.002)) {
      static constexpr std::array kTroubles = {0.0, 0.0, 0.1, 0.5, 1.0};
      cad_.trouble = kTroubles[static_cast<std::size_t>(pick(5))];
      cad_.dead = chance(0.2);
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
    if (chance(0.1)) scheduler_.set_player_count(at(now_s_), static_cast<unsigned>(pick(100)));
  }

  void exchange() {
    while (auto request = scheduler_.next(at(now_s_))) under_way_.push_back(cad_.take(now_s_, *request));
    std::ranges::sort(under_way_, {}, &Cad::Exchange::answered_s);
    while (!under_way_.empty() && under_way_.front().answered_s <= now_s_) {
      scheduler_.done(at(now_s_), under_way_.front().id, std::move(under_way_.front().outcome));
      under_way_.erase(under_way_.begin());
    }
    for (const Answer& answer : scheduler_.take_answers()) ++answers_[answer.ticket];
    scheduler_.take_log();
    // A wakeup in the past with nothing to send would be a busy loop.
    if (scheduler_.wakeup(at(now_s_)) <= at(now_s_)) {
      const auto request = scheduler_.next(at(now_s_));
      ASSERT_TRUE(request || scheduler_.wakeup(at(now_s_)) > at(now_s_)) << "at " << now_s_;
      if (request) under_way_.push_back(cad_.take(now_s_, *request));
    }
  }

  void check_budgets() {
    for (auto& [id, times] : cad_.arrivals()) {
      const auto limit = static_cast<std::size_t>(api::find_operation(id)->rate_per_minute);
      std::ranges::sort(times);
      for (std::size_t i = limit; i < times.size(); ++i) {
        ASSERT_GE(times[i] - times[i - limit], 60.0) << id << ": " << limit + 1 << " requests within 60 s";
      }
    }
  }

  void check_answers() {
    EXPECT_EQ(answers_.size(), tickets_) << "every call is answered";
    for (const auto& [ticket, times] : answers_) ASSERT_EQ(times, 1) << "ticket " << ticket;
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
      const auto& set = statuses_[unit(i)];
      if (!set.empty()) {
        ASSERT_FALSE(cad_.statuses(unit(i)).empty()) << unit(i);
        EXPECT_EQ(cad_.statuses(unit(i)).back().value, set.back().value) << unit(i) << ": the last status won";
      }
    }
  }

  void check_positions() {
    for (const auto& [who, x] : places_) {
      if (!cad_.places().contains(who)) continue;  // it went stale before anything could leave
      // All of them stood still for longer than a resend: the CAD has each within what counts as hardly moved.
      EXPECT_NEAR(cad_.places().at(who), x, scheduler_.positions().known() > 0 ? 2 : 80) << who;
    }
  }

  void check_sums() {
    const auto& p = scheduler_.positions().counters();
    EXPECT_EQ(p.accepted, p.delivered + p.coalesced + p.deduplicated + p.stale + p.removed + p.rejected + p.shutdown +
                              p.refused + scheduler_.positions().pending());
    for (const auto* states : {&scheduler_.panics(), &scheduler_.statuses()}) {
      const auto& c = states->counters();
      EXPECT_EQ(c.accepted, c.delivered + c.coalesced + c.deduplicated + c.rejected + c.shutdown + states->pending());
      EXPECT_EQ(states->pending(), 0U);
    }
    for (const auto& state : scheduler_.operations()) {
      EXPECT_LE(state.counters.in_flight, 1U) << state.operation->id;
      EXPECT_LE(state.window.max_in_window(), state.operation->rate_per_minute);
    }
  }

  std::mt19937_64 random_;
  Cad cad_;
  Scheduler scheduler_;
  double now_s_ = 0;
  Ticket tickets_ = 0;
  std::map<Ticket, int> answers_;
  std::map<std::string, std::vector<Press>> presses_;
  std::map<std::string, std::vector<Press>> statuses_;
  std::map<std::string, double> places_;
  std::vector<Cad::Exchange> under_way_;
};

class Traffic : public testing::TestWithParam<int> {};

TEST_P(Traffic, KeepsEveryBudgetLosesNoPanicAndAnswersEveryCall) {
  const std::uint64_t seed = base_seed() + static_cast<std::uint64_t>(GetParam());
  SCOPED_TRACE("SONORAN_SEED=" + std::to_string(base_seed()));
  Hour hour(seed);
  hour.play();
  hour.check();
}

INSTANTIATE_TEST_SUITE_P(Hours, Traffic, testing::Range(0, 20));

}  // namespace
}  // namespace sonoran::schedule
