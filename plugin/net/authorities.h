// The certificate authorities that a connection trusts, and where they are found.
//
// The game server's build brings its own OpenSSL, linked in; the folder that such an OpenSSL would look into exists on
// no machine. So the places where systems keep their authorities are looked through here.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "core/result.h"

namespace sonoran::net {

/// What decides whom to trust, in this order: the first that is given, or there, is the only one. The environment
/// (SSL_CERT_FILE, SSL_CERT_DIR) is not asked: in a game server every resource can write into it.
struct AuthorityChoice {
  std::string ca_file;  // setting sonoran_bridge_ca_file
  // Then the system's own.
  std::string bundle;  // setting sonoran_bridge_ca_bundle: what the resource brings along
  std::string root;    // for tests: stands before every place of the system; then Windows' store is not asked
};

/// What was loaded, for people: "/etc/ssl/cert.pem", "the Windows certificate store".
struct Authorities {
  std::string source;
};

/// What load_authorities() would say about `choice`, as far as a look tells: a file must be well-formed PEM, and its
/// first certificates must be certificates. What stands further behind, the reading finds. Under 2 ms. Any thread.
Check check_authorities(const AuthorityChoice& choice);

/// Makes `context` trust what `choice` leads to. The message says that what was given is unusable, or
/// that nothing was found. A place of the system that is empty or broken is passed over for the next one. Takes
/// some 10 ms; what this process has read last it does not read again while the files stay as they were. Any thread.
Result<Authorities> load_authorities(SSL_CTX* context, const AuthorityChoice& choice);

}  // namespace sonoran::net
