// The forms in which gateways hand an answer on: in chunks, compressed, without a length, in HTTP/1.0.
#include <gtest/gtest.h>

#include "road/road.h"

namespace sonoran::road {
namespace {

using simulator::Faults;

class Forms : public Road {
 protected:
  void expect_all_well(const Settings& settings, int rounds = 2) {
    Bridge bridge(settings);
    Traffic traffic(bridge, simulator_);
    for (int i = 0; i < rounds; ++i) {
      traffic.round();
      traffic.expect_all_well();
    }
  }
  void set(Faults faults) {
    faults.rate_scale = 0;
    simulator_.set_faults(std::move(faults));
  }
};

constexpr const char* kNginx = "server { listen 127.0.0.1:PORT; location / { proxy_pass http://cad; } }";

TEST_F(Forms, ChunksOfNginxAndHaproxyAreRead) {
  Faults faults;
  faults.chunked = true;
  set(faults);
  const Nginx nginx(cad(), kNginx);
  expect_all_well(plain(nginx.port()));
  const Haproxy haproxy(cad(), {});
  expect_all_well(plain(haproxy.port()));
}

TEST_F(Forms, ALargeAnswerInChunksComesWhole) {
  Faults faults;
  faults.huge = 3'000'000;
  faults.chunked = true;
  faults.only = {"getCalls"};
  set(faults);
  const Nginx nginx(cad(), kNginx);
  Bridge bridge(plain(nginx.port()));
  const Answer answer = bridge.answer(bridge.call("getCalls"));
  EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.detail;
  EXPECT_EQ(answer.body.size(), 3'000'000U);
}

TEST_F(Forms, NginxThatSpeaksHttp10ToTheCadClosesEachConnectionThereAndLosesNothing) {
  const Nginx nginx(cad(),
                    "server { listen 127.0.0.1:PORT; location / { proxy_http_version 1.0; proxy_pass http://CAD; } }");
  expect_all_well(plain(nginx.port()));
}

TEST_F(Forms, NginxThatKeepsNoConnectionsLosesNothing) {
  const Nginx nginx(cad(), std::string("keepalive_timeout 0; ") + kNginx);
  expect_all_well(plain(nginx.port()));
}

TEST_F(Forms, NginxThatEndsAConnectionAfterThreeRequestsLosesNothing) {
  const Nginx nginx(cad(), std::string("keepalive_requests 3; ") + kNginx);
  expect_all_well(plain(nginx.port()), 4);
}

TEST_F(Forms, AnAnswerInHttp10WithoutALengthIsRead) {
  const NodeRelay node(cad(), R"({"form":"http10"})");
  expect_all_well(plain(node.port()));
}

TEST_F(Forms, AStatusLineWithoutAReasonIsRead) {
  const NodeRelay node(cad(), R"({"form":"noReason"})");
  expect_all_well(plain(node.port()));
}

TEST_F(Forms, AByteOrderMarkBeforeTheBodyIsSkipped) {
  const NodeRelay node(cad(), R"({"form":"bom"})");
  expect_all_well(plain(node.port()));
}

TEST_F(Forms, NginxThatWouldCompressIsAskedNotTo) {
  const Nginx nginx(cad(),
                    std::string("gzip on; gzip_min_length 1; gzip_proxied any; gzip_types *; gzip_vary on; ") + kNginx);
  expect_all_well(plain(nginx.port()));
  for (const auto& request : simulator_.requests()) {
    EXPECT_EQ(header_of(request, "Accept-Encoding"), "identity");
  }
}

TEST_F(Forms, AnAnswerThatIsCompressedAllTheSameIsNamed) {
  const NodeRelay node(cad(), R"({"gzip":true})");
  Bridge bridge(plain(node.port()));
  const Answer answer = bridge.answer(bridge.call("getVersion", "{}", 5000));
  EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE) << answer.detail;
  EXPECT_NE(answer.detail.find("compressed"), std::string::npos) << answer.detail;
}

}  // namespace
}  // namespace sonoran::road
