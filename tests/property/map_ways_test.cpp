// A day of the map by both ways, in virtual time: the hub's connection ends and comes back, calls and requests stay
// without an answer, and HTTP takes over. The scheduler is asked as the module asks it. SONORAN_SEED=<number> plays
// that day alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/limits.h"
#include "counted.h"
#include "map_days.h"
#include "outcomes.h"
#include "schedule/scheduler.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

namespace json = boost::json;
using map_days::driven_m;
using map_days::kDay_s;
using test::at;

constexpr std::size_t kUnits = 8;
constexpr double kStep_s = 0.5;
/// How long after the way is open, or after the end of a call or request without an answer, the map is right. By the
/// hub all units leave with the first calls. By HTTP the grace comes first, then a request in every interval of 5 s,
/// which takes half a step each way.
constexpr double kRightByHub_s = 3;
constexpr double kRightByHttp_s = limits::kHubGrace_s + 6;
/// The oldest place that the map then shows of a unit that drives.
constexpr double kOldByHub_s = 6.5;
constexpr double kOldByHttp_s = 8;
/// For how long a request without an answer holds its place in the budget. Meanwhile the map may be older by an
/// interval.
constexpr double kHeld_s = limits::kUnansweredLife_s + 61;
constexpr double kInterval_s = 5.1;
/// A unit is sent only when it has moved this far, so its place on the map may be wrong by as much.
constexpr double kMoved_m = 5;

class Day {
 public:
  explicit Day(std::uint64_t seed) : chance_(seed, kStep_s), scheduler_(map_days::settings(), seed) {
    scheduler_.expect_hub(at(0));
    for (std::size_t i = 0; i < kUnits; ++i) {
      units_[i] = {
          .id = "unit-" + std::to_string(i), .speed = i == 0 ? 0 : draw(2, 45), .phase_s = draw(0, 120), .shown = {}};
    }
  }

  void play() {
    for (now_s_ = 0; now_s_ < kDay_s && !testing::Test::HasFailure(); now_s_ += kStep_s) {
      weather();
      arrive();
      read();
      leave();
      check();
    }
    EXPECT_EQ(scheduler_.positions().counters().accepted, test::counted(scheduler_.positions()));
  }

  int outages = 0;
  int calls = 0;
  int requests = 0;
  int checks_by_hub = 0;
  int checks_by_http = 0;

 private:
  struct Unit {
    std::string id;
    double speed = 0;  // m/s while it drives
    double phase_s = 0;
    std::optional<double> shown;  // what the CAD shows
  };
  struct Under {
    bool hub = false;
    std::uint64_t number = 0;
    double ends_s = 0;
    bool applies = false;
    bool answered = true;
    json::array updates;
  };

  double draw(double from, double to) { return chance_.draw(from, to); }
  bool happens(double every_s) { return chance_.happens(every_s); }
  static double x(const Unit& unit, double time_s) {
    return driven_m(unit.speed, std::max(0.0, time_s) + unit.phase_s);
  }

  void weather() {
    if (!up_ && now_s_ >= up_at_s_) {
      up_ = true;
      changed_s_ = now_s_;
      scheduler_.set_live(at(now_s_), true);
    } else if (up_ && happens(300)) {
      ++outages;
      up_ = false;
      changed_s_ = now_s_;
      up_at_s_ = now_s_ + draw(0.5, happens(kStep_s * 2) ? 180 : 15);
      map_days::lose(
          under_way_, chance_, [](const Under& under) { return under.hub; }, [this](Under& under) { apply(under); });
      scheduler_.set_live(at(now_s_), false);
    }
  }

  void read() {
    for (const Unit& unit : units_) {
      const state::PositionSample sample{
          .unit = unit.id, .x = x(unit, now_s_), .location = "Main St", .peer = {}, .vehicle = {}};
      ASSERT_TRUE(scheduler_.push_position(at(now_s_), sample));
    }
  }

  void leave() {
    while (auto request = scheduler_.next(at(now_s_))) {
      if (request->operation != &api::update_unit_locations()) {
        scheduler_.done(at(now_s_), request->id, test::delivered());
        continue;
      }
      ++requests;
      // HTTP may also take over after a lost call, if no other one has left behind it.
      EXPECT_FALSE(up_ && now_s_ > changed_s_ + limits::kHubHandover_s && now_s_ > lost_s_ + 1)
          << "by HTTP while the hub is up, at " << now_s_;
      const bool lost = draw(0, 1) < 0.02;
      if (lost) lost_s_ = now_s_ + 4, lost_requests_s_.push_back(lost_s_);
      under_way_.push_back({.number = request->id,
                            .ends_s = now_s_ + (lost ? 4 : kStep_s),
                            .applies = !lost || draw(0, 1) < 0.5,
                            .answered = !lost,
                            .updates = json::parse(request->body).at("updates").as_array()});
    }
    if (!up_) return;
    while (auto call = scheduler_.next_hub_call(at(now_s_))) {
      ++calls;
      const bool lost = draw(0, 1) < 0.0005;
      if (lost) lost_s_ = now_s_ + limits::kHubAnswer_s;
      under_way_.push_back({.hub = true,
                            .number = call->number,
                            .ends_s = now_s_ + (lost ? 1e9 : kStep_s / 2),
                            .applies = !lost || draw(0, 1) < 0.5,
                            .answered = !lost,
                            .updates = json::parse(call->arguments).as_array().at(0).as_array()});
    }
  }

  void apply(Under& under) {
    for (const json::value& update : under.updates) {
      Unit& unit = units_.at(static_cast<std::size_t>(update.at("communityUserId").as_string().back() - '0'));
      map_days::show(unit.shown, update.at("coordinates").at("x").to_number<double>(), unit.id, now_s_);
    }
    under.applies = false;
  }

  void arrive() {
    const auto end = [this](const Under& under) {
      if (under.hub) {
        scheduler_.hub_answered(at(now_s_), under.number,
                                {.success = true, .verdict = true, .refusal = {}, .error = {}});
      } else {
        scheduler_.done(at(now_s_), under.number, under.answered ? test::delivered() : test::silence());
      }
    };
    map_days::pass(
        under_way_, now_s_, [this](Under& under) { apply(under); }, end);
  }

  void check() {
    if (now_s_ < std::max(changed_s_, lost_s_) + (up_ ? kRightByHub_s : kRightByHttp_s)) return;
    ++(up_ ? checks_by_hub : checks_by_http);
    std::erase_if(lost_requests_s_, [&](double then_s) { return then_s + kHeld_s < now_s_; });
    const double old_s = up_ ? kOldByHub_s : kOldByHttp_s + kInterval_s * static_cast<double>(lost_requests_s_.size());
    for (const Unit& unit : units_) {
      if (!unit.shown) {
        ADD_FAILURE() << unit.id << " is forgotten at " << now_s_;
      } else if (*unit.shown < x(unit, now_s_ - old_s) - kMoved_m || *unit.shown > x(unit, now_s_) + 0.1) {
        ADD_FAILURE() << unit.id << " at " << now_s_ << (up_ ? " by the hub" : " by HTTP") << ": shown at "
                      << *unit.shown << " m, is at " << x(unit, now_s_) << " m; the way changed at " << changed_s_;
      }
    }
  }

  map_days::Chance chance_;
  Scheduler scheduler_;
  double now_s_ = 0;
  std::array<Unit, kUnits> units_;
  std::deque<Under> under_way_;
  bool up_ = false;
  double up_at_s_ = 20;
  double changed_s_ = 0;
  double lost_s_ = -1e9;
  std::vector<double> lost_requests_s_;  // by HTTP, lately
};

TEST(MapWaysDay, AfterEachOutageTheMapIsRightByEitherWayAndNothingComesOutOfOrder) {
  map_days::play_seeds(1, [](std::uint64_t seed) {
    Day day(seed);
    day.play();
    if (HasFailure()) return;
    EXPECT_GE(day.outages, 100);
    EXPECT_GE(day.calls, 50'000);
    EXPECT_GE(day.requests, 500);
    EXPECT_GE(day.checks_by_hub, 50'000);
    EXPECT_GE(day.checks_by_http, 3'000);
  });
}

}  // namespace
}  // namespace sonoran::schedule
