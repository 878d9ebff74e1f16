// The simulator over real sockets.
#include "simulator/simulator.h"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "simulator/test_client.h"

namespace sonoran::simulator {
namespace {

namespace json = boost::json;
namespace http = boost::beast::http;

const std::string kVersion = "/v2/general/version";

/// Waits for a condition that comes soon; false if it did not come.
template <typename Condition>
bool comes_true(Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

class SimulatorTest : public testing::Test {
 protected:
  SimulatorTest() { ready_ = simulator_.start(); }

  /// The answer on a new connection under these faults.
  Got under(const Faults& faults) {
    simulator_.set_faults(faults);
    return TestClient(ready_.http_port).request("GET", kVersion);
  }

  json::value stats() { return json::parse(simulator_.stats()); }
  bool shakes_hands(const std::string& host, int tls = 0) {
    return !TestClient(ready_.https_port, ready_.ca_file, host, tls).error();
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
  EXPECT_TRUE(comes_true([&] { return !TestClient(ready_.http_port).error(); }));
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 200U);
}

TEST_F(SimulatorTest, ChangesItsCertificateAndItsTls) {
  EXPECT_TRUE(shakes_hands("localhost"));
  Faults faults;
  for (const Certificate certificate : {Certificate::kExpired, Certificate::kOtherName, Certificate::kSelfSigned}) {
    faults.certificate = certificate;
    simulator_.set_faults(faults);
    EXPECT_FALSE(shakes_hands("localhost"));
  }
  faults = {};
  faults.tls_max = "1.1";
  simulator_.set_faults(faults);
  // A client that is willing can, so that one which cannot has refused.
  EXPECT_TRUE(shakes_hands("localhost", TLS1_1_VERSION));
  simulator_.clear_faults();
  EXPECT_FALSE(shakes_hands("localhost", TLS1_1_VERSION));
}

TEST_F(SimulatorTest, SpeaksWeakTlsToWhoTakesIt) {
  // A client that is willing can, so that one which cannot has refused.
  Faults faults;
  faults.certificate = Certificate::kWeakRsa;
  simulator_.set_faults(faults);
  EXPECT_TRUE(shakes_hands("localhost", TLS1_2_VERSION));
  EXPECT_FALSE(shakes_hands("localhost"));
  // A cipher without forward secrecy and without an AEAD.
  faults.certificate = Certificate::kRsa;
  faults.ciphers = "AES128-SHA";
  faults.tls_max = "1.2";
  simulator_.set_faults(faults);
  EXPECT_TRUE(shakes_hands("localhost", TLS1_2_VERSION));
}

TEST_F(SimulatorTest, ShowsAWrongCertificateToSomeOnly) {
  Faults faults;
  faults.rules.emplace_back().certificate = Certificate::kExpired;
  faults.rules.emplace_back().tls_max = "1.1";
  for (Fault& rule : faults.rules) rule.times = 1;
  faults.status = 503;
  simulator_.set_faults(faults);
  // The plain port is not affected.
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 503U);
  EXPECT_FALSE(shakes_hands("localhost"));
  EXPECT_FALSE(shakes_hands("localhost"));
  TestClient third(ready_.https_port, ready_.ca_file, "localhost");
  ASSERT_FALSE(third.error()) << third.error().message();
  EXPECT_EQ(third.request("GET", kVersion).status, 503U);
}

TEST_F(SimulatorTest, ShowsCertificatesOfEveryKind) {
  const auto trusted_as = [&](Certificate certificate, const std::string& host) {
    Faults faults;
    faults.certificate = certificate;
    simulator_.set_faults(faults);
    return shakes_hands(host);
  };
  EXPECT_TRUE(trusted_as(Certificate::kIntermediate, "localhost"));
  EXPECT_FALSE(trusted_as(Certificate::kMissingIntermediate, "localhost"));
  EXPECT_TRUE(trusted_as(Certificate::kWildcard, "cad.wild.test"));
  EXPECT_FALSE(trusted_as(Certificate::kWildcard, "far.cad.wild.test"));
  EXPECT_FALSE(trusted_as(Certificate::kWildcard, "localhost"));
  // OpenSSL takes the common name of a certificate that has nothing else, so the name there is the right one.
  EXPECT_TRUE(trusted_as(Certificate::kCommonName, "localhost"));
  EXPECT_FALSE(trusted_as(Certificate::kCommonName, "other.test"));
}

TEST_F(SimulatorTest, SpeaksNoOlderTlsThanItIsTold) {
  EXPECT_TRUE(shakes_hands("localhost", TLS1_2_VERSION));
  Faults faults;
  faults.tls_min = "1.3";
  simulator_.set_faults(faults);
  EXPECT_FALSE(shakes_hands("localhost", TLS1_2_VERSION));
  EXPECT_TRUE(shakes_hands("localhost", TLS1_3_VERSION));
}

TEST_F(SimulatorTest, CountsSessionsThatGoOn) {
  for (const int tls : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestClient first(ready_.https_port, ready_.ca_file, "localhost", tls);
    first.request("GET", kVersion);  // TLS 1.3 sends the session after the handshake
    const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(first.session(), &SSL_SESSION_free);
    TestClient(ready_.https_port, ready_.ca_file, "localhost", tls, session.get()).request("GET", kVersion);
  }
  EXPECT_EQ(stats().at("tls_handshakes"), 4);
  EXPECT_EQ(stats().at("tls_resumed"), 2);
  const auto requests = simulator_.requests();
  EXPECT_FALSE(requests.at(0).tls_resumed);
  EXPECT_TRUE(requests.at(1).tls_resumed);
  EXPECT_TRUE(requests.at(3).tls_resumed);
}

TEST_F(SimulatorTest, SendsInterimAnswersBeforeTheTrueOne) {
  Faults faults;
  faults.interim = {100, 102, 103, 103, 101};
  for (const std::uint32_t pause : {0U, 5U}) {
    faults.interim_ms = pause;
    simulator_.set_faults(faults);
    TestClient client(ready_.http_port);
    EXPECT_EQ(client.request("GET", kVersion).status, 100U);
    for (const unsigned status : {102U, 103U, 103U, 101U}) EXPECT_EQ(client.answer().status, status);
    const Got got = client.answer();
    EXPECT_EQ(got.status, 200U);
    EXPECT_EQ(json::parse(got.body).at("name"), "PLUS");
    EXPECT_TRUE(simulator_.requests().back().executed);
    EXPECT_EQ(simulator_.requests().back().status, 200U);
  }
}

TEST_F(SimulatorTest, ForgetsWhatWasIdle) {
  TestClient plain(ready_.http_port);
  plain.request("GET", kVersion);
  TestClient fresh(ready_.https_port, ready_.ca_file, "localhost");
  Faults faults;
  faults.silent_after_ms = 5;
  // It holds for connections that are idle already.
  simulator_.set_faults(faults);
  EXPECT_TRUE(comes_true([&] { return stats().at("connections_silent") == 2; }));
  const auto requests = simulator_.requests().size();
  EXPECT_TRUE(plain.is_swallowed(kVersion));
  EXPECT_TRUE(fresh.is_swallowed(kVersion));
  EXPECT_EQ(simulator_.requests().size(), requests);
  simulator_.clear_faults();
  EXPECT_FALSE(TestClient(ready_.http_port).is_swallowed(kVersion));
}

TEST_F(SimulatorTest, ForgetsAllAtOnceAlsoAmidAnAnswer) {
  Faults faults;
  faults.delay_ms = 50;
  simulator_.set_faults(faults);
  TestClient idle(ready_.http_port);
  idle.request("GET", kVersion);
  TestClient busy(ready_.http_port);
  EXPECT_FALSE(busy.is_swallowed(kVersion));
  TestClient(ready_.admin_port).request("POST", "/_sim/silence");
  EXPECT_EQ(stats().at("connections_silent"), 2);
  EXPECT_TRUE(idle.is_swallowed(kVersion));
  // A silent connection stays silent, whatever else happens; this one ends with the simulator.
  simulator_.disconnect();
  EXPECT_EQ(stats().at("connections_silent"), 2);
}

TEST(SimulatorAddressTest, TakesAndDropsConnectionsByAddress) {
  Options options;
  options.addresses = {"127.0.0.2"};
  Simulator simulator(options);
  const Ready ready = simulator.start();
  const auto waits_at = [&](const std::string& address) {
    return TestClient::is_left_waiting(ready.http_port, address) &&
           TestClient::is_left_waiting(ready.https_port, address);
  };
  Faults faults;
  faults.drop_syn = {"127.0.0.2"};
  simulator.set_faults(faults);
  EXPECT_TRUE(waits_at("127.0.0.2"));
  EXPECT_EQ(TestClient(ready.http_port).request("GET", kVersion).status, 200U);
  EXPECT_EQ(simulator.requests().at(0).address, "127.0.0.1");
  faults.drop_syn = {"127.0.0.1"};
  simulator.set_faults(faults);
  EXPECT_TRUE(waits_at("127.0.0.1"));
  EXPECT_FALSE(waits_at("127.0.0.2"));
  faults = {};
  faults.at = "127.0.0.2";
  faults.status = 503;
  simulator.set_faults(faults);
  EXPECT_EQ(TestClient(ready.http_port).request("GET", kVersion).status, 200U);
  EXPECT_EQ(TestClient(ready.http_port, "127.0.0.2").request("GET", kVersion).status, 503U);
  faults.at = "127.0.0.3";
  EXPECT_THROW(simulator.set_faults(faults), std::invalid_argument);
  options.addresses = {"192.0.2.1"};
  EXPECT_THROW(Simulator{options}, std::invalid_argument);
}

TEST_F(SimulatorTest, ClosesWhatIsIdle) {
  Faults faults;
  faults.keep_alive = "timeout=1";
  faults.idle_close_ms = 20;
  simulator_.set_faults(faults);
  TestClient plain(ready_.http_port);
  EXPECT_EQ(plain.request("GET", kVersion).keep_alive, "timeout=1");
  EXPECT_EQ(plain.answer().error, http::error::end_of_stream);
  TestClient over_tls(ready_.https_port, ready_.ca_file, "localhost");
  // The server ends TLS properly, not only the connection.
  EXPECT_EQ(over_tls.answer().error, http::error::end_of_stream);
  TestClient unused(ready_.http_port);
  EXPECT_EQ(unused.answer().error, http::error::end_of_stream);
}

TEST_F(SimulatorTest, AnswersInEveryForm) {
  struct Row {
    Form form;
    std::string content_type, body;  // how it begins
  };
  Faults faults;
  faults.server = "firewall";
  faults.rate_scale = 0;
  for (const auto& [form, type, body] : std::vector<Row>{{Form::kProblem, "application/problem+json", R"({"type":)"},
                                                         {Form::kGateway, "application/json", R"({"message":)"},
                                                         {Form::kHtml, "text/html", "<html>"},
                                                         {Form::kText, "text/plain", "Forbidden"},
                                                         {Form::kEmpty, "", ""}}) {
    faults.form = form;
    for (const unsigned status : {200U, 403U}) {
      for (const bool stray : {false, true}) {
        faults.status = status;
        faults.stray = stray;
        const Got got = under(faults);
        EXPECT_EQ(got.status, status);
        EXPECT_EQ(got.content_type, type);
        EXPECT_EQ(got.body.substr(0, status == 403 ? body.size() : 0), status == 403 ? body : "");
        EXPECT_EQ(got.body.empty(), form == Form::kEmpty);
        EXPECT_EQ(got.server, "firewall");
        const RecordedRequest request = simulator_.requests().back();
        EXPECT_EQ(request.stray, stray);
        EXPECT_EQ(request.executed, status == 200 && !stray);
      }
    }
  }
}

TEST_F(SimulatorTest, AnswersABodyWordForWord) {
  Faults faults;
  faults.body = "\xEF\xBB\xBF{\"id\":1e999}";
  EXPECT_EQ(under(faults).body, *faults.body);
  EXPECT_TRUE(simulator_.requests().back().executed);
  faults.content_type = "text/plain";
  faults.status = 418;
  const Got got = under(faults);
  EXPECT_EQ(got.status, 418U);
  EXPECT_EQ(got.content_type, "text/plain");
}

TEST(SimulatorKeyTest, EachHasABudgetAndCountersOfItsOwn) {
  Options options;
  options.more_keys = {"second"};
  Simulator simulator(options);
  const Ready ready = simulator.start();
  const std::string target = "/v2/general/servers";
  const auto limit = json::parse(simulator.stats()).at("operations").at("getServers").at("limit").to_number<int>();
  TestClient client(ready.http_port);
  for (int i = 0; i < limit; ++i) EXPECT_EQ(client.request("GET", target).status, 200U);
  EXPECT_EQ(client.request("GET", target).status, 429U);
  EXPECT_EQ(client.request("GET", target, "", "second").status, 200U);
  EXPECT_EQ(client.request("GET", target, "", "third").status, 401U);
  const json::value stats = json::parse(simulator.stats());
  EXPECT_EQ(stats.at("keys").at("sim-key").at("getServers").at("requests"), limit + 1);
  EXPECT_EQ(stats.at("keys").at("sim-key").at("getServers").at("executed"), limit);
  EXPECT_EQ(stats.at("keys").at("second").at("getServers").at("requests"), 1);
  EXPECT_EQ(stats.at("operations").at("getServers").at("largest_window"), limit + 1);
  const auto requests = simulator.requests(static_cast<std::uint64_t>(limit) + 1);
  EXPECT_EQ(requests.at(0).key, "second");
  EXPECT_EQ(requests.at(1).key, "");
}

TEST_F(SimulatorTest, IsLateAlsoForWhoHasLeft) {
  Faults faults;
  faults.late_ms = 30;
  simulator_.set_faults(faults);
  TestClient(ready_.http_port).request_and_leave(kVersion);
  EXPECT_TRUE(comes_true([&] { return simulator_.requests().size() == 1; }));
  EXPECT_TRUE(simulator_.requests()[0].executed);
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 200U);
}

TEST_F(SimulatorTest, BreaksAtOnceWhatItDoesLate) {
  Faults faults;
  faults.late_ms = 20;
  faults.half_close = Stage::kAfter;
  EXPECT_EQ(under(faults).error, http::error::end_of_stream);
  EXPECT_TRUE(comes_true([&] { return simulator_.requests().size() == 1; }));
  EXPECT_TRUE(simulator_.requests()[0].executed);
  EXPECT_EQ(simulator_.requests()[0].status, 0U);
  // It is due in an hour, and does not delay the end of the simulator.
  faults.late_ms = 3'600'000;
  EXPECT_EQ(under(faults).error, http::error::end_of_stream);
  simulator_.stop();
  EXPECT_EQ(simulator_.requests().size(), 1U);
}

TEST_F(SimulatorTest, StandsStillAndThenLooksAtAllThatCame) {
  Faults faults;
  faults.still_for_ms = 200;
  const auto before = std::chrono::steady_clock::now().time_since_epoch();
  simulator_.set_faults(faults);
  TestClient(ready_.http_port).request_and_leave(kVersion);
  TestClient(ready_.http_port).request_and_leave(kVersion);
  EXPECT_TRUE(comes_true([&] { return simulator_.requests().size() == 2; }));
  // They count when they are looked at.
  for (const RecordedRequest& request : simulator_.requests()) {
    EXPECT_GE(std::chrono::microseconds(request.monotonic_us), before + std::chrono::milliseconds(200));
  }
  EXPECT_EQ(TestClient(ready_.http_port).request("GET", kVersion).status, 200U);
  EXPECT_EQ(stats().at("operations").at("getVersion").at("executed"), 3);
}

TEST_F(SimulatorTest, ClosesOnTheSecondRequestOfEachConnectionAndHasDoneIt) {
  Faults faults;
  faults.nth = 2;
  faults.half_close = Stage::kAfter;
  simulator_.set_faults(faults);
  for (int connection = 0; connection < 2; ++connection) {
    TestClient client(ready_.http_port);
    EXPECT_EQ(client.request("GET", kVersion).status, 200U);
    EXPECT_EQ(client.request("GET", kVersion).error, http::error::end_of_stream);
  }
  EXPECT_EQ(stats().at("operations").at("getVersion").at("executed"), 4);
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
  // The end of the simulator closes the connections that are still open.
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
