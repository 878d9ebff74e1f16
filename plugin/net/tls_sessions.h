// TLS session resumption, which saves the exchange of certificates, and with TLS 1.2 a round trip, in later
// connections.
#pragma once

#include <openssl/ssl.h>

#include <ctime>
#include <deque>
#include <memory>

namespace sonoran::net {

/// The sessions of one endpoint and one SSL_CTX. A resumed connection shows no certificate, so the session's
/// verification must still hold: the same name, the same authorities, and a certificate that is still valid. On the
/// loop thread. Nothing is sent as early data, because an eavesdropper could replay it.
class TlsSessions {
 public:
  /// Enables sessions for connections over `context`; without this call attach() has no effect.
  static void enable(SSL_CTX* context);

  /// Makes `ssl` offer the newest session that is still valid at `now` (wall clock), and stores the sessions that it
  /// gets from now on. The verified name of `ssl` must be set, and always be the same. This object must outlive `ssl`.
  /// True when a session is offered.
  bool attach(SSL* ssl, std::time_t now);
  /// Call this after a failed handshake in which a session was offered.
  void forget() { sessions_.clear(); }

 private:
  struct Freed {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  using Session = std::unique_ptr<SSL_SESSION, Freed>;

  static int given(SSL* ssl, SSL_SESSION* session);
  /// Each connection has a copy of its own, because OpenSSL invalidates a session whose connection ends without
  /// close_notify, as ours do.
  static Session copy_of(SSL_SESSION* session);
  void keep(SSL* ssl, SSL_SESSION* session);
  /// Null when there is none. A ticket of TLS 1.3 is used only once: a second use would identify us (RFC 8446, C.4).
  Session newest(std::time_t now);

  std::deque<Session> sessions_;  // oldest first, at most limits::kTlsSessions
};

}  // namespace sonoran::net
