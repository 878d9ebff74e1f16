// A day of the live map over the hub, in virtual time: the connection ends, calls are lost or refused, one unit is bad
// for a while, units log in and leave. SONORAN_SEED=<number> plays that day alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "map_days.h"
#include "schedule/live_map.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using map_days::driven_m;
using map_days::kDay_s;
using test::at;

constexpr Slot kUnits = 40;
constexpr double kStep_s = 0.05;
constexpr double kWay_s = 0.03;
/// After this time a call without an answer counts as lost.
constexpr double kAnswer_s = 5;
/// kRight_s after an outage or another fault, every place on the map is one that the unit had in the last kOld_s: it
/// takes two seconds until a unit is read, and four until it is overdue and goes before needier ones.
constexpr double kRight_s = 3;
constexpr double kOld_s = 6.5;

class Day {
 public:
  explicit Day(std::uint64_t seed) : chance_(seed, kStep_s), live_(map_days::settings()) {
    for (Slot slot = 0; slot < kUnits; ++slot) begin(slot);
  }

  void play() {
    for (now_s_ = 0; now_s_ < kDay_s; now_s_ += kStep_s) {
      weather();
      answer();
      if (now_s_ >= hitch_until_s_) read();
      if (up_) leave();
      if (now_s_ >= checked_at_s_ + 1) check();
    }
  }

  int outages = 0;
  int calls = 0;
  int left_out = 0;
  int checks = 0;

 private:
  struct Unit {
    int who = 0;         // the player in this slot
    double since_s = 0;  // known since then
    double speed = 0;    // m/s while it drives
    double phase_s = 0;
  };
  /// What the CAD shows of the player.
  struct Shown {
    int who = 0;
    std::optional<double> x{};
  };
  struct Under {
    std::uint64_t number = 0;
    double ends_s = 0;
    HubVerdict verdict = HubVerdict::kTaken;
    bool applies = true;
    std::vector<LiveMap::Update> updates;
    std::vector<int> who{};
  };

  double draw(double from, double to) { return chance_.draw(from, to); }
  bool happens(double every_s) { return chance_.happens(every_s); }
  static double x(const Unit& unit, double time_s) { return driven_m(unit.speed, time_s + unit.phase_s); }

  void begin(Slot slot) {
    units_[slot] = {
        .who = ++players_, .since_s = now_s_, .speed = slot % 5 == 0 ? 0 : draw(0.5, 45), .phase_s = draw(0, 120)};
    shown_[slot].reset();
    live_.track(at(now_s_), slot);
  }

  void weather() {
    if (!up_ && now_s_ >= up_at_s_) {
      up_ = true;
      fault_s_ = now_s_;
    }
    if (up_ && happens(900)) {
      ++outages;
      up_ = false;
      up_at_s_ = now_s_ + draw(0.5, happens(0.2) ? 120 : 20);
      map_days::lose(
          under_way_, chance_, [](const Under&) { return true; }, [this](Under& under) { apply(under); });
      live_.disconnected(at(now_s_));
    }
    if (happens(300)) hitch_until_s_ = now_s_ + draw(0.2, 2), fault_s_ = hitch_until_s_;
    if (happens(1200)) {
      const auto slot = static_cast<Slot>(draw(0, kUnits));
      live_.forget(slot);
      begin(slot);
    }
    if (happens(300)) {
      const auto slot = static_cast<Slot>(draw(0, kUnits));
      shown_[slot].reset();
      live_.logged_in(at(now_s_), slot);
      units_[slot].since_s = now_s_;
    }
    if (!bad_ && happens(3 * 3600)) bad_ = static_cast<Slot>(draw(0, kUnits)), bad_until_s_ = now_s_ + 3600;
    // After its time out the unit is tried once more.
    if (bad_ && now_s_ >= bad_until_s_ + limits::kLeftOut_s + 20) bad_.reset();
  }

  void read() {
    if (live_.readings_due(at(now_s_)) > at(now_s_)) return;
    for (const auto reading : live_.name_readings(at(now_s_)))
      live_.read(at(now_s_), reading.slot, {.x = x(units_[reading.slot], now_s_), .bytes = 250});
  }

  void leave() {
    const auto call = live_.next(at(now_s_));
    if (!call) return;
    ++calls;
    Under under{
        .number = call->number, .ends_s = now_s_ + 2 * kWay_s, .updates = {call->updates.begin(), call->updates.end()}};
    for (const auto& update : call->updates) under.who.push_back(units_[update.slot].who);
    const double fate = draw(0, 1);
    const bool bad = now_s_ < bad_until_s_ && std::ranges::any_of(call->updates, [&](const auto& update) {
                       return bad_ && update.slot == *bad_;
                     });
    if (bad) {
      under.verdict = HubVerdict::kBadUnit;
    } else if (fate < 0.002) {
      under.verdict = HubVerdict::kTooFast;
    } else if (fate < 0.004) {
      under.verdict = HubVerdict::kRefused;
    } else if (fate < 0.006) {
      under.verdict = HubVerdict::kLost;
      under.ends_s = now_s_ + kAnswer_s;
    }
    under.applies = under.verdict == HubVerdict::kTaken || (under.verdict == HubVerdict::kLost && draw(0, 1) < 0.5);
    if (under.verdict != HubVerdict::kTaken) fault_s_ = std::max(fault_s_, under.ends_s);
    under_way_.push_back(std::move(under));
  }

  void apply(Under& under) {
    for (std::size_t i = 0; i < under.updates.size(); ++i) {
      const LiveMap::Update& update = under.updates[i];
      if (units_[update.slot].who != under.who[i]) continue;
      std::optional<Shown>& shown = shown_[update.slot];
      if (!shown || shown->who != under.who[i]) shown = Shown{.who = under.who[i]};
      map_days::show(shown->x, update.place.x, std::to_string(update.slot), now_s_);
    }
    under.applies = false;
  }

  void answer() {
    const auto end = [this](const Under& under) {
      const auto out = live_.ended(at(now_s_), under.number, under.verdict);
      if (!out) return;
      ++left_out;
      EXPECT_EQ(out, bad_);
    };
    map_days::pass(
        under_way_, now_s_, [this](Under& under) { apply(under); }, end);
  }

  void check() {
    checked_at_s_ = now_s_;
    if (!up_ || now_s_ < fault_s_ + kRight_s) return;
    ++checks;
    for (Slot slot = 0; slot < kUnits; ++slot) {
      const Unit& unit = units_[slot];
      if (slot == bad_ || now_s_ < unit.since_s + kRight_s) continue;
      if (!shown_[slot]) {
        ADD_FAILURE() << slot << " is forgotten at " << now_s_;
        continue;
      }
      const double x_m = *shown_[slot]->x;
      if (shown_[slot]->who == unit.who && x_m >= x(unit, now_s_ - kOld_s) - 2 && x_m <= x(unit, now_s_)) continue;
      ADD_FAILURE() << slot << " at " << now_s_ << ": shown at " << x_m << " m, is at " << x(unit, now_s_) << " m";
    }
  }

  map_days::Chance chance_;
  LiveMap live_;
  double now_s_ = 0;
  std::array<Unit, kUnits> units_;
  std::array<std::optional<Shown>, kUnits> shown_;
  int players_ = 0;
  std::deque<Under> under_way_;
  bool up_ = true;
  double up_at_s_ = 0;
  double fault_s_ = 0;
  double hitch_until_s_ = 0;
  double checked_at_s_ = 0;
  std::optional<Slot> bad_;
  double bad_until_s_ = 0;
};

TEST(LiveMapDay, AfterEachOutageTheMapIsRightAndNothingComesOutOfOrder) {
  map_days::play_seeds(2, [](std::uint64_t seed) {
    Day day(seed);
    day.play();
    EXPECT_GE(day.outages, 50);
    EXPECT_GE(day.calls, 200'000);
    EXPECT_GE(day.left_out, 1);
    EXPECT_GE(day.checks, 40'000);
  });
}

}  // namespace
}  // namespace sonoran::schedule
