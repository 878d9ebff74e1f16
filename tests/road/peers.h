// Servers and gateways that nobody here wrote, between the module and the simulated CAD.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "road/program.h"
#include "simulator/certificates.h"

namespace sonoran::road {

/// Whether tools/lib/peers has been run for these tests (part road of tools/test does so).
bool peers_are_there();

/// Something that takes connections at a port of 127.0.0.1, plain or over TLS as it was told. Each throws
/// std::runtime_error, with what the program printed, if it does not come up.
class Peer {
 public:
  virtual ~Peer() = default;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string printed() const { return program_->printed(); }

 protected:
  /// Runs the program until it listens at the port; with another port when that one is taken.
  void start(const std::function<Command(std::uint16_t port)>& command);

  Folder folder_;
  std::unique_ptr<Program> program_;
  std::uint16_t port_ = 0;
};

/// The certificate and the key in one file of a folder.
std::string pem_file(const Folder& folder, const std::string& name, const simulator::Identity& identity);

/// nginx. `servers` are the directives inside "http"; in them PORT stands for its port, CAD for the CAD's address,
/// FOLDER for its folder. An upstream "cad" with connections kept alive is there.
class Nginx : public Peer {
 public:
  Nginx(std::uint16_t cad_port, const std::string& servers);
  /// With the certificates at FOLDER/NAME.pem.
  Nginx(std::uint16_t cad_port, const std::string& servers,
        const std::vector<std::pair<std::string, simulator::Identity>>& identities);
  /// A switch for directives: `if (-f FOLDER/NAME)`.
  void turn(const std::string& name, bool on);
};

/// HAProxy. `frontend` are lines of the frontend that has the port; a backend "cad" is there. `bind` is what stands
/// after its address, for example "ssl crt FOLDER/one.pem".
class Haproxy : public Peer {
 public:
  struct Setup {
    std::string frontend, bind, defaults, backend;
    std::vector<std::pair<std::string, simulator::Identity>> identities;
  };
  Haproxy(std::uint16_t cad_port, Setup setup);
  /// Ends it, and starts it anew at the same port with other lines of the frontend.
  void change(const std::string& frontend);

 private:
  Command command(std::uint16_t port);

  std::uint16_t cad_port_;
  Setup setup_;
};

/// Node's own server, run by relay.js, whose options these are, as JSON.
class NodeRelay : public Peer {
 public:
  NodeRelay(std::uint16_t cad_port, const std::string& options);
};

/// `openssl s_server`. It takes one connection at a time; so four of them stand behind HAProxy, which hands the bytes
/// on without a look at them. `options` are s_server's own; the certificate of `identity` is what it shows.
class OpensslServer {
 public:
  OpensslServer(std::uint16_t cad_port, const simulator::Identity& identity, const std::vector<std::string>& options);
  [[nodiscard]] std::uint16_t port() const { return front_->port(); }

 private:
  class One;
  std::vector<std::unique_ptr<Peer>> servers_;
  std::unique_ptr<Haproxy> front_;
};

}  // namespace sonoran::road
