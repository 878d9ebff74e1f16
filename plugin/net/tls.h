// The requirements of a TLS connection, and the messages when the other side does not meet them.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <string>

#include "core/result.h"
#include "net/authorities.h"
#include "net/host.h"

namespace sonoran::net {

/// A client context: TLS 1.2 with forward secrecy and an AEAD, or 1.3; keys of at least 112 bits of strength; the
/// peer's certificate verified against the authorities of `choice`. The message is about what is wrong with these
/// authorities.
struct TlsContext {
  boost::asio::ssl::context context;
  Authorities trusted;
};
Result<TlsContext> make_tls_context(const AuthorityChoice& choice);
/// The same without any authority: it trusts nobody.
boost::asio::ssl::context bare_tls_context();

/// Sets `host` for SNI (names only, RFC 6066), and accepts a certificate only if this name or address is among its
/// alternative names, as browsers do; the common name does not count. False when OpenSSL refuses the name: nothing
/// would be verified then, so the connection must not be made.
bool expect_peer(SSL* ssl, const Host& host);

/// The message about a handshake that failed with `error`, and whether the other side spoke TLS at all.
struct HandshakeFailure {
  std::string message;  // the message, without its full stop
  bool spoke_tls;
};
HandshakeFailure handshake_failure(SSL* ssl, const boost::system::error_code& error, const std::string& where);

}  // namespace sonoran::net
