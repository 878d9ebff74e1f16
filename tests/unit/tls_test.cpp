#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <boost/asio/ssl/error.hpp>
#include <string>

#include "unit/tls_peer.h"

namespace sonoran::net {
namespace {

using namespace std::string_literals;
using test::Ssl;
using test::SslContext;

class Handshake : public testing::Test {
 protected:
  /// The failure when the other side answers a greeting with these bytes.
  HandshakeFailure answered_with(const std::string& bytes) {
    const Ssl client = test::side(client_.get(), false);
    EXPECT_TRUE(expect_peer(client.get(), Host("cad.test")));
    EXPECT_LT(SSL_do_handshake(client.get()), 1);
    test::hear(client.get(), bytes);
    ERR_clear_error();
    EXPECT_LT(SSL_do_handshake(client.get()), 1);
    const boost::system::error_code error(static_cast<int>(ERR_get_error()), boost::asio::error::get_ssl_category());
    return handshake_failure(client.get(), error, "https://cad.test");
  }

  SslContext server_ = test::server_context("cad.test", 3600);
  SslContext client_ = test::client_context(server_.get());
};

TEST_F(Handshake, NoCommonVersionIsSaidAsSuchByAlertAndByAnOldAnswer) {
  const std::string hello11 =
      "\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02"s + std::string(32, 'r') + "\x00\xc0\x13\x00"s;
  const std::string hello30 =
      "\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00"s + std::string(32, 'r') + "\x00\xc0\x13\x00"s;
  for (const std::string& bytes :
       {"\x15\x03\x03\x00\x02\x02\x46"s, "\x15\x03\x01\x00\x02\x02\x46"s, hello11, hello30}) {
    const HandshakeFailure failure = answered_with(bytes);
    EXPECT_NE(failure.message.find("no version of TLS in common"), std::string::npos) << failure.message;
    EXPECT_EQ(failure.message.find("trusted"), std::string::npos) << failure.message;
    EXPECT_TRUE(failure.spoke_tls);
  }
}

TEST_F(Handshake, WhatIsNotTlsIsSaidAsSuch) {
  for (const std::string& bytes :
       {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"s, "220 mail.example ESMTP ready\r\n"s,
        "SSH-2.0-OpenSSH_9.2\r\n"s, "<html><body>Wrong port</body></html>"s, "\x00\x00\x00\x0c\x04\x00\x00\x00"s,
        std::string(64, '\xff')}) {
    const HandshakeFailure failure = answered_with(bytes);
    EXPECT_NE(failure.message.find("something that is not TLS"), std::string::npos) << failure.message;
    EXPECT_FALSE(failure.spoke_tls);
  }
}

TEST_F(Handshake, AnotherRefusalIsNoLackOfTrust) {
  const HandshakeFailure failure = answered_with("\x15\x03\x03\x00\x02\x02\x28"s);
  EXPECT_NE(failure.message.find("broke off the TLS handshake ("), std::string::npos) << failure.message;
  EXPECT_EQ(failure.message.find("trusted"), std::string::npos) << failure.message;
}

TEST_F(Handshake, ANameThatCannotBeVerifiedIsRefused) {
  const Ssl client = test::side(client_.get(), false);
  EXPECT_FALSE(expect_peer(client.get(), Host(std::string(256, 'a')))) << "longer than SNI can tell";
  EXPECT_FALSE(expect_peer(client.get(), Host("cad\0.test"s))) << "a certificate for cad would do";
  EXPECT_FALSE(expect_peer(client.get(), Host("fe80::1%1"))) << "no certificate has the zone of this machine";
  EXPECT_TRUE(expect_peer(client.get(), Host("fe80::1")));
  EXPECT_TRUE(expect_peer(client.get(), Host("cad.test")));
}

}  // namespace
}  // namespace sonoran::net
