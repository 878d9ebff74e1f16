#include "simulator/listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

namespace sonoran::simulator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{10};

}  // namespace

Listener::Listener(asio::io_context& loop, std::uint16_t port, Accepted accepted)
    : loop_(loop), port_(port), accepted_(std::move(accepted)) {}

Listener::SharedAcceptor Listener::bound(const asio::ip::address& address) {
  // Reuse of the address is on by default: a port must open again while its old connections linger.
  return std::make_shared<Acceptor>(loop_, tcp::endpoint(address, port_));
}

void Listener::open() {
  if (!acceptors_.empty()) return;
  SharedAcceptor first;
  try {
    first = bound(asio::ip::address_v4::loopback());
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("The port " + std::to_string(port_) + " cannot be opened (" + error.code().message() +
                             ").");
  }
  port_ = first->local_endpoint().port();
  start(std::move(first));
  try {
    // Some resolve localhost to ::1 first. Without IPv6, or with the port taken there, they fall back by themselves.
    start(bound(asio::ip::address_v6::loopback()));
  } catch (const boost::system::system_error&) {
    return;
  }
}

void Listener::close() {
  ErrorCode ignored;
  for (const SharedAcceptor& acceptor : acceptors_) acceptor->close(ignored);
  acceptors_.clear();
}

void Listener::start(SharedAcceptor acceptor) {
  acceptors_.push_back(acceptor);
  asio::co_spawn(loop_, accept(std::move(acceptor), accepted_), asio::detached);
}

asio::awaitable<void> Listener::accept(SharedAcceptor acceptor, Accepted accepted) {
  for (;;) {
    auto [error, socket] = co_await acceptor->async_accept(kTuple);
    // Also when a connection came in just before the port was closed.
    if (!acceptor->is_open()) co_return;
    if (!error) {
      accepted(std::move(socket));
      continue;
    }
    asio::steady_timer pause(acceptor->get_executor(), kPauseWithoutDescriptors);
    co_await pause.async_wait(kTuple);
    if (!acceptor->is_open()) co_return;
  }
}

}  // namespace sonoran::simulator
