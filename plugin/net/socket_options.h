// What is asked of the system for a connection to the CAD.
#pragma once

#include <boost/asio/ip/tcp.hpp>

namespace sonoran::net {

/// No delay for small writes; a probe where nothing is said (limits::kProbe_s), so that a peer that has gone is noticed
/// and whatever stands between does not forget the connection; an end for bytes that nobody acknowledges
/// (limits::kUnacknowledged_s). Also makes synchronous reads return at once when there is nothing to read. What a
/// system does not know is left out.
void set_options(boost::asio::ip::tcp::socket& socket);

}  // namespace sonoran::net
