// Makes the system swallow the incoming packets of a socket, like a firewall: none is acknowledged or refused.
#pragma once

namespace sonoran::simulator {

/// Attaches a filter that drops all packets. A client that connects to a listening socket is left waiting. Needs no
/// privilege. Throws std::runtime_error if the system refuses (only Linux has it).
void drop_incoming(int socket);
/// Removes the filter, if there is one.
void take_incoming(int socket);

}  // namespace sonoran::simulator
