// How answers are judged, over real sockets: odd values inside JSON pass unchanged, and an answer of a server on the
// way is not taken for the CAD's.
#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::Fault;
using simulator::Faults;
using simulator::RecordedRequest;

class Answers : public testing::Test {
 protected:
  std::vector<std::string> bodies_of(const std::string& operation) const {
    std::vector<std::string> bodies;
    for (const RecordedRequest& request : simulator_.requests()) {
      if (request.operation == operation) bodies.push_back(request.body);
    }
    return bodies;
  }
  static std::size_t occurrences(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }

  simulator::Simulator simulator_;
  simulator::Ready ready_ = simulator_.start();
};

TEST_F(Answers, AnOddBodyPassesAsItCameAndWhatCrossesIsUtf8) {
  Bridge bridge(settings_for(ready_, false));
  struct Row {
    std::string sent, got;
  };
  for (const Row& row : std::vector<Row>{
           {R"({"name":"\ud800"})", R"({"name":"\ud800"})"},
           {R"({"id":123456789012345678901234567890,"x":1e999})", R"({"id":123456789012345678901234567890,"x":1e999})"},
           {"{\"name\":\"\xFF\xC3\"}", "{\"name\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"}"},
           {R"({"cut":)", R"({"cut":)"},
           {"[]", "[]"}}) {
    Faults faults;
    faults.body = row.sent;
    simulator_.set_faults(faults);
    for (const auto& [operation, arguments] : std::vector<std::pair<const char*, const char*>>{
             {"getInfo", "{}"}, {"addCallNote", R"({"callId":1,"note":"x"})"}}) {
      const Answer answer = bridge.answer(bridge.call(operation, arguments));
      EXPECT_EQ(answer.error, SB_ERROR_NONE) << operation << " " << row.sent << ": " << answer.detail;
      EXPECT_EQ(answer.body, row.got) << operation;
    }
  }
  // The same for a refusal and its text.
  Faults faults;
  faults.status = 403;
  faults.body = "no \xFF way";
  faults.content_type = "text/plain";
  faults.server = "wall\xFE";
  simulator_.set_faults(faults);
  const Answer answer = bridge.answer(bridge.call("addCallNote", R"({"callId":1,"note":"x"})"));
  EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE);
  EXPECT_EQ(answer.body, "no \xEF\xBF\xBD way");
  for (const std::string& text : {answer.title, answer.detail, answer.trace_id, bridge.log()}) {
    EXPECT_EQ(text.find_first_of("\xFE\xFF"), std::string::npos) << text;
  }
}

TEST_F(Answers, TheKeyIsTakenOutOfASuccessAsWellHoweverItIsSpelled) {
  const std::string key = "sk/0a1b-Key\"of&the-community";
  simulator::Options options;
  options.key = key;
  simulator::Simulator simulator(options);
  Bridge bridge(with(settings_for(simulator.start(), false), {{"sonoran_apiKey", key}}));
  for (const char* spelled :
       {R"(sk\/0a1b-Key\"of&the-community)", R"(\u0073k\u002F0a1b-K\u0065y\u0022of\u0026the-community)",
        R"(sk%2F0a1b-Key%22of%26the-community)", R"(sk&#x2F;0a1b-Key&quot;of&amp;the-community)"}) {
    Faults faults;
    faults.body = R"({"headers":{"authorization":"Bearer )" + std::string(spelled) + "\"}}";
    faults.server = key;
    simulator.set_faults(faults);
    const Answer answer = bridge.answer(bridge.call("getInfo"));
    EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.detail;
    EXPECT_EQ(answer.body, R"({"headers":{"authorization":"Bearer [redacted]"}})");
    faults.status = 403;
    simulator.set_faults(faults);
    const Answer refusal = bridge.answer(bridge.call("addCallNote", R"({"callId":1,"note":"x"})"));
    EXPECT_EQ(refusal.body, R"({"headers":{"authorization":"Bearer [redacted]"}})");
    EXPECT_NE(refusal.detail.find("[redacted]"), std::string::npos) << "the header Server: " << refusal.detail;
    EXPECT_EQ(refusal.detail.find("0a1b"), std::string::npos) << refusal.detail;
  }
}

TEST_F(Answers, APanicSoAnsweredIsSentOnce) {
  Faults faults;
  faults.body = R"({"name":"\ud800","id":123456789012345678901234567890})";
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, false));
  EXPECT_EQ(bridge.answer(bridge.panic("license:a")).error, SB_ERROR_NONE);
  EXPECT_EQ(bridge.answer(bridge.panic("license:b")).error, SB_ERROR_NONE);
  EXPECT_EQ(bodies_of("setUnitPanic").size(), 2U);
}

TEST_F(Answers, AFirewallsPageDropsNothingAndIsSaidOnce) {
  Faults faults;
  faults.status = 403;
  faults.form = simulator::Form::kHtml;
  faults.server = "cloudflare";
  faults.stray = true;
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, false));
  const std::uint64_t panic = bridge.panic("license:a");
  const std::uint64_t status = bridge.status("license:a", 3);
  bridge.players(3);
  EXPECT_TRUE(eventually([&] { return simulator_.requests().size() >= 5; }));
  EXPECT_FALSE(bridge.answered(panic));
  EXPECT_FALSE(bridge.answered(status));
  EXPECT_EQ(occurrences(bridge.log(),
                        "Something on the way to the CAD answered in its place with status 403 by 'cloudflare', "
                        "with a web page, '403 Forbidden'."),
            1U)
      << bridge.log();
  EXPECT_EQ(occurrences(bridge.log(), "Connected"), 0U);
  EXPECT_TRUE(eventually([&] { return bridge.stats().at("state") == "unavailable"; }));
  simulator_.clear_faults();
  EXPECT_EQ(bridge.answer(panic).error, SB_ERROR_NONE);
  EXPECT_EQ(bridge.answer(status).error, SB_ERROR_NONE);
  EXPECT_TRUE(eventually([&] { return occurrences(bridge.log(), "Connected") == 1; })) << bridge.log();
}

TEST_F(Answers, AnAddressThatLeadsElsewhereIsToldAsSuchAndNotAsAServerId) {
  Bridge bridge(with(settings_for(ready_, false), {{"sonoran_bridge_url", ready_.http_url + "/elsewhere"}}));
  bridge.players(3);
  EXPECT_TRUE(eventually([&] { return bridge.log().find("sonoran_bridge_url is wrong: ") != std::string::npos; }))
      << bridge.log();
  EXPECT_EQ(bridge.log().find("sonoran_serverId"), std::string::npos) << bridge.log();
}

TEST_F(Answers, AUnitThatARefusalNamesIsTakenOffTheMapAndLeftOut) {
  Fault named;
  named.status = 400;
  named.body = R"({"title":"Bad Request","status":400,"errors":{"license:bad":["No such unit."]}})";
  named.only = {"updateUnitLocations"};
  named.times = 2;  // the map, and the unit alone
  Faults faults;
  faults.rules = {named};
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, false));
  std::array<sb_position, 2> places{};  // pushed together, so that they share the first request
  places[0].unit = text_of("license:bad");
  places[1].unit = text_of("license:good");
  for (sb_position& place : places) {
    place.struct_size = sizeof place;
    place.location = text_of("Alta St");
  }
  ASSERT_EQ(sb_push_positions(bridge.raw(), places.data(), places.size(), nullptr), SB_OK);
  EXPECT_TRUE(eventually([&] { return bodies_of("updateUnitLocations").size() == 3; }))
      << bridge.log() << json::serialize(bridge.stats());
  const std::vector<std::string> bodies = bodies_of("updateUnitLocations");
  EXPECT_NE(bodies[0].find("license:bad"), std::string::npos);
  for (std::size_t i = 1; i < bodies.size(); ++i) {
    EXPECT_NE(bodies[i].find("license:bad") == std::string::npos, bodies[i].find("license:good") == std::string::npos)
        << i;
  }
  EXPECT_TRUE(eventually([&] { return bridge.stats().at("units").at("left_out") == 1; }));
  EXPECT_EQ(occurrences(bridge.log(), "The CAD refused the position of unit 'license:bad' (400)"), 1U) << bridge.log();
  EXPECT_TRUE(eventually([&] { return bridge.stats().at("classes").at("position").at("delivered") == 1; }));
}

}  // namespace
}  // namespace sonoran::integration
