// Every problem is one sentence, told to whom it concerns, and no sentence contains the key.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>
#include <string_view>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/host_names.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::Faults;

constexpr const char* kKey = "0123456789-this-is-the-key";

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class Sentences : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(all_.find(kKey), std::string::npos) << "the key was told:\n" << all_; }

  /// Waits until `part` is in the log; what was said goes into the search for the key.
  void expect_said(Bridge& bridge, const std::string& part) {
    EXPECT_TRUE(eventually([&] { return bridge.log().find(part) != std::string::npos; }))
        << "expected: " << part << "\nlog:\n"
        << bridge.log();
    note(bridge);
  }
  void note(Bridge& bridge) { all_ += bridge.log() + json::serialize(bridge.stats()); }
  void note(const Answer& answer) { all_ += answer.title + answer.detail + answer.trace_id + answer.body; }
  static bool reaches(Bridge& bridge, std::string_view state) {
    return eventually([&] { return std::string_view(bridge.stats().at("state").as_string()) == state; });
  }

  simulator::Options options() {
    simulator::Options options;
    options.key = kKey;
    return options;
  }
  /// The CAD asks for a wait that is longer than any test: all notes wait, and none ends for another reason meanwhile.
  void let_notes_wait() {
    Faults faults;
    faults.status = 429;
    faults.retry_after = "590";
    faults.only = {"addCallNote"};
    simulator_.set_faults(faults);
  }
  Settings settings() { return with(settings_for(ready_, true), {{"sonoran_apiKey", kKey}}); }

  simulator::Simulator simulator_{options()};
  simulator::Ready ready_ = simulator_.start();
  std::string all_;
};

TEST_F(Sentences, NoKey) {
  const Bridge bridge(with(settings(), {{"sonoran_apiKey", ""}}));
  EXPECT_TRUE(bridge.error().starts_with("sonoran_apiKey is not set;")) << bridge.error();
}

TEST_F(Sentences, ASettingOfTheWrongTypeOrRange) {
  const Bridge type(with(settings(), {{"sonoran_bridge_moved_m", "far"}}));
  EXPECT_EQ(type.error(), "sonoran_bridge_moved_m is 'far', but it must be a number from 0 to 1000.");
  const Bridge range(with(settings(), {{"sonoran_serverId", "-1"}}));
  EXPECT_EQ(range.error(), "sonoran_serverId is '-1', but it must be a whole number from 0 to 2147483647.");
  const Bridge key(with(settings(), {{"sonoran_apiKey", std::string(kKey) + " "}}));
  EXPECT_NE(key.error().find("sonoran_apiKey"), std::string::npos);
  all_ += type.error() + range.error() + key.error();
}

TEST_F(Sentences, AWrongKeyPausesEverything) {
  constexpr const char* kWrong = "another-key-that-is-wrong";
  Bridge bridge(with(settings(), {{"sonoran_apiKey", kWrong}}));
  bridge.panic("license:a");
  expect_said(bridge, "The CAD refuses the API key (401): check sonoran_apiKey in server.cfg");
  bridge.players(3);
  bridge.position("license:a", 1);
  const Answer answer = bridge.answer(bridge.call("getInfo"));
  EXPECT_EQ(answer.error, SB_ERROR_UNAUTHORIZED) << answer.detail;
  EXPECT_TRUE(reaches(bridge, "unauthorized"));
  EXPECT_EQ(occurrences(bridge.log(), "The CAD refuses the API key"), 1U) << bridge.log();
  // One request that had already left may have been refused as well, but nothing keeps knocking.
  EXPECT_LE(simulator_.requests().size(), 2U);
  const std::string said = bridge.log() + json::serialize(bridge.stats()) + answer.detail;
  EXPECT_EQ(said.find(kWrong), std::string::npos) << said;
}

TEST_F(Sentences, AServerThatTheCadDoesNotKnow) {
  Bridge bridge(with(settings(), {{"sonoran_serverId", "77"}}));
  bridge.players(3);
  expect_said(bridge, "The CAD knows no server 77 for this API key (404): check sonoran_serverId in server.cfg");
  EXPECT_TRUE(reaches(bridge, "server_unknown"));
}

TEST_F(Sentences, AHostThatDoesNotResolve) {
  set_host_name("nowhere.test", Name::kUnknown);
  Bridge bridge(with(settings(), {{"sonoran_bridge_url", "https://nowhere.test"}}));
  bridge.panic("license:a");
  expect_said(bridge, "The host 'nowhere.test' cannot be found (");
  EXPECT_TRUE(reaches(bridge, "unavailable"));
}

TEST_F(Sentences, AHostThatRefuses) {
  Faults faults;
  faults.refuse = true;
  simulator_.set_faults(faults);
  Bridge bridge(settings());
  bridge.panic("license:a");
  expect_said(bridge, ready_.https_url + " cannot be connected to (Connection refused)");
}

TEST_F(Sentences, AHostThatHangs) {
  Faults faults;
  faults.stall = simulator::Stage::kBefore;
  simulator_.set_faults(faults);
  Bridge bridge(with(settings(), {{"sonoran_bridge_read_timeout_ms", "200"}}));
  bridge.panic("license:a");
  expect_said(bridge, ready_.https_url + " did not answer within 200 ms.");
}

TEST_F(Sentences, APositionThatIsNoNumber) {
  Bridge bridge(settings());
  sb_position position{};
  position.struct_size = sizeof position;
  position.unit = text_of("license:a");
  for (double sb_position::*member : {&sb_position::x, &sb_position::y, &sb_position::z, &sb_position::heading}) {
    for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      sb_position one = position;
      one.*member = wrong;
      std::size_t accepted = 9;
      EXPECT_EQ(sb_push_positions(bridge.raw(), &one, 1, &accepted), SB_INVALID_ARGUMENT);
      EXPECT_EQ(accepted, 0U);
      EXPECT_NE(std::string(sb_last_error(bridge.raw())).find("license:a"), std::string::npos)
          << sb_last_error(bridge.raw());
    }
  }
  EXPECT_EQ(bridge.stats().at("units").at("known"), 0);
}

TEST_F(Sentences, AnIdThatIsTooLongOrNoText) {
  Bridge bridge(settings());
  const std::string broken("license:\xC3(", 10);
  for (const std::string& unit : {std::string(10'000, 'x'), broken, std::string()}) {
    std::uint64_t ticket = 7;
    EXPECT_EQ(sb_set_panic(bridge.raw(), text_of(unit), 1, &ticket), SB_INVALID_ARGUMENT);
    EXPECT_LT(std::string(sb_last_error(bridge.raw())).size(), 500U);
    EXPECT_TRUE(std::string(sb_last_error(bridge.raw())).ends_with(".")) << sb_last_error(bridge.raw());
    EXPECT_EQ(sb_set_status(bridge.raw(), text_of(unit), 1, nullptr), SB_INVALID_ARGUMENT);
    EXPECT_EQ(sb_remove_unit(bridge.raw(), text_of(unit)), SB_INVALID_ARGUMENT);
    sb_position position{};
    position.struct_size = sizeof position;
    position.unit = text_of(unit);
    EXPECT_EQ(sb_push_positions(bridge.raw(), &position, 1, nullptr), SB_INVALID_ARGUMENT);
  }
  // Nothing is left of it: only what follows arrives.
  bridge.answer(bridge.panic("license:a"));
  EXPECT_EQ(simulator_.requests().size(), 1U);
}

/// The bound of one operation's waiting calls. The answer tells it, because only the loop thread knows the queues.
TEST_F(Sentences, ACallBeyondThoseOfItsOperationThatMayWait) {
  constexpr int kMost = 256;
  let_notes_wait();
  Bridge bridge(settings());
  const auto add_note = [&] { return bridge.call("addCallNote", R"({"callId":1,"note":"x"})", 600'000); };
  std::vector<std::uint64_t> taken;
  taken.reserve(kMost);
  for (int i = 0; i < kMost; ++i) taken.push_back(add_note());
  const Answer refused = bridge.answer(add_note());
  note(refused);
  EXPECT_EQ(refused.error, SB_ERROR_QUEUE_FULL);
  EXPECT_STREQ(sb_error_name(refused.error), "queue_full");
  EXPECT_EQ(refused.status, 0);
  EXPECT_EQ(refused.detail, "256 calls of addCallNote wait already; this one was not taken.");
  for (const std::uint64_t ticket : taken) EXPECT_FALSE(bridge.answered(ticket));
  EXPECT_TRUE(eventually([&] {
    const json::value command = bridge.stats().at("classes").at("command");
    return command.at("dropped") == json::object{{"queue_full", 1}} && command.at("pending") == kMost;
  })) << json::serialize(bridge.stats());

  // Other operations are not affected, and a call that leaves makes room.
  EXPECT_EQ(bridge.answer(bridge.call("getInfo")).error, SB_ERROR_NONE);
  EXPECT_EQ(sb_cancel(bridge.raw(), taken.back()), SB_OK);
  EXPECT_EQ(bridge.answer(taken.back()).error, SB_ERROR_CANCELLED);
  const std::uint64_t next = add_note();
  EXPECT_EQ(bridge.answer(add_note()).error, SB_ERROR_QUEUE_FULL);
  EXPECT_FALSE(bridge.answered(next));
  note(bridge);
}

/// The bound of all calls' bytes. It is told at once and counted. Its last part is reserved for emergency calls.
TEST_F(Sentences, ACallBeyondTheBytesThatMayWait) {
  constexpr std::uint64_t kMost = 64ULL * 1024 * 1024;
  constexpr std::uint64_t kEmergency = 4ULL * 1024 * 1024;
  const std::string kEmergencyArguments =
      R"({"isEmergency":true,"caller":"Jane","location":"Elm Street","description":")" + std::string(950'000, 'x') +
      R"(","metaData":{}})";
  let_notes_wait();
  Bridge bridge(settings());
  const std::string arguments = R"({"callId":1,"note":")" + std::string(1'000'000, 'x') + R"("})";
  sb_call_options options{};
  options.struct_size = sizeof options;
  options.deadline_ms = 600'000;
  std::uint64_t last = 0;
  const auto add_note = [&] {
    return sb_call(bridge.raw(), text_of("addCallNote"), text_of(arguments), &options, &last);
  };
  // 60 MiB hold 62 of a million bytes each, with the little that each has besides.
  for (int i = 0; i < 62; ++i) ASSERT_EQ(add_note(), SB_OK) << i << ": " << sb_last_error(bridge.raw());
  EXPECT_EQ(add_note(), SB_QUEUE_FULL);
  const std::string said = sb_last_error(bridge.raw());
  all_ += said;
  EXPECT_NE(said.find("64 MiB"), std::string::npos) << said;
  EXPECT_TRUE(eventually([&] {
    const json::value stats = bridge.stats();
    return stats.at("refused").at("calls") == 1 && stats.at("classes").at("command").at("pending") == 62;
  })) << json::serialize(bridge.stats());
  EXPECT_LE(bridge.stats().at("held_bytes").to_number<std::uint64_t>(), kMost - kEmergency);
  EXPECT_GE(bridge.stats().at("held_bytes").to_number<std::uint64_t>(), 62'000'000U);
  EXPECT_EQ(bridge.answer(bridge.call("create911Call", kEmergencyArguments)).error, SB_ERROR_NONE)
      << "an emergency call leaves all the same";

  EXPECT_EQ(sb_cancel(bridge.raw(), last), SB_OK);
  EXPECT_EQ(bridge.answer(last).error, SB_ERROR_CANCELLED);
  EXPECT_TRUE(eventually([&] { return add_note() == SB_OK; }));
  EXPECT_EQ(add_note(), SB_QUEUE_FULL);
  note(bridge);
}

TEST_F(Sentences, AKeyThatTheCadRepeatsInAnErrorIsNotPassedOn) {
  for (const unsigned status : {400U, 404U, 409U, 500U}) {
    Faults faults;
    faults.echo_key = true;
    faults.status = status;
    faults.times = 12;  // also for what is tried again
    simulator_.set_faults(faults);
    simulator_.reset();
    Bridge bridge(settings());
    if (status != 404) {  // which would mean the server, and make all wait
      bridge.players(5);
      bridge.position("license:a", 1);
    }
    if (status < 500) note(bridge.answer(bridge.panic("license:a")));
    const Answer command = bridge.answer(bridge.call("addCallNote", R"({"callId":1,"note":"hello"})"));
    EXPECT_NE(command.error, SB_ERROR_NONE);
    EXPECT_EQ(command.status, static_cast<int>(status));
    note(command);
    note(bridge.answer(bridge.call("getInfo", "{}", 2000)));
    note(bridge);
  }
}

/// Also where the CAD's sentence is cut in the middle of the secret.
TEST_F(Sentences, ASecretOfACallThatTheCadRepeatsIsNotPassedOn) {
  static constexpr std::string_view kSecret = "c0b2f3d8-1a4e-4f7b-8d25-6e9a7c1b3f50";
  Faults faults;
  faults.echo_key = true;
  faults.status = 403;
  simulator_.set_faults(faults);
  Bridge bridge(settings());
  for (std::size_t filler = 330; filler < 470; filler += 20) {
    const std::string user(filler, 'u');
    const Answer answer = bridge.answer(bridge.call(
        "setCommunityLink",
        R"({"communityUserId":")" + user + R"(","accountUuid":"a","secretUuid":")" + std::string(kSecret) + "\"}"));
    EXPECT_EQ(answer.status, 403);
    EXPECT_NE(answer.detail.find("was sent with"), std::string::npos) << answer.detail;
    note(answer);
  }
  note(bridge);
  EXPECT_EQ(all_.find(kSecret.substr(0, 8)), std::string::npos) << all_;
}

}  // namespace
}  // namespace sonoran::integration
