// The ports, the connections, and who answers what comes in over them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "simulator/cad.h"
#include "simulator/certificates.h"
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

  /// `narrow`: see Options.
  Server(boost::asio::io_context& loop, Cad& cad, const Ports& ports, Certificates certificates, bool narrow,
         StopAsked stop_asked);

  /// Throws std::runtime_error if a port is taken. Returns the ports, which are known even if they refuse.
  Ports open();
  /// `asking` is the connection that asked for it, which gets its answer even if all others are closed now.
  void set_faults(Faults faults, std::uint64_t asking = 0);
  void ask_stop() { stop_asked_(); }
  /// Closes the CAD's connections between two answers, as a gateway does with those that were idle for long.
  void disconnect(std::uint64_t asking = 0);
  /// Closes everything, so that the loop comes to its end.
  void close();

  [[nodiscard]] Cad& cad() { return cad_; }
  [[nodiscard]] const Cad& cad() const { return cad_; }
  [[nodiscard]] boost::json::object stats() const;

 private:
  enum class Role { kHttp, kHttps, kAdmin };
  struct Open {
    Role role;
    std::shared_ptr<Session> session;
  };

  void accept(Role role, boost::asio::ip::tcp::socket socket);
  static bool is_for_cad(Role role, const Request& request);
  Reply handle(Role role, Request request);
  /// Opens or closes the ports of the CAD, as the faults say.
  void apply_refusal(std::uint64_t asking);
  void close_connections(std::uint64_t asking);
  /// The context for the certificate and version of TLS that the fault of a connection asks for.
  boost::asio::ssl::context& tls(const Fault& fault);

  boost::asio::io_context& loop_;
  Cad& cad_;
  const Certificates certificates_;
  std::map<std::pair<Certificate, std::string>, boost::asio::ssl::context> tls_;  // by certificate and tls_max
  const StopAsked stop_asked_;
  const Time started_ = std::chrono::steady_clock::now();
  Listener http_, https_, admin_;
  boost::asio::steady_timer up_again_;
  std::map<std::uint64_t, Open> sessions_;  // by connection id
  std::uint64_t connections_ = 0;
};

}  // namespace sonoran::simulator
