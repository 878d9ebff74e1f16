// A connection resumes an earlier TLS session, and trusts nobody whom a full handshake would not trust.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "integration/bridge.h"
#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

using simulator::Certificate;
using simulator::Faults;
using simulator::RecordedRequest;
using simulator::Simulator;

class Resumption : public testing::TestWithParam<const char*> {
 protected:
  Resumption() { spoken(GetParam()); }

  /// Sets the newest version of TLS from now on. The CAD forgets all earlier sessions at that.
  void spoken(const std::string& version, Certificate certificate = Certificate::kGood) {
    Faults faults;
    faults.tls_max = version;
    faults.certificate = certificate;
    simulator_.set_faults(faults);
  }
  /// The request of an answered panic, on a new connection.
  RecordedRequest panic_on_a_new_connection(Bridge& bridge) {
    simulator_.disconnect();
    const Answer answer = bridge.answer(bridge.panic("license:" + std::to_string(++units_)));
    EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.detail;
    return simulator_.requests().back();
  }

  std::int64_t full_handshakes() {
    const auto stats = boost::json::parse(simulator_.stats());
    return stats.at("tls_handshakes").to_number<std::int64_t>() - stats.at("tls_resumed").to_number<std::int64_t>();
  }

  Simulator simulator_;
  simulator::Ready ready_ = simulator_.start();
  int units_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Version, Resumption, testing::Values("1.2", "1.3"), [](const auto& version) {
  return std::string_view(version.param) == "1.2" ? "Tls12" : "Tls13";
});

TEST_P(Resumption, EachConnectionAfterTheFirstIsResumedAndSendsNoEarlyData) {
  Bridge bridge(settings_for(ready_, true));
  panic_on_a_new_connection(bridge);
  for (int i = 0; i < 5; ++i) {
    const RecordedRequest request = panic_on_a_new_connection(bridge);
    EXPECT_EQ(request.tls_version, std::string("TLSv") + GetParam());
    EXPECT_TRUE(request.tls_resumed) << i;
  }
  for (const RecordedRequest& request : simulator_.requests()) EXPECT_FALSE(request.tls_early);
}

TEST_P(Resumption, ASessionThatTheCadNoLongerKnowsIsFollowedByAFullHandshake) {
  Bridge bridge(settings_for(ready_, true));
  panic_on_a_new_connection(bridge);
  EXPECT_TRUE(panic_on_a_new_connection(bridge).tls_resumed);
  const char* const other = std::string_view(GetParam()) == "1.2" ? "1.3" : "1.2";
  spoken(other);
  const RecordedRequest full = panic_on_a_new_connection(bridge);
  EXPECT_FALSE(full.tls_resumed);
  EXPECT_EQ(full.tls_version, std::string("TLSv") + other);
  EXPECT_TRUE(panic_on_a_new_connection(bridge).tls_resumed);
}

TEST_P(Resumption, AStrangerWhoKnowsNoSessionIsNotTrustedForAnEarlierOne) {
  Bridge bridge(settings_for(ready_, true));
  panic_on_a_new_connection(bridge);
  EXPECT_TRUE(panic_on_a_new_connection(bridge).tls_resumed);
  for (const Certificate certificate : {Certificate::kOtherName, Certificate::kSelfSigned, Certificate::kExpired}) {
    spoken(GetParam(), certificate);
    simulator_.disconnect();
    const std::size_t before = simulator_.requests().size();
    const auto panic = bridge.panic("license:" + std::to_string(++units_));
    const std::size_t said = bridge.log().size();
    EXPECT_TRUE(eventually([&] { return bridge.log().find("is not trusted", said) != std::string::npos; }))
        << bridge.log();
    EXPECT_EQ(simulator_.requests().size(), before);
    spoken(GetParam());
    EXPECT_EQ(bridge.answer(panic).error, SB_ERROR_NONE);
  }
}

TEST_P(Resumption, SessionsAreOfOneBridgeOnly) {
  {
    Bridge bridge(settings_for(ready_, true));
    panic_on_a_new_connection(bridge);
    EXPECT_TRUE(panic_on_a_new_connection(bridge).tls_resumed);
  }
  // Other authorities, or another name, would be another bridge.
  simulator_.reset();
  const std::int64_t before = full_handshakes();
  Bridge bridge(settings_for(ready_, true));
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).error, SB_ERROR_NONE);
  EXPECT_GT(full_handshakes(), before);
  Bridge stranger(with(settings_for(ready_, true), {{"sonoran_bridge_ca_file", ""}}));
  stranger.panic("license:b");
  EXPECT_TRUE(eventually([&] { return stranger.log().find("is not trusted") != std::string::npos; }));
  EXPECT_EQ(simulator_.requests().size(), 1U);
}

}  // namespace
}  // namespace sonoran::integration
