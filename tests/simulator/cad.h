// The judge: decides the answer to each request. It has no sockets and no clock of its own.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
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
  std::uint64_t number = 1;    // of the request on its connection, from 1
  std::string tls_version;     // "TLSv1.3"; "" is plain TCP
  std::string server_name;     // that the client asked for in its handshake (SNI); "" is none
  bool tls_resumed = false;    // the handshake went on with an earlier session
  bool tls_early = false;      // the client announced early data
  std::string address;         // of the simulator, to which the client connected
  std::optional<Fault> fault;  // the fault that strikes it; see Cad::take_fault

  /// The value of a header; "" if it is absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// An answer, and the fault on its way.
struct Reply {
  Answer answer;
  Fault fault = {};
  std::string keep_alive = {};  // the value of the header; "" is none
};

/// Used by one thread at a time.
class Cad {
 public:
  /// Each of `more_keys` is as good as `key`, and has a budget and counters of its own; they share the units.
  Cad(std::string key, std::set<std::int64_t> servers, Faults faults, const std::string& requests_file,
      std::set<std::string> more_keys = {});

  /// The fault that strikes this request; a default one is none. Only the header and the time of the first byte are
  /// known. Call it once for each request, which then carries the fault to handle().
  Fault take_fault(const Request& head);
  /// The fault that strikes a new connection to this address; `tls`: to the port that speaks it.
  std::optional<Fault> take_connection_fault(bool tls, std::string_view address, Time now);
  /// A request without a `fault` is struck here, if at all.
  Reply handle(Request request);

  /// Answers requests that belong to no operation; without an answer they get a 404. Such a request needs no key.
  using Others = std::function<std::optional<Answer>(const Request&)>;
  void set_others(Others others) { others_ = std::move(others); }

  [[nodiscard]] bool knows_key(const std::string& key) const;
  [[nodiscard]] const std::set<std::int64_t>& servers() const { return servers_; }
  [[nodiscard]] Community& community() { return community_; }

  void set_faults(Faults faults) { faults_ = std::move(faults); }
  [[nodiscard]] const Faults& faults() const { return faults_; }
  [[nodiscard]] const RequestLog& log() const { return log_; }
  [[nodiscard]] boost::json::object stats(Time now) const;
  /// Forgets all counters, requests and units, but not the faults.
  void reset();

 private:
  struct Counter {
    std::uint64_t requests = 0;
    std::uint64_t executed = 0;                  // of these, how many the CAD carried out, whatever it answered
    std::map<unsigned, std::uint64_t> answered;  // by status; 0: a fault kept the answer back
  };
  /// Of one key and operation.
  struct Spending {
    std::uint64_t requests = 0, executed = 0;
    RateCounter rate;
  };
  using Account = std::map<std::string, Spending>;  // by operation

  /// The key of the request; nothing if it has none, or an unknown one.
  [[nodiscard]] std::optional<std::string> key_of(const Request& request) const;
  /// 0: there is no limit.
  [[nodiscard]] std::size_t limit(const Operation& operation) const;
  Fault take_fault(std::string_view operation, const Struck& struck);
  /// The headers of a 429 about how long to wait; `spending` may be null.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> wait_headers_for(const Spending* spending,
                                                                                  const Operation* operation,
                                                                                  Time now) const;
  /// The answer without faults. `executed` tells whether the CAD did what was asked.
  Answer judge(const Request& request, const Match& match, const Target& target, const Spending* spending,
               std::size_t window, bool& executed);

  const std::string key_;
  const std::set<std::string> more_keys_;
  const std::set<std::int64_t> servers_;
  const Routes& routes_;
  Others others_;
  Faults faults_;
  RequestLog log_;
  Community community_;
  std::map<std::string, Counter> counters_;  // by operation
  std::map<std::string, Account> accounts_;  // by key; "": requests that need no key and have none
  std::uint64_t unknown_targets_ = 0, wrong_methods_ = 0, struck_ = 0;
};

}  // namespace sonoran::simulator
