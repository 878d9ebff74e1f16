// The CAD's hub as a host has it: the module through its C interface, over real sockets.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "core/limits.h"
#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/host_names.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;

class Hub : public testing::Test {
 protected:
  Hub() : simulator_(options()), ready_(simulator_.start()) {}

  static simulator::Options options() {
    simulator::Options options;
    options.key = key();
    options.faults.rate_scale = 0;
    return options;
  }
  /// One of its own for each test, since this process remembers what was spent of a key.
  static std::string key() {
    static int count = 0;
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    return std::string("hub-key-") + info->name() + std::to_string(count);
  }
  [[nodiscard]] Settings settings(bool tls = false, const Settings& others = {}) const {
    return with(with(settings_for(ready_, tls), {{"sonoran_apiKey", key()}, {"sonoran_communityID", "simcad"}}),
                others);
  }
  void set_rules(const std::string& rules, json::object faults = {}) {
    faults["hub"] = json::parse(rules);
    auto set = simulator::faults_of(faults);
    set.rate_scale = 0;
    simulator_.set_faults(std::move(set));
  }
  [[nodiscard]] json::value hub() const { return json::parse(simulator_.hub()); }
  static json::value hub_of(Bridge& bridge) { return bridge.stats().at("hub"); }
  static bool is_up(Bridge& bridge, int times = 1) {
    return eventually([&] {
      const json::value hub = hub_of(bridge);
      return hub.at("state") == "up" && hub.at("times_up").to_number<int>() >= times;
    });
  }
  static bool ends(Bridge& bridge, const char* reason) {
    return eventually([&] { return hub_of(bridge).at("ends").as_object().contains(reason); });
  }
  static std::string many(int count) {
    json::array events;
    for (int n = 0; n < count; ++n) events.push_back({{"type", "EVENT_" + std::to_string(n)}, {"data", {{"n", n}}}});
    return json::serialize(events);
  }

  simulator::Simulator simulator_;
  simulator::Ready ready_;
};

TEST_F(Hub, ItsEventsComeOutInTheirOrderOverTcpAndTls) {
  for (const bool tls : {false, true}) {
    Bridge bridge(settings(tls));
    ASSERT_TRUE(is_up(bridge)) << bridge.log();
    ASSERT_EQ(simulator_.push(many(200)), 200U);
    ASSERT_TRUE(eventually([&] { return bridge.pushed().size() >= 200; }));
    for (int n = 0; n < 200; ++n) {
      const Pushed wanted{"EVENT_" + std::to_string(n), "{\"n\":" + std::to_string(n) + "}", true, false};
      ASSERT_EQ(bridge.pushed()[static_cast<std::size_t>(n)], wanted) << n;
    }
    const json::value hub = hub_of(bridge);
    EXPECT_EQ(hub.at("enabled"), true);
    EXPECT_EQ(hub.at("reason"), "");
    EXPECT_TRUE(hub.at("connected_s").is_number() && hub.at("round_trip_ms").is_number());
    EXPECT_EQ(hub.at("dropped"), 0);
    EXPECT_EQ(bridge.log().find("sonoran_communityID"), std::string::npos);
  }
}

TEST_F(Hub, EventsAreCountedByTypeAndTheRestTogether) {
  Bridge bridge(settings());
  ASSERT_TRUE(is_up(bridge));
  const int types = static_cast<int>(limits::kHubEventTypes) + 3;
  for (int round = 0; round < 2; ++round) simulator_.push(many(types));
  ASSERT_TRUE(eventually([&] { return bridge.pushed().size() >= static_cast<std::size_t>(types) * 2; }));
  const std::string http = R"({"key":")" + key() + R"(","type":"EVENT_1"})";
  ASSERT_EQ(sb_push_event(bridge.raw(), text_of(http)), SB_OK);
  ASSERT_TRUE(eventually([&] {
    const json::value hub = hub_of(bridge);
    const auto* count = hub.at("events").as_object().if_contains("EVENT_1");
    return count != nullptr && *count == 3;
  }));
  const json::value hub = hub_of(bridge);
  EXPECT_EQ(hub.at("events").at("EVENT_0"), 2);
  EXPECT_EQ(hub.at("events").at("other"), 6);
  EXPECT_EQ(hub.at("events").as_object().size(), limits::kHubEventTypes + 1);
  EXPECT_TRUE(hub.at("last_event_s").is_number());
}

TEST_F(Hub, WithoutACommunityOrWhereItIsOffNothingOfItExists) {
  for (const auto& [others, reason, line] :
       {std::tuple<Settings, const char*, bool>{{{"sonoran_communityID", ""}}, "sonoran_communityID is not set.", true},
        {{{"sonoran_bridge_live", "off"}}, "sonoran_bridge_live is off.", false}}) {
    const Holdings before = holdings();
    {
      Bridge bridge(settings(true, others));
      bridge.answer(bridge.panic("license:a"));
      const json::value hub = hub_of(bridge);
      EXPECT_EQ(hub.at("enabled"), false);
      EXPECT_EQ(hub.at("state"), "off");
      EXPECT_EQ(hub.at("reason"), reason);
      EXPECT_EQ(bridge.log().find("sonoran_communityID") != std::string::npos, line) << bridge.log();
      // A lookup of another bridge may just be ending.
      EXPECT_TRUE(eventually([&] { return holdings().threads <= before.threads + 1; })) << "the loop's alone";
      bridge.stop(1000);
    }
    EXPECT_EQ(this->hub().at("opened"), 0);
    for (const auto& request : simulator_.requests()) EXPECT_EQ(request.target.find("apiWsHub"), std::string::npos);
  }
}

TEST_F(Hub, ARefusedAuthenticationIsOneSentenceAndTheKeyIsInNothing) {
  for (const std::string rules :
       {R"({"authentication":"REFUSED","authentication_error":"No such server, KEY and KEY"})",
        R"({"authentication":"ERROR","authentication_error":"KEY"})", R"({"authentication":"CLOSED"})"}) {
    std::string with_key = rules;
    const std::string padding(190, 'x');  // the key lies across the bound of what is quoted
    for (std::size_t at = 0; (at = with_key.find("KEY")) != std::string::npos;) {
      with_key.replace(at, 3, padding + key());
    }
    set_rules(with_key);
    Bridge bridge(settings());
    ASSERT_TRUE(ends(bridge, "refused")) << rules;
    const std::string log = bridge.log();
    const std::size_t at = log.find("The CAD's events do not come");
    ASSERT_NE(at, std::string::npos) << log;
    EXPECT_EQ(log.find("The CAD's events do not come", at + 1), std::string::npos) << log;
    EXPECT_NE(log.find("sonoran_communityID", at), std::string::npos) << log;
    for (const std::string& text : {log, json::serialize(bridge.stats())}) {
      for (std::size_t size = 8; size <= key().size(); ++size) {
        EXPECT_EQ(text.find(key().substr(0, size)), std::string::npos) << text;
      }
    }
    EXPECT_EQ(hub_of(bridge).at("times_up"), 0);
    // It is slow: nothing else is tried meanwhile, and all else works.
    bridge.answer(bridge.panic("license:a"));
    EXPECT_EQ(hub().at("opened").to_number<int>(), 1) << rules;
    simulator_.reset();
  }
}

TEST_F(Hub, TheKeyInAnEventIsTakenOutInEachForm) {
  for (const char* rules : {"{}", R"({"objects":true,"keyed":true})", R"({"arrays":true})"}) {
    set_rules(rules);
    Bridge bridge(settings());
    ASSERT_TRUE(is_up(bridge));
    std::string upper = key();
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    simulator_.push(R"({"type":"EVENT_RECORD_ADD","data":{"a":")" + key() + R"(","b":")" + upper + R"("}})");
    ASSERT_TRUE(eventually([&] { return !bridge.pushed().empty(); }));
    EXPECT_EQ(bridge.pushed()[0].data, R"({"a":"[redacted]","b":"[redacted]"})") << rules;
  }
}

TEST_F(Hub, WhatIsLongOrDeepComesAsAText) {
  Bridge bridge(settings());
  ASSERT_TRUE(is_up(bridge));
  const std::string long_text(limits::kPushJsonBytes, 'x');
  simulator_.push(R"({"type":"LONG","data":{"t":")" + long_text + R"("}})");
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  // By hand: the simulator's own parser goes no deeper than 32.
  simulator_.send_to_hub(R"({"type":1,"target":"pushEvent","arguments":[{"type":"DEEP","data":{"t":)" + deep +
                         "}}]}\x1e");
  simulator_.push(R"({"type":"PLAIN"})");
  ASSERT_TRUE(eventually([&] { return bridge.pushed().size() == 3; }));
  EXPECT_FALSE(bridge.pushed()[0].is_json);
  EXPECT_EQ(bridge.pushed()[0].data.size(), limits::kPushJsonBytes + 8);
  EXPECT_FALSE(bridge.pushed()[1].is_json);
  EXPECT_EQ(bridge.pushed()[1].data, "{\"t\":" + deep + "}");
  EXPECT_TRUE(bridge.pushed()[2].is_json);
}

TEST_F(Hub, WhatNobodyPollsIsBoundedTheNewestStayAndTheLossIsCounted) {
  Bridge bridge(settings());
  ASSERT_TRUE(is_up(bridge));
  const int count = static_cast<int>(limits::kPushEvents) + 500;
  simulator_.push(many(count));
  ASSERT_TRUE(eventually([&] { return hub_of(bridge).at("dropped") == 500; }));
  ASSERT_EQ(bridge.pushed().size(), limits::kPushEvents);
  EXPECT_EQ(bridge.pushed().front().type, "EVENT_500");
  EXPECT_EQ(bridge.pushed().back().type, "EVENT_" + std::to_string(count - 1));
}

TEST_F(Hub, AReloadClosesTheOldConnectionBeforeTheNewOneIsMade) {
  Bridge bridge(settings());
  ASSERT_TRUE(is_up(bridge));
  std::string message;
  ASSERT_EQ(bridge.replace(settings(), message), SB_OK) << message;
  ASSERT_TRUE(is_up(bridge));
  EXPECT_EQ(hub().at("opened"), 2);
  EXPECT_TRUE(eventually([&] { return hub().at("connections").as_array().size() == 1; }));
  simulator_.push(R"({"type":"E"})");
  ASSERT_TRUE(eventually([&] { return !bridge.pushed().empty(); }));
  EXPECT_EQ(bridge.pushed().size(), 1U);
  // And to off, and back.
  ASSERT_EQ(bridge.replace(settings(false, {{"sonoran_bridge_live", "off"}}), message), SB_OK) << message;
  EXPECT_TRUE(eventually([&] { return hub().at("connections").as_array().empty(); }));
  ASSERT_EQ(bridge.replace(settings(), message), SB_OK) << message;
  EXPECT_TRUE(is_up(bridge));
}

TEST_F(Hub, AStopEndsWhateverTheConnectionIsDoing) {
  const Holdings before = holdings();
  for (const bool tls : {false, true}) {
    for (const auto& [rules, faults] : std::vector<std::pair<std::string, std::string>>{
             {"{}", "{}"},
             {"{}", R"({"only":["hub"],"stall":"REQUEST"})"},
             {"{}", R"({"stall":"ACCEPT"})"},
             {"{}", R"({"hang":true})"},
             {"{}", R"({"refuse":true})"},
             {R"({"handshake_silent":true})", "{}"},
             {R"({"authentication":"SILENT"})", "{}"},
             {R"({"direct":false})", R"({"only":["negotiate"],"stall":"BEFORE"})"}}) {
      set_rules(rules, json::parse(faults).as_object());
      {
        Bridge bridge(settings(tls));
        ASSERT_TRUE(eventually([&] { return hub_of(bridge).at("state") != "off"; }));
        // To where it comes, or not yet: a stop is due at any time.
        if (rules == "{}" && faults == "{}") {
          ASSERT_TRUE(is_up(bridge));
        }
        if (rules != "{}") {
          ASSERT_TRUE(eventually([&] { return hub().at("opened").to_number<int>() != 0 || faults != "{}"; }));
        }
        bridge.stop(60000);
      }
      set_rules("{}");
      simulator_.reset();
    }
  }
  EXPECT_TRUE(eventually([&] { return holdings() == before; }));
}

TEST_F(Hub, AWrongCertificateIsTrustedByItNoMoreThanByHttp) {
  set_rules("{}", {{"certificate", "OTHER_NAME"}});
  Bridge bridge(settings(true));
  ASSERT_TRUE(ends(bridge, "unreachable")) << bridge.log();
  EXPECT_EQ(hub().at("opened"), 0);
  EXPECT_EQ(hub_of(bridge).at("times_up"), 0);
  EXPECT_NE(json::serialize(hub_of(bridge).at("last_end")).find("certificate"), std::string::npos)
      << json::serialize(hub_of(bridge));
}

TEST_F(Hub, ANegotiationThatLeadsElsewhereIsNotFollowed) {
  set_rules(R"({"direct":false})",
            {{"only", json::array{"negotiate"}}, {"status", 200}, {"body", R"({"url":"https://elsewhere.test/hub"})"}});
  set_host_name("elsewhere.test", Name::kUnknown);
  Bridge bridge(settings());
  ASSERT_TRUE(ends(bridge, "turned_away"));
  ASSERT_TRUE(eventually([&] { return hub_of(bridge).at("ends").at("turned_away").to_number<int>() >= 2; }));
  EXPECT_EQ(lookups_of("elsewhere.test"), 0U);
  EXPECT_NE(bridge.log().find("another address"), std::string::npos) << bridge.log();
}

/// The requests of an operation that the CAD has seen.
int requests_of(const simulator::Simulator& simulator, std::string_view operation) {
  int count = 0;
  for (const auto& request : simulator.requests()) count += request.operation == operation ? 1 : 0;
  return count;
}

class HubLearns : public Hub {
 protected:
  void expect_the_next_press_to_leave(bool over_http) {
    Bridge bridge(settings());
    ASSERT_TRUE(is_up(bridge));
    // Who is unknown is looked up: the CAD tells the number that it has given to the unit.
    const std::string unit = "license:a";
    ASSERT_EQ(bridge.answer(bridge.panic(unit)).error, SB_ERROR_NONE);
    ASSERT_EQ(bridge.answer(bridge.status(unit, 2)).error, SB_ERROR_NONE);
    const Answer listed = bridge.answer(
        bridge.call("getActiveUnits", R"({"includeOffline":false,"onlyUnits":true,"limit":10,"offset":0})"));
    std::string number;
    const json::value units = json::parse(listed.body);
    for (const json::value& one : units.as_array()) {
      if (one.at("communityUserId").as_string() == unit) number = json::serialize(one.at("id"));
    }
    ASSERT_FALSE(number.empty()) << listed.body;
    EXPECT_TRUE(bridge.answer(bridge.panic(unit)).deduplicated) << "a repeat is believed to be known";
    const auto tell = [&](const std::string& type, const std::string& data) {
      const std::size_t before = bridge.pushed().size();
      if (over_http) {
        const std::string event = R"({"key":")" + key() + R"(","type":")" + type + R"(","data":)" + data + "}";
        ASSERT_EQ(sb_push_event(bridge.raw(), text_of(event)), SB_OK) << sb_last_error(bridge.raw());
      } else {
        simulator_.push(R"({"type":")" + type + R"(","data":)" + data + "}");
      }
      ASSERT_TRUE(eventually([&] { return bridge.pushed().size() > before; }));
    };
    tell("EVENT_UNIT_PANIC", R"({"identIds":[)" + number + R"(],"isPanic":false})");
    tell("EVENT_UNIT_STATUS", R"({"identIds":[)" + number + R"(],"status":4})");
    // The first such event of an unknown unit asks who it is, and counts when that is known.
    const auto pressed_through = [&](auto&& press) {
      return eventually([&] { return !bridge.answer(press()).deduplicated; });
    };
    EXPECT_TRUE(pressed_through([&] { return bridge.panic(unit); }));
    EXPECT_TRUE(pressed_through([&] { return bridge.status(unit, 2); }));
    EXPECT_LE(requests_of(simulator_, "getActiveUnits"), 2) << "one of the test, one of the bridge";
    // Now it is known: the very next press goes through.
    tell("EVENT_UNIT_PANIC", R"({"identIds":[)" + number + R"(],"isPanic":false})");
    EXPECT_FALSE(bridge.answer(bridge.panic(unit)).deduplicated);
    EXPECT_TRUE(bridge.answer(bridge.panic(unit)).deduplicated);
    EXPECT_LE(requests_of(simulator_, "getActiveUnits"), 2);
  }
};

TEST_F(HubLearns, WhatADispatcherChangesLetsTheNextPressThroughAtOnce) {
  expect_the_next_press_to_leave(false);
}

TEST_F(HubLearns, SoItDoesWhereTheEventComesByHttp) {
  expect_the_next_press_to_leave(true);
}

TEST_F(Hub, WhatTheBridgeDoesItselfIsAnEventToo) {
  Bridge bridge(settings());
  ASSERT_TRUE(is_up(bridge));
  const Answer made = bridge.answer(bridge.call(
      "createDispatchCall", R"({"origin":0,"status":1,"priority":1,"title":"Alarm","communityUserIds":[]})"));
  ASSERT_EQ(made.error, SB_ERROR_NONE) << made.detail;
  ASSERT_TRUE(eventually([&] { return bridge.pushed().size() == 1; }));
  EXPECT_EQ(bridge.pushed()[0], (Pushed{"EVENT_DISPATCH_NEW", "{\"dispatch\":" + made.body + "}", true, true}));
  // A refusal and a query are none, and no event of the CAD's is counted.
  bridge.answer(bridge.call("getServers"));
  EXPECT_NE(bridge.answer(bridge.call("createRecord", R"({"recordTypeId":"none"})")).error, SB_ERROR_NONE);
  bridge.answer(bridge.call("addCallNote", R"({"callId":1,"note":"here"})"));
  ASSERT_TRUE(eventually([&] { return bridge.pushed().size() == 2; }));
  EXPECT_EQ(bridge.pushed()[1].type, "EVENT_DISPATCH_NOTE");
  EXPECT_TRUE(bridge.pushed()[1].from_bridge);
  EXPECT_TRUE(hub_of(bridge).at("events").as_object().empty());
  // Where no events come in, there are none of ours either.
  Bridge off(settings(false, {{"sonoran_bridge_live", "off"}}));
  off.answer(off.call("addCallNote", R"({"callId":1,"note":"here"})"));
  off.answer(off.call("getServers"));
  EXPECT_TRUE(off.pushed().empty());
}

TEST_F(Hub, LoginsAndLogoutsReachTheGameAtOnceAndTheListIsReadOnceAMinute) {
  Bridge bridge(settings(false, {{"sonoran_bridge_tracking", "cad"}}));
  ASSERT_TRUE(is_up(bridge));
  ASSERT_TRUE(eventually([&] { return bridge.active_units() != nullptr; }));
  simulator_.push(R"({"type":"EVENT_UNIT_LOGIN","data":{"unit":{"id":900,"data":{"communityUserId":"late"}}}})");
  ASSERT_TRUE(eventually([&] { return bridge.active_units()->contains("late"); }));
  simulator_.push(R"({"type":"EVENT_UNIT_LOGOUT","data":{"identId":900}})");
  ASSERT_TRUE(eventually([&] { return !bridge.active_units()->contains("late"); }));
  EXPECT_LE(requests_of(simulator_, "getActiveUnits"), 2) << "at the start, and when the hub came up";
}

TEST_F(Hub, RestartsLeaveNothingBehind) {
  {
    Bridge first(settings(true));
    ASSERT_TRUE(is_up(first));
  }
  ASSERT_TRUE(eventually([&] { return hub().at("connections").as_array().empty(); }));
  const Holdings before = holdings();
  for (int life = 0; life < 100; ++life) {
    Bridge bridge(settings(life % 10 == 0));
    if (life % 5 != 4) {  // else it ends amid its connecting
      ASSERT_TRUE(is_up(bridge)) << life;
    }
    if (life % 5 == 1) {
      simulator_.push(R"({"type":"E"})");
      ASSERT_TRUE(eventually([&] { return !bridge.pushed().empty(); }));
    }
    if (life % 5 == 2) simulator_.close_hub(R"({"allowReconnect":true})");
    bridge.stop(1000);
  }
  EXPECT_TRUE(eventually([&] { return holdings() == before; }))
      << "descriptors " << before.descriptors << " -> " << holdings().descriptors << ", threads " << before.threads
      << " -> " << holdings().threads;
  EXPECT_TRUE(eventually([&] { return hub().at("connections").as_array().empty(); }));
}

}  // namespace
}  // namespace sonoran::integration
