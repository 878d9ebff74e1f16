// Each fault of the CAD's hub against each kind of event: what came before it and what comes after it comes once, in
// its order, and what is told of the connection is what happened.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "integration/bridge.h"
#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;

/// Kinds of event: each form of data that is treated in a way of its own.
std::vector<std::pair<std::string, json::value>> kinds() {
  return {
      {"EVENT_UNIT_LOGIN", json::parse(R"({"unit":{"id":41,"data":{"communityUserId":"abc"}},"isDispatch":false})")},
      {"EVENT_UNIT_PANIC", json::parse(R"({"identIds":[41],"isPanic":false})")},
      {"EVENT_UNIT_STATUS", json::parse(R"({"identIds":["41"],"status":"3"})")},
      {"EVENT_UNIT_UPDATE", json::parse(R"({"units":[{"id":41,"status":2,"data":{"apiIds":["abc"]}}]})")},
      {"EVENT_911", json::parse(R"({"call":{"callId":7,"description":"Zoë \u001e \"quoted\" \\"}})")},
      {"EVENT_DISPATCH_NEW", json::parse(R"({"dispatch":{"callId":1e3,"priority":"HIGH","idents":[]}})")},
      {"EVENT_RECORD_ADD", {{"record", std::string(40000, 'r')}}},
      {"EVENT_RECORD_EDIT", {{"record", std::string(limits::kPushJsonBytes, 'r')}}},
      {"EVENT_OF_THE_FUTURE", json::parse("[1,2]")},
      {"EVENT_UNIT_LOGOUT", json::parse(R"({"identId":41})")},
      {"EVENT_WITHOUT_DATA", nullptr}};
}

struct Fault {
  const char* name;
  const char* rules = "{}";    // of the hub, from the start on
  const char* opening = "{}";  // faults of the first opening
  const char* ends = "";       // how the link counts what strikes; "": it goes on
  std::function<void(simulator::Simulator&)> strike = [](simulator::Simulator&) {};
  int unreadable = 0;
  int unknown = 0;
  bool over_tls = false;
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

std::function<void(simulator::Simulator&)> sends(std::string bytes) {
  return [bytes = std::move(bytes)](simulator::Simulator& simulator) { simulator.send_to_hub(bytes); };
}
std::function<void(simulator::Simulator&)> closes(std::string how) {
  return [how = std::move(how)](simulator::Simulator& simulator) { simulator.close_hub(how); };
}

std::vector<Fault> faults() {
  std::vector<Fault> all;
  const auto add = [&all](Fault fault) { all.push_back(std::move(fault)); };
  add({.name = "None"});
  add({.name = "NoneOverTls", .over_tls = true});
  // How records come.
  add({.name = "SplitRecords", .rules = R"({"split":9})"});
  add({.name = "FragmentedMessages", .rules = R"({"fragment":7})"});
  add({.name = "JoinedRecords", .rules = R"({"join_ms":15})"});
  add({.name = "EventsThatWantResults", .rules = R"({"wants_results":true})"});
  add({.name = "EventsAsObjectsWithTheKey", .rules = R"({"objects":true,"keyed":true})"});
  add({.name = "DataInAnArray", .rules = R"({"arrays":true})"});
  add({.name = "LateCompletions", .rules = R"({"late_ms":60})"});
  add({.name = "PingsAllTheTime", .rules = R"({"ping_ms":5})"});
  add({.name = "AGreetingWithTheHandshake",
       .rules = "{\"greeting\":\"{\\\"type\\\":6}\\u001e{\\\"type\\\":99}\\u001e\"}",
       .unknown = 1});
  // How it is opened.
  add({.name = "NegotiationDemanded", .rules = R"({"direct":false})", .ends = "turned_away"});
  add({.name = "AGatewaysPage", .opening = R"({"only":["hub"],"times":1,"html":true})", .ends = "turned_away"});
  add({.name = "Unavailable", .opening = R"({"only":["hub"],"times":1,"status":503})", .ends = "turned_away"});
  add({.name = "ARedirect", .opening = R"({"only":["hub"],"times":1,"status":307})", .ends = "turned_away"});
  add({.name = "NoHttp", .opening = R"({"only":["hub"],"times":1,"bad_http":true})", .ends = "unreachable"});
  add({.name = "AResetAmidTheOpening",
       .opening = R"({"only":["hub"],"times":1,"reset":"REQUEST"})",
       .ends = "unreachable"});
  add({.name = "AStallAmidTheOpening",
       .opening = R"({"only":["hub"],"times":1,"stall":"REQUEST"})",
       .ends = "unreachable"});
  add({.name = "AWrongCertificate",
       .opening = R"({"times":8,"certificate":"OTHER_NAME"})",
       .ends = "unreachable",
       .over_tls = true});
  add({.name = "NobodyThere", .opening = R"({"refuse":true,"refuse_for_ms":300})", .ends = "unreachable"});
  // What comes over it.
  add({.name = "ClosedToComeBack", .ends = "closed", .strike = closes(R"({"error":"Update","allowReconnect":true})")});
  add({.name = "ClosedByCode", .ends = "unreachable", .strike = closes(R"({"code":1011})")});
  add({.name = "TheConnectionBreaks", .ends = "unreachable", .strike = [](auto& simulator) {
         simulator.disconnect();
       }});
  add({.name = "ItBreaksAmidARecord", .ends = "unreachable", .strike = [](auto& simulator) {
         simulator.send_to_hub(R"({"type":1,"target":"pushEvent","argum)");
         simulator.disconnect();
       }});
  add({.name = "AnOverlongRecord",
       .ends = "unreadable",
       .strike = sends(std::string(limits::kHubRecordBytes + 1, ' '))});
  add({.name = "RecordsThatAreNone",
       .strike = sends("no json\x1e{}\x1e[]\x1e{\"type\":\"1\"}\x1e\x1e\x1e"
                       "{\"type\":1,\"target\":\"pushEvent\",\"arguments\":[7]}\x1e"
                       "{\"type\":1,\"target\":\"pushEvent\",\"arguments\":[\"{\\\"type\\\":\\\"a b\\\"}\"]}\x1e"
                       "{\"type\":1,\"target\":\"pushEvent\",\"arguments\":\"none\"}\x1e"),
       .unreadable = 7});
  add({.name = "RecordsOfOtherKinds",
       .strike = sends("{\"type\":2,\"invocationId\":\"9\",\"item\":1}\x1e{\"type\":5,\"invocationId\":\"9\"}\x1e"
                       "{\"type\":8,\"sequenceId\":1}\x1e{\"type\":9,\"sequenceId\":1}\x1e{\"type\":42}\x1e"
                       "{\"type\":3,\"invocationId\":\"late\",\"result\":1}\x1e"
                       "{\"type\":4,\"invocationId\":\"s\",\"target\":\"x\",\"arguments\":[]}\x1e"
                       "{\"type\":1,\"invocationId\":\"q\",\"target\":\"later\",\"arguments\":[]}\x1e"),
       .unknown = 2});
  return all;
}

class HubMatrix : public testing::TestWithParam<Fault> {};

TEST_P(HubMatrix, EventsOfEachKindComeOnceAndInTheirOrder) {
  const Fault& fault = GetParam();
  simulator::Options options;
  options.key = std::string("matrix-") + fault.name;
  const auto set = [&](const char* opening) {
    json::object object = json::parse(opening).as_object();
    object["hub"] = json::parse(fault.rules);
    auto made = simulator::faults_of(object);
    made.rate_scale = 0;
    return made;
  };
  options.faults = set("{}");
  simulator::Simulator simulator(options);
  const simulator::Ready ready = simulator.start();
  simulator.set_faults(set(fault.opening));
  Bridge bridge(
      with(settings_for(ready, fault.over_tls),
           {{"sonoran_apiKey", options.key},
            {"sonoran_communityID", "simcad"},
            // A step that stalls is given up soon; nothing else here waits for the CAD.
            {"sonoran_bridge_read_timeout_ms", std::string(fault.name).starts_with("AStall") ? "200" : "15000"}}));
  const auto hub = [&] { return bridge.stats().at("hub"); };
  const auto is_up = [&] { return eventually([&] { return hub().at("state") == "up"; }); };
  ASSERT_TRUE(is_up()) << json::serialize(hub());

  json::array events;
  for (const auto& [type, data] : kinds()) events.push_back({{"type", type}, {"data", data}});
  std::size_t come = 0;
  const auto expect_events = [&] {
    ASSERT_EQ(simulator.push(json::serialize(events)), events.size());
    ASSERT_TRUE(eventually([&] { return bridge.pushed().size() >= come + events.size(); }))
        << bridge.pushed().size() << " " << json::serialize(hub()) << bridge.log();
    ASSERT_EQ(bridge.pushed().size(), come + events.size());
    for (const auto& [type, data] : kinds()) {
      const Pushed& event = bridge.pushed()[come++];
      EXPECT_EQ(event.type, type);
      // Of an array of one, only an object is taken out.
      const bool wrapped = std::string_view(fault.name) == "DataInAnArray" && !data.is_object();
      EXPECT_EQ(json::parse(event.data), wrapped ? json::value(json::array{data}) : data) << type;
      EXPECT_EQ(event.is_json, event.data.size() <= limits::kPushJsonBytes) << type;
      EXPECT_FALSE(event.from_bridge) << type;
    }
  };
  expect_events();
  fault.strike(simulator);
  const std::string ends = fault.ends;
  if (!ends.empty()) {
    ASSERT_TRUE(eventually([&] { return hub().at("ends").as_object().contains(ends); })) << json::serialize(hub());
    ASSERT_TRUE(is_up());
  }
  expect_events();

  // What is told is at most a second old.
  EXPECT_TRUE(eventually([&] {
    const json::value now = hub();
    const json::object& counts = now.at("events").as_object();
    return counts.size() == events.size() &&
           std::all_of(counts.begin(), counts.end(), [](const auto& count) { return count.value() == 2; });
  }));
  const json::value told = hub();
  EXPECT_EQ(told.at("ends").as_object().size(), ends.empty() ? 0U : 1U) << json::serialize(told);
  EXPECT_EQ(told.at("unreadable"), fault.unreadable);
  EXPECT_EQ(told.at("unknown"), fault.unknown);
  EXPECT_EQ(told.at("dropped"), 0);
  for (const std::string& text : {bridge.log(), json::serialize(told)}) {
    EXPECT_EQ(text.find(options.key), std::string::npos) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(, HubMatrix, testing::ValuesIn(faults()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace sonoran::integration
