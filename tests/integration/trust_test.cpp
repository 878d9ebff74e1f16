// Whom the bridge trusts: certificate, host name, version of TLS, ca_file.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/host_names.h"

namespace sonoran::integration {
namespace {

using simulator::Certificate;
using simulator::Faults;
using simulator::Options;
using simulator::Simulator;

class Trust : public testing::Test {
 protected:
  simulator::Ready start(const Faults& faults) {
    simulator_.set_faults(faults);
    return ready_;
  }
  /// Waits until the log has `part`: as a rule, that the bridge does not trust the CAD.
  std::string complaint(Bridge& bridge, const std::string& words = "not trusted") {
    EXPECT_TRUE(eventually([&] { return bridge.log().find(words) != std::string::npos; })) << bridge.log();
    return bridge.log();
  }
  /// What is said about a CAD with this certificate, which must have been told nothing; it is then mended.
  std::string complaint_about(Certificate certificate) {
    Faults faults;
    faults.certificate = certificate;
    simulator_.set_faults(faults);
    Bridge bridge(settings_for(ready_, true));
    const auto panic = bridge.panic("license:a");
    std::string said = complaint(bridge);
    EXPECT_TRUE(simulator_.requests().empty()) << "the key was sent to a stranger";
    simulator_.clear_faults();
    EXPECT_EQ(bridge.answer(panic).error, SB_ERROR_NONE);
    return said;
  }
  std::string version_of_tls(const std::string& most) {
    Faults faults;
    faults.tls_max = most;
    simulator_.set_faults(faults);
    Bridge bridge(settings_for(ready_, true));
    EXPECT_EQ(bridge.answer(bridge.panic("license:a")).error, SB_ERROR_NONE);
    return simulator_.requests().at(0).tls_version;
  }

  Simulator simulator_;
  simulator::Ready ready_ = simulator_.start();
};

TEST_F(Trust, ACertificateThatHasExpiredIsRefused) {
  const std::string said = complaint_about(Certificate::kExpired);
  EXPECT_NE(said.find("expired"), std::string::npos) << said;
  EXPECT_NE(said.find(ready_.https_url), std::string::npos) << said;
}

TEST_F(Trust, ACertificateForAnotherNameIsRefused) {
  const std::string said = complaint_about(Certificate::kOtherName);
  EXPECT_NE(said.find("ostname mismatch"), std::string::npos) << said;
}

TEST_F(Trust, ACertificateSignedByItselfIsRefused) {
  const std::string said = complaint_about(Certificate::kSelfSigned);
  EXPECT_NE(said.find("self-signed"), std::string::npos) << said;
  EXPECT_NE(said.find("sonoran_bridge_ca_file"), std::string::npos) << said;
}

TEST_F(Trust, ANameThatStandsInTheSubjectOnlyIsRefused) {
  const std::string said = complaint_about(Certificate::kCommonName);
  EXPECT_NE(said.find("ostname mismatch"), std::string::npos) << said;
}

TEST_F(Trust, AWeakKeyIsRefused) {
  const std::string said = complaint_about(Certificate::kWeakRsa);
  EXPECT_NE(said.find("too weak"), std::string::npos) << said;
}

TEST_F(Trust, TlsWithoutForwardSecrecyOrWithoutAnAeadIsRefused) {
  for (const char* ciphers : {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA"}) {
    Faults faults;
    faults.certificate = Certificate::kRsa;
    faults.tls_max = "1.2";
    faults.ciphers = ciphers;
    simulator_.set_faults(faults);
    Bridge bridge(settings_for(ready_, true));
    const auto panic = bridge.panic("license:a");
    EXPECT_TRUE(eventually([&] { return bridge.log().find("handshake") != std::string::npos; })) << ciphers;
    EXPECT_TRUE(simulator_.requests().empty()) << ciphers;
    // The bridge accepts the same server when it offers both.
    faults.ciphers = "ECDHE-RSA-AES128-GCM-SHA256";
    simulator_.set_faults(faults);
    EXPECT_EQ(bridge.answer(panic).error, SB_ERROR_NONE) << ciphers;
    simulator_.reset();
  }
}

TEST_F(Trust, TheConsoleNamesWhoIsTrusted) {
  Bridge bridge(settings_for(ready_, true));
  EXPECT_TRUE(eventually([&] { return bridge.log().find("verified against " + ready_.ca_file) != std::string::npos; }))
      << bridge.log();
}

TEST_F(Trust, WithoutACaFileTheSystemsAuthoritiesDecide) {
  Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_ca_file", ""}}));
  bridge.panic("license:a");
  const std::string said = complaint(bridge);
  EXPECT_NE(said.find("certificate"), std::string::npos) << said;
  EXPECT_TRUE(simulator_.requests().empty());
}

TEST_F(Trust, TheNameIsSentAndVerifiedAnAddressIsVerifiedOnly) {
  Options options;
  options.cert_host = "cad.test";
  Simulator named(options);
  const simulator::Ready ready = named.start();
  set_host_name("cad.test", Name::kLoopback);
  set_host_name("elsewhere.test", Name::kLoopback);
  const auto url = [&](const std::string& host) {
    return Settings{{"sonoran_bridge_url", "https://" + host + ":" + std::to_string(ready.https_port)}};
  };
  {
    Bridge bridge(with(settings_for(ready, true), url("cad.test")));
    EXPECT_EQ(bridge.answer(bridge.panic("license:a")).error, SB_ERROR_NONE);
    EXPECT_EQ(named.requests().at(0).server_name, "cad.test");
  }
  named.reset();
  for (const char* other : {"elsewhere.test", "127.0.0.1"}) {
    Bridge bridge(with(settings_for(ready, true), url(other)));
    bridge.panic("license:a");
    complaint(bridge);
    EXPECT_TRUE(named.requests().empty()) << other;
  }
  // This server's certificate names addresses.
  Bridge bridge(with(settings_for(ready_, true),
                     {{"sonoran_bridge_url", "https://127.0.0.1:" + std::to_string(ready_.https_port)}}));
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).error, SB_ERROR_NONE);
  EXPECT_EQ(simulator_.requests().at(0).server_name, "");
}

TEST_F(Trust, TheNewestTlsIsSpokenAndTls12) {
  EXPECT_EQ(version_of_tls(""), "TLSv1.3");
  simulator_.reset();
  EXPECT_EQ(version_of_tls("1.2"), "TLSv1.2");
}

TEST_F(Trust, OlderTlsIsRefusedAndNamedAsSuch) {
  for (const char* most : {"1.1", "1.0"}) {
    Faults faults;
    faults.tls_max = most;
    simulator_.set_faults(faults);
    Bridge bridge(settings_for(ready_, true));
    bridge.panic("license:a");
    const std::string said = complaint(bridge, ready_.https_url + " has no version of TLS in common with the bridge");
    EXPECT_EQ(said.find("not trusted"), std::string::npos) << said;
    EXPECT_TRUE(simulator_.requests().empty()) << most;
  }
}

TEST_F(Trust, APortThatSpeaksNoTlsIsNamedAsSuch) {
  const std::string url = "https://localhost:" + std::to_string(ready_.http_port);
  Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_url", url}}));
  bridge.panic("license:a");
  const std::string said = complaint(bridge, url + " answered with something that is not TLS");
  EXPECT_EQ(said.find("not trusted"), std::string::npos) << said;
}

TEST_F(Trust, ANameThatCannotBeVerifiedIsNotConnectedTo) {
  const std::string name = std::string(252, 'a') + ".test";  // too long for TLS' server name
  set_host_name(name, Name::kLoopback);
  const std::string url = "https://" + name + ":" + std::to_string(ready_.https_port);
  Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_url", url}}));
  bridge.panic("license:a");
  complaint(bridge, "has a name that no certificate can be verified for");
  EXPECT_EQ(boost::json::parse(simulator_.stats()).at("tls_handshakes"), 0);
}

TEST_F(Trust, ACaFileThatIsNotThereOrNoCertificateIsSaidAtOnce) {
  const std::string broken = testing::TempDir() + "integration_no_certificate.pem";
  std::ofstream(broken) << "this is no certificate\n";
  for (const std::string& file : {std::string("/nowhere/ca.pem"), broken}) {
    const Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_ca_file", file}}));
    EXPECT_NE(bridge.error().find("sonoran_bridge_ca_file is '" + file + "'"), std::string::npos) << bridge.error();
    EXPECT_NE(bridge.error().find("PEM"), std::string::npos) << bridge.error();
  }
  std::remove(broken.c_str());
}

/// Its first certificates are good, so that a look finds nothing: the bridge's thread finds the bad one as it reads.
TEST_F(Trust, ACaFileWhoseLastCertificateIsBroken) {
  std::string pem;
  {
    std::ifstream good(ready_.ca_file);
    const std::string one((std::istreambuf_iterator<char>(good)), {});
    for (int i = 0; i < 8; ++i) pem += one;
  }
  const std::string file = testing::TempDir() + "integration_last_is_broken.pem";
  // An empty sequence: well-formed PEM and DER, and no certificate.
  std::ofstream(file) << pem << "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
  const Settings broken = with(settings_for(ready_, true), {{"sonoran_bridge_ca_file", file}});
  const std::string words = "sonoran_bridge_ca_file is '" + file + "', but it must name a readable PEM file";
  {
    Bridge bridge(settings_for(ready_, true));
    std::string message;
    EXPECT_EQ(bridge.replace(broken, message), SB_INVALID_SETTING);
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_EQ(std::ranges::count(message, '\n'), 0) << message;
    EXPECT_EQ(bridge.answer(bridge.panic("license:a")).error, SB_ERROR_NONE) << "the old bridge goes on";
    EXPECT_EQ(bridge.log().find(words), std::string::npos) << "nothing was disturbed";
  }
  // At the start it runs, says so once, and trusts nobody.
  Bridge bridge(broken);
  ASSERT_EQ(bridge.error(), "");
  bridge.panic("license:b");
  complaint(bridge, words);
  EXPECT_EQ(simulator_.requests().size(), 1U) << "the key was sent to a stranger";
  std::remove(file.c_str());
}

}  // namespace
}  // namespace sonoran::integration
