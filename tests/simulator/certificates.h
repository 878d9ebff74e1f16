// A certificate authority of one's own, and the certificate of the server.
#pragma once

#include <map>
#include <string>

#include "simulator/faults.h"

namespace sonoran::simulator {

/// What a server shows.
struct Identity {
  std::string certificate_pem, key_pem;
};

struct Certificates {
  std::string ca_pem;  // what a client must trust
  std::map<Certificate, Identity> identities;
};

/// Makes new EC P-256 keys and certificates. `host` is the only name or address in the server's certificate; "" is
/// localhost and 127.0.0.1. Throws std::invalid_argument if it is
/// neither, and std::runtime_error if OpenSSL fails.
Certificates make_certificates(const std::string& host, bool expired);

}  // namespace sonoran::simulator
