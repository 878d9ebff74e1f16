// A game server that hangs: nobody fetches the answers for a while, and then all of them at once.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

using simulator::Faults;
using simulator::Simulator;

class Hitch : public testing::Test {
 protected:
  Simulator simulator_;
  simulator::Ready ready_ = simulator_.start();
};

/// 42 answers of 4 MB are more than may wait. Bodies are dropped; the answers themselves never are.
TEST_F(Hitch, EachTicketOfLargeAnswersHasItsEnd) {
  static constexpr std::size_t kBody = 4'000'000;
  Faults faults;
  faults.huge = kBody;
  faults.only = {"getTemplates", "getInfo"};
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, false));
  std::vector<std::uint64_t> large;
  // Equal queries share a request, and each gets its answer.
  for (int i = 0; i < 21; ++i) {
    large.push_back(bridge.call("getTemplates"));
    large.push_back(bridge.call("getInfo"));
  }
  const std::uint64_t panic = bridge.panic("license:a");
  const std::uint64_t note = bridge.call("addCallNote", R"({"callId":1,"note":"x"})");
  ASSERT_EQ(sb_flush(bridge.raw(), 60'000), SB_OK) << sb_last_error(bridge.raw());

  std::size_t whole = 0;
  std::size_t dropped = 0;
  for (const std::uint64_t ticket : large) {
    const auto answer = bridge.answered(ticket);
    ASSERT_TRUE(answer) << "ticket " << ticket << " has no end";
    EXPECT_EQ(answer->status, 200);
    if (answer->error == SB_ERROR_NONE) {
      EXPECT_EQ(answer->body.size(), kBody);
      ++whole;
    } else {
      EXPECT_STREQ(sb_error_name(answer->error), "answer_dropped");
      EXPECT_NE(answer->detail.find("its answer of 4000000 bytes was dropped"), std::string::npos) << answer->detail;
      EXPECT_EQ(answer->body, "");
      ++dropped;
    }
  }
  EXPECT_EQ(whole, 16U) << "what fits into 64 MiB";
  EXPECT_EQ(dropped, large.size() - whole);
  EXPECT_EQ(bridge.answer(panic).error, SB_ERROR_NONE) << "small answers stay whole";
  EXPECT_EQ(bridge.answer(note).error, SB_ERROR_NONE);
  EXPECT_TRUE(eventually([&] { return bridge.stats().at("dropped_bodies") == dropped; }))
      << boost::json::serialize(bridge.stats());
}

TEST_F(Hitch, AnEventByHttpBeyondTheBoundIsRefusedAndCounted) {
  const auto settings = settings_for(ready_, false);
  Bridge bridge(settings);
  const std::string event = R"({"type":"E","key":")" + settings.at("sonoran_apiKey") + "\"}";
  std::size_t taken = 0;
  while (taken < 10'000 && sb_push_event(bridge.raw(), text_of(event)) == SB_OK) ++taken;
  EXPECT_EQ(taken, 4096U);
  EXPECT_TRUE(eventually([&] { return bridge.stats().at("refused").at("calls") == 1; }));
}

/// This bound also bounds the outbox.
TEST_F(Hitch, WhoNeverFetchesAnswersIsRefusedInTheEnd) {
  Bridge bridge(settings_for(ready_, false));
  std::uint64_t ticket = 0;
  std::size_t taken = 0;
  // One unit's repeats. Where too many wait for the loop thread, a moment helps.
  ASSERT_TRUE(eventually([&] {
    while (sb_set_status(bridge.raw(), text_of("license:a"), 2, &ticket) == SB_OK) ++taken;
    return std::string(sb_last_error(bridge.raw())).find("not fetched") != std::string::npos;
  }));
  EXPECT_EQ(taken, 65536U);
  EXPECT_EQ(sb_set_status(bridge.raw(), text_of("license:a"), 2, &ticket), SB_QUEUE_FULL);
  EXPECT_STREQ(sb_last_error(bridge.raw()),
               "65536 answers have not come, or were not fetched by the game server; this call was not taken.");
  EXPECT_EQ(sb_call(bridge.raw(), text_of("getInfo"), {}, nullptr, &ticket), SB_QUEUE_FULL);
  // A panic has as much again.
  EXPECT_NE(bridge.panic("license:a"), 0U);
  // One poll makes room for all of them.
  ASSERT_EQ(sb_flush(bridge.raw(), 60'000), SB_OK) << sb_last_error(bridge.raw());
  bridge.log();
  EXPECT_EQ(sb_set_status(bridge.raw(), text_of("license:a"), 3, &ticket), SB_OK);
  EXPECT_EQ(bridge.answer(ticket).error, SB_ERROR_NONE);
}

}  // namespace
}  // namespace sonoran::integration
