#include "property/map_traffic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <numbers>
#include <optional>
#include <random>
#include <vector>

#include "core/settings.h"
#include "schedule/live_map.h"

namespace sonoran::map_traffic {
namespace {

constexpr int kSteps_s = 200;  // a second
constexpr double kStep_s = 1.0 / kSteps_s;
constexpr double kCounts_s = 20;
constexpr std::uint64_t kSampled = 11;  // one step of so many is sampled
constexpr double kCall_s = 0.25;
constexpr double kMoved_m = 2;
constexpr std::size_t kCallUnits = 25;

struct Point {
  double x = 0, y = 0;
};

double between(Point a, Point b) {
  return std::sqrt((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y));
}

/// Uniform, and the same with every library.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed) {}
  double draw(double from, double to) { return from + (to - from) * static_cast<double>(bits_() >> 11) * 0x1p-53; }
  bool happens(double every_s) { return draw(0, 1) < kStep_s / every_s; }

 private:
  std::mt19937_64 bits_;
};

class Traffic {
 public:
  explicit Traffic(const Drive& run) : dice_(run.seed) {
    for (std::size_t i = 0; i < run.units; ++i) {
      const double part = static_cast<double>(i) / static_cast<double>(run.units);
      const double speed = part < 0.40 ? 0 : part < 0.85 ? 15 : 45;
      Unit unit{.at = {dice_.draw(-3000, 3000), dice_.draw(-3000, 3000)}, .speed = speed};
      unit.turn(dice_.draw(0, 2 * std::numbers::pi));
      units_.push_back(unit);
    }
  }

  void step() {
    for (Unit& unit : units_) {
      if (unit.speed == 0) continue;
      if (unit.stops_s > 0) {
        unit.stops_s -= kStep_s;
      } else {
        if (unit.speed == 15 && dice_.happens(20)) unit.stops_s = dice_.draw(3, 15);
        if (dice_.happens(unit.speed == 15 ? 8 : 10))
          unit.turn((dice_.draw(0, 1) < 0.5 ? -0.5 : 0.5) * std::numbers::pi);
      }
      if (unit.stops_s > 0) continue;
      unit.at.x += unit.steps.x;
      unit.at.y += unit.steps.y;
    }
  }

  [[nodiscard]] Point at(std::size_t unit) const { return units_[unit].at; }
  [[nodiscard]] double heading(std::size_t unit) const {
    const double degrees = std::fmod(units_[unit].heading * 180 / std::numbers::pi, 360);
    return degrees < 0 ? degrees + 360 : degrees;
  }
  [[nodiscard]] double speed(std::size_t unit) const { return units_[unit].stops_s > 0 ? 0 : units_[unit].speed; }
  Dice& dice() { return dice_; }

 private:
  struct Unit {
    Point at{};
    double heading = 0;
    double speed = 0;
    double stops_s = 0;
    Point steps{};  // in one step

    void turn(double by) {
      heading += by;
      steps = {std::cos(heading) * speed * kStep_s, std::sin(heading) * speed * kStep_s};
    }
  };
  Dice dice_;
  std::vector<Unit> units_;
};

/// What the CAD's map shows, and how wrong it is.
class Map {
 public:
  Map(const Drive& run, const Traffic& traffic)
      : run_(run), places_(run.units), hidden_since_(run.units, -1), shown_read_at_(run.units) {
    for (std::size_t i = 0; i < run.units; ++i) places_[i] = traffic.at(i);
  }

  void sends(double now, std::size_t unit, Point place, double read_at = 0) {
    under_way_.push_back({now + run_.round_trip_s / 2, unit, place, read_at});
    ++updates_;
  }

  void logs_in(double now, std::size_t unit) {
    places_[unit].reset();
    hidden_since_[unit] = now;
  }

  void step(double now, const Traffic& traffic) {
    while (!under_way_.empty() && under_way_.front().arrives <= now) {
      const auto [arrives, unit, place, read_at] = under_way_.front();
      under_way_.pop_front();
      if (unit >= run_.units - run_.panics) shows_moves(now, unit, read_at);
      if (!places_[unit]) errors_.back_s = std::max(errors_.back_s, now - hidden_since_[unit]);
      places_[unit] = place;
    }
    ++steps_;
    if (now < kCounts_s || !samples_now()) return;
    for (std::size_t i = 0; i < run_.units; ++i) {
      if (!places_[i]) continue;
      const double error = between(*places_[i], traffic.at(i));
      sum_ += error;
      squares_ += error * error;
      ++count_;
      errors_.worst_m = std::max(errors_.worst_m, error);
      ++bins_[std::min(static_cast<std::size_t>(error / kBin_m), kBins - 1)];
    }
  }

  Errors errors() {
    errors_.mean_m = sum_ / static_cast<double>(count_);
    errors_.rms_m = std::sqrt(squares_ / static_cast<double>(count_));
    errors_.p95_m = quantile(0.95);
    errors_.p99_m = quantile(0.99);
    if (!delays_s_.empty()) {
      const auto rank = delays_s_.begin() + static_cast<std::ptrdiff_t>(delays_s_.size() * 99 / 100);
      std::ranges::nth_element(delays_s_, rank);
      errors_.panic_p99_s = *rank;
    }
    errors_.updates_a_second = static_cast<double>(updates_) / (run_.minutes * 60.0);
    return errors_;
  }
  Errors& so_far() { return errors_; }
  [[nodiscard]] bool samples_now() const { return steps_ % kSampled == 0; }

 private:
  static constexpr double kBin_m = 0.02;
  static constexpr std::size_t kBins = 100'000;

  struct Update {
    double arrives;
    std::size_t unit;
    Point place;
    double read_at;
  };

  /// Records the delay of each move that this place is the first to show.
  void shows_moves(double now, std::size_t unit, double read_at) {
    for (double moved = shown_read_at_[unit] + kStep_s; moved <= read_at; moved += kStep_s) {
      if (moved >= kCounts_s) delays_s_.push_back(now - moved);
    }
    shown_read_at_[unit] = std::max(shown_read_at_[unit], read_at);
  }

  [[nodiscard]] double quantile(double part) const {
    const auto rank = static_cast<std::uint64_t>(part * static_cast<double>(count_));
    std::uint64_t seen = 0;
    std::size_t bin = 0;
    while (bin < kBins && (seen += bins_[bin]) <= rank) ++bin;
    return static_cast<double>(bin) * kBin_m;
  }

  Drive run_;
  std::vector<std::optional<Point>> places_;
  std::vector<double> hidden_since_;
  std::vector<double> shown_read_at_;
  std::vector<double> delays_s_;  // of the moves of units in panic
  std::deque<Update> under_way_;
  std::vector<std::uint64_t> bins_ = std::vector<std::uint64_t>(kBins);
  double sum_ = 0;
  double squares_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t updates_ = 0;
  std::uint64_t steps_ = 0;
  Errors errors_;
};

/// Steps of `run`, and who logs in.
template <class Step, class Login>
void play(const Drive& run, Traffic& traffic, Map& map, Step step, Login login) {
  Dice logins(run.seed + 1000);
  const std::int64_t steps = std::int64_t{run.minutes} * 60 * kSteps_s;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double now = static_cast<double>(i) * kStep_s;
    traffic.step();
    if (run.logins_a_minute != 0 && logins.happens(60.0 / run.logins_a_minute)) {
      const auto unit = static_cast<std::size_t>(logins.draw(0, static_cast<double>(run.units)));
      map.logs_in(now, unit);
      login(now, unit);
    }
    step(now);
    map.step(now, traffic);
  }
}

}  // namespace

Errors first_come(const Drive& run, bool waits) {
  Traffic traffic(run);
  Map map(run, traffic);
  std::vector<Point> sent(run.units);
  std::vector<Point> reported(run.units);
  std::vector<bool> in_line(run.units);
  std::deque<std::size_t> line;
  for (std::size_t i = 0; i < run.units; ++i) sent[i] = traffic.at(i);
  double report_at = 0;
  double call_at = 0;
  play(
      run, traffic, map,
      [&](double now) {
        if (report_at <= now) {
          report_at += kCall_s;
          for (std::size_t i = 0; i < run.units; ++i) {
            reported[i] = traffic.at(i);
            if (in_line[i] || between(reported[i], sent[i]) <= kMoved_m) continue;
            in_line[i] = true;
            line.push_back(i);
          }
        }
        if (call_at > now) return;
        call_at += kCall_s + (waits ? run.round_trip_s : 0);
        for (std::size_t n = 0; n < kCallUnits && !line.empty(); ++n) {
          const std::size_t unit = line.front();
          line.pop_front();
          in_line[unit] = false;
          sent[unit] = reported[unit];
          map.sends(now, unit, sent[unit]);
        }
      },
      [](double, std::size_t) {});
  return map.errors();
}

Errors by_need(const Drive& run) {
  const std::array<SettingPair, 1> pairs = {SettingPair{"sonoran_apiKey", "k"}};
  schedule::LiveMap live(*parse_settings(pairs));
  Traffic traffic(run);
  Map map(run, traffic);
  const Time begin = Time{} + std::chrono::hours(1);
  const auto time = [&](double now) { return begin + from_seconds(now); };
  // The slots that the game will read, and when (without ticks); and the answers on their way.
  std::deque<std::pair<double, schedule::Slot>> to_read;
  std::deque<std::pair<double, std::uint64_t>> answers;
  std::vector<double> read_at(run.units);
  std::vector<double> right_at(run.units);
  std::vector<Point> sent(run.units);
  std::uint64_t readings = 0;
  double ages_s = 0;
  double next_tick = 0;
  double tick = 0;
  Dice ticks(run.seed + 2000);
  const auto place = [&](std::size_t unit) {
    const Point at = traffic.at(unit);
    return schedule::MapPlace{.x = at.x, .y = at.y, .heading = traffic.heading(unit), .bytes = 250};
  };
  // Like the map of first_come(), this one begins with the place of every unit.
  for (std::size_t i = 0; i < run.units; ++i) {
    live.read(time(-100), static_cast<schedule::Slot>(i), place(i));
    sent[i] = traffic.at(i);
  }
  for (double now = -100; now < 0; now += kCall_s) {
    if (const auto call = live.next(time(now))) live.ended(time(now), call->number, schedule::HubVerdict::kTaken);
    for (const auto reading : live.name_readings(time(now))) live.read(time(now), reading.slot, place(reading.slot));
  }
  for (std::size_t i = run.units - run.panics; i < run.units; ++i)
    live.set_panic(time(0), static_cast<schedule::Slot>(i), true);
  play(
      run, traffic, map,
      [&](double now) {
        while (!answers.empty() && answers.front().first <= now) {
          live.ended(time(now), answers.front().second, schedule::HubVerdict::kTaken);
          answers.pop_front();
        }
        const bool ticks_now = run.tick_s != 0 && now >= tick;
        if (ticks_now) {
          next_tick = std::max(next_tick + run.tick_s, now);
          tick = next_tick + ticks.draw(0, run.tick_varies_s);
        }
        while (!to_read.empty() && (run.tick_s == 0 ? to_read.front().first <= now : ticks_now)) {
          const std::size_t unit = to_read.front().second;
          to_read.pop_front();
          live.read(time(now), static_cast<schedule::Slot>(unit), place(unit));
          map.so_far().unread_s = std::max(map.so_far().unread_s, now - read_at[unit]);
          read_at[unit] = now;
          ++readings;
        }
        if ((run.tick_s == 0 || to_read.empty()) && live.readings_due(time(now)) <= time(now)) {
          for (const auto reading : live.name_readings(time(now))) to_read.emplace_back(now + 0.01, reading.slot);
        }
        for (std::size_t i = 0; map.samples_now() && i < run.units; ++i) {
          if (between(sent[i], traffic.at(i)) <= kMoved_m) right_at[i] = now;
          if (now > kCounts_s) map.so_far().unsent_s = std::max(map.so_far().unsent_s, now - right_at[i]);
        }
        while (const auto call = live.next(time(now))) {
          for (const auto& update : call->updates) {
            sent[update.slot] = {update.place.x, update.place.y};
            right_at[update.slot] = now;
            map.sends(now, update.slot, sent[update.slot], read_at[update.slot]);
            ages_s += now - read_at[update.slot];
          }
          answers.emplace_back(now + run.round_trip_s, call->number);
        }
      },
      [&](double now, std::size_t unit) { live.logged_in(time(now), static_cast<schedule::Slot>(unit)); });
  Errors errors = map.errors();
  errors.age_s = ages_s / (errors.updates_a_second * run.minutes * 60.0);
  errors.readings_a_second = static_cast<double>(readings) / (run.minutes * 60.0);
  return errors;
}

double least_mean_m(const Drive& run) {
  Traffic traffic(run);
  const double units = static_cast<double>(run.units);
  double sum = 0;
  double moments = 0;
  for (std::int64_t i = 0; i < std::int64_t{run.minutes} * 60 * kSteps_s; ++i) {
    traffic.step();
    if (i % kSteps_s != 0) continue;
    double roots = 0;
    double speeds = 0;
    for (std::size_t unit = 0; unit < run.units; ++unit) {
      roots += std::sqrt(traffic.speed(unit));
      speeds += traffic.speed(unit);
    }
    // Intervals of roots / (100 * sqrt(speed)) use 100 updates a second; each unit's mean error is speed * interval
    // / 2.
    sum += (roots * roots / 200 + speeds * run.round_trip_s / 2) / units;
    ++moments;
  }
  return sum / moments;
}

}  // namespace sonoran::map_traffic
