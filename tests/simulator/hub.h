// The CAD's hub: decides what each of its connections gets. It has no sockets and no clock of its own.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "simulator/cad.h"
#include "simulator/hub_rules.h"

namespace sonoran::simulator {

/// What a connection sends next. Each record ends with its separator.
struct HubSending {
  std::string records;  // "" with `close`: nothing before it
  std::chrono::milliseconds delay{0};
  bool completion = false;  // answers a call, so it may be late
  bool close = false;       // afterwards the connection is closed
  std::uint16_t code = 1000;
};

/// Used by the loop thread only.
class Hub {
 public:
  using Send = std::function<void(HubSending)>;

  /// `cad` must outlive it; it knows keys, servers and units.
  Hub(Cad& cad, std::string community) : cad_(cad), community_(std::move(community)) {}

  [[nodiscard]] const HubRules& rules() const { return cad_.faults().hub; }

  /// The answer to a request for a connection (status 101: it may speak WebSocket) or to a negotiation; nothing for
  /// another target.
  std::optional<Answer> answer(const Request& request);

  /// From here on `connection` exists, until gone().
  void open(std::uint64_t connection, Send send);
  void gone(std::uint64_t connection) { clients_.erase(connection); }
  void receive(std::uint64_t connection, std::string_view message, Time now);
  /// The connection has sent nothing for too long.
  void silent(std::uint64_t connection);

  /// These return how many connections were told.
  /// `push` is {"type", "data"} or an array of such, each pushed to those who are authenticated for a server.
  std::size_t push(const boost::json::value& push);
  /// Sends bytes to all connections, as they are.
  std::size_t send(const std::string& bytes);
  /// `how` is {"error", "allowReconnect", "code"}; "code" alone closes without a record.
  std::size_t close(const boost::json::object& how);

  /// Connections, counters, and the records from index `since` on; the last 20,000 are kept.
  [[nodiscard]] boost::json::object seen(std::uint64_t since) const;
  /// Forgets records and counters, but not the connections.
  void reset();

 private:
  struct Client {
    Send send;
    std::string rest;  // the beginning of a record
    bool shaken = false, authenticated = false, ended = false;
    std::string key;
    std::optional<std::int64_t> server;
  };
  struct Recorded {
    std::uint64_t connection;
    bool by_client;
    std::int64_t monotonic_us;
    std::string text;
  };

  void record(std::uint64_t connection, bool by_client, std::string text, Time now);
  void take(std::uint64_t connection, Client& client, const std::string& text, Time now);
  void shake(std::uint64_t connection, Client& client, const boost::json::object& record);
  void invoke(std::uint64_t connection, Client& client, const boost::json::object& record, Time now);
  boost::json::object authenticate(Client& client, const boost::json::array& arguments);
  boost::json::object locate(std::uint64_t connection, const Client& client, const boost::json::array& arguments,
                             Time now);
  /// False: no completion follows.
  bool answer_location(std::uint64_t connection, Client& client, const boost::json::array& arguments, Time now,
                       boost::json::object& completion);
  void tell(std::uint64_t connection, Client& client, const boost::json::object& record, bool completion = false);
  void end(std::uint64_t connection, Client& client, const boost::json::object& last);

  Cad& cad_;
  const std::string community_;
  std::map<std::uint64_t, Client> clients_;
  std::map<std::string, bool> negotiated_;  // by connection token; true: a connection uses it
  std::map<std::string, Time> located_;     // when the pace was spent last, by owner
  std::deque<Recorded> records_;
  std::uint64_t recorded_ = 0, opened_ = 0, authentications_ = 0, pushed_ = 0, batches_ = 0, refused_batches_ = 0;
  std::uint64_t tokens_ = 0, invocations_ = 0;
};

}  // namespace sonoran::simulator
