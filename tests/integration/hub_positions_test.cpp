// Positions by the CAD's hub, over real sockets: each fault of the hub against them, outages in which HTTP takes over,
// and restarts. What is compared is what the simulator's map shows, and in which order it was told.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "integration/bridge.h"
#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;

constexpr int kUnits = 40;  // more than one call takes

class HubPositions : public testing::Test {
 protected:
  void start(const std::string& key, const std::string& rules = "{}", const Settings& others = {}) {
    simulator::Options options;
    options.key = key;
    options.faults = faults(rules);
    simulator_.emplace(options);
    ready_ = simulator_->start();
    settings_ =
        with(with(settings_for(ready_, false), {{"sonoran_apiKey", key}, {"sonoran_communityID", "simcad"}}), others);
    bridge_.emplace(settings_);
  }
  static simulator::Faults faults(const std::string& rules, const std::string& further = "{}") {
    json::object object = json::parse(further).as_object();
    object["hub"] = json::parse(rules);
    auto made = simulator::faults_of(object);
    made.rate_scale = 0;
    return made;
  }
  void set_rules(const std::string& rules, const std::string& further = "{}") {
    simulator_->set_faults(faults(rules, further));
  }
  static std::string unit(int index) { return "license:" + std::to_string(index); }
  /// All units are at x, far enough from where they were.
  void move(double x) {
    for (int i = 0; i < kUnits; ++i) bridge_->position(unit(i), x + i);
  }
  json::value hub() { return bridge_->stats().at("hub"); }
  json::object by_hub() { return hub().at("positions").as_object(); }
  bool is_up() {
    return eventually([&] { return hub().at("state") == "up"; });
  }
  json::value map() { return json::parse(simulator_->map()); }
  /// Whether the map shows each unit where move(x) has put it.
  bool shows(double x) {
    const json::value now = map();
    const json::object& units = now.at("units").as_object();
    for (int i = 0; i < kUnits; ++i) {
      const auto* at = units.if_contains(unit(i));
      if (at == nullptr || at->is_null() || at->at("x").to_number<double>() != x + i) return false;
    }
    return true;
  }
  bool will_show(double x) {
    return eventually([&] { return shows(x); });
  }
  std::uint64_t requests() {
    return json::parse(simulator_->stats())
        .at("operations")
        .at("updateUnitLocations")
        .at("requests")
        .to_number<std::uint64_t>();
  }
  /// By each way.
  std::map<std::string, std::size_t> applied() {
    std::map<std::string, std::size_t> counts;
    const json::value now = map();
    for (const json::value& one : now.at("applied").as_array()) ++counts[std::string(one.at("way").as_string())];
    return counts;
  }
  /// Units only move on in these tests: an older place behind a newer one would be seen here.
  void expect_no_jump_back() {
    std::map<std::string, double> last;
    const json::value now = map();
    for (const json::value& one : now.at("applied").as_array()) {
      if (one.at("way") == "login") continue;
      double& before = last.try_emplace(std::string(one.at("unit").as_string()), -1e9).first->second;
      const double x = one.at("x").to_number<double>();
      EXPECT_GE(x, before) << json::serialize(one);
      before = x;
    }
  }
  void expect_counted() {
    const json::value stats = bridge_->stats();
    const json::object& c = stats.at("classes").at("position").as_object();
    std::uint64_t sum = c.at("delivered").to_number<std::uint64_t>() + c.at("coalesced").to_number<std::uint64_t>() +
                        c.at("deduplicated").to_number<std::uint64_t>() + c.at("pending").to_number<std::uint64_t>();
    for (const auto& dropped : c.at("dropped").as_object()) sum += dropped.value().to_number<std::uint64_t>();
    EXPECT_EQ(c.at("accepted").to_number<std::uint64_t>(), sum) << json::serialize(c);
  }

  std::optional<simulator::Simulator> simulator_;
  simulator::Ready ready_;
  Settings settings_;
  std::optional<Bridge> bridge_;
};

TEST_F(HubPositions, TheyGoByTheHubAloneEachOnceAndInOrder) {
  start("positions-alone");
  ASSERT_TRUE(is_up()) << bridge_->log();
  for (int turn = 0; turn < 5; ++turn) {
    move(turn * 100);
    ASSERT_TRUE(will_show(turn * 100)) << json::serialize(hub());
  }
  ASSERT_TRUE(eventually([&] { return by_hub().at("acknowledged") == 5 * kUnits; })) << json::serialize(hub());
  EXPECT_EQ(applied(), (std::map<std::string, std::size_t>{{"hub", 5 * kUnits}}));
  EXPECT_EQ(requests(), 0U);
  expect_no_jump_back();
  ASSERT_TRUE(eventually([&] { return by_hub().at("unanswered") == 0; }));
  const json::object told = by_hub();
  EXPECT_EQ(told.at("route"), "hub");
  EXPECT_EQ(told.at("updates"), 5 * kUnits);
  EXPECT_EQ(told.at("lost"), 0);
  expect_counted();
}

TEST_F(HubPositions, WithLiveOffTheyGoByHttp) {
  start("positions-off", "{}", {{"sonoran_bridge_live", "off"}});
  move(0);
  ASSERT_TRUE(will_show(0));
  EXPECT_EQ(applied(), (std::map<std::string, std::size_t>{{"http", kUnits}}));
  EXPECT_EQ(by_hub().at("route"), "http");
}

TEST_F(HubPositions, WhileTheHubIsDownHttpTakesOverAndTheHubTakesThemBack) {
  start("positions-outage");
  ASSERT_TRUE(is_up());
  move(0);
  ASSERT_TRUE(will_show(0));
  set_rules("{}", R"({"only":["hub","negotiate"],"times":100000,"status":503})");
  simulator_->close_hub(R"({"error":"Update","allowReconnect":true})");
  ASSERT_TRUE(eventually([&] { return hub().at("state") != "up"; }));
  move(100);
  ASSERT_TRUE(will_show(100)) << json::serialize(hub());
  EXPECT_EQ(applied().at("http"), kUnits);
  EXPECT_NE(bridge_->log().find("Positions go by HTTP"), std::string::npos);
  set_rules("{}");
  ASSERT_TRUE(is_up());
  const std::size_t before = map().at("count").to_number<std::size_t>();
  const std::uint64_t requested = requests();
  move(200);
  ASSERT_TRUE(will_show(200));
  // What HTTP had brought does not go again.
  ASSERT_TRUE(eventually([&] { return by_hub().at("acknowledged") == 2 * kUnits; })) << json::serialize(hub());
  EXPECT_EQ(map().at("count"), before + kUnits);
  EXPECT_EQ(requests(), requested);
  expect_no_jump_back();
  expect_counted();
}

TEST_F(HubPositions, AUnitThatLogsInIsBackOnTheMapAlthoughItStands) {
  start("positions-login");
  ASSERT_TRUE(is_up());
  move(0);
  ASSERT_TRUE(will_show(0));
  json::array logins;
  for (int i = 0; i < kUnits; ++i) {
    const json::object who = {{"id", i}, {"data", {{"communityUserId", unit(i)}}}};
    logins.push_back({{"type", "EVENT_UNIT_LOGIN"}, {"data", {{"unit", who}, {"isDispatch", false}}}});
  }
  ASSERT_EQ(simulator_->push(json::serialize(logins)), logins.size());
  ASSERT_TRUE(will_show(0)) << json::serialize(map());
  EXPECT_EQ(applied().at("login"), kUnits);
  EXPECT_EQ(requests(), 0U);
}

TEST_F(HubPositions, AUnitThatTheHubRefusesAloneIsNamedAndTheOthersGoOn) {
  start("positions-refused", R"({"unknown_refused":true})");
  set_rules(R"({"unknown_refused":true})", R"({"unknown_units":["license:7"]})");
  ASSERT_TRUE(is_up());
  move(0);
  const auto shown = [&](double x) {
    const json::value now = map();
    int count = 0;
    for (const auto& [name, at] : now.at("units").as_object())
      count += !at.is_null() && at.at("x").to_number<double>() >= x ? 1 : 0;
    return count;
  };
  ASSERT_TRUE(eventually([&] { return by_hub().at("left_out") == 1; })) << json::serialize(hub());
  ASSERT_TRUE(eventually([&] { return shown(0) == kUnits - 1; }));
  move(100);
  ASSERT_TRUE(eventually([&] { return shown(100) == kUnits - 1; }));
  std::uint64_t ticket = 0;
  ASSERT_EQ(sb_unit_state(bridge_->raw(), text_of("license:7"), &ticket), SB_OK);
  const json::value why = json::parse(bridge_->answer(ticket).body);
  EXPECT_EQ(why.at("refusal").at("detail"), "The unit is not known.");
  EXPECT_TRUE(why.at("position").at("back_in_s").is_number());
  expect_counted();
}

// ------------------------------------------------------------------------------------------------------- the matrix

struct Fault {
  const char* name;
  const char* rules = "{}";    // of the hub, while the units move
  const char* further = "{}";  // faults of requests meanwhile
  std::function<void(simulator::Simulator&)> strike = [](simulator::Simulator&) {};
  const char* counted = "";  // what of hub.positions is more than 0 afterwards
  bool ends = false;         // the connection does
  bool by_http = false;      // HTTP carries them while the fault lasts
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

std::vector<Fault> matrix() {
  std::vector<Fault> all;
  const auto add = [&all](Fault fault) { all.push_back(std::move(fault)); };
  const auto closes = [](const char* how) { return [how](auto& simulator) { simulator.close_hub(how); }; };
  add({.name = "None"});
  add({.name = "SplitRecords", .rules = R"({"split":9})"});
  add({.name = "JoinedRecords", .rules = R"({"join_ms":15})"});
  add({.name = "LateCompletions", .rules = R"({"late_ms":700})"});
  add({.name = "ASlowPace", .rules = R"({"pace_ms":400})", .counted = "too_fast"});
  add({.name = "HalfOfACallIsTaken", .rules = R"({"half_refused":true})", .counted = "other"});
  add({.name = "Refused", .rules = R"({"locating":"REFUSED"})", .counted = "other", .by_http = true});
  add({.name = "AnError", .rules = R"({"locating":"ERROR"})", .counted = "other", .by_http = true});
  add({.name = "Void", .rules = R"({"locating":"VOID"})", .counted = "lost", .by_http = true});
  add({.name = "Silent", .rules = R"({"locating":"SILENT"})", .counted = "lost", .by_http = true});
  add({.name = "Swallowed", .rules = R"({"locating":"SWALLOWED"})", .counted = "lost", .by_http = true});
  add({.name = "DroppedAmidACall", .rules = R"({"locating":"DROPPED"})", .counted = "lost", .ends = true});
  add({.name = "Unauthenticated", .rules = R"({"locating":"UNAUTHENTICATED"})", .counted = "lost", .ends = true});
  add({.name = "ShortRecords", .rules = R"({"record_bytes":600})", .counted = "lost", .ends = true});
  add({.name = "ClosedToComeBack", .strike = closes(R"({"error":"Update","allowReconnect":true})"), .ends = true});
  add({.name = "ClosedByCode", .strike = closes(R"({"code":1011})"), .ends = true});
  add({.name = "TheConnectionBreaks", .strike = [](auto& simulator) { simulator.disconnect(); }, .ends = true});
  add({.name = "RecordsThatAreNone", .strike = [](auto& simulator) {
         simulator.send_to_hub(
             "no json\x1e{\"type\":3,\"invocationId\":\"l\",\"result\":true}\x1e"
             "{\"type\":3,\"invocationId\":\"l999999\",\"result\":{\"success\":true}}\x1e"
             "{\"type\":3,\"invocationId\":\"lx\",\"result\":{\"success\":true}}\x1e");
       }});
  add({.name = "NobodyIsLetIn",
       .further = R"({"only":["hub","negotiate"],"times":100000,"status":503})",
       .strike = closes(R"({"allowReconnect":true})"),
       .ends = true,
       .by_http = true});
  return all;
}

class HubPositionMatrix : public HubPositions, public testing::WithParamInterface<Fault> {};

TEST_P(HubPositionMatrix, TheMapIsRightAfterItAndNothingJumpsBack) {
  const Fault& fault = GetParam();
  start(std::string("positions-") + fault.name);
  ASSERT_TRUE(is_up()) << bridge_->log();
  move(0);
  ASSERT_TRUE(will_show(0));
  set_rules(fault.rules, fault.further);
  move(100);
  fault.strike(*simulator_);
  move(200);
  const auto count = [&](const char* what) {
    const json::object told = by_hub();
    const json::object& refused = told.at("refused").as_object();
    return (refused.contains(what) ? refused.at(what) : told.at(what)).to_number<std::uint64_t>();
  };
  if (*fault.counted != '\0') {
    ASSERT_TRUE(eventually([&] { return count(fault.counted) > 0; })) << json::serialize(hub());
  }
  if (fault.ends) {
    ASSERT_TRUE(eventually([&] { return !hub().at("ends").as_object().empty(); })) << json::serialize(hub());
  }
  if (fault.by_http) {
    ASSERT_TRUE(will_show(200)) << json::serialize(hub());
    ASSERT_TRUE(eventually([&] { return applied()["http"] >= 1; })) << json::serialize(hub());
  }
  set_rules("{}");
  ASSERT_TRUE(will_show(200)) << json::serialize(hub()) << bridge_->log();
  move(300);
  ASSERT_TRUE(will_show(300)) << json::serialize(hub()) << bridge_->log();
  expect_no_jump_back();
  expect_counted();
  for (const std::string& text : {bridge_->log(), json::serialize(hub())})
    EXPECT_EQ(text.find(settings_.at("sonoran_apiKey")), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(, HubPositionMatrix, testing::ValuesIn(matrix()),
                         [](const auto& one) { return std::string(one.param.name); });

// ------------------------------------------------------------------------------------------------------- restarts

TEST_F(HubPositions, AHundredRestartsAmidPositionsLeaveNothingBehind) {
  start("positions-restarts");
  ASSERT_TRUE(is_up());
  move(0);
  ASSERT_TRUE(will_show(0));
  const Holdings before = holdings();
  for (int restart = 1; restart <= 100; ++restart) {
    move(restart * 100);
    std::string why;
    ASSERT_EQ(bridge_->replace(settings_, why), SB_OK) << why;
    if (restart % 10 != 0) continue;
    ASSERT_TRUE(is_up());
    move(restart * 100 + 5);
    ASSERT_TRUE(will_show(restart * 100 + 5)) << restart;
  }
  EXPECT_TRUE(eventually([&] { return holdings() == before; }))
      << "descriptors " << before.descriptors << " -> " << holdings().descriptors << ", threads " << before.threads
      << " -> " << holdings().threads;
  expect_no_jump_back();
}

}  // namespace
}  // namespace sonoran::integration
