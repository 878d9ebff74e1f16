// TLS as others speak it: versions, chains, names.
#include <gtest/gtest.h>

#include "integration/eventually.h"
#include "integration/host_names.h"
#include "road/road.h"

namespace sonoran::road {
namespace {

using simulator::Identity;

class Tls : public Road {
 protected:
  void expect_trusted(const Settings& settings) {
    Bridge bridge(settings);
    const Answer answer = bridge.answer(bridge.panic("license:a"));
    EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.detail << bridge.log();
  }
  /// What is said when a panic cannot leave; nothing must have reached the CAD.
  std::string complaint(const Settings& settings, const std::string& expected) {
    const std::size_t before = simulator_.requests().size();
    Bridge bridge(settings);
    bridge.panic("license:a");
    EXPECT_TRUE(integration::eventually([&] { return bridge.log().find(expected) != std::string::npos; }))
        << bridge.log();
    EXPECT_EQ(simulator_.requests().size(), before) << "the key was sent to a stranger";
    return bridge.log();
  }
  OpensslServer openssl(const Identity& identity, const std::vector<std::string>& options = {}) {
    return {cad(), identity, options};
  }
};

TEST_F(Tls, OpensslsServerIsSpokenToInTls12AndInTls13) {
  const Identity identity = authority_.server("cad.test");
  {
    const OpensslServer server = openssl(identity, {"-tls1_2"});
    expect_trusted(over_tls("cad.test", server.port()));
  }
  const OpensslServer server = openssl(identity, {"-tls1_3"});
  expect_trusted(over_tls("cad.test", server.port()));
}

TEST_F(Tls, AServerWithoutACommonVersionIsNamedAsSuch) {
  const OpensslServer server = openssl(authority_.server("cad.test"), {"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"});
  const std::string said = complaint(over_tls("cad.test", server.port()), "version of TLS");
  EXPECT_EQ(said.find("not trusted"), std::string::npos) << said;
}

TEST_F(Tls, AMissingIntermediateIsALackOfTrustAndAShownOneIsNone) {
  const Identity alone = authority_.server_by_intermediate("cad.test");
  {
    const OpensslServer server = openssl(alone);
    const std::string said = complaint(over_tls("cad.test", server.port()), "not trusted");
    EXPECT_NE(said.find("issuer"), std::string::npos) << said;
  }
  const OpensslServer server = openssl({alone.certificate_pem + authority_.intermediate_pem(), alone.key_pem});
  expect_trusted(over_tls("cad.test", server.port()));
}

TEST_F(Tls, ACertificateWithACommonNameOnlyIsRefused) {
  const OpensslServer server = openssl(authority_.server_by_common_name("cad.test"));
  complaint(over_tls("cad.test", server.port()), "not trusted");
}

TEST_F(Tls, AWildcardHoldsForOneLabel) {
  const Nginx nginx(cad(),
                    "server { listen 127.0.0.1:PORT ssl; ssl_certificate FOLDER/wild.pem;"
                    " ssl_certificate_key FOLDER/wild.pem; location / { proxy_pass http://cad; } }",
                    {{"wild", authority_.server("*.wild.test")}});
  expect_trusted(over_tls("cad.wild.test", nginx.port()));
  complaint(over_tls("far.cad.wild.test", nginx.port()), "not trusted");
  complaint(over_tls("wild.test", nginx.port()), "not trusted");
  const OpensslServer server = openssl(authority_.server("*.wild.test"));
  expect_trusted(over_tls("cad.wild.test", server.port()));
}

TEST_F(Tls, TwoHostsOfNginxAtOnePortEachShowTheirOwnCertificate) {
  const std::string host =
      "server { listen 127.0.0.1:PORT ssl; server_name NAME.test; ssl_certificate FOLDER/NAME.pem;"
      " ssl_certificate_key FOLDER/NAME.pem;"
      " location / { proxy_set_header X-Came-To NAME; proxy_pass http://cad; } }\n";
  const auto named = [&](std::string text, const std::string& name) {
    for (std::size_t at = 0; (at = text.find("NAME", at)) != std::string::npos;) text.replace(at, 4, name);
    return text;
  };
  const Nginx nginx(cad(), named(host, "one") + named(host, "two"),
                    {{"one", authority_.server("one.test")}, {"two", authority_.server("two.test")}});
  for (const char* name : {"one", "two"}) {
    expect_trusted(over_tls(std::string(name) + ".test", nginx.port()));
    EXPECT_EQ(header_of(simulator_.requests().back(), "X-Came-To"), name);
  }
  // The certificate of the first is shown to whoever asks for a name that is not there.
  complaint(over_tls("three.test", nginx.port()), "not trusted");
}

TEST_F(Tls, TwoHostsOfHaproxyAtOnePortEachShowTheirOwnCertificate) {
  Haproxy::Setup setup;
  setup.bind = "ssl crt FOLDER/one.pem crt FOLDER/two.pem strict-sni";
  setup.identities = {{"one", authority_.server("one.test")}, {"two", authority_.server("two.test")}};
  const Haproxy haproxy(cad(), setup);
  expect_trusted(over_tls("one.test", haproxy.port()));
  expect_trusted(over_tls("two.test", haproxy.port()));
  // Here nothing is shown to whoever asks for another name.
  complaint(over_tls("three.test", haproxy.port()), "three.test");
}

TEST_F(Tls, ALaterConnectionToNginxGoesOnWithTheSessionAndSendsNothingEarly) {
  for (const char* version : {"TLSv1.2", "TLSv1.3"}) {
    const Nginx nginx(cad(),
                      std::string("server { listen 127.0.0.1:PORT ssl; ssl_protocols ") + version +
                          "; ssl_early_data on; keepalive_requests 1; ssl_certificate FOLDER/one.pem;"
                          " ssl_certificate_key FOLDER/one.pem; location / {"
                          " proxy_set_header X-Resumed \"is:$ssl_session_reused\";"
                          " proxy_set_header X-Early \"is:$ssl_early_data\"; proxy_pass http://cad; } }",
                      {{"one", authority_.server("cad.test")}});
    const std::size_t before = simulator_.requests().size();
    Bridge bridge(over_tls("cad.test", nginx.port()));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(bridge.answer(bridge.call("getVersion")).error, SB_ERROR_NONE);
    unsigned resumed = 0;
    for (const auto& request : simulator_.requests(before)) {
      if (header_of(request, "X-Resumed") == "is:r") ++resumed;
      EXPECT_EQ(header_of(request, "X-Early"), "is:");
    }
    // The first cannot, and the second may have begun before the first had told what to go on with.
    EXPECT_GE(resumed, 2U) << version;
  }
}

TEST_F(Tls, TheSchemeInCapitalsIsTheSame) {
  const OpensslServer server = openssl(authority_.server("cad.test"));
  expect_trusted(integration::with(over_tls("cad.test", server.port()),
                                   {{"sonoran_bridge_url", "HTTPS://cad.test:" + std::to_string(server.port())}}));
}

}  // namespace
}  // namespace sonoran::road
