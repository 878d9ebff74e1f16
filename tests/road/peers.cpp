#include "road/peers.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/algorithm/string/replace.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "integration/eventually.h"

namespace sonoran::road {
namespace {

constexpr int kTries = 5;
constexpr int kOpensslServers = 4;
constexpr std::chrono::seconds kComesUp{30};
constexpr std::chrono::milliseconds kSettles{50};
constexpr std::string_view kEndOfOne = "-----END CERTIFICATE-----\n";

std::string folder_of_peers() {
  const char* folder = std::getenv("SONORAN_ROAD_PEERS");
  return folder == nullptr ? "" : folder;
}

/// Unpacked, and not installed: its libraries are beside it.
std::vector<std::string> environment() {
  std::string libraries;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of_peers() + "/usr/lib")) {
    if (entry.is_directory()) libraries += (libraries.empty() ? "" : ":") + entry.path().string();
  }
  return {"LD_LIBRARY_PATH=" + libraries};
}

std::string filled(std::string text, std::uint16_t port, std::uint16_t cad, const Folder& folder) {
  boost::replace_all(text, "PORT", std::to_string(port));
  boost::replace_all(text, "CAD", "127.0.0.1:" + std::to_string(cad));
  boost::replace_all(text, "FOLDER", folder.path());
  return text;
}

constexpr const char* kNginx = R"(
daemon off;
master_process off;
pid FOLDER/pid;
error_log stderr notice;
events { worker_connections 256; }
http {
  access_log FOLDER/access.log;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  upstream cad { server CAD; keepalive 16; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
)";

constexpr const char* kHaproxy = R"(
global
  nbthread 1
  maxconn 200
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout queue 30s
)";

}  // namespace

bool peers_are_there() {
  return !folder_of_peers().empty();
}

void Peer::start(const std::function<Command(std::uint16_t)>& command) {
  const bool free_choice = port_ == 0;
  for (int i = 0; i < kTries; ++i) {
    if (free_choice) port_ = free_port();
    program_ = std::make_unique<Program>(command(port_), folder_);
    integration::eventually([&] { return listens(port_) || !program_->running(); }, kComesUp);
    integration::eventually([&] { return listens(port_) || !program_->running(); }, kComesUp);
    // When the port was taken it is somebody else that listens, and the program is about to end.
    std::this_thread::sleep_for(kSettles);
    if (program_->running()) return;
  }
  throw std::runtime_error("A program did not come up: " + program_->printed());
}

std::string pem_file(const Folder& folder, const std::string& name, const simulator::Identity& identity) {
  return folder.write(name + ".pem", identity.certificate_pem + identity.key_pem);
}

Nginx::Nginx(std::uint16_t cad_port, const std::string& servers) : Nginx(cad_port, servers, {}) {}

Nginx::Nginx(std::uint16_t cad_port, const std::string& servers,
             const std::vector<std::pair<std::string, simulator::Identity>>& identities) {
  for (const auto& [name, identity] : identities) pem_file(folder_, name, identity);
  start([&](std::uint16_t port) {
    const std::string file =
        folder_.write("nginx.conf", filled(std::string(kNginx) + servers + "\n}\n", port, cad_port, folder_));
    return Command{{folder_of_peers() + "/usr/sbin/nginx", "-p", folder_.path(), "-e", "stderr", "-c", file},
                   environment()};
  });
}

void Nginx::turn(const std::string& name, bool on) {
  if (on) {
    folder_.write(name, "");
  } else {
    std::filesystem::remove(folder_.path(name));
  }
}

Haproxy::Haproxy(std::uint16_t cad_port, Setup setup) : cad_port_(cad_port), setup_(std::move(setup)) {
  for (const auto& [name, identity] : setup_.identities) pem_file(folder_, name, identity);
  start([&](std::uint16_t port) { return command(port); });
}

void Haproxy::change(const std::string& frontend) {
  setup_.frontend = frontend;
  program_.reset();
  start([&](std::uint16_t port) { return command(port); });
}

Command Haproxy::command(std::uint16_t port) {
  const std::string backend = setup_.backend.empty() ? "  server cad CAD\n" : setup_.backend;
  const std::string text = std::string(kHaproxy) + setup_.defaults + "frontend road\n  bind 127.0.0.1:PORT " +
                           setup_.bind + "\n" + setup_.frontend + "  default_backend cad\nbackend cad\n" + backend;
  const std::string file = folder_.write("haproxy.cfg", filled(text, port, cad_port_, folder_));
  return {{folder_of_peers() + "/usr/sbin/haproxy", "-db", "-f", file}, environment()};
}

NodeRelay::NodeRelay(std::uint16_t cad_port, const std::string& options) {
  boost::json::object all = boost::json::parse(options).as_object();
  all["cad"] = cad_port;
  start([&](std::uint16_t port) {
    all["port"] = port;
    return Command{{SONORAN_ROAD_NODE, SONORAN_ROAD_RELAY, boost::json::serialize(all)}, {}};
  });
}

/// One s_server: what it deciphers goes to the CAD over its standard output, and what it is to encipher comes by its
/// standard input.
class OpensslServer::One : public Peer {
 public:
  One(std::uint16_t cad_port, const simulator::Identity& identity, const std::vector<std::string>& options) {
    const std::string file = pem_file(folder_, "server", identity);
    // What it shows besides its own.
    const std::string others =
        identity.certificate_pem.substr(identity.certificate_pem.find(kEndOfOne) + kEndOfOne.size());
    start([&](std::uint16_t port) {
      sockaddr_in cad{};
      cad.sin_family = AF_INET;
      cad.sin_port = htons(cad_port);
      cad.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      const int traffic = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(traffic, reinterpret_cast<const sockaddr*>(&cad), sizeof cad) != 0)
        throw std::runtime_error("The CAD takes no connection.");
      Command command{{"/usr/bin/openssl", "s_server", "-quiet", "-accept", "127.0.0.1:" + std::to_string(port),
                       "-cert", file, "-key", file},
                      {},
                      traffic};
      if (!others.empty()) {
        command.words.insert(command.words.end(), {"-cert_chain", folder_.write("chain.pem", others)});
      }
      command.words.insert(command.words.end(), options.begin(), options.end());
      return command;
    });
  }
};

OpensslServer::OpensslServer(std::uint16_t cad_port, const simulator::Identity& identity,
                             const std::vector<std::string>& options) {
  Haproxy::Setup setup;
  setup.frontend = "  mode tcp\n";
  setup.backend = "  mode tcp\n  balance leastconn\n";
  for (int i = 0; i < kOpensslServers; ++i) {
    servers_.push_back(std::make_unique<One>(cad_port, identity, options));
    setup.backend +=
        "  server s" + std::to_string(i) + " 127.0.0.1:" + std::to_string(servers_.back()->port()) + " maxconn 1\n";
  }
  front_ = std::make_unique<Haproxy>(cad_port, std::move(setup));
}

}  // namespace sonoran::road
