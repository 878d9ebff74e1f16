// A socket whose incoming packets the system swallows, as where a firewall drops them: none is acknowledged or refused.
#pragma once

namespace sonoran::simulator {

/// A filter that drops all is attached to the socket. Of a socket that listens: who connects is left waiting. Needs no
/// privilege. Throws std::runtime_error if the system refuses (only Linux has it).
void drop_incoming(int socket);
/// Ends that. No effect without it.
void take_incoming(int socket);

}  // namespace sonoran::simulator
