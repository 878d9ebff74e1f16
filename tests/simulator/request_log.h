// The requests that the CAD received.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <deque>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace sonoran::simulator {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct RecordedRequest {
  std::uint64_t index = 0;        // from 0, counted since the last reset
  std::int64_t monotonic_us = 0;  // of the first byte, on this machine's steady clock
  std::string operation;          // "" is an unknown target
  std::string key;                // "" is none, or a wrong one
  std::string method, target;
  Headers headers;
  std::string body;
  unsigned status = 0;    // of the answer; 0 if a fault prevented it
  bool executed = false;  // the CAD did what was asked, whatever it answered
  bool stray = false;     // the answer was that of something on the road, not the CAD's
  bool over_tls = false;
  std::string tls_version, server_name;  // "TLSv1.3", and the name asked for (SNI); "" is none
  bool tls_resumed = false;              // the handshake went on with an earlier session
  bool tls_early = false;                // the client announced early data, which anybody could send again
  std::string address;                   // of the simulator, to which the client connected
  std::uint64_t connection = 0;          // the same for all requests of one connection
};

/// Keeps the last 200,000 requests (or fewer, if their bodies are large) and counts all.
class RequestLog {
 public:
  /// `file` takes each request as a line of JSON; "" is none. Throws std::runtime_error if it cannot be written.
  explicit RequestLog(const std::string& file);

  void add(RecordedRequest request);
  void clear();
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Those with this index and later.
  [[nodiscard]] std::vector<RecordedRequest> since(std::uint64_t index) const;

 private:
  std::deque<RecordedRequest> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t count_ = 0;
  std::ofstream file_;
};

boost::json::object json_of(const RecordedRequest& request);

}  // namespace sonoran::simulator
