// A certificate authority of one's own, and the certificate of the server.
#pragma once

#include <string>

namespace sonoran::simulator {

struct Certificates {
  std::string ca_pem;      // what a client must trust
  std::string server_pem;  // certificate
  std::string key_pem;     // of the server
};

/// Makes new EC P-256 keys and certificates. `host` is the only name or address in the server's certificate; "" is
/// localhost and 127.0.0.1. Throws std::invalid_argument if it is
/// neither, and std::runtime_error if OpenSSL fails.
Certificates make_certificates(const std::string& host, bool expired);

}  // namespace sonoran::simulator
