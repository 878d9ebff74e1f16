// The ports and the connections, and who answers their requests.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "simulator/cad.h"
#include "simulator/certificates.h"
#include "simulator/hub.h"
#include "simulator/listener.h"
#include "simulator/session.h"

namespace sonoran::simulator {

struct Ports {
  std::uint16_t http = 0, https = 0, admin = 0;
};

/// Used by the loop thread only, except for open() before the loop runs. The loop must have come to its end before
/// the server is destroyed.
class Server {
 public:
  using StopAsked = std::function<void()>;

  /// `addresses`, `narrow` and `community`: see Options.
  Server(boost::asio::io_context& loop, Cad& cad, const Ports& ports, const std::vector<std::string>& addresses,
         Certificates certificates, bool narrow, std::string community, StopAsked stop_asked);

  /// Throws std::runtime_error if a port is taken. Returns the ports, which are known even if they refuse.
  Ports open();
  /// `asking`: the connection that asked for it. It gets its answer even if all others are closed now.
  void set_faults(Faults faults, std::uint64_t asking = 0);
  void ask_stop() { stop_asked_(); }
  /// Closes the CAD's connections between two answers, as a gateway does with idle ones.
  void disconnect(std::uint64_t asking = 0);
  /// From now on nothing arrives over the CAD's present connections, and nothing leaves: the road has forgotten them.
  void silence();
  /// Forgets all counters, requests, records and units, but neither the faults nor the connections.
  void reset();
  /// Closes everything, so that the loop comes to its end.
  void close();

  [[nodiscard]] Cad& cad() { return cad_; }
  [[nodiscard]] const Cad& cad() const { return cad_; }
  [[nodiscard]] Hub& hub() { return hub_; }
  [[nodiscard]] const Hub& hub() const { return hub_; }
  [[nodiscard]] boost::json::object stats() const;

 private:
  enum class Role { kHttp, kHttps, kAdmin };
  struct Open {
    Role role;
    std::shared_ptr<Session> session;
  };

  void accept(Role role, boost::asio::ip::tcp::socket socket);
  /// Throws std::invalid_argument if a fault names an address where nothing listens.
  void check_addresses(const Faults& faults) const;
  static bool is_for_cad(Role role, const Request& request);
  Reply handle(Role role, Request request);
  void handle_late(Role role, Request request, std::uint32_t late_ms);
  void stand_still(const Faults& faults);
  /// Opens or closes the ports of the CAD, as the faults say.
  void apply_refusal(std::uint64_t asking);
  void close_connections(std::uint64_t asking);
  /// The context for the certificate and versions of TLS that the fault of a connection asks for.
  boost::asio::ssl::context& tls(const Fault& fault);

  boost::asio::io_context& loop_;
  Cad& cad_;
  Hub hub_;
  const Certificates certificates_;
  // By certificate, tls_min, tls_max and ciphers.
  std::map<std::tuple<Certificate, std::string, std::string, std::string>, boost::asio::ssl::context> tls_;
  const StopAsked stop_asked_;
  const Time started_ = std::chrono::steady_clock::now();
  Listener http_, https_, admin_;
  boost::asio::steady_timer up_again_;
  std::map<std::uint64_t, Open> sessions_;  // by connection id
  std::uint64_t connections_ = 0, handshakes_ = 0, resumed_ = 0;
  Time still_until_{};                         // no request is answered before
  std::list<boost::asio::steady_timer> late_;  // of requests whose connection has gone before the CAD gets to them
};

}  // namespace sonoran::simulator
