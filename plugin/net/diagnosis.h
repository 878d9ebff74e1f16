// The way to the CAD, looked at step by step, for people: its name, and each of its addresses by itself. Nothing of it
// is a request, so it spends no budget, and what it finds changes nothing for the connections that are used.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/endpoint.h"
#include "core/time.h"
#include "net/dialer.h"

namespace sonoran::net {

/// What came of connecting to one address, and of the TLS handshake where the endpoint has one.
struct AddressFinding {
  std::string address;  // without the port
  bool is_v6 = false;
  std::string error;                  // what is wrong, one sentence; "" when it is ready for requests
  std::optional<Duration> connect;    // how long it took; nothing when it failed
  std::optional<Duration> handshake;  // the same
  std::string tls;                    // "TLSv1.3"; "" before the handshake has succeeded
  std::optional<std::int64_t>
      certificate_left_s;  // until it ends, also of one that is refused; nothing: none was shown
};

struct Diagnosis {
  std::string name;  // that was looked up; "" where the endpoint is an address
  Duration lookup{};
  std::string error;                      // of the lookup, one sentence; "" when it found addresses
  std::vector<AddressFinding> addresses;  // in the system's order, limits::kDialAddresses at most
  std::size_t untried = 0;                // beyond these
};

/// Takes at most all three limits together. All addresses are looked at side by side. `tls` is null for plain TCP; it
/// must outlive the coroutine.
boost::asio::awaitable<Diagnosis> diagnose(boost::asio::any_io_executor executor, Endpoint endpoint, DialLimits limits,
                                           boost::asio::ssl::context* tls);

}  // namespace sonoran::net
