// Socket options of a connection to the CAD.
#pragma once

#include <boost/asio/ip/tcp.hpp>

namespace sonoran::net {

/// Turns on TCP keep-alive (limits::kProbe_s), so that a vanished peer is noticed and a firewall keeps the state of the
/// connection. Ends the connection when sent bytes are not acknowledged (limits::kUnacknowledged_s). Makes synchronous
/// reads return at once when there is nothing to read. Options that the system does not know are skipped.
void set_options(boost::asio::ip::tcp::socket& socket);

}  // namespace sonoran::net
