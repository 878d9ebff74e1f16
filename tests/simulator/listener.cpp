#include "simulator/listener.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <stdexcept>

#include "simulator/drop_filter.h"

namespace sonoran::simulator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{10};
constexpr int kReceiveBytes = 256 * 1024;
// A free port is searched below those that systems give to clients (Linux: from 32768). Otherwise a client on this
// machine could get the port of a CAD that is down, which must find it free again.
constexpr std::uint16_t kLowPort = 20000;
constexpr std::uint16_t kHighPort = 32700;
constexpr int kTries = 64;  // then any free port
constexpr int kNarrowReceiveBytes = 4096;
/// The sender's buffer holds a number of segments, megabytes on the loopback interface unless they are small.
constexpr int kNarrowSegmentBytes = 536;

}  // namespace

Listener::Listener(asio::io_context& loop, std::uint16_t port, const std::vector<std::string>& addresses, bool narrow,
                   Accepted accepted)
    : loop_(loop), port_(port), narrow_(narrow), accepted_(std::move(accepted)) {
  for (const std::string& text : addresses) {
    ErrorCode none;
    const auto address = asio::ip::make_address(text, none);
    if (none || !address.is_loopback())
      throw std::invalid_argument("'" + text + "' is no address of the loopback interface.");
    further_.push_back(address);
  }
}

bool Listener::has(const std::string& address) const {
  ErrorCode none;
  const auto one = asio::ip::make_address(address, none);
  if (none) return false;
  return one == asio::ip::address_v4::loopback() || one == asio::ip::address_v6::loopback() ||
         std::find(further_.begin(), further_.end(), one) != further_.end();
}

void Listener::drop_syn(const std::vector<std::string>& addresses) {
  for (const SharedAcceptor& acceptor : acceptors_) {
    const std::string here = acceptor->local_endpoint().address().to_string();
    if (std::find(addresses.begin(), addresses.end(), here) != addresses.end()) {
      drop_incoming(acceptor->native_handle());
    } else {
      take_incoming(acceptor->native_handle());
    }
  }
}

Listener::SharedAcceptor Listener::bound(const asio::ip::address& address, bool queues) {
  auto acceptor = std::make_shared<Acceptor>(loop_);
  const tcp::endpoint endpoint(address, port_);
  acceptor->open(endpoint.protocol());
  // A port must open again while its old connections linger.
  acceptor->set_option(asio::socket_base::reuse_address(true));
  // Otherwise the system would take megabytes for a CAD that has stopped reading, and its peer would not notice.
  acceptor->set_option(asio::socket_base::receive_buffer_size(narrow_ ? kNarrowReceiveBytes : kReceiveBytes));
  if (narrow_ && ::setsockopt(acceptor->native_handle(), IPPROTO_TCP, TCP_MAXSEG, &kNarrowSegmentBytes,
                              sizeof kNarrowSegmentBytes) != 0)
    throw std::runtime_error("The system does not take small segments.");
  acceptor->bind(endpoint);
  acceptor->listen(queues ? asio::socket_base::max_listen_connections : 0);
  return acceptor;
}

Listener::SharedAcceptor Listener::bound_low() {
  thread_local std::minstd_rand random{std::random_device()()};
  port_ = std::uniform_int_distribution<std::uint16_t>(kLowPort, kHighPort)(random);
  try {
    return bound(asio::ip::address_v4::loopback());
  } catch (const boost::system::system_error&) {
    port_ = 0;
    return nullptr;
  }
}

void Listener::open() {
  if (!queued_.empty()) close();
  if (!acceptors_.empty()) return;
  SharedAcceptor first;
  for (int tries = port_ == 0 ? kTries : 0; tries > 0 && first == nullptr; --tries) first = bound_low();
  try {
    if (first == nullptr) first = bound(asio::ip::address_v4::loopback());
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("The port " + std::to_string(port_) + " cannot be opened (" + error.code().message() +
                             ").");
  }
  port_ = first->local_endpoint().port();
  start(std::move(first));
  try {
    for (const asio::ip::address& address : further_) start(bound(address));
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("The port " + std::to_string(port_) + " cannot be opened at a further address (" +
                             error.code().message() + ").");
  }
  try {
    // Some clients resolve localhost to ::1 first. Without IPv6, or if the port is taken there, they fall back.
    start(bound(asio::ip::address_v6::loopback()));
  } catch (const boost::system::system_error&) {
    return;
  }
}

void Listener::close() {
  ErrorCode ignored;
  for (const SharedAcceptor& acceptor : acceptors_) acceptor->close(ignored);
  acceptors_.clear();
  queued_.clear();
}

void Listener::hang() {
  close();
  // A queue of 0 takes one connection; the others wait, and make sure that it is full on any system.
  constexpr int kFilling = 3;
  for (const asio::ip::address& address :
       {asio::ip::address(asio::ip::address_v4::loopback()), asio::ip::address(asio::ip::address_v6::loopback())}) {
    try {
      acceptors_.push_back(bound(address, false));
    } catch (const boost::system::system_error&) {
      if (address.is_v4()) throw;
      return;  // as in open()
    }
    for (int i = 0; i < kFilling; ++i) {
      const tcp::endpoint endpoint = acceptors_.back()->local_endpoint();
      Socket& socket = queued_.emplace_back(loop_, endpoint.protocol());
      socket.native_non_blocking(true);
      // By hand, because Asio's connect would wait. Its result is "in progress".
      static_cast<void>(::connect(socket.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size())));
    }
  }
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
