// A CAD in virtual time: counts what reaches it, carries it out, and answers.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include "api/response.h"
#include "schedule/scheduler.h"

namespace sonoran::test {

using schedule::Request;

/// How the CAD counts the requests of a minute: its description does not say.
enum class Window {
  kSliding,  // those of the last 60 s
  kFixed,    // those of this minute of its clock
};

/// What the CAD itself answers instead of doing what was asked.
struct Verdict {
  int status = 0;             // 0: it does it
  std::string retry_after;    // the header; "" is none
  std::string headers_reset;  // RateLimit-Reset; "" is none
};

/// Used in the order of time: each arrival is told when the CAD gets to it.
class Cad {
 public:
  Window window = Window::kSliding;
  double minute_begins_s = 0;  // kFixed: a minute of its clock begins here
  std::string refused_unit;    // its positions are a 400
  bool tells_reset = false;    // a 429 says in RateLimit-Reset when the window opens

  /// The CAD gets to a request. It counts, whatever becomes of it.
  api::Response handle(double now_s, const Request& request, const Verdict& verdict) {
    const std::string id(request.operation->id);
    std::vector<double>& arrivals = arrivals_[id];
    arrivals.push_back(now_s);
    const double over_s = over_until(now_s, *request.operation);
    if (over_s > now_s) {
      ++over_limit_;
      return limited(tells_reset ? std::to_string(static_cast<int>(std::ceil(over_s - now_s))) : "", {});
    }
    if (verdict.status == 429) return limited(verdict.headers_reset, verdict.retry_after);
    if (verdict.status != 0) return problem(verdict.status, "It is as the weather wants it.", verdict.retry_after);
    if (id == "updateUnitLocations" && names(request, refused_unit)) {
      note_refused_alone(now_s, request);
      return problem(400, "No such unit: " + refused_unit, "");
    }
    if (request.body.find("stranger") != std::string::npos) return problem(404, "There is no such unit.", "");
    apply(now_s, request);
    return answered(200, R"({"to":")" + request.target + R"(","did":)" +
                             (request.body.empty() ? std::string("null") : request.body) + "}");
  }

  /// Others with the same key ask as well.
  void spend(double now_s, const std::string& operation) { others_[operation].push_back(now_s); }

  /// When a command was carried out, by its target.
  [[nodiscard]] const std::map<std::string, std::vector<double>>& carried_out() const { return carried_out_; }

  struct Told {
    double time_s;
    int value;
  };
  [[nodiscard]] const std::vector<Told>& panics(const std::string& unit) { return panics_[unit]; }
  [[nodiscard]] const std::vector<Told>& statuses(const std::string& unit) { return statuses_[unit]; }
  [[nodiscard]] const std::map<std::string, double, std::less<>>& places() const { return places_; }
  /// When the position of this unit was refused last in a request of its own; long ago: never.
  [[nodiscard]] double refused_alone(const std::string& unit) const {
    const auto found = refused_alone_.find(unit);
    return found == refused_alone_.end() ? -1e9 : found->second;
  }
  /// The most requests of each operation in any 60 s, by when the CAD got to them.
  [[nodiscard]] std::map<std::string, int> largest_windows() const {
    std::map<std::string, int> largest;
    for (const auto& [id, times] : arrivals_) {
      std::size_t begin = 0;
      for (std::size_t end = 0; end < times.size(); ++end) {
        while (times[end] - times[begin] >= kMinute_s) ++begin;
        largest[id] = std::max(largest[id], static_cast<int>(end - begin + 1));
      }
    }
    return largest;
  }
  [[nodiscard]] std::size_t requests(const std::string& id) { return arrivals_[id].size(); }
  [[nodiscard]] const std::vector<double>& arrivals(const std::string& id) { return arrivals_[id]; }

  /// Something on the way answers for the CAD; it may have passed the request on all the same.
  void pass_by(double now_s, const Request& request, bool passed_on) {
    note_refused_alone(now_s, request);
    arrivals_[std::string(request.operation->id)].push_back(now_s);
    if (passed_on) apply(now_s, request);
  }

  static bool names(const Request& request, const std::string& unit) {
    return !unit.empty() && request.body.find('"' + unit + '"') != std::string::npos;
  }
  std::vector<std::string> units_of(const Request& request) {
    std::vector<std::string> units;
    if (request.body.empty()) return units;
    simdjson::dom::array names;
    if (parse(request.body)["communityUserIds"].get(names) != simdjson::SUCCESS) return units;
    for (const std::string_view unit : names) units.emplace_back(unit);
    return units;
  }

 private:
  static constexpr double kMinute_s = 60;

  static api::Response answered(int status, std::string body) {
    api::Response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
  }
  static api::Response problem(int status, const std::string& detail, const std::string& retry_after) {
    api::Response response = answered(status, R"({"type":"about:blank","title":"Refused","status":)" +
                                                  std::to_string(status) + R"(,"detail":")" + detail + R"("})");
    response.retry_after = retry_after;
    return response;
  }
  /// As the gateway in front of the CAD says it.
  static api::Response limited(const std::string& reset, const std::string& retry_after) {
    api::Response response = answered(429, R"({"message":"API rate limit exceeded","request_id":"0"})");
    // What a reset header says counts where Retry-After is absent: the reading of it has a test of its own.
    response.retry_after = retry_after.empty() ? reset : retry_after;
    return response;
  }

  /// Until when this operation's window has too many, the last arrival included; the past: it has not.
  double over_until(double now_s, const api::Operation& operation) {
    const std::string id(operation.id);
    const double minute_s = minute_begins_s + std::floor((now_s - minute_begins_s) / kMinute_s) * kMinute_s;
    const double since_s = window == Window::kFixed ? minute_s : now_s - kMinute_s;
    int count = 0;
    double oldest_s = now_s;
    for (const auto* times : {&arrivals_[id], &others_[id]}) {
      for (const double time_s : std::views::reverse(*times)) {
        if (time_s < since_s || (window == Window::kSliding && time_s == since_s)) break;
        ++count;
        oldest_s = std::min(oldest_s, time_s);
      }
    }
    if (count <= operation.rate_per_minute) return now_s;
    return window == Window::kFixed ? minute_s + kMinute_s : oldest_s + kMinute_s;
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

  simdjson::dom::element parse(const std::string& body) { return parser_.parse(body).value(); }

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

  std::map<std::string, std::vector<double>> arrivals_;
  std::map<std::string, std::vector<double>> others_;
  std::map<std::string, std::vector<Told>> panics_;
  std::map<std::string, std::vector<Told>> statuses_;
  std::map<std::string, double, std::less<>> places_;
  std::map<std::string, double> refused_alone_;
  std::map<std::string, std::vector<double>> carried_out_;
  std::uint64_t over_limit_ = 0;
  simdjson::dom::parser parser_;
};

}  // namespace sonoran::test
