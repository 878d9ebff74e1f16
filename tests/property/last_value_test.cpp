// A few units whose panic and status change all the time while requests get lost, stray and come late; again and again
// the weather clears, and the CAD must have what was wanted last. Virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "schedule/scheduler.h"
#include "seed.h"
#include "virtual_cad.h"
#include "virtual_road.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using state::DesiredKind;
using test::at;
using test::Cad;
using test::Road;
using test::Weather;

class Waverers {
 public:
  explicit Waverers(std::uint64_t seed)
      : random_(seed), scheduler_(Settings{}, seed), road_(random_, cad_, scheduler_) {}

  /// `rounds` times: a storm, then a calm at whose end all must be as it was wanted.
  void play(int rounds) {
    for (int round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
      const double storm_s = now_s_ + between(5, kStorm_s);
      while (now_s_ < storm_s) {
        if (chance(0.03)) change_weather();
        if (chance(rate_)) change_mind();
        step();
      }
      if (road_.weather.still) road_.end_stillness();
      road_.weather = {};
      rate_ = between(0.01, 0.15);
      const double calm_s = now_s_ + kCalm_s;
      while (now_s_ < calm_s) step();
      check();
    }
  }

 private:
  static constexpr double kStep_s = 0.1;
  static constexpr double kStorm_s = 120;
  /// A request without an answer is waited for, then lives on, and then holds its place for a window. What is sent once
  /// more may wait for all of that, and may itself have to wait as long.
  static constexpr double kCalm_s = Road::kReadLimit_s + Road::kLife_s + 60 + Road::kLife_s + 60;
  static constexpr int kUnits = 2;

  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  double between(double least, double most) { return std::uniform_real_distribution<double>(least, most)(random_); }

  void change_weather() {
    if (road_.weather.still) road_.end_stillness();
    Weather weather;
    weather.most_delay_s = between(0.05, 0.8);
    const double p = pick(2) == 0 ? 0.3 : 1;
    switch (pick(10)) {
      case 0:
      case 8:
      case 9:
        weather.dead = true;
        break;
      case 1:
        weather.silent = p;
        break;
      case 2:
      case 3:
        weather.late = p;
        break;
      case 4:
        weather.slow = p;
        break;
      case 5:
        weather.closes_kept = p;
        break;
      case 6:
        weather.still = true;
        break;
      default:
        break;
    }
    road_.weather = weather;
  }

  void change_mind() {
    const std::string unit = "unit-" + std::to_string(pick(kUnits));
    const DesiredKind kind = pick(3) == 0 ? DesiredKind::kPanic : DesiredKind::kStatus;
    const int value = pick(2);
    wanted_[{kind, unit}].emplace_back(now_s_, value);
    scheduler_.want(at(now_s_), kind, unit, value, ++tickets_);
  }

  void step() {
    road_.run(now_s_);
    scheduler_.take_answers();
    scheduler_.take_log();
    now_s_ += kStep_s;
  }

  void check() {
    for (const auto& [key, wanted] : wanted_) {
      const auto& [kind, unit] = key;
      const auto& told = kind == DesiredKind::kPanic ? cad_.panics(unit) : cad_.statuses(unit);
      ASSERT_FALSE(told.empty()) << unit;
      EXPECT_EQ(told.back().value, wanted.back().second)
          << unit << (kind == DesiredKind::kPanic ? ", panic" : ", status") << " at " << now_s_
          << history(told, wanted);
    }
  }

  /// For people: what was wanted and what the CAD was told, in the order of time.
  [[nodiscard]] std::string history(const std::vector<Cad::Told>& told,
                                    const std::vector<std::pair<double, int>>& wanted) const {
    std::multimap<double, std::string> lines;
    for (const auto& [time_s, value] : wanted) lines.emplace(time_s, "wanted " + std::to_string(value));
    for (const auto& [time_s, value] : told) lines.emplace(time_s, "told " + std::to_string(value));
    std::ostringstream text;
    for (const auto& [time_s, line] : lines) {
      if (time_s > now_s_ - kCalm_s - 2 * kStorm_s) text << "\n  " << time_s << ' ' << line;
    }
    return text.str();
  }

  std::mt19937_64 random_;
  Cad cad_;
  Scheduler scheduler_;
  Road road_;
  double now_s_ = 0;
  double rate_ = 0.05;  // changes of mind a step
  Ticket tickets_ = 0;
  std::map<std::pair<DesiredKind, std::string>, std::vector<std::pair<double, int>>> wanted_;
};

class LastValue : public testing::TestWithParam<int> {};

TEST_P(LastValue, IsTheCadsWhenTheWeatherHasCleared) {
  constexpr std::uint64_t kSeeds = test::kSanitized ? 25 : 250;
  for (std::uint64_t i = 0; i < kSeeds && !HasFailure(); ++i) {
    const std::uint64_t seed = test::base_seed() + 200000 + static_cast<std::uint64_t>(GetParam()) * kSeeds + i;
    SCOPED_TRACE(test::replay(seed, "Wavering.Replay"));
    Waverers(seed).play(10);
  }
}
INSTANTIATE_TEST_SUITE_P(Shards, LastValue, testing::Range(0, 4));

TEST(Wavering, Replay) {
  if (std::getenv("SONORAN_SEED") == nullptr) GTEST_SKIP() << "SONORAN_SEED names the seed to play";
  Waverers(test::base_seed()).play(10);
}

}  // namespace
}  // namespace sonoran::schedule
