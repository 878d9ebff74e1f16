#include "net/tls_sessions.h"

#include <openssl/x509.h>

#include <new>
#include <utility>

#include "core/limits.h"

namespace sonoran::net {
namespace {

/// Where an SSL keeps its TlsSessions.
int place() {
  static const int kPlace = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kPlace;
}

/// When it began, in seconds since 1970. OpenSSL 3.3 brought a function that goes beyond 2038 everywhere, which 3.4
/// asks for; Debian 12's is older.
std::time_t began(const SSL_SESSION* session) {
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
  return SSL_SESSION_get_time_ex(session);
#else
  return static_cast<std::time_t>(SSL_SESSION_get_time(session));
#endif
}

bool holds(SSL_SESSION* session, std::time_t now) {
  const auto age_s = now - began(session);
  if (age_s < 0 || age_s > limits::kTlsSession_s) return false;
  const X509* peer = SSL_SESSION_get0_peer(session);
  return peer != nullptr && X509_cmp_time(X509_get0_notAfter(peer), &now) > 0 && SSL_SESSION_is_resumable(session) == 1;
}

}  // namespace

void TlsSessions::enable(SSL_CTX* context) {
  // OpenSSL's own cache does not look up sessions of clients.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &TlsSessions::given);
}

bool TlsSessions::attach(SSL* ssl, std::time_t now) {
  if (SSL_set_ex_data(ssl, place(), this) != 1) return false;
  const Session session = newest(now);
  return session != nullptr && SSL_set_session(ssl, session.get()) == 1;
}

TlsSessions::Session TlsSessions::copy_of(SSL_SESSION* session) {
  return Session(SSL_SESSION_dup(session));
}

TlsSessions::Session TlsSessions::newest(std::time_t now) {
  while (!sessions_.empty()) {
    Session& last = sessions_.back();
    if (!holds(last.get(), now)) {
      sessions_.pop_back();
      continue;
    }
    // A session may be used again until a newer one replaces it.
    if (SSL_SESSION_get_protocol_version(last.get()) < TLS1_3_VERSION) return copy_of(last.get());
    Session taken = std::move(last);
    sessions_.pop_back();
    return taken;
  }
  return nullptr;
}

int TlsSessions::given(SSL* ssl, SSL_SESSION* session) {
  auto* const sessions = static_cast<TlsSessions*>(SSL_get_ex_data(ssl, place()));
  try {
    if (sessions != nullptr) sessions->keep(ssl, session);
  } catch (const std::bad_alloc&) {
    // The next connection then shakes hands in full.
  }
  return 0;  // OpenSSL keeps its reference
}

void TlsSessions::keep(SSL* ssl, SSL_SESSION* session) {
  if (SSL_get_verify_result(ssl) != X509_V_OK) return;
  Session copy = copy_of(session);
  if (copy == nullptr) return;
  sessions_.push_back(std::move(copy));
  if (sessions_.size() > limits::kTlsSessions) sessions_.pop_front();
}

}  // namespace sonoran::net
