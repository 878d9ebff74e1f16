#include "simulator/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>

#include "simulator/admin.h"

namespace sonoran::simulator {
namespace {

namespace asio = boost::asio;

asio::ssl::context tls_context(const Certificates& certificates) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
  context.use_certificate_chain(asio::buffer(certificates.server_pem));
  context.use_private_key(asio::buffer(certificates.key_pem), asio::ssl::context::pem);
  return context;
}

asio::awaitable<void> keep_and_run(std::shared_ptr<Session> session) {
  co_await session->run();
}

}  // namespace

Server::Server(asio::io_context& loop, Cad& cad, const Ports& ports, const Certificates& certificates,
               StopAsked stop_asked)
    : loop_(loop),
      cad_(cad),
      tls_(tls_context(certificates)),
      stop_asked_(std::move(stop_asked)),
      http_(loop, ports.http, [this](auto socket) { accept(Role::kHttp, std::move(socket)); }),
      https_(loop, ports.https, [this](auto socket) { accept(Role::kHttps, std::move(socket)); }),
      admin_(loop, ports.admin, [this](auto socket) { accept(Role::kAdmin, std::move(socket)); }) {}

Ports Server::open() {
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
  for (const auto& [id, open] : sessions_) open.session->close();
}

void Server::set_faults(Faults faults, std::uint64_t asking) {
  check(faults);
  cad_.set_faults(std::move(faults));
  apply_refusal(asking);
}

void Server::apply_refusal(std::uint64_t asking) {
  if (!cad_.faults().refuse) {
    http_.open();
    https_.open();
    return;
  }
  http_.close();
  https_.close();
  // A CAD that is down has no connections left, either.
  for (const auto& [id, open] : sessions_) {
    if (open.role == Role::kAdmin) continue;
    if (id == asking) {
      open.session->close_after_answer();
    } else {
      open.session->close();
    }
  }
}

void Server::accept(Role role, asio::ip::tcp::socket socket) {
  const std::uint64_t id = ++connections_;
  asio::ssl::context* tls = role == Role::kHttps ? &tls_ : nullptr;
  const auto session = std::make_shared<Session>(
      std::move(socket), tls, id, [this, role](Request request) { return handle(role, std::move(request)); });
  sessions_.emplace(id, Open{role, session});
  // An exception (no memory) costs its connection only.
  asio::co_spawn(loop_, keep_and_run(session), [this, id](const std::exception_ptr&) { sessions_.erase(id); });
}

Reply Server::handle(Role role, Request request) {
  if (role != Role::kHttps && is_admin_target(request.target)) return {.answer = answer_admin(*this, request)};
  if (role == Role::kAdmin) return {.answer = problem(404, "This port answers /_sim/ only.", request.target)};
  return cad_.handle(std::move(request));
}

boost::json::object Server::stats() const {
  const auto now = std::chrono::steady_clock::now();
  boost::json::object stats = {{"uptime_s", std::chrono::duration<double>(now - started_).count()},
                               {"connections_open", sessions_.size()},
                               {"connections_total", connections_}};
  for (const auto& [name, value] : cad_.stats(now)) stats[name] = value;
  return stats;
}

}  // namespace sonoran::simulator
