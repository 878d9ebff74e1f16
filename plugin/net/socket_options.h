// What is asked of the system for a connection to the CAD.
#pragma once

#include <boost/asio/ip/tcp.hpp>

namespace sonoran::net {

/// Probes a silent connection (limits::kProbe_s), so that a peer that has gone is noticed and a firewall does not
/// forget the connection. Ends it when sent bytes are not acknowledged (limits::kUnacknowledged_s). Makes synchronous
/// reads return at once when there is nothing to read. An option that the system does not know is left out.
void set_options(boost::asio::ip::tcp::socket& socket);

}  // namespace sonoran::net
