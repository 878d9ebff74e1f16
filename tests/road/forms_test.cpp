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

class EarlyAnswer : public Road {
 protected:
  /// An upload of 5.9 MB and a list of 900 KB, both beyond what the gateway takes: each is answered with its 413, which
  /// comes while the rest is being written, and the CAD hears of neither.
  void expect_413(const Settings& settings, const std::string& said_by) {
    Bridge bridge(settings);
    const std::string recording = std::string("\x1A\x45\xDF\xA3") + std::string(5'900'000, 'x');
    std::string codes = R"({"codes":[{"title":")";
    codes.append(900'000, 'y') += R"("}]})";
    for (int round = 0; round < 3; ++round) {
      const auto upload =
          bridge.call("uploadBodycamRecording", R"({"durationMs":1000,"communityUserId":"license:a"})", 0, recording);
      const auto list = round == 0 ? bridge.call("setPenalCodes", codes) : 0;
      for (const auto ticket : {upload, list}) {
        if (ticket == 0) continue;
        const Answer answer = bridge.answer(ticket);
        EXPECT_EQ(answer.status, 413) << answer.detail << bridge.log();
        EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE) << answer.detail;
        EXPECT_NE((answer.detail + answer.body).find(said_by), std::string::npos) << answer.detail << answer.body;
      }
    }
    EXPECT_EQ(executed("uploadBodycamRecording") + executed("setPenalCodes"), 0U);
    EXPECT_EQ(bridge.answer(bridge.panic("license:a")).error, SB_ERROR_NONE) << "what fits goes on";
  }
};

constexpr const char* kTooLarge = "client_max_body_size 500k; location / { proxy_pass http://cad; } }";

/// nginx reads on for a while after its answer, so that the client hears it.
TEST_F(EarlyAnswer, OfNginxToALargeBodyIsTheAnswer) {
  const Nginx nginx(cad(), std::string("server { listen 127.0.0.1:PORT; ") + kTooLarge);
  expect_413(plain(nginx.port()), "nginx");
}

/// It closes at once, which resets a connection with unread bytes.
TEST_F(EarlyAnswer, OfNginxThatClosesAtOnceIsTheAnswer) {
  const Nginx nginx(cad(), std::string("lingering_close off; server { listen 127.0.0.1:PORT; ") + kTooLarge);
  expect_413(plain(nginx.port()), "nginx");
}

TEST_F(EarlyAnswer, OfNginxOverTlsIsTheAnswer) {
  const Nginx nginx(cad(),
                    std::string("server { listen 127.0.0.1:PORT ssl; ssl_certificate FOLDER/one.pem;"
                                " ssl_certificate_key FOLDER/one.pem; ") +
                        kTooLarge,
                    {{"one", authority_.server("cad.test")}});
  expect_413(over_tls("cad.test", nginx.port()), "nginx");
}

TEST_F(EarlyAnswer, OfHaproxyIsTheAnswer) {
  Haproxy::Setup setup;
  setup.frontend = "  http-request deny deny_status 413 if { req.hdr(content-length) -m int gt 500000 }\n";
  const Haproxy haproxy(cad(), setup);
  expect_413(plain(haproxy.port()), "413");
}

}  // namespace
}  // namespace sonoran::road
