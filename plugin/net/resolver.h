// Looks up a host name within a guaranteed time limit.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "core/time.h"
#include "net/host.h"

namespace sonoran::net {

struct Resolved {
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
  bool timed_out = false;
  std::string error;  // the system's message, when endpoints is empty and it did not time out
};

/// Looks `host` up; an address is returned unchanged. The system's resolver cannot be interrupted, so it runs on a
/// thread of its own, which is abandoned when the limit passes or the caller is cancelled. Neither a lookup nor the end
/// of the bridge waits for it. (Asio's own resolver would keep its io_context from being destroyed until the system
/// gives up.)
boost::asio::awaitable<Resolved> resolve(Host host, std::string port, Duration timeout);

}  // namespace sonoran::net
