#include "unit/tls_peer.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

namespace sonoran::test {

SslContext server_context(const std::string& host, long ends_s) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), ends_s);
  X509_set_pubkey(certificate, key);
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host).c_str());
  X509_add_ext(certificate, names, -1);
  EXPECT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
  SslContext context(SSL_CTX_new(TLS_server_method()));
  EXPECT_EQ(SSL_CTX_use_certificate(context.get(), certificate), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), key), 1);
  X509_EXTENSION_free(names);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return context;
}

SslContext client_context(SSL_CTX* server) {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  EXPECT_EQ(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), SSL_CTX_get0_certificate(server)), 1);
  return context;
}

Ssl side(SSL_CTX* context, bool server) {
  Ssl ssl(SSL_new(context));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  if (server) {
    SSL_set_accept_state(ssl.get());
  } else {
    SSL_set_connect_state(ssl.get());
  }
  return ssl;
}

std::string said(SSL* ssl) {
  std::string bytes;
  std::array<char, 4096> piece{};
  int got = 0;
  while ((got = BIO_read(SSL_get_wbio(ssl), piece.data(), static_cast<int>(piece.size()))) > 0) {
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
  return bytes;
}

void hear(SSL* ssl, std::string_view bytes) {
  EXPECT_EQ(BIO_write(SSL_get_rbio(ssl), bytes.data(), static_cast<int>(bytes.size())), static_cast<int>(bytes.size()));
}

bool shake_hands(SSL* client, SSL* server) {
  bool done = false;
  for (int turns = 0; turns < 8; ++turns) {
    done = SSL_do_handshake(client) == 1;
    if (std::string words = said(client); !words.empty()) hear(server, words);
    done = SSL_do_handshake(server) == 1 && done;
    if (std::string words = said(server); !words.empty()) hear(client, words);
  }
  char nothing = 0;
  SSL_read(client, &nothing, 1);
  return done;
}

}  // namespace sonoran::test
