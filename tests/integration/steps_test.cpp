// Each step of an exchange has a time limit, answers have a size limit, and redirects are not followed.
#include <gtest/gtest.h>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/host_names.h"

namespace sonoran::integration {
namespace {

using simulator::Faults;
using simulator::Stage;

class Steps : public testing::Test {
 protected:
  void expect_log(Bridge& bridge, const std::string& message) {
    EXPECT_TRUE(eventually([&] { return bridge.log().find(message) != std::string::npos; }))
        << "expected: " << message << "\nlog:\n"
        << bridge.log();
  }

  simulator::Simulator simulator_;
  simulator::Ready ready_ = simulator_.start();
};

// The other limits stay at their defaults, so that the tested one ends the step.
TEST_F(Steps, LookingUpAHostEndsAtItsLimit) {
  set_host_name("hanging.test", Name::kHanging);
  Bridge bridge(with(settings_for(ready_, true),
                     {{"sonoran_bridge_url", "https://hanging.test"}, {"sonoran_bridge_resolve_timeout_ms", "200"}}));
  bridge.panic("license:a");
  expect_log(bridge, "Looking up the host 'hanging.test' took longer than 200 ms");
  set_host_name("hanging.test", Name::kUnknown);
}

TEST_F(Steps, ConnectingEndsAtItsLimit) {
  Faults faults;
  faults.hang = true;
  simulator_.set_faults(faults);
  Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_connect_timeout_ms", "200"}}));
  bridge.panic("license:a");
  expect_log(bridge, ready_.https_url + " did not accept a connection within 200 ms");
}

TEST_F(Steps, TheHandshakeEndsAtItsLimit) {
  Faults faults;
  faults.stall = Stage::kAccept;
  simulator_.set_faults(faults);
  Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_handshake_timeout_ms", "200"}}));
  bridge.panic("license:a");
  expect_log(bridge, ready_.https_url + " did not finish the TLS handshake within 200 ms");
}

/// Nothing beyond the header is read, and the rest is more than the buffers between the two take: the write itself has
/// to end. An upload is written in pieces, and a later one is what ends.
TEST_F(Steps, WritingEndsAtItsLimitWhenNobodyReads) {
  simulator::Options options;
  options.narrow = true;
  options.faults.stall = Stage::kRequest;
  options.faults.deaf = true;
  simulator::Simulator deaf(options);
  const simulator::Ready ready = deaf.start();
  const std::string note = R"({"callId":1,"note":")" + std::string(400'000, 'x') + R"("})";
  const std::string recording = std::string("\x1A\x45\xDF\xA3") + std::string(400'000, 'x');
  for (const bool tls : {false, true}) {
    Bridge bridge(with(settings_for(ready, tls), {{"sonoran_bridge_write_timeout_ms", "200"}}));
    const std::string message = (tls ? ready.https_url : ready.http_url) + " did not take the request within 200 ms.";
    for (const Answer& answer :
         {bridge.answer(bridge.call("addCallNote", note)),
          bridge.answer(bridge.call("uploadBodycamRecording", R"({"durationMs":1000,"communityUserId":"license:a"})", 0,
                                    recording))}) {
      // A part has arrived, and repeating these does harm.
      EXPECT_EQ(answer.error, SB_ERROR_OUTCOME_UNKNOWN) << answer.detail;
      EXPECT_NE(answer.detail.find(message), std::string::npos) << answer.detail;
    }
  }
  EXPECT_EQ(deaf.requests().size(), 4U) << "it was sent again";
}

TEST_F(Steps, WaitingForAnAnswerEndsAtItsLimitAlsoAmidIt) {
  for (const Stage stage : {Stage::kBefore, Stage::kAfter, Stage::kHeaders, Stage::kBody}) {
    Faults faults;
    faults.stall = stage;
    simulator_.set_faults(faults);
    Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_read_timeout_ms", "200"}}));
    bridge.panic("license:a");
    expect_log(bridge, ready_.https_url + " did not answer within 200 ms");
  }
}

TEST_F(Steps, AnAnswerThatDripsEndsAtTheLimitOfTheWhole) {
  Faults faults;
  faults.drip_ms = 50;
  simulator_.set_faults(faults);
  Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_read_timeout_ms", "300"}}));
  bridge.panic("license:a");
  expect_log(bridge, ready_.https_url + " did not answer within 300 ms");
}

TEST_F(Steps, AnAnswerBeyondTheBoundIsNotTaken) {
  Faults faults;
  faults.huge = 16 * 1024 + 1;
  faults.times = 1;
  simulator_.set_faults(faults);
  Bridge bridge(with(settings_for(ready_, true), {{"sonoran_bridge_answer_limit_kib", "16"}}));
  const Answer answer = bridge.answer(bridge.call("getInfo"));
  EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE);
  EXPECT_NE(answer.detail.find("more than 16 KiB"), std::string::npos) << answer.detail;
  EXPECT_NE(answer.detail.find("sonoran_bridge_answer_limit_kib"), std::string::npos) << answer.detail;

  faults.huge = std::size_t{16} * 1024;
  simulator_.set_faults(faults);
  EXPECT_EQ(bridge.answer(bridge.call("getInfo")).body.size(), 16U * 1024);
}

TEST_F(Steps, AnAnswerWhoseHeaderIsBeyondTheBoundIsNotTaken) {
  Faults faults;
  faults.huge_header = std::size_t{64} * 1024;  // and with the rest of the header it is more
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, true));
  const Answer answer = bridge.answer(bridge.call("getInfo"));
  EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE);
  EXPECT_EQ(answer.detail, ready_.https_url + " answered with a header of more than 64 KiB.");

  faults.huge_header = std::size_t{63} * 1024;
  simulator_.set_faults(faults);
  EXPECT_EQ(bridge.answer(bridge.call("getInfo")).error, SB_ERROR_NONE);
}

TEST_F(Steps, ARedirectIsNotFollowed) {
  for (const unsigned status : {301U, 302U, 303U, 307U, 308U}) {
    simulator_.reset();
    Faults faults;
    faults.status = status;
    simulator_.set_faults(faults);
    Bridge bridge(settings_for(ready_, true));
    // Something on the way redirects, not the CAD: a panic stays, a command is answered with what came.
    const std::uint64_t panic = bridge.panic("license:a");
    const Answer answer = bridge.answer(bridge.call("addCallNote", R"({"callId":1,"note":"x"})"));
    EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE);
    EXPECT_EQ(answer.status, static_cast<int>(status));
    EXPECT_NE(answer.detail.find("redirect"), std::string::npos) << answer.detail;
    simulator_.clear_faults();
    EXPECT_EQ(bridge.answer(panic).error, SB_ERROR_NONE);
    for (const auto& request : simulator_.requests()) EXPECT_FALSE(request.target.starts_with("/redirected"));
  }
}

}  // namespace
}  // namespace sonoran::integration
