// The judge: decides what a request is answered. It has no sockets and no clock of its own.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "simulator/answer.h"
#include "simulator/community.h"
#include "simulator/faults.h"
#include "simulator/rate_counter.h"
#include "simulator/request_log.h"
#include "simulator/routes.h"
#include "simulator/target.h"

namespace sonoran::simulator {

struct Request {
  Time first_byte;
  std::string method, target;
  Headers headers;
  std::string body;
  bool over_tls = false;
  std::uint64_t connection = 0;

  /// The value of a header; "" if it is absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// An answer, and how it goes wrong on its way.
struct Reply {
  Answer answer;
  std::uint32_t delay_ms = 0;
  std::optional<Stage> reset = std::nullopt;
  std::optional<Stage> stall = std::nullopt;
  bool truncate = false;
};

/// Used by one thread at a time.
class Cad {
 public:
  Cad(std::string key, std::set<std::int64_t> servers, Faults faults, const std::string& requests_file);

  Reply handle(Request request);

  void set_faults(Faults faults) { faults_ = std::move(faults); }
  [[nodiscard]] const Faults& faults() const { return faults_; }
  [[nodiscard]] const RequestLog& log() const { return log_; }
  [[nodiscard]] boost::json::object stats(Time now) const;
  /// Forgets all counters, requests and units, but not the faults.
  void reset();

 private:
  struct Counter {
    std::uint64_t requests = 0;
    std::map<unsigned, std::uint64_t> answered;  // by status; 0: a fault kept the answer back
    RateCounter rate;
  };

  /// The faults that hold for this request; uses one of their `times` up.
  Faults take_faults(const std::string& operation);
  [[nodiscard]] bool authorized(const Request& request) const;
  /// 0 is none.
  [[nodiscard]] std::size_t limit(const Operation& operation) const;
  /// The answer without faults.
  Answer judge(const Request& request, const Match& match, const Target& target, bool permitted, std::size_t window);

  const std::string key_;
  const std::set<std::int64_t> servers_;
  const Routes& routes_;
  Faults faults_;
  RequestLog log_;
  Community community_;
  std::map<std::string, Counter> counters_;  // by operation
  std::uint64_t unknown_targets_ = 0, wrong_methods_ = 0;
};

}  // namespace sonoran::simulator
