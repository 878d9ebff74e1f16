// TLS sessions that the peer gave, so that the next connection needs no certificates, and with TLS 1.2 a round trip
// less.
#pragma once

#include <openssl/ssl.h>

#include <ctime>
#include <deque>
#include <memory>

namespace sonoran::net {

/// The sessions of one endpoint and one SSL_CTX. A resumed connection shows no certificate, so what was verified for
/// the session must hold for it: same name, same authorities, and a certificate that is still valid. On the loop
/// thread. Nothing is sent as early data, which a recorder could send again.
class TlsSessions {
 public:
  /// Lets connections over `context` have sessions; without it attach() has no effect.
  static void enable(SSL_CTX* context);

  /// Lets `ssl` propose the newest session that still holds at `now` (wall clock), and keeps those that it is given
  /// from now on. The verified name of `ssl` must be set, and always the same. This object must outlive `ssl`. True
  /// when a session is proposed.
  bool attach(SSL* ssl, std::time_t now);
  /// After a handshake that failed although, or because, a session was proposed.
  void forget() { sessions_.clear(); }

 private:
  struct Freed {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  using Session = std::unique_ptr<SSL_SESSION, Freed>;

  static int given(SSL* ssl, SSL_SESSION* session);
  /// Each connection has a copy of its own: OpenSSL spoils a session whose connection ends without close_notify, as
  /// ours do.
  static Session copy_of(SSL_SESSION* session);
  void keep(SSL* ssl, SSL_SESSION* session);
  /// Null when there is none. A ticket of TLS 1.3 is given out once: used twice, it would identify us (RFC 8446, C.4).
  Session newest(std::time_t now);

  std::deque<Session> sessions_;  // oldest first, at most limits::kTlsSessions
};

}  // namespace sonoran::net
