#include "net/tls_sessions.h"

#include <gtest/gtest.h>

#include "core/limits.h"
#include "net/tls.h"
#include "unit/tls_peer.h"

namespace sonoran::net {
namespace {

using test::Ssl;
using test::SslContext;

constexpr long kDay_s = 24L * 3600;

class TlsSessionsOf : public testing::TestWithParam<int> {
 protected:
  TlsSessionsOf() { begin(kDay_s); }

  /// Makes a server whose certificate ends then, and a client that trusts it.
  void begin(long ends_s) {
    server_ = test::server_context("cad.test", ends_s);
    SSL_CTX_set_max_proto_version(server_.get(), GetParam());
    client_ = test::client_context(server_.get());
    TlsSessions::enable(client_.get());
  }

  /// A connection at `now`: whether a session was proposed, and whether it was taken.
  struct Connected {
    bool proposed, resumed;
  };
  Connected connect(std::time_t now = std::time(nullptr)) {
    const Ssl server = test::side(server_.get(), true);
    const Ssl client = test::side(client_.get(), false);
    EXPECT_TRUE(expect_peer(client.get(), Host("cad.test")));
    const bool proposed = sessions_.attach(client.get(), now);
    EXPECT_TRUE(test::shake_hands(client.get(), server.get()));
    EXPECT_EQ(SSL_version(client.get()), GetParam());
    // And it ends without close_notify.
    return {proposed, SSL_session_reused(client.get()) == 1};
  }

  SslContext server_, client_;
  TlsSessions sessions_;
};

INSTANTIATE_TEST_SUITE_P(Version, TlsSessionsOf, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13"; });

TEST_P(TlsSessionsOf, EachConnectionAfterTheFirstIsResumed) {
  EXPECT_FALSE(connect().proposed);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(connect().resumed) << i;
}

TEST_P(TlsSessionsOf, ASessionThatIsRefusedIsFollowedByAFullHandshake) {
  connect();
  SSL_CTX_set_tlsext_ticket_keys(server_.get(), std::string(80, 'k').data(), 80);  // as after a restart
  SSL_CTX_flush_sessions(server_.get(), 0);
  SSL_CTX_set_session_cache_mode(server_.get(), SSL_SESS_CACHE_OFF);
  const Connected next = connect();
  EXPECT_TRUE(next.proposed);
  EXPECT_FALSE(next.resumed);
}

TEST_P(TlsSessionsOf, ForgottenSessionsAreNotProposed) {
  connect();
  sessions_.forget();
  EXPECT_FALSE(connect().proposed);
}

TEST_P(TlsSessionsOf, AnOldSessionIsNotProposed) {
  connect();
  EXPECT_FALSE(connect(std::time(nullptr) + limits::kTlsSession_s + 5).proposed);
}

TEST_P(TlsSessionsOf, AClockThatWentBackMakesASessionDoubtful) {
  connect();
  EXPECT_FALSE(connect(std::time(nullptr) - 60).proposed);
}

TEST_P(TlsSessionsOf, ASessionEndsWithItsCertificate) {
  begin(60);
  connect();
  EXPECT_FALSE(connect(std::time(nullptr) + 90).proposed);
}

TEST_P(TlsSessionsOf, ASessionWithoutAVerifiedCertificateIsNotKept) {
  SSL_CTX_set_verify(client_.get(), SSL_VERIFY_NONE, nullptr);
  X509_STORE* const nobody = X509_STORE_new();
  SSL_CTX_set_cert_store(client_.get(), nobody);
  connect();
  EXPECT_FALSE(connect().proposed);
}

TEST_P(TlsSessionsOf, NoMoreThanTheirBoundAreKept) {
  // A session of TLS 1.3 is used once, so the kept ones can be counted while no new ones come.
  if (GetParam() != TLS1_3_VERSION) return;
  SSL_CTX_set_num_tickets(server_.get(), 2 * limits::kTlsSessions);
  connect();
  SSL_CTX_set_num_tickets(server_.get(), 0);
  std::size_t proposed = 0;
  while (connect().proposed) ++proposed;
  EXPECT_EQ(proposed, limits::kTlsSessions);
}

}  // namespace
}  // namespace sonoran::net
