// Both sides of a TLS connection in memory, without sockets.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

namespace sonoran::test {

struct SslFreed {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Ssl = std::unique_ptr<SSL, SslFreed>;
using SslContext = std::unique_ptr<SSL_CTX, SslFreed>;

/// A server's context with a new certificate for `host`, signed by itself, that ends so many seconds from now.
SslContext server_context(const std::string& host, long ends_s);
/// A client's context, which trusts that server.
SslContext client_context(SSL_CTX* server);

/// One side, with buffers for what comes in and goes out.
Ssl side(SSL_CTX* context, bool server);
/// The bytes that this side wants to send.
std::string said(SSL* ssl);
void hear(SSL* ssl, std::string_view bytes);
/// Shakes hands, and lets the client read what the server sends after it (tickets). True when both are done.
bool shake_hands(SSL* client, SSL* server);

}  // namespace sonoran::test
