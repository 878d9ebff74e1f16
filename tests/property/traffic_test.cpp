// Hours of random traffic, a CAD that fails in every way, and what must hold all the same. Virtual time throughout.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "core/limits.h"
#include "schedule/scheduler.h"
#include "seed.h"
#include "virtual_cad.h"
#include "virtual_road.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using state::DesiredKind;
using test::at;
using test::base_seed;
using test::Cad;
using test::Road;
using test::Weather;

/// Plays random traffic with one seed.
class Play {
 public:
  /// Storm: as much of everything as there can be. Presses: panics now and then, which no budget delays, and a CAD that
  /// is near, so that each has a time by which it must have arrived.
  enum class Kind { kStorm, kPresses };

  Play(std::uint64_t seed, Kind kind)
      : kind_(kind), random_(seed), scheduler_(Settings{}, seed), road_(random_, cad_, scheduler_) {
    road_.weather = calm();
    cad_.window = pick(2) == 0 ? test::Window::kFixed : test::Window::kSliding;
    cad_.minute_begins_s = std::uniform_real_distribution<double>(0, 60)(random_);
    cad_.tells_reset = pick(2) == 0;
  }

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

  std::size_t bounds_checked = 0;

  void check() {
    check_budgets();
    check_answers();
    check_calls();
    check_desired();
    if (kind_ == Kind::kPresses) check_bounds();
    check_positions();
    check_sums();
  }

 private:
  static constexpr double kStep_s = 0.1;
  static constexpr int kUnits = 12;
  static constexpr double kJust_s = 10 + 17;
  static constexpr double kNear_s = 0.25;
  static constexpr double kOnceMore_s = Road::kReadLimit_s + Road::kLife_s + 65;
  struct Press {
    double time_s;
    int value;
  };

  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  static std::string unit(int i) { return i == 0 ? "stranger" : "unit-" + std::to_string(i); }

  void change_weather(bool traffic) {
    if (road_.weather.still && (now_s_ >= still_until_s_ || !traffic)) road_.end_stillness();
    if (!traffic) {
      cad_.refused_unit.clear();
      road_.weather = calm();
      others_ = 0;
    } else if (chance(0.002)) {
      if (road_.weather.still) road_.end_stillness();
      cad_.refused_unit.clear();
      road_.weather = calm();
      others_ = 0;
      for (int kinds = pick(3); kinds > 0; --kinds) add_weather();
    }
    note_fairness();
    if (road_.weather.forgets && chance(0.005)) {
      road_.forget();
      forgot_ = true;
    }
    if (others_ > 0 && chance(others_ * kStep_s / 60)) cad_.spend(now_s_, others_operation_);
  }

  [[nodiscard]] Weather calm() const {
    Weather weather;
    if (kind_ == Kind::kPresses) weather.most_delay_s = kNear_s;
    return weather;
  }

  /// Whether the CAD would take a panic now.
  void note_fairness() {
    const Weather& weather = road_.weather;
    const bool struck = weather.closes_kept > 0 || weather.silent > 0 || weather.late > 0 || weather.slow > 0 ||
                        weather.refused > 0 || weather.road > 0 || weather.not_passed > 0;
    const bool fair =
        !weather.dead && !weather.swallowed && !weather.still && !(struck && weather.strikes(api::set_unit_panic()));
    if (fairness_.empty() || fairness_.back().second != fair) fairness_.emplace_back(now_s_, fair);
    if (struck) another_struck_.push_back(now_s_);
  }

  /// One kind of weather more, of the road's and the CAD's.
  void add_weather() {
    static constexpr std::array kOperations = {"setUnitPanic", "setUnitStatus", "updateUnitLocations", "heartbeat"};
    Weather& weather = road_.weather;
    const double p = std::array{0.1, 0.5, 1.0}[static_cast<std::size_t>(pick(3))];
    if (pick(3) == 0) weather.only = {kOperations[static_cast<std::size_t>(pick(4))]};
    // The last three hold up single units, or spend the budget.
    switch (pick(kind_ == Kind::kStorm ? 17 : 14)) {
      case 0:
        weather.dead = true;
        break;
      case 1:
        weather.swallowed = true;
        break;
      case 2:
        weather.forgets = true;
        break;
      case 3:
      case 4:
        weather.closes_kept = p;
        break;
      case 5:
        weather.silent = p;
        break;
      case 6:
      case 7:
        weather.late = p;
        break;
      case 8:
        weather.still = true;
        still_until_s_ = now_s_ + std::uniform_real_distribution<double>(1, 40)(random_);
        break;
      case 9:
        weather.refused = p;
        break;
      case 10:  // one verdict of the CAD's own again and again
        weather.refused = p;
        weather.verdicts = {std::array{test::Verdict{401, "", ""}, test::Verdict{429, "", ""},
                                       test::Verdict{429, "", "20"},
                                       test::Verdict{503, "90", ""}}[std::size_t(pick(4))]};
        break;
      case 11:
        weather.road = pick(2) == 0 ? 0.3 : 1;
        break;
      case 12:
        weather.not_passed = p;
        weather.interim = pick(2) == 0;
        break;
      case 13:
        weather.slow = p;
        break;
      case 14:
        weather.blocked_unit = unit(1 + pick(kUnits - 1));
        break;
      case 15:
        cad_.refused_unit = unit(1 + pick(kUnits - 1));
        break;
      default:
        others_ = 5 + pick(60);
        others_operation_ = kOperations[static_cast<std::size_t>(pick(4))];
        break;
    }
  }

  void press_buttons() {
    const bool storm = kind_ == Kind::kStorm;
    if (chance(storm ? 0.05 : 0.0012)) {
      const std::string who = storm ? unit(pick(kUnits)) : unit(1 + pick(kUnits - 1));
      const int value = pick(storm ? 2 : 3) == 0 ? 0 : 1;
      for (int again = pick(4); again >= 0; --again) {
        presses_[who].push_back({now_s_, value});
        wanted_[++tickets_] = {who, value != 0 ? R"("isPanic":true)" : R"("isPanic":false)"};
        scheduler_.want(at(now_s_), DesiredKind::kPanic, who, value, tickets_);
      }
    }
    if (chance(storm ? 0.1 : 0.02)) {
      const std::string who = storm ? unit(pick(kUnits)) : unit(1 + pick(kUnits - 1));
      const int value = pick(5);
      statuses_[who].push_back({now_s_, value});
      wanted_[++tickets_] = {who, "\"status\":" + std::to_string(value)};
      scheduler_.want(at(now_s_), DesiredKind::kStatus, who, value, tickets_);
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
    // Panics by name spend the budget that has to be there for those that have a bound.
    call.operation = api::find_operation(kOperations[static_cast<std::size_t>(pick(kind_ == Kind::kStorm ? 8 : 7))]);
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
    double next_s = std::min(now_s_ + 60, road_.next_event());
    const Time wakeup = scheduler_.wakeup(at(now_s_));
    if (wakeup <= at(now_s_)) return;
    if (wakeup != kNever) {
      next_s = std::min(next_s, now_s_ + seconds(wakeup - at(now_s_)));
    }
    // Never past it, and always on a step.
    now_s_ = std::max(now_s_, now_s_ + std::floor((next_s - now_s_) / kStep_s) * kStep_s - kStep_s);
  }

  /// While a panic waits something leaves every 5 s, unless a 429 has limited what knocks.
  void check_knocks(std::size_t taken_before) {
    constexpr double kKnock_s = limits::kKnock_s + 3 * kStep_s;
    if (road_.taken() != taken_before || scheduler_.panics().pending() == 0) quiet_since_s_ = now_s_;
    if (now_s_ - quiet_since_s_ <= kKnock_s) return;
    const bool limited = std::ranges::any_of(api::knocks(), [&](const api::Operation* operation) {
      return scheduler_.operation(*operation).window.limit(at(now_s_)) < operation->rate_per_minute;
    });
    EXPECT_TRUE(limited) << "a panic waits, and nothing has left since " << quiet_since_s_ << ", it is " << now_s_;
    quiet_since_s_ = now_s_;
  }

  void exchange() {
    const std::size_t taken_before = road_.taken();
    road_.run(now_s_);
    check_knocks(taken_before);
    for (Answer& answer : scheduler_.take_answers()) {
      ++answers_[answer.ticket];
      check_whose(answer);
      if (const auto call = calls_.find(answer.ticket); call != calls_.end()) {
        call->second.kind = answer.error.kind;
        call->second.answered_s = now_s_;
      }
    }
    scheduler_.take_log();
    // A wakeup in the past with nothing to send would be a busy loop.
    if (scheduler_.wakeup(at(now_s_)) <= at(now_s_)) {
      const std::size_t sent = road_.taken();
      road_.pump();
      ASSERT_TRUE(road_.taken() != sent || scheduler_.wakeup(at(now_s_)) > at(now_s_)) << "at " << now_s_;
    }
  }

  /// What the CAD answered names what it did, and that is what was asked here.
  void check_whose(const Answer& answer) {
    if (answer.error.kind != ErrorKind::kNone || answer.body.empty()) return;
    if (const auto call = calls_.find(answer.ticket); call != calls_.end()) {
      EXPECT_NE(answer.body.find("\"to\":\"" + call->second.call.target + '"'), std::string::npos)
          << "ticket " << answer.ticket << " got " << answer.body;
    } else if (const auto wanted = wanted_.find(answer.ticket); wanted != wanted_.end()) {
      EXPECT_NE(answer.body.find('"' + wanted->second.first + '"'), std::string::npos)
          << "ticket " << answer.ticket << " got " << answer.body;
      EXPECT_NE(answer.body.find(wanted->second.second), std::string::npos)
          << "ticket " << answer.ticket << " got " << answer.body;
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
      // What was in the air without an answer is carried out when the CAD gets to it, in whatever order.
      if (times == 0 || road_.lost_call(call.call.target)) continue;
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
        // It arrived afterwards, or had just (the dedupe window of 10 s, and an answer that took up to 17 s).
        const bool arrived = first_on(told, press.time_s - kJust_s) != told.end();
        EXPECT_TRUE(arrived) << unit(i) << " pressed at " << press.time_s << pressed(presses, press.time_s)
                             << told_of_panics(press.time_s - 60, press.time_s + 200, unit(i));
      }
      // Nothing is told twice within the dedupe window unless it changed in between, or the answer was lost.
      std::vector<double> lost = road_.lost(unit(i));
      std::ranges::sort(lost);
      check_dedupe(told, lost);
      check_dedupe(cad_.statuses(unit(i)), lost);
      const auto& set = statuses_[unit(i)];
      if (!set.empty()) {
        ASSERT_FALSE(cad_.statuses(unit(i)).empty()) << unit(i);
        EXPECT_EQ(cad_.statuses(unit(i)).back().value, set.back().value)
            << unit(i) << ": the last status won"
            << history(cad_.statuses(unit(i)), road_.lost(unit(i)), cad_.statuses(unit(i)).size() - 1)
            << pressed(set, set.back().time_s);
      }
    }
  }

  /// The first ON at this time or later.
  static std::vector<Cad::Told>::const_iterator first_on(const std::vector<Cad::Told>& told, double from_s) {
    const auto from = std::ranges::lower_bound(told, from_s, {}, &Cad::Told::time_s);
    return std::ranges::find(from, told.end(), 1, &Cad::Told::value);
  }

  static void check_dedupe(const std::vector<Cad::Told>& told, const std::vector<double>& lost) {
    constexpr double kDedupe_s = 10;
    for (std::size_t k = 1; k < told.size(); ++k) {
      const double since_s = told[k].time_s - told[k - 1].time_s;
      // Also when what was lost was another value: the last one is sent once more when its life is over and the budget
      // allows it.
      const auto first_lost = std::ranges::lower_bound(lost, told[k - 1].time_s - kOnceMore_s);
      const bool answer_lost = first_lost != lost.end() && *first_lost <= told[k].time_s;
      if (told[k].value != told[k - 1].value || answer_lost) continue;
      EXPECT_GE(since_s, kDedupe_s - 2 * 0.8)
          << "value " << told[k].value << " at " << told[k].time_s << history(told, lost, k);
    }
  }

  /// Each panic has arrived within its bound of the moment from which on the CAD would have taken it.
  void check_bounds() {
    std::size_t checked = 0;
    for (int i = 1; i < kUnits; ++i) {
      const auto& told = cad_.panics(unit(i));
      for (const Press& press : presses_[unit(i)]) {
        if (press.value == 0) continue;
        const auto arrived = first_on(told, press.time_s - kJust_s);
        const double arrived_s = arrived == told.end() ? 1e18 : arrived->time_s;
        for (std::size_t k = 0; k < fairness_.size(); ++k) {
          if (!fairness_[k].second) continue;
          const double from_s = std::max(press.time_s, fairness_[k].first);
          const double until_s = k + 1 < fairness_.size() ? fairness_[k + 1].first : 1e18;
          if (until_s - from_s < limits::kKnock_s) continue;  // no bound is shorter
          if (arrived_s <= from_s) break;
          const double bound_s = bound(unit(i), from_s);
          if (until_s - from_s < bound_s) continue;
          ++checked;
          EXPECT_LE(arrived_s - from_s, bound_s)
              << unit(i) << " pressed at " << press.time_s << ", the CAD would have taken it from " << from_s
              << told_of_panics(from_s - 100, from_s + 2 * bound_s);
          break;
        }
      }
    }
    bounds_checked += checked;
  }

  /// For people: what the CAD was told before and after, and what was lost.
  static std::string history(const std::vector<Cad::Told>& told, const std::vector<double>& lost, std::size_t at) {
    std::ostringstream text;
    for (std::size_t i = at < 5 ? 0 : at - 5; i < std::min(told.size(), at + 3); ++i) {
      text << "\n  told " << told[i].value << " at " << told[i].time_s;
    }
    for (const double time : lost) {
      if (std::abs(time - told[at].time_s) < 200) text << "\n  lost at " << time;
    }
    return text.str();
  }

  static std::string pressed(const std::vector<Press>& presses, double time_s) {
    std::ostringstream text;
    for (const Press& press : presses) {
      if (std::abs(press.time_s - time_s) < 100) text << "\n  pressed " << press.value << " at " << press.time_s;
    }
    return text.str();
  }

  /// For people: which requests of panics left between these times.
  [[nodiscard]] std::string told_of_panics(double begin_s, double end_s, const std::string& who = "") const {
    std::ostringstream text;
    for (const auto& left : road_.panics_left()) {
      if (left.sent_s < begin_s || left.sent_s > end_s) continue;
      if (!who.empty() && std::ranges::find(left.units, who) == left.units.end()) continue;
      text << "\n  left at " << left.sent_s << ", ended at " << left.ended_s << ' '
           << (left.answered ? std::to_string(left.status) : "unanswered") << (left.on ? " on" : " off");
      for (const auto& unit : left.units) text << ' ' << unit;
    }
    const auto& sent = road_.sent();
    text << "\n  anything left at";
    for (const double time : sent) {
      if (time > end_s - (end_s - begin_s) / 2 && time < end_s) text << ' ' << time;
    }
    return text.str();
  }

  /// Seconds within which a panic arrives that the CAD would take from then on (docs/limits.md): 5 s and its way there,
  /// 2 s more for a second copy where a connection was forgotten, and more only for what it itself was told or has in
  /// the air.
  [[nodiscard]] double bound(const std::string& who, double from_s) const {
    const double way_s = 4 * kNear_s + 2 * kStep_s;
    constexpr double kPlace_s = Road::kLife_s + 60.25;
    double bound_s = limits::kKnock_s;
    // The first that asks whether the CAD answers may be of the one operation that it does not answer.
    const auto struck_at = std::ranges::lower_bound(another_struck_, from_s - kStep_s);
    if (struck_at != another_struck_.end() && *struck_at <= from_s + limits::kKnock_s) bound_s += limits::kKnock_s;
    double in_air_s = 0;
    int places = 0;
    int struck = 0;  // times in a row that the road has refused it
    double forgotten_s = Road::kHedge_s;
    for (const auto& left : road_.panics_left()) {
      // Another unit's may take the last place before it.
      if (left.sent_s > from_s + limits::kKnock_s) continue;
      const double held_until_s = left.ended_s + (left.answered ? 0 : Road::kLife_s) + 60.5;
      if (left.sent_s > from_s && held_until_s > from_s) ++places;
      if (left.sent_s > from_s) continue;
      if (held_until_s > from_s) ++places;
      if (left.ended_s <= from_s && left.answered && std::ranges::find(left.units, who) != left.units.end()) {
        struck = left.status >= 200 && left.status < 300 && !left.page ? 0 : struck + 1;
      }
      // Two copies of it that are not answered: the time limit of reading.
      if (left.ended_s > from_s && std::ranges::find(left.units, who) != left.units.end()) {
        in_air_s = std::max(in_air_s, left.sent_s + Road::kReadLimit_s - from_s);
      }
      const double since_s = from_s - left.ended_s;
      // A CAD that was slow lately gets no second copy where a connection was forgotten.
      if (!left.answered && since_s < 300) forgotten_s = Road::kUnacknowledged_s;
      // What the CAD itself has told a panic of its budget.
      if (left.status == 429 && since_s < 300) bound_s = std::max(bound_s, double{limits::kPanicLimited_s});
    }
    // 429s have lowered its budget, and others have spent that: it waits for the next place.
    const int learned = learned_limit(from_s);
    const auto spent = std::ranges::count_if(road_.panics_left(), [&](const Road::Left& left) {
      return left.sent_s > from_s - 60.25 && left.sent_s <= from_s + bound_s && left.status != 429;
    });
    if (learned < api::set_unit_panic().rate_per_minute && spent >= learned) bound_s += 60.25;
    // Its budget is spent: it waits for the first place.
    const int limit = api::set_unit_panic().rate_per_minute;
    if (places >= limit) bound_s = std::max(bound_s, kPlace_s);
    // What the road has refused again and again is set apart and leaves a quarter to the others.
    if (struck >= state::DesiredStates::kStrikes && places >= limit * 3 / 4) {
      bound_s = std::max(bound_s, kPlace_s);
    }
    // The last quarter of it has no second copies.
    if (places >= limit * 3 / 4) forgotten_s = Road::kUnacknowledged_s;
    return bound_s + in_air_s + (forgot_ ? forgotten_s : 0) + way_s;
  }

  /// What 429s have left of the panics' limit by then: each minute with one halves it, each without adds a tenth.
  [[nodiscard]] int learned_limit(double now_s) const {
    const int most = api::set_unit_panic().rate_per_minute;
    double part = 1;
    double last_s = 0;
    double halved_s = -1e9;
    const auto recovered = [&](double when_s) {
      return std::min(1.0, part + 0.1 * std::floor((when_s - last_s) / 60));
    };
    for (const auto& left : road_.panics_left()) {
      if (left.status != 429 || left.ended_s > now_s) continue;
      const bool halves = recovered(left.ended_s) >= 1 || left.ended_s - halved_s >= 60;
      part = recovered(left.ended_s) / (halves ? 2 : 1);
      part = std::max(part, 1.0 / most);
      if (halves) halved_s = left.ended_s;
      last_s = left.ended_s;
    }
    return std::max(1, static_cast<int>(std::floor(most * recovered(now_s))));
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
    }
  }

  struct Called {
    api::CheckedCall call;
    double deadline_s = 0;
    double answered_s = 0;
    ErrorKind kind = ErrorKind::kNone;
  };

  const Kind kind_;
  std::mt19937_64 random_;
  Cad cad_;
  Scheduler scheduler_;
  Road road_;
  double now_s_ = 0;
  double traffic_s_ = 0;
  double still_until_s_ = 0;
  bool forgot_ = false;       // connections were forgotten in this play
  double quiet_since_s_ = 0;  // nothing has left since then while a panic waits
  double others_ = 0;         // requests a minute of others with the same key
  std::string others_operation_;
  std::vector<std::pair<double, bool>> fairness_;  // since when a panic would be taken, or would not
  std::vector<double> another_struck_;             // when the weather struck some operation, in the order of time
  std::map<Ticket, std::pair<std::string, std::string>> wanted_;  // unit and value as the body has them
  Ticket tickets_ = 0;
  std::map<Ticket, int> answers_;
  std::map<Ticket, Called> calls_;
  std::map<std::string, std::vector<Press>> presses_;
  std::map<std::string, std::vector<Press>> statuses_;
  std::map<std::string, double> places_;
};

constexpr double kDay_s = 24 * 3600;
constexpr double kHour_s = 3600;
constexpr double kShort_s = 240;

void play(std::uint64_t seed, double traffic_s, Play::Kind kind = Play::Kind::kStorm) {
  const bool presses = kind == Play::Kind::kPresses;
  const char* const name = traffic_s == kDay_s    ? (presses ? "DayOfPresses" : "Day")
                           : traffic_s == kHour_s ? (presses ? "Presses" : "Hour")
                                                  : "FourMinutes";
  SCOPED_TRACE(test::replay(seed, std::string("Replay.") + name));
  Play play(seed, kind);
  play.play(traffic_s);
  play.check();
  if (presses) {
    EXPECT_GT(play.bounds_checked, 0U);
  }
}

class Traffic : public testing::TestWithParam<int> {};

TEST_P(Traffic, AnHourKeepsEveryBudgetLosesNoPanicAndAnswersEveryCall) {
  play(base_seed() + static_cast<std::uint64_t>(GetParam()), kHour_s);
}
INSTANTIATE_TEST_SUITE_P(Hours, Traffic, testing::Range(0, 12));

/// Thousands of seeds, in shards that run side by side.
constexpr std::uint64_t kSeedsAShard = test::kSanitized ? 30 : 300;

class Swarm : public testing::TestWithParam<int> {};

TEST_P(Swarm, FourMinutesAndTheirAftermath) {
  for (std::uint64_t i = 0; i < kSeedsAShard && !HasFailure(); ++i) {
    play(base_seed() + 1000 + static_cast<std::uint64_t>(GetParam()) * kSeedsAShard + i, kShort_s);
  }
}
INSTANTIATE_TEST_SUITE_P(Shards, Swarm, testing::Range(0, 8));

class Presses : public testing::TestWithParam<int> {};

TEST_P(Presses, AnHourInWhichEachPanicHasItsBound) {
  for (std::uint64_t i = 0; i < kSeedsAShard / 30 && !HasFailure(); ++i) {
    play(base_seed() + 100000 + static_cast<std::uint64_t>(GetParam()) * kSeedsAShard + i, kHour_s,
         Play::Kind::kPresses);
  }
}
INSTANTIATE_TEST_SUITE_P(Shards, Presses, testing::Range(0, 4));

/// By name: SONORAN_DAYS says how many seeds, each of which is played for 24 hours, storms and presses in turn.
TEST(Days, OfEverySeed) {
  const char* const given = std::getenv("SONORAN_DAYS");
  if (given == nullptr) GTEST_SKIP() << "SONORAN_DAYS says how many seeds are played for 24 hours each";
  const std::uint64_t seeds = std::strtoull(given, nullptr, 10);
  for (std::uint64_t i = 0; i < seeds && !HasFailure(); ++i) {
    play(base_seed() + i, kDay_s, i % 2 == 0 ? Play::Kind::kStorm : Play::Kind::kPresses);
  }
}

/// A day in which a long silence once outlasted the budgets of what only knocks. Whoever changes what a play draws
/// makes another day of it.
TEST(Found, ASilenceThatOutlastedWhatOnlyKnocks) {
  if (test::kSanitized) GTEST_SKIP() << "a day takes ten times as long under a sanitizer";
  play(337, kDay_s);
}

TEST(Replay, Day) {
  if (std::getenv("SONORAN_SEED") == nullptr) GTEST_SKIP() << "SONORAN_SEED names the seed to play";
  play(base_seed(), kDay_s);
}
TEST(Replay, DayOfPresses) {
  if (std::getenv("SONORAN_SEED") == nullptr) GTEST_SKIP() << "SONORAN_SEED names the seed to play";
  play(base_seed(), kDay_s, Play::Kind::kPresses);
}
TEST(Replay, Presses) {
  if (std::getenv("SONORAN_SEED") == nullptr) GTEST_SKIP() << "SONORAN_SEED names the seed to play";
  play(base_seed(), kHour_s, Play::Kind::kPresses);
}
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
