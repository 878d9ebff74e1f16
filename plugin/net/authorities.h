// Finds and loads the certificate authorities that a connection trusts.
//
// The build for the game server has a statically linked OpenSSL, whose default folder of authorities exists on no
// machine. So this file searches the places where systems keep their authorities.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "core/result.h"

namespace sonoran::net {

/// The sources of authorities, in this order: only the first that is given, or exists, is used. The environment
/// (SSL_CERT_FILE, SSL_CERT_DIR) is ignored, because in a game server every resource can write into it.
struct AuthorityChoice {
  std::string ca_file;  // setting sonoran_bridge_ca_file
  // Then the system's own.
  std::string bundle;  // setting sonoran_bridge_ca_bundle: the resource's own file
  std::string root;    // for tests: a prefix of every place of the system; Windows' store is not used then
};

/// What was loaded, for messages: "/etc/ssl/cert.pem", "the Windows certificate store".
struct Authorities {
  std::string source;
};

/// Predicts the result of load_authorities() for `choice`: a file must be well-formed PEM, and its first certificates
/// must be valid. Errors further behind are found only by loading. Under 2 ms. Any thread.
Check check_authorities(const AuthorityChoice& choice);

/// Makes `context` trust the authorities of `choice`. The message says that a given file is unusable, or that nothing
/// was found. A place of the system that is empty or broken is skipped. Takes some 10 ms, but what this process has
/// read last is not read again while it is the same: the times and sizes of the files and folders decide, and on
/// Windows a digest of the store's certificates. Any thread.
Result<Authorities> load_authorities(SSL_CTX* context, const AuthorityChoice& choice);

}  // namespace sonoran::net
