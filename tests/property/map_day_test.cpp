// A day of the live map over the hub, in virtual time: the connection ends, calls are lost or refused, one unit is bad
// for a while, units log in and leave. SONORAN_SEED=<number> plays that day alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/settings.h"
#include "schedule/live_map.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using test::at;

constexpr Slot kUnits = 40;
constexpr double kDay_s = 24 * 3600;
constexpr double kStep_s = 0.05;
constexpr double kWay_s = 0.03;
/// A call without an answer is given up after so long.
constexpr double kAnswer_s = 5;
/// So long after an outage, or after any other fault, every place on the map is one that the unit had in the last
/// kOld_s: two seconds until a unit is read, four until the map may be wrong about it no longer whatever others need.
constexpr double kRight_s = 3;
constexpr double kOld_s = 6.5;

class Day {
 public:
  explicit Day(std::uint64_t seed) : bits_(seed), live_(settings()) {
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
    int who = 0;         // another one for every other player in this slot
    double since_s = 0;  // known since then
    double speed = 0;    // while it drives, which is 70 s of every 120
    double phase_s = 0;
  };
  /// What the CAD shows.
  struct Shown {
    int who = 0;
    double x = 0;
  };
  struct Under {
    std::uint64_t number = 0;
    double ends_s = 0;
    HubVerdict verdict = HubVerdict::kTaken;
    bool applies = true;
    std::vector<LiveMap::Update> updates;
    std::vector<int> who{};
  };

  static Settings settings() {
    const std::array<SettingPair, 1> pairs = {SettingPair{"sonoran_apiKey", "k"}};
    return *parse_settings(pairs);
  }
  double draw(double from, double to) { return from + (to - from) * static_cast<double>(bits_() >> 11) * 0x1p-53; }
  bool happens(double every_s) { return draw(0, 1) < kStep_s / every_s; }

  /// Where it is: metres that it has driven.
  static double x(const Unit& unit, double time_s) {
    const double cycles = std::floor((time_s + unit.phase_s) / 120);
    return unit.speed * (cycles * 70 + std::min((time_s + unit.phase_s) - cycles * 120, 70.0));
  }

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
      // What was under way has arrived or not, from some call on.
      bool arrives = true;
      for (Under& under : under_way_) {
        arrives = arrives && under.applies && draw(0, 1) < 0.5;
        if (arrives) apply(under);
      }
      under_way_.clear();
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
    // Left out for as long as that, it is tried once more.
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
      if (shown && shown->who == under.who[i] && update.place.x < shown->x)
        ADD_FAILURE() << update.slot << " out of order at " << now_s_;
      shown = Shown{.who = under.who[i], .x = update.place.x};
    }
    under.applies = false;
  }

  void answer() {
    for (Under& under : under_way_) {
      if (under.applies) apply(under);
    }
    // A call that is given up ends later than those after it.
    while (true) {
      const auto over = std::ranges::find_if(under_way_, [&](const Under& under) { return under.ends_s <= now_s_; });
      if (over == under_way_.end()) break;
      const Under under = std::move(*over);
      under_way_.erase(over);
      const auto out = live_.ended(at(now_s_), under.number, under.verdict);
      if (!out) continue;
      ++left_out;
      EXPECT_EQ(out, bad_);
    }
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
      const double x_m = shown_[slot]->x;
      if (shown_[slot]->who == unit.who && x_m >= x(unit, now_s_ - kOld_s) - 2 && x_m <= x(unit, now_s_)) continue;
      ADD_FAILURE() << slot << " at " << now_s_ << ": shown at " << x_m << " m, is at " << x(unit, now_s_) << " m";
    }
  }

  std::mt19937_64 bits_;
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
  const char* const given = std::getenv("SONORAN_SEED");
  const std::uint64_t first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  for (std::uint64_t seed = first; seed < first + (given == nullptr ? 2 : 1); ++seed) {
    SCOPED_TRACE("SONORAN_SEED=" + std::to_string(seed));
    Day day(seed);
    day.play();
    EXPECT_GE(day.outages, 50);
    EXPECT_GE(day.calls, 200'000);
    EXPECT_GE(day.left_out, 1);
    EXPECT_GE(day.checks, 40'000);
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace sonoran::schedule
