// A certificate authority for tests, and the certificates of servers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "simulator/faults.h"

namespace sonoran::simulator {

/// What a server shows: its certificate, and those of intermediate authorities behind it.
struct Identity {
  std::string certificate_pem, key_pem;
};

/// Makes keys (EC P-256 unless stated otherwise) and certificates. The functions throw std::runtime_error if OpenSSL
/// fails. A `host` is a name (also "*.example.test") or an address, else they throw std::invalid_argument; "" is
/// localhost and its addresses.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// What a client must trust.
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] Identity server(const std::string& host, bool expired = false) const;
  /// Signed by an intermediate authority, whose certificate the server must show as well: intermediate_pem().
  [[nodiscard]] Identity server_by_intermediate(const std::string& host) const;
  [[nodiscard]] std::string intermediate_pem() const;
  /// With an RSA key of so many bits.
  [[nodiscard]] Identity server_with_rsa(const std::string& host, unsigned bits) const;
  /// Without alternative names.
  [[nodiscard]] Identity server_by_common_name(const std::string& host) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

struct Certificates {
  std::string ca_pem;  // what a client must trust
  std::map<Certificate, Identity> identities;
  /// Makes a kind that is not in `identities`: RSA keys take their time, and few tests need them.
  std::function<Identity(Certificate)> make;
};

/// By a new authority, one of each kind. `host` is the only name or address in them; `expired`: the good one is, too.
Certificates make_certificates(const std::string& host, bool expired);

}  // namespace sonoran::simulator
