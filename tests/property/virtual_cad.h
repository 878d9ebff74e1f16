// A CAD in virtual time.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "schedule/scheduler.h"

namespace sonoran::test {

using schedule::Request;

/// Takes each request after a delay, counts it as the real one does, applies it, and answers
/// after another. In bad weather it fails before or after it applied the request. Something on the way may answer in
/// its place, and units may be bad: the CAD refuses positions with one of the first kind, the road whatever names one
/// of the second.
class Cad {
 public:
  explicit Cad(std::mt19937_64& random) : random_(random) {}

  double trouble = 0;  // chance of a failure, 0 to 1
  bool dead = false;   // connections are refused
  double most_delay_s = 0.8;
  double road = 0;           // chance that something on the way answers
  bool road_stuck = false;   // it answers each panic, and nothing else
  std::string refused_unit;  // its positions are a 400
  std::string blocked_unit;  // what names it does not pass the road

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
    const bool panic = request.operation->id == "setUnitPanic";
    if ((road_stuck && panic) || chance(road) || names(request, blocked_unit)) {
      note_refused_alone(arrival_s, request);
      // A firewall may look at the answer only, so that the request had its effect.
      arrivals_[std::string(request.operation->id)].push_back(arrival_s);
      const bool page = pick(4) == 0;
      if (page && chance(0.5)) apply(arrival_s, request);
      // Who hears that does not know what the CAD has.
      for (const auto& unit : units_of(request)) lost_[unit].push_back(arrival_s);
      static constexpr std::array kStatuses = {400, 401, 403, 404, 405, 408, 413, 425, 429, 451, 302};
      outcome =
          page ? failed(api::Failure::kPage, 200, ErrorKind::kUnavailable)
               : failed(api::Failure::kRoad, kStatuses[static_cast<std::size_t>(pick(11))], ErrorKind::kUnavailable);
      if (pick(4) == 0) outcome.retry_after = std::chrono::seconds(pick(6));
      return exchange;
    }
    arrivals_[std::string(request.operation->id)].push_back(arrival_s);
    if (chance(trouble / 2)) {
      switch (pick(4)) {
        case 0:  // the answer is lost on its way
          apply(arrival_s, request);
          for (const auto& unit : units_of(request)) lost_[unit].push_back(arrival_s);
          exchange.answered_s += 15;
          outcome = failed(api::Failure::kNoAnswer, 0, ErrorKind::kTimeout);
          return exchange;
        case 1:  // nobody there knows whether it was carried out; it was not
          for (const auto& unit : units_of(request)) lost_[unit].push_back(arrival_s);
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
    if (request.operation->id == "updateUnitLocations" && names(request, refused_unit)) {
      note_refused_alone(arrival_s, request);
      outcome = failed(api::Failure::kRejected, 400, ErrorKind::kRejected);
      if (pick(2) == 0) outcome.body = R"({"detail":"No such unit: )" + refused_unit + "\"}";
      return exchange;
    }
    if (request.body.find("stranger") != std::string::npos) {
      outcome = failed(api::Failure::kRejected, 404, ErrorKind::kNotFound);
      return exchange;
    }
    apply(arrival_s, request);
    outcome.status = 200;
    return exchange;
  }

  /// When a command was carried out, by its target.
  [[nodiscard]] const std::map<std::string, std::vector<double>>& carried_out() const { return carried_out_; }

  struct Told {
    double time_s;
    int value;
  };
  [[nodiscard]] const std::vector<Told>& panics(const std::string& unit) { return panics_[unit]; }
  [[nodiscard]] const std::vector<Told>& statuses(const std::string& unit) { return statuses_[unit]; }
  /// When a request that carried this unit was taken and its answer lost.
  [[nodiscard]] const std::vector<double>& lost(const std::string& unit) { return lost_[unit]; }
  [[nodiscard]] const std::map<std::string, double, std::less<>>& places() const { return places_; }
  /// When the position of this unit was refused last in a request of its own; long ago: never.
  [[nodiscard]] double refused_alone(const std::string& unit) const {
    const auto found = refused_alone_.find(unit);
    return found == refused_alone_.end() ? -1e9 : found->second;
  }
  /// The most requests of each operation in any 60 s, by their arrival.
  [[nodiscard]] std::map<std::string, int> largest_windows() {
    std::map<std::string, int> largest;
    for (auto& [id, times] : arrivals_) {
      std::ranges::sort(times);
      std::size_t begin = 0;
      for (std::size_t end = 0; end < times.size(); ++end) {
        while (times[end] - times[begin] >= 60.0) ++begin;
        largest[id] = std::max(largest[id], static_cast<int>(end - begin + 1));
      }
    }
    return largest;
  }
  [[nodiscard]] std::size_t requests(const std::string& id) { return arrivals_[id].size(); }

 private:
  static api::Outcome failed(api::Failure failure, int status, ErrorKind kind) {
    api::Outcome outcome;
    outcome.failure = failure;
    outcome.status = status;
    outcome.error = {kind, "It failed", "It failed.", ""};
    return outcome;
  }

  void note_refused_alone(double now_s, const Request& request) {
    simdjson::dom::array updates;
    if (request.body.empty() || parse(request.body)["updates"].get(updates) != simdjson::SUCCESS ||
        updates.size() != 1) {
      return;
    }
    const std::string_view unit = updates.at(0)["communityUserId"];
    refused_alone_[std::string(unit)] = now_s;
  }

  static bool names(const Request& request, const std::string& unit) {
    return !unit.empty() && request.body.find('"' + unit + '"') != std::string::npos;
  }

  simdjson::dom::element parse(const std::string& body) { return parser_.parse(body).value(); }

  std::vector<std::string> units_of(const Request& request) {
    std::vector<std::string> units;
    if (request.body.empty()) return units;
    simdjson::dom::array names;
    if (parse(request.body)["communityUserIds"].get(names) != simdjson::SUCCESS) return units;
    for (const std::string_view unit : names) units.emplace_back(unit);
    return units;
  }

  void apply(double now_s, const Request& request) {
    if (request.body.empty()) {  // a call
      carried_out_[request.target].push_back(now_s);
      return;
    }
    const auto body = parse(request.body);
    simdjson::dom::array updates;
    bool on = false;
    if (body["updates"].get(updates) == simdjson::SUCCESS) {
      for (const auto update : updates) {
        const std::string_view unit = update["communityUserId"];
        const double x = update["coordinates"]["x"].get_double();
        if (const auto known = places_.find(unit); known != places_.end()) {
          known->second = x;
        } else {
          places_.emplace(unit, x);
        }
      }
    } else if (body["isPanic"].get(on) == simdjson::SUCCESS) {
      for (const auto& unit : units_of(request)) panics_[unit].push_back({now_s, on ? 1 : 0});
    } else if (auto status = body["status"].get_int64(); status.error() == simdjson::SUCCESS) {
      for (const auto& unit : units_of(request)) statuses_[unit].push_back({now_s, static_cast<int>(status.value())});
    }
  }

  double delay() { return std::uniform_real_distribution<double>(0.005, most_delay_s)(random_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  std::mt19937_64& random_;
  std::map<std::string, std::vector<double>> arrivals_;
  std::map<std::string, std::vector<Told>> panics_;
  std::map<std::string, std::vector<Told>> statuses_;
  std::map<std::string, std::vector<double>> lost_;
  std::map<std::string, double, std::less<>> places_;
  std::map<std::string, double> refused_alone_;
  simdjson::dom::parser parser_;
  std::map<std::string, std::vector<double>> carried_out_;
};

}  // namespace sonoran::test
