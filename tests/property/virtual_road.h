// The road to a CAD in virtual time, and the client at its near end: connections that are kept or gone, second copies,
// silence, pages of gateways, requests that the CAD gets to when nobody waits for them any more.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schedule/scheduler.h"
#include "virtual_cad.h"
#include "virtual_time.h"

namespace sonoran::test {

/// What goes wrong, at the CAD and on the way to it. Chances are of each request that arrives.
struct Weather {
  double most_delay_s = 0.8;  // each way

  // At the CAD.
  double refused = 0;               // an answer of its own that refuses: one of `verdicts`
  std::vector<Verdict> verdicts{};  // without any: 401, 404, 503, 429
  double silent = 0;                // takes the request, does it or not, and never answers
  double late = 0;                  // gets to it late, also when nobody waits for the answer any more
  double slow = 0;                  // does it at once, and says so late, also when nobody waits any more
  double closes_kept = 0;           // reads a request on a kept connection, does it or not, and closes
  bool still = false;               // looks at nothing; at all of it when that ends
  bool interim = false;             // says something before its answer

  // On the way.
  bool dead = false;         // connections are refused
  bool swallowed = false;    // connections are neither taken nor refused
  bool forgets = false;      // forget() is called now and then
  double road = 0;           // something on the way answers
  std::string blocked_unit;  // what names it does not pass: something answers
  double not_passed = 0;     // something answers 5xx: nobody knows whether it was carried out

  /// For these operations only; none: for all. What holds of connections holds for all.
  std::vector<std::string> only{};
  [[nodiscard]] bool strikes(const api::Operation& operation) const {
    return only.empty() || std::ranges::find(only, operation.id) != only.end();
  }
};

class Road {
 public:
  /// As the product's defaults have it (docs/errors.md, docs/limits.md).
  static constexpr double kReadLimit_s = 15;
  static constexpr double kConnectLimit_s = 5;
  static constexpr double kUnacknowledged_s = 10;
  static constexpr double kHedge_s = 2;
  static constexpr double kIdle_s = 20;
  static constexpr double kWarm_s = 10;
  static constexpr double kCommandIdle_s = 0.5;
  /// A request without an answer is carried out within so long after its connection was reset, if at all.
  static constexpr double kLife_s = 30;

  Road(std::mt19937_64& random, Cad& cad, schedule::Scheduler& scheduler)
      : random_(random), cad_(cad), scheduler_(scheduler) {}
  Road(const Road&) = delete;
  Road& operator=(const Road&) = delete;
  /// What waits for a reset that never came holds its own flight.
  ~Road() {
    for (const auto& waiting : never_reset_) {
      if (const auto copy = waiting.lock()) copy->when_reset = nullptr;
    }
  }

  Weather weather;

  /// Carries out what happens until then, and takes what the scheduler sends meanwhile.
  void run(double until_s) {
    while (!events_.empty() && events_.begin()->first <= until_s) {
      auto event = events_.extract(events_.begin());
      now_s_ = std::max(now_s_, event.key());
      event.mapped()();
      pump();
    }
    now_s_ = std::max(now_s_, until_s);
    pump();
  }
  void pump() {
    while (auto request = scheduler_.next(at(now_s_))) send(std::move(*request));
  }
  /// When the next thing happens; long after all: none.
  [[nodiscard]] double next_event() const { return events_.empty() ? 1e18 : events_.begin()->first; }

  /// What is between the two forgets the connections that are idle: what is sent on them is swallowed.
  void forget() {
    for (auto& kept : kept_) {
      for (Kept& connection : kept) connection.forgotten = true;
    }
  }

  /// The CAD goes on, and looks at what has come in while it stood still.
  void end_stillness() {
    weather.still = false;
    for (auto& handle : std::exchange(inbox_, {})) handle();
  }

  /// When a request that names this unit was not simply carried out and answered: the CAD got to it and its answer was
  /// lost, it was one of two copies, or nobody knows whether it arrived.
  [[nodiscard]] const std::vector<double>& lost(const std::string& unit) { return lost_[unit]; }
  /// Whether a request with this target did.
  [[nodiscard]] bool lost_call(const std::string& target) const { return lost_targets_.contains(target); }
  /// Requests of setUnitPanic: when each left, and until when it was in the air.
  struct Left {
    double sent_s;
    double ended_s;
    bool answered;
    int status;
    bool on;
    std::vector<std::string> units;
    bool page = false;  // something on the way answered
  };
  [[nodiscard]] const std::vector<Left>& panics_left() const { return panics_left_; }
  /// When anything left.
  [[nodiscard]] const std::vector<double>& sent() const { return sent_; }
  /// Requests taken from the scheduler so far.
  [[nodiscard]] std::size_t taken() const { return taken_; }

 private:
  struct Flight;
  struct Copy {
    std::weak_ptr<Flight> flight;
    bool second = false;
    bool kept = false;
    bool forgotten = false;  // what it leaves on leads nowhere
    bool left = false;       // its connection was there
    bool heard = false;      // a byte came
    bool over = false;       // answered, given up or reset: nothing of it counts here any more
    double sent_s = 0;
    double reset_s = 1e18;
    std::function<void()> when_reset;  // what the CAD does late
    std::size_t log = 0;               // in panics_left_, from 1
  };
  struct Flight {
    Request request;
    std::shared_ptr<Copy> first, second;
    bool decided = false;
    std::optional<api::Response> failed;  // the first copy's end, while the second is on its way
  };
  using Copies = std::shared_ptr<Copy>;
  using Flights = std::shared_ptr<Flight>;

  void later(double when_s, std::function<void()> what) { events_.emplace(std::max(when_s, now_s_), std::move(what)); }
  double delay() { return std::uniform_real_distribution<double>(0.005, weather.most_delay_s)(random_); }
  double between(double least, double most) { return std::uniform_real_distribution<double>(least, most)(random_); }
  bool chance(double p) { return p > 0 && std::bernoulli_distribution(p)(random_); }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  static api::Response broken(api::Stage stage, bool timed_out) {
    api::Response response;
    response.stage = stage;
    response.timed_out = timed_out;
    response.detail = "It failed.";
    return response;
  }

  void send(Request request) {
    ++taken_;
    auto flight = std::make_shared<Flight>();
    flight->request = std::move(request);
    flights_.insert(flight);
    flight->first = leave(flight, false, take_kept(flight->request));
  }

  struct Kept {
    double since_s;  // idle
    bool forgotten = false;
  };

  std::optional<Kept> take_kept(const Request& request) {
    auto& kept = kept_[static_cast<std::size_t>(request.operation->lane)];
    // The urgent lane's idle ones are replaced.
    const double most_s = request.operation->lane == api::Lane::kUrgent ? kWarm_s : kIdle_s;
    const double idle_s = request.repeatable ? most_s : kCommandIdle_s;
    std::erase_if(kept, [&](const Kept& one) { return now_s_ - one.since_s > most_s; });
    if (kept.empty() || now_s_ - kept.back().since_s > idle_s) return std::nullopt;
    const Kept taken = kept.back();
    kept.pop_back();
    return taken;
  }

  Copies leave(const Flights& flight, bool second, std::optional<Kept> kept) {
    auto copy = std::make_shared<Copy>();
    copy->flight = flight;
    copy->second = second;
    copy->kept = kept.has_value();
    copy->forgotten = kept && kept->forgotten;
    const Request& request = flight->request;
    if (kept) {
      depart(copy);
      if (request.hedged) {
        later(now_s_ + kHedge_s, [this, copy] { hedge(copy); });
      }
    } else if (weather.dead) {
      later(now_s_ + delay(), [this, copy] { end(copy, broken(api::Stage::kConnect, false)); });
    } else if (weather.swallowed) {
      later(now_s_ + kConnectLimit_s, [this, copy] { end(copy, broken(api::Stage::kConnect, true)); });
    } else {
      later(now_s_ + delay(), [this, copy] {
        if (!copy->over) depart(copy);
      });
    }
    return copy;
  }

  void depart(const Copies& copy) {
    const Flights flight = copy->flight.lock();
    if (flight == nullptr) return;
    copy->left = true;
    copy->sent_s = now_s_;
    sent_.push_back(now_s_);
    if (flight->request.operation->id == "setUnitPanic") {
      const bool on = flight->request.body.find("true") != std::string::npos;
      panics_left_.push_back({now_s_, 1e18, false, 0, on, cad_.units_of(flight->request)});
      copy->log = panics_left_.size();
    }
    if (copy->forgotten) {
      later(now_s_ + kUnacknowledged_s, [this, copy] { end(copy, broken(api::Stage::kRead, false)); });
      return;
    }
    later(now_s_ + kReadLimit_s, [this, copy] { end(copy, broken(api::Stage::kRead, true)); });
    // The flight may have ended by then, and the request arrives all the same.
    later(now_s_ + delay(), [this, copy, request = flight->request] { arrive(copy, request); });
  }

  void hedge(const Copies& first) {
    const Flights flight = first->flight.lock();
    if (flight == nullptr || flight->decided || first->over || first->heard) return;
    if (!scheduler_.permit(at(now_s_), flight->request.id, schedule::Copy::kHedge)) return;
    flight->second = leave(flight, true, std::nullopt);
  }

  void note_lost(const Request& request, double time_s) {
    for (const auto& unit : cad_.units_of(request)) lost_[unit].push_back(time_s);
    lost_targets_.insert(request.target);
  }

  /// The CAD gets to it.
  void handle(const Request& request, const Verdict& verdict, const Copies& copy, bool answers) {
    if (!answers || copy->over || copy->second || verdict.status != 0) note_lost(request, now_s_);
    api::Response response = cad_.handle(now_s_, request, verdict);
    if (!answers) return;
    const double slow_s = weather.strikes(*request.operation) && chance(weather.slow) ? between(0, kReadLimit_s) : 0;
    later(now_s_ + slow_s + delay(), [this, copy, request, response = std::move(response), came_s = now_s_]() mutable {
      if (copy->over) note_lost(request, came_s);
      end(copy, std::move(response));
    });
  }

  void arrive(const Copies& copy, const Request& request) {
    if (weather.still) {
      inbox_.push_back([this, copy, request] { handle(request, {}, copy, true); });
      return;
    }
    if (!weather.strikes(*request.operation)) return handle(request, {}, copy, true);
    if (chance(weather.road) || Cad::names(request, weather.blocked_unit)) return answer_on_the_way(copy, request);
    if (copy->kept && chance(weather.closes_kept)) {
      const bool done = chance(0.7);
      if (done) {
        // It counts now, or within the life of a request without an answer.
        const double late_s = chance(0.3) ? between(0, kLife_s - 1) : 0;
        later(now_s_ + late_s, [this, copy, request] { handle(request, {}, copy, false); });
      }
      later(now_s_ + delay(), [this, copy] { gone(copy); });
      return;
    }
    if (chance(weather.silent)) {
      if (chance(0.7)) handle(request, {}, copy, false);
      return;
    }
    if (chance(weather.late)) {
      const auto do_it = [this, copy, request] { handle(request, {}, copy, true); };
      if (chance(0.5)) {
        later(now_s_ + between(0, kLife_s - weather.most_delay_s - 1), do_it);
      } else if (copy->reset_s <= now_s_) {
        later(copy->reset_s + between(0, kLife_s - 1), do_it);
      } else {
        copy->when_reset = [this, do_it] { later(now_s_ + between(0, kLife_s - 1), do_it); };
        never_reset_.push_back(copy);
      }
      return;
    }
    if (weather.interim) copy->heard = true;
    if (chance(weather.not_passed)) {
      if (chance(0.5)) {
        handle(request, {}, copy, false);
      } else {
        note_lost(request, now_s_);
      }
      api::Response response;
      response.status = 502 + pick(3);
      response.content_type = "text/html";
      response.body = "<html></html>";
      later(now_s_ + delay(), [this, copy, response] { end(copy, response); });
      return;
    }
    Verdict verdict;
    if (chance(weather.refused)) verdict = draw_verdict();
    handle(request, verdict, copy, true);
  }

  Verdict draw_verdict() {
    if (!weather.verdicts.empty())
      return weather.verdicts[static_cast<std::size_t>(pick(int(weather.verdicts.size())))];
    switch (pick(5)) {
      case 0:
        return {.status = 401, .retry_after = "", .headers_reset = ""};
      case 1:
        return {.status = 503, .retry_after = pick(2) == 0 ? "90" : "", .headers_reset = ""};
      case 2:
        return {.status = 408 + 17 * pick(2), .retry_after = "", .headers_reset = ""};
      case 3:
        return {.status = 429, .retry_after = pick(2) == 0 ? std::to_string(pick(8)) : "", .headers_reset = ""};
      default:
        return {.status = 429, .retry_after = "", .headers_reset = std::to_string(pick(20))};
    }
  }

  void answer_on_the_way(const Copies& copy, const Request& request) {
    static constexpr std::array kStatuses = {400, 401, 403, 404, 405, 408, 413, 425, 429, 451, 302};
    const bool page = pick(4) == 0;
    // A firewall may look at the answer only, so that the request had its effect. Who hears that does not know.
    cad_.pass_by(now_s_, request, page && chance(0.5));
    note_lost(request, now_s_);
    api::Response response;
    response.status = page ? 200 : kStatuses[static_cast<std::size_t>(pick(11))];
    response.content_type = "text/html";
    response.body = "<html></html>";
    if (pick(4) == 0) response.retry_after = std::to_string(pick(6));
    later(now_s_ + delay(), [this, copy, response] { end(copy, response); });
  }

  /// The CAD has closed a kept connection before a byte of an answer came.
  void gone(const Copies& copy) {
    const Flights flight = copy->flight.lock();
    if (flight == nullptr || flight->decided || copy->over) return;
    if (flight->second != nullptr || !flight->request.repeatable ||
        !scheduler_.permit(at(now_s_), flight->request.id, schedule::Copy::kReplace)) {
      return end(copy, broken(api::Stage::kRead, false));
    }
    put_down(copy, nullptr);
    flight->first = leave(flight, false, std::nullopt);
  }

  /// Nothing of it is waited for any more.
  void put_down(const Copies& copy, const api::Response* response) {
    if (copy == nullptr || copy->over) return;
    copy->over = true;
    copy->reset_s = now_s_;
    // The client cannot know whether it arrived.
    if (copy->left && (response == nullptr || response->stage != api::Stage::kAnswered)) {
      if (const Flights flight = copy->flight.lock()) note_lost(flight->request, now_s_);
    }
    if (copy->log != 0) {
      Left& left = panics_left_[copy->log - 1];
      left.ended_s = now_s_;
      left.answered = response != nullptr && response->stage == api::Stage::kAnswered;
      if (response != nullptr) left.status = response->status;
      left.page = left.answered && response->content_type == "text/html";
    }
    if (const auto late = std::exchange(copy->when_reset, nullptr)) late();
  }

  void end(const Copies& copy, api::Response response) {
    const Flights flight = copy->flight.lock();
    if (flight == nullptr || flight->decided || copy->over) return;
    const bool answered = response.stage == api::Stage::kAnswered;
    put_down(copy, &response);
    if (answered) {
      kept_[static_cast<std::size_t>(flight->request.operation->lane)].push_back({now_s_});
      return decide(flight, std::move(response), copy->second);
    }
    if (copy->second) {
      if (flight->failed) decide(flight, std::move(*flight->failed), false);
      return;
    }
    if (flight->second != nullptr && !flight->second->over) {
      flight->failed = std::move(response);
      return;
    }
    decide(flight, std::move(response), false);
  }

  void decide(const Flights& flight, api::Response response, bool second_won) {
    flight->decided = true;
    auto hedge = schedule::HedgeEnd::kNone;
    if (second_won) {
      hedge = schedule::HedgeEnd::kWon;
    } else if (flight->second != nullptr) {
      hedge = flight->second->left ? schedule::HedgeEnd::kLost : schedule::HedgeEnd::kNeverLeft;
    }
    if (second_won && flight->failed == std::nullopt) put_down(flight->first, nullptr);
    put_down(flight->second, nullptr);
    const std::uint64_t id = flight->request.id;
    flights_.erase(flight);
    scheduler_.done(at(now_s_), id, api::interpret(std::move(response), 0), hedge);
  }

  std::mt19937_64& random_;
  Cad& cad_;
  schedule::Scheduler& scheduler_;
  double now_s_ = 0;
  std::multimap<double, std::function<void()>> events_;
  std::vector<std::weak_ptr<Copy>> never_reset_;  // or were: copies with something that is done late
  std::vector<std::function<void()>> inbox_;      // of a CAD that stands still
  std::set<Flights> flights_;
  std::array<std::vector<Kept>, api::kLanes> kept_;
  std::map<std::string, std::vector<double>> lost_;
  std::set<std::string> lost_targets_;
  std::vector<Left> panics_left_;
  std::vector<double> sent_;
  std::size_t taken_ = 0;
};

}  // namespace sonoran::test
