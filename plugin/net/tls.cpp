#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/error.hpp>

#include "net/tls_sessions.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;

/// Both sides speak TLS, but they have no version in common.
bool is_version(int reason) {
  return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ||
         reason == SSL_R_WRONG_SSL_VERSION || reason == SSL_R_UNKNOWN_SSL_VERSION || reason == SSL_R_VERSION_TOO_LOW;
}

/// The bytes are no record of TLS. OpenSSL reports an answer in HTTP as a record with a wrong version.
bool is_no_tls(int reason) {
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_UNKNOWN_PROTOCOL ||
         reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_BAD_RECORD_TYPE;
}

/// One policy for every build, whatever OpenSSL it has and whatever a machine's configuration says (RFC 9325, section
/// 4). Level 2: keys of 112 bits of strength, RSA from 2,048 bits on. TLS 1.2 with forward secrecy and an AEAD only;
/// TLS 1.3 has no others. False when OpenSSL does not take it.
bool set_policy(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

}  // namespace

asio::ssl::context bare_tls_context() {
  asio::ssl::context context(asio::ssl::context::tls_client);
  set_policy(context.native_handle());
  context.set_verify_mode(asio::ssl::verify_peer);
  TlsSessions::enable(context.native_handle());
  return context;
}

Result<TlsContext> make_tls_context(const AuthorityChoice& choice) {
  namespace ssl = asio::ssl;
  ssl::context context(ssl::context::tls_client);
  if (!set_policy(context.native_handle()))
    return Message{"This OpenSSL has none of the ciphers that the bridge takes; get the released package."};
  context.set_verify_mode(ssl::verify_peer);
  TlsSessions::enable(context.native_handle());
  auto loaded = load_authorities(context.native_handle(), choice);
  if (!loaded) return loaded.error();
  return TlsContext{std::move(context), *std::move(loaded)};
}

bool expect_peer(SSL* ssl, const Host& host) {
  // OpenSSL itself checks the name, so it knows the reason for a refusal.
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const std::string& text = host.text;
  if (host.address) return X509_VERIFY_PARAM_set1_ip_asc(parameters, text.c_str()) == 1;
  return SSL_set_tlsext_host_name(ssl, text.c_str()) == 1 &&
         X509_VERIFY_PARAM_set1_host(parameters, text.c_str(), text.size()) == 1;
}

HandshakeFailure handshake_failure(SSL* ssl, const boost::system::error_code& error, const std::string& where) {
  if (const long verified = SSL_get_verify_result(ssl); verified != X509_V_OK) {
    return {where + " is not trusted: its certificate was refused: " + X509_verify_cert_error_string(verified) +
                "; check sonoran_bridge_url and sonoran_bridge_ca_file",
            true};
  }
  std::string words = error.message();
  if (error.category() == asio::error::get_ssl_category()) {
    const auto code = static_cast<unsigned long>(error.value());
    const int reason = ERR_GET_REASON(code);
    if (is_version(reason)) {
      return {where + " has no version of TLS in common with the bridge, which takes 1.2 and 1.3; update that server",
              true};
    }
    if (is_no_tls(reason)) {
      return {where + " answered with something that is not TLS; check the port in sonoran_bridge_url", false};
    }
    if (const char* own = ERR_reason_error_string(code); own != nullptr) words = own;
  }
  return {where + " broke off the TLS handshake (" + words + "); check sonoran_bridge_url", true};
}

}  // namespace sonoran::net
