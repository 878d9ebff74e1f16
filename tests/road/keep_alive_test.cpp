// Commands that must not be repeated, while a gateway closes its idle connections: none is lost and none is doubled.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "road/road.h"

namespace sonoran::road {
namespace {

// Around the gateways' one second. Not an assertion on time: whatever the clock does, all must go well.
constexpr std::chrono::milliseconds kGaps[] = {
    std::chrono::milliseconds(940),  std::chrono::milliseconds(980),  std::chrono::milliseconds(995),
    std::chrono::milliseconds(1000), std::chrono::milliseconds(1005), std::chrono::milliseconds(1010),
    std::chrono::milliseconds(1030), std::chrono::milliseconds(1080), std::chrono::milliseconds(990),
    std::chrono::milliseconds(1002), std::chrono::milliseconds(1020)};

class KeepAlive : public Road {
 protected:
  void expect_nothing_lost(const Settings& settings) {
    Bridge bridge(settings);
    Traffic traffic(bridge, simulator_);
    traffic.round();
    for (const auto gap : kGaps) {
      traffic.expect_all_well();
      std::this_thread::sleep_for(gap);
      traffic.round();
    }
    traffic.expect_all_well();
  }
};

constexpr const char* kPlain = R"(
  keepalive_timeout 1s;
  server { listen 127.0.0.1:PORT; location / { proxy_pass http://cad; } }
)";

/// The same over one version of TLS.
std::string nginx_over(const std::string& version) {
  return "keepalive_timeout 1s 1s; server { listen 127.0.0.1:PORT ssl; ssl_certificate FOLDER/one.pem;"
         " ssl_certificate_key FOLDER/one.pem; ssl_protocols " +
         version + "; location / { proxy_pass http://cad; } }";
}

TEST_F(KeepAlive, OfNginxLosesNothing) {
  const Nginx nginx(cad(), kPlain);
  expect_nothing_lost(plain(nginx.port()));
}

TEST_F(KeepAlive, OfNginxThatAnnouncesItLosesNothingOverTls12) {
  const Nginx nginx(cad(), nginx_over("TLSv1.2"), {{"one", authority_.server("cad.test")}});
  expect_nothing_lost(over_tls("cad.test", nginx.port()));
}

TEST_F(KeepAlive, OfNginxThatAnnouncesItLosesNothingOverTls13) {
  const Nginx nginx(cad(), nginx_over("TLSv1.3"), {{"one", authority_.server("cad.test")}});
  expect_nothing_lost(over_tls("cad.test", nginx.port()));
}

TEST_F(KeepAlive, OfHaproxyLosesNothing) {
  Haproxy::Setup setup;
  setup.defaults = "  timeout http-keep-alive 1s\n";
  const Haproxy haproxy(cad(), setup);
  expect_nothing_lost(plain(haproxy.port()));
}

TEST_F(KeepAlive, OfHaproxyLosesNothingOverTls) {
  Haproxy::Setup setup;
  setup.defaults = "  timeout http-keep-alive 1s\n";
  setup.bind = "ssl crt FOLDER/one.pem";
  setup.identities = {{"one", authority_.server("cad.test")}};
  const Haproxy haproxy(cad(), setup);
  expect_nothing_lost(over_tls("cad.test", haproxy.port()));
}

TEST_F(KeepAlive, OfNodeThatAnnouncesItLosesNothing) {
  const NodeRelay node(cad(), R"({"keepAlive":1000})");
  expect_nothing_lost(plain(node.port()));
}

TEST_F(KeepAlive, AConnectionThatWasOnlyWarmedAndClosedDelaysNoEmergencyCall) {
  // nginx closes what sends no request within a second; over TLS 1.3 its tickets wait in the connection.
  const Nginx nginx(cad(), "client_header_timeout 1s; " + nginx_over("TLSv1.3"),
                    {{"one", authority_.server("cad.test")}});
  Bridge bridge(over_tls("cad.test", nginx.port()));
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  const Answer answer = bridge.answer(bridge.call(
      "create911Call",
      R"({"isEmergency":true,"caller":"a","location":"b","description":"c","deleteAfterMinutes":5,"metaData":{}})"));
  EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.detail << bridge.log();
  EXPECT_EQ(executed("create911Call"), 1U);
}

}  // namespace
}  // namespace sonoran::road
