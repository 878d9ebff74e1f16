// The simulator over real sockets.
#include "simulator/simulator.h"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "simulator/test_client.h"

namespace sonoran::simulator {
namespace {

namespace json = boost::json;
namespace http = boost::beast::http;

const std::string kVersion = "/v2/general/version";

class SimulatorTest : public testing::Test {
 protected:
  SimulatorTest() { ready_ = simulator_.start(); }

  /// What a new connection is answered under these faults.
  Got under(const Faults& faults) {
    simulator_.set_faults(faults);
    return TestClient(ready_.http_port).request("GET", kVersion);
  }

  Simulator simulator_;
  Ready ready_;
};

TEST_F(SimulatorTest, KeepsAConnection) {
  TestClient client(ready_.http_port);
  EXPECT_EQ(client.request("GET", kVersion).status, 200U);
  EXPECT_EQ(client.request("GET", kVersion, "", "wrong").status, 401U);
  EXPECT_EQ(client.request("PATCH", "/v2/emergency/servers/1/units/panic", R"({"communityUserId":"a","isPanic":true})")
                .status,
            200U);
  const auto requests = simulator_.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[2].connection, requests[0].connection);
  EXPECT_LE(requests[0].monotonic_us, requests[2].monotonic_us);
  EXPECT_EQ(requests[1].status, 401U);
  EXPECT_EQ(requests[2].operation, "setUnitPanic");
  EXPECT_EQ(simulator_.requests(2).size(), 1U);
}

TEST_F(SimulatorTest, TlsIsTrustedForItsNameOnly) {
  TestClient trusted(ready_.https_port, ready_.ca_file, "localhost");
  ASSERT_FALSE(trusted.error()) << trusted.error().message();
  EXPECT_EQ(trusted.request("GET", kVersion).status, 200U);
  EXPECT_TRUE(simulator_.requests().at(0).over_tls);
  EXPECT_FALSE(TestClient(ready_.https_port, ready_.ca_file, "127.0.0.1").error());
  EXPECT_TRUE(TestClient(ready_.https_port, ready_.ca_file, "example.org").error());
  EXPECT_TRUE(TestClient(ready_.https_port, "/dev/null", "localhost").error());
}

TEST(SimulatorCertificateTest, MayBeExpiredOrForAnother) {
  Options options;
  options.cert_expired = true;
  Simulator expired(options);
  const Ready past = expired.start();
  EXPECT_TRUE(TestClient(past.https_port, past.ca_file, "localhost").error());
  options.cert_expired = false;
  options.cert_host = "cad.example";
  Simulator other(options);
  const Ready elsewhere = other.start();
  EXPECT_TRUE(TestClient(elsewhere.https_port, elsewhere.ca_file, "localhost").error());
  EXPECT_FALSE(TestClient(elsewhere.https_port, elsewhere.ca_file, "cad.example").error());
}

TEST_F(SimulatorTest, AnswersWithAStatusHtmlGarbageAndMuch) {
  Faults faults;
  faults.status = 503;
  EXPECT_EQ(under(faults).status, 503U);
  faults = {};
  faults.html = true;
  Got got = under(faults);
  EXPECT_EQ(got.status, 502U);
  EXPECT_EQ(got.content_type, "text/html");
  faults = {};
  faults.garbage = true;
  got = under(faults);
  EXPECT_EQ(got.status, 200U);
  boost::system::error_code broken;
  json::parse(got.body, broken);
  EXPECT_TRUE(broken);
  faults = {};
  faults.huge = 3'000'000;
  EXPECT_EQ(under(faults).body.size(), 3'000'000U);
  faults = {};
  faults.delay_ms = 1;
  EXPECT_EQ(under(faults).status, 200U);
  faults = {};
  faults.status = 429;
  faults.retry_after = "3";
  EXPECT_EQ(under(faults).retry_after, "3");
}

TEST_F(SimulatorTest, ResetsAtEachStage) {
  Faults faults;
  for (const Stage stage : {Stage::kBefore, Stage::kHeaders, Stage::kBody}) {
    faults.reset = stage;
    const Got got = under(faults);
    EXPECT_EQ(got.error, boost::asio::error::connection_reset) << got.error.message();
    EXPECT_EQ(got.status, stage == Stage::kBody ? 200U : 0U);
  }
}

TEST_F(SimulatorTest, BreaksOffBeforeARequestIsComplete) {
  Faults faults;
  faults.reset = Stage::kAccept;
  EXPECT_TRUE(under(faults).error);
  EXPECT_TRUE(simulator_.requests().empty());
  faults.reset = Stage::kRequest;
  EXPECT_TRUE(under(faults).error);
  ASSERT_EQ(simulator_.requests().size(), 1U);
  EXPECT_FALSE(simulator_.requests()[0].executed);
}

TEST_F(SimulatorTest, TellsWhatItDidFromWhatItAnswered) {
  Faults faults;
  const auto executed_under = [&] {
    simulator_.reset();
    under(faults);
    return simulator_.requests().at(0).executed;
  };
  faults.reset = Stage::kBefore;
  EXPECT_FALSE(executed_under());
  faults.reset = Stage::kAfter;
  EXPECT_TRUE(executed_under());
  faults = {};
  faults.status = 500;
  EXPECT_FALSE(executed_under());
  faults.status = 200;
  faults.html = true;
  EXPECT_TRUE(executed_under());
  const json::value stats = json::parse(simulator_.stats());
  EXPECT_EQ(stats.at("operations").at("getVersion").at("executed"), 1);
  EXPECT_EQ(stats.at("faults_struck"), 1);
}

TEST_F(SimulatorTest, ClosesOneDirection) {
  Faults faults;
  for (const Stage stage : {Stage::kAccept, Stage::kBefore, Stage::kHeaders, Stage::kBody}) {
    faults.half_close = stage;
    const Got got = under(faults);
    EXPECT_TRUE(got.error == http::error::end_of_stream || got.error == http::error::partial_message)
        << got.error.message();
  }
}

TEST_F(SimulatorTest, SendsByteByByteAndInChunks) {
  Faults faults;
  faults.drip_ms = 1;
  EXPECT_EQ(under(faults).status, 200U);
  faults = {};
  faults.chunked = true;
  const Got got = under(faults);
  EXPECT_FALSE(got.error) << got.error.message();
  EXPECT_EQ(json::parse(got.body).at("name"), "PLUS");
}

TEST_F(SimulatorTest, AnnouncesTooLittleAndSpeaksNoHttp) {
  Faults faults;
  faults.short_length = true;
  const Got got = under(faults);
  EXPECT_EQ(got.status, 200U);
  boost::system::error_code broken;
  json::parse(got.body, broken);
  EXPECT_TRUE(broken);
  faults = {};
  faults.bad_http = true;
  EXPECT_TRUE(under(faults).error);
}

TEST_F(SimulatorTest, RedirectsAndRepeatsTheKey) {
  Faults faults;
  faults.status = 302;
  EXPECT_EQ(under(faults).status, 302U);
  faults.status = 400;
  faults.echo_key = true;
  EXPECT_NE(under(faults).body.find("sim-key"), std::string::npos);
}

TEST_F(SimulatorTest, HangsAndComesBackOnTheSamePort) {
  Faults faults;
  faults.hang = true;
  simulator_.set_faults(faults);
  EXPECT_TRUE(TestClient::is_left_waiting(ready_.http_port));
  simulator_.clear_faults();
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 200U);
}

TEST_F(SimulatorTest, IsBackByItself) {
  Faults faults;
  faults.refuse = true;
  faults.refuse_for_ms = 30;
  simulator_.set_faults(faults);
  EXPECT_EQ(TestClient(ready_.http_port).error(), boost::asio::error::connection_refused);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (TestClient(ready_.http_port).error() && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 200U);
}

TEST_F(SimulatorTest, ChangesItsCertificateAndItsTls) {
  const auto shakes_hands = [&](int tls_most = 0) {
    return !TestClient(ready_.https_port, ready_.ca_file, "localhost", tls_most).error();
  };
  EXPECT_TRUE(shakes_hands());
  Faults faults;
  for (const Certificate certificate : {Certificate::kExpired, Certificate::kOtherName, Certificate::kSelfSigned}) {
    faults.certificate = certificate;
    simulator_.set_faults(faults);
    EXPECT_FALSE(shakes_hands());
  }
  faults = {};
  faults.tls_max = "1.1";
  simulator_.set_faults(faults);
  // A client that is willing can, so that one which cannot has refused.
  EXPECT_TRUE(shakes_hands(TLS1_1_VERSION));
  simulator_.clear_faults();
  EXPECT_FALSE(shakes_hands(TLS1_1_VERSION));
}

TEST_F(SimulatorTest, ShowsAWrongCertificateToSomeOnly) {
  const auto shakes_hands = [&] { return !TestClient(ready_.https_port, ready_.ca_file, "localhost").error(); };
  Faults faults;
  faults.rules.emplace_back().certificate = Certificate::kExpired;
  faults.rules.emplace_back().tls_max = "1.1";
  for (Fault& rule : faults.rules) rule.times = 1;
  faults.status = 503;
  simulator_.set_faults(faults);
  // Without TLS there is nothing that they could strike.
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 503U);
  EXPECT_FALSE(shakes_hands());
  EXPECT_FALSE(shakes_hands());
  TestClient third(ready_.https_port, ready_.ca_file, "localhost");
  ASSERT_FALSE(third.error()) << third.error().message();
  EXPECT_EQ(third.request("GET", kVersion).status, 503U);
}

TEST_F(SimulatorTest, HasAHugeHeader) {
  Faults faults;
  faults.huge_header = 1000;
  EXPECT_EQ(under(faults).status, 200U);
  faults.huge_header = 100'000;
  EXPECT_EQ(under(faults).error, http::error::header_limit);
}

TEST_F(SimulatorTest, RecordsNameAndVersionOfTls) {
  TestClient client(ready_.https_port, ready_.ca_file, "localhost");
  client.request("GET", kVersion);
  const RecordedRequest request = simulator_.requests().at(0);
  EXPECT_EQ(request.tls_version, "TLSv1.3");
  EXPECT_EQ(request.server_name, "localhost");
}

TEST_F(SimulatorTest, DisconnectsBetweenAnswers) {
  TestClient client(ready_.http_port);
  EXPECT_EQ(client.request("GET", kVersion).status, 200U);
  simulator_.disconnect();
  EXPECT_TRUE(client.request("GET", kVersion).error);
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 200U);
}

TEST_F(SimulatorTest, Truncates) {
  Faults faults;
  faults.truncate = true;
  const Got got = under(faults);
  EXPECT_EQ(got.error, http::error::partial_message) << got.error.message();
  EXPECT_FALSE(got.body.empty());
}

TEST_F(SimulatorTest, StallsUntilTheClientLeaves) {
  Faults faults;
  for (const Stage stage : {Stage::kBefore, Stage::kHeaders, Stage::kBody}) {
    faults.stall = stage;
    simulator_.set_faults(faults);
    TestClient(ready_.http_port).request_and_leave(kVersion);
  }
  // Those that are still open are closed by the end of the simulator: nothing waits for ever.
}

TEST_F(SimulatorTest, RefusesAndComesBackOnTheSamePort) {
  TestClient before(ready_.http_port);
  EXPECT_EQ(before.request("GET", kVersion).status, 200U);
  TestClient admin(ready_.admin_port);
  EXPECT_EQ(admin.request("POST", "/_sim/faults", R"({"refuse":true})").status, 200U);
  EXPECT_TRUE(before.request("GET", kVersion).error);
  EXPECT_EQ(TestClient(ready_.http_port).error(), boost::asio::error::connection_refused);
  EXPECT_EQ(TestClient(ready_.https_port).error(), boost::asio::error::connection_refused);
  EXPECT_EQ(admin.request("POST", "/_sim/faults", "{}").status, 200U);
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 200U);
}

TEST_F(SimulatorTest, HasAnInterfaceOfItsOwn) {
  TestClient cad(ready_.http_port);
  cad.request("GET", kVersion);
  TestClient admin(ready_.admin_port);
  const json::value stats = json::parse(admin.request("GET", "/_sim/stats").body);
  EXPECT_EQ(stats.at("requests_total"), 1);
  EXPECT_EQ(stats.at("operations").at("getVersion").at("answered").at("200"), 1);
  const json::value requests = json::parse(cad.request("GET", "/_sim/requests?since=0").body);
  EXPECT_EQ(requests.at(0).at("headers").at("Authorization"), "Bearer sim-key");
  EXPECT_EQ(admin.request("GET", "/_sim/requests?since=x").status, 400U);
  EXPECT_EQ(admin.request("POST", "/_sim/faults", R"({"nonsense":1})").status, 400U);
  EXPECT_EQ(admin.request("GET", kVersion).status, 404U);
  EXPECT_EQ(admin.request("POST", "/_sim/reset").status, 200U);
  EXPECT_TRUE(simulator_.requests().empty());
}

TEST_F(SimulatorTest, RefusesABodyBeyondItsLimit) {
  const Got got = TestClient(ready_.http_port).request("POST", kVersion, std::string((16U << 20U) + 1, ' '));
  // The answer comes before the body has been taken, so the client may fail in its write first.
  EXPECT_TRUE(got.status == 413U || got.error);
  EXPECT_TRUE(simulator_.requests().empty());
}

TEST_F(SimulatorTest, CanBeReadAfterItsEnd) {
  TestClient(ready_.http_port).request("GET", kVersion);
  simulator_.stop();
  simulator_.stop();
  EXPECT_EQ(simulator_.requests().size(), 1U);
  EXPECT_EQ(json::parse(simulator_.stats()).at("connections_open"), 0);
  EXPECT_THROW(simulator_.start(), std::runtime_error);
  EXPECT_EQ(TestClient(ready_.http_port).error(), boost::asio::error::connection_refused);
}

TEST(SimulatorStartTest, SaysThatAPortIsTaken) {
  Simulator first;
  Options options;
  options.http_port = first.start().http_port;
  Simulator second(options);
  EXPECT_THROW(second.start(), std::runtime_error);
}

TEST(SimulatorStartTest, WritesEachRequestAsALine) {
  const std::string file = testing::TempDir() + "cad_simulator_requests.jsonl";
  Options options;
  options.requests_file = file;
  Simulator simulator(options);
  TestClient client(simulator.start().http_port);
  client.request("GET", kVersion);
  client.request("GET", "/unknown");
  simulator.stop();
  std::ifstream lines(file);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(json::parse(line).at("operation"), "getVersion");
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(json::parse(line).at("status"), 404);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace sonoran::simulator
