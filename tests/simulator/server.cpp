#include "simulator/server.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

#include "simulator/admin.h"

namespace sonoran::simulator {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kEarlyDataBytes = 16384;

int number_of(const std::string& tls) {
  if (tls == "1.0") return TLS1_VERSION;
  if (tls == "1.1") return TLS1_1_VERSION;
  return tls == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
}

asio::ssl::context tls_context(const Identity& identity, const Fault& fault) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.set_options(asio::ssl::context::default_workarounds);
  SSL_CTX* raw = context.native_handle();
  const int newest = fault.tls_max.empty() ? TLS1_3_VERSION : number_of(fault.tls_max);
  const int lowest = newest < TLS1_2_VERSION ? TLS1_VERSION : TLS1_2_VERSION;
  const int oldest = fault.tls_min.empty() ? lowest : number_of(fault.tls_min);
  SSL_CTX_set_min_proto_version(raw, oldest);
  SSL_CTX_set_max_proto_version(raw, newest);
  // OpenSSL accepts obsolete and weak ciphers only at its lowest level of security.
  const bool weak = fault.certificate == Certificate::kWeakRsa || !fault.ciphers.empty();
  if (oldest < TLS1_2_VERSION || weak) SSL_CTX_set_security_level(raw, 0);
  if (!fault.ciphers.empty()) SSL_CTX_set_cipher_list(raw, fault.ciphers.c_str());
  // Early data is offered, so that a client which sends it is seen. It is refused, and sessions are as without it: to
  // be used by whoever has the ticket.
  SSL_CTX_set_max_early_data(raw, kEarlyDataBytes);
  SSL_CTX_set_options(raw, SSL_OP_NO_ANTI_REPLAY);
  context.use_certificate_chain(asio::buffer(identity.certificate_pem));
  context.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem);
  return context;
}

asio::awaitable<void> keep_and_run(std::shared_ptr<Session> session) {
  co_await session->run();
}

}  // namespace

Server::Server(asio::io_context& loop, Cad& cad, const Ports& ports, const std::vector<std::string>& addresses,
               Certificates certificates, bool narrow, std::string community, StopAsked stop_asked)
    : loop_(loop),
      cad_(cad),
      hub_(cad, std::move(community)),
      certificates_(std::move(certificates)),
      stop_asked_(std::move(stop_asked)),
      http_(loop, ports.http, addresses, narrow, [this](auto socket) { accept(Role::kHttp, std::move(socket)); }),
      https_(loop, ports.https, addresses, narrow, [this](auto socket) { accept(Role::kHttps, std::move(socket)); }),
      admin_(loop, ports.admin, {}, false, [this](auto socket) { accept(Role::kAdmin, std::move(socket)); }),
      up_again_(loop) {
  cad_.set_others([this](const Request& request) { return hub_.answer(request); });
}

void Server::reset() {
  cad_.reset();
  hub_.reset();
}

void Server::stand_still(const Faults& faults) {
  still_until_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(faults.still_for_ms);
}

Ports Server::open() {
  check_addresses(cad_.faults());
  stand_still(cad_.faults());
  http_.open();
  https_.open();
  admin_.open();
  apply_refusal(0);
  return {http_.port(), https_.port(), admin_.port()};
}

void Server::close() {
  http_.close();
  https_.close();
  admin_.close();
  up_again_.cancel();
  for (auto& timer : late_) timer.cancel();
  for (const auto& [id, open] : sessions_) open.session->close();
}

void Server::set_faults(Faults faults, std::uint64_t asking) {
  check(faults);
  check_addresses(faults);
  stand_still(faults);
  cad_.set_faults(std::move(faults));
  apply_refusal(asking);
  for (const auto& [id, open] : sessions_) open.session->watch_idleness();
}

void Server::check_addresses(const Faults& faults) const {
  std::vector<std::string> named = faults.drop_syn;
  named.push_back(faults.at);
  for (const Fault& rule : faults.rules) named.push_back(rule.at);
  for (const std::string& address : named) {
    if (!address.empty() && !http_.has(address))
      throw std::invalid_argument("The simulator does not listen at '" + address + "'.");
  }
}

asio::ssl::context& Server::tls(const Fault& fault) {
  const auto key = std::tuple(fault.certificate, fault.tls_min, fault.tls_max, fault.ciphers);
  auto found = tls_.find(key);
  if (found == tls_.end()) {
    const auto made = certificates_.identities.find(fault.certificate);
    const Identity identity =
        made != certificates_.identities.end() ? made->second : certificates_.make(fault.certificate);
    found = tls_.emplace(key, tls_context(identity, fault)).first;
  }
  return found->second;
}

void Server::apply_refusal(std::uint64_t asking) {
  const Faults& faults = cad_.faults();
  up_again_.cancel();
  if (faults.hang) {
    http_.hang();
    https_.hang();
    return close_connections(asking);
  }
  if (!faults.refuse) {
    http_.open();
    https_.open();
    http_.drop_syn(faults.drop_syn);
    https_.drop_syn(faults.drop_syn);
    return;
  }
  http_.close();
  https_.close();
  // A CAD that is down has no connections either.
  close_connections(asking);
  if (faults.refuse_for_ms == 0) return;
  up_again_.expires_after(std::chrono::milliseconds(faults.refuse_for_ms));
  up_again_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    Faults up = cad_.faults();
    up.refuse = false;
    up.refuse_for_ms = 0;
    set_faults(std::move(up));
  });
}

void Server::close_connections(std::uint64_t asking) {
  for (const auto& [id, open] : sessions_) {
    if (open.role == Role::kAdmin) continue;
    if (id == asking) {
      open.session->close_after_answer();
    } else {
      open.session->close();
    }
  }
}

void Server::disconnect(std::uint64_t asking) {
  for (const auto& [id, open] : sessions_) {
    if (open.role == Role::kAdmin || open.session->silent()) continue;
    if (id == asking || !open.session->idle()) {
      open.session->close_after_answer();
    } else {
      open.session->close();
    }
  }
}

void Server::silence() {
  for (const auto& [id, open] : sessions_) {
    if (open.role != Role::kAdmin) open.session->silence();
  }
}

void Server::accept(Role role, asio::ip::tcp::socket socket) {
  const std::uint64_t id = ++connections_;
  std::optional<Fault> fault;
  boost::system::error_code gone;
  const auto here = socket.local_endpoint(gone);
  const std::string address = gone ? "" : here.address().to_string();
  if (role != Role::kAdmin) {
    fault = cad_.take_connection_fault(role == Role::kHttps, address, std::chrono::steady_clock::now());
  }
  asio::ssl::context* tls = role == Role::kHttps ? &this->tls(fault.value_or(Fault{})) : nullptr;
  // Only a fault at the accept is for the session; a certificate or TLS version is applied here.
  if (fault && !fault->at_accept()) fault.reset();
  SessionOwner owner;
  owner.take_fault = [this, role](const Request& head) {
    return is_for_cad(role, head) ? cad_.take_fault(head) : Fault{};
  };
  owner.handle = [this, role](Request request) { return handle(role, std::move(request)); };
  owner.handle_late = [this, role](Request request, std::uint32_t late_ms) {
    handle_late(role, std::move(request), late_ms);
  };
  owner.still_until = [this, role] { return role == Role::kAdmin ? Time{} : still_until_; };
  owner.hub = &hub_;
  owner.idleness = [this, role] {
    if (role == Role::kAdmin) return Idleness{};
    return Idleness{cad_.faults().silent_after_ms, cad_.faults().idle_close_ms};
  };
  owner.handshaken = [this](bool resumed) {
    ++handshakes_;
    if (resumed) ++resumed_;
  };
  const auto session =
      std::make_shared<Session>(std::move(socket), tls, id, std::move(owner), address, std::move(fault));
  sessions_.emplace(id, Open{role, session});
  // An exception (no memory) costs its connection only.
  asio::co_spawn(loop_, keep_and_run(session), [this, id](const std::exception_ptr&) { sessions_.erase(id); });
}

bool Server::is_for_cad(Role role, const Request& request) {
  return role == Role::kHttps || (role == Role::kHttp && !is_admin_target(request.target));
}

Reply Server::handle(Role role, Request request) {
  if (is_for_cad(role, request)) return cad_.handle(std::move(request));
  if (is_admin_target(request.target)) return {.answer = answer_admin(*this, request)};
  return {.answer = problem(404, "This port answers /_sim/ only.", request.target)};
}

void Server::handle_late(Role role, Request request, std::uint32_t late_ms) {
  late_.emplace_back(loop_);
  const auto timer = std::prev(late_.end());
  timer->expires_after(std::chrono::milliseconds(late_ms));
  timer->async_wait([this, role, timer, request = std::move(request)](const auto& cancelled) mutable {
    late_.erase(timer);
    if (cancelled) return;
    request.first_byte = std::chrono::steady_clock::now();
    handle(role, std::move(request));
  });
}

boost::json::object Server::stats() const {
  const auto now = std::chrono::steady_clock::now();
  const auto silent = std::count_if(sessions_.begin(), sessions_.end(),
                                    [](const auto& entry) { return entry.second.session->silent(); });
  boost::json::object stats = {{"uptime_s", std::chrono::duration<double>(now - started_).count()},
                               {"connections_open", sessions_.size()},
                               {"connections_total", connections_},
                               {"connections_silent", silent},
                               {"tls_handshakes", handshakes_},
                               {"tls_resumed", resumed_}};
  for (const auto& [name, value] : cad_.stats(now)) stats[name] = value;
  return stats;
}

}  // namespace sonoran::simulator
