// The hub without sockets. tests/hub tests it with Microsoft's client.
#include "simulator/hub.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr char kEnd = '\x1e';
const std::string kHandshake = std::string(R"({"protocol":"json","version":1})") + kEnd;

class HubTest : public testing::Test {
 protected:
  void open(std::uint64_t connection) {
    hub_.open(connection, [this, connection](HubSending sending) { sent_[connection].push_back(std::move(sending)); });
  }

  /// The answer, all records in one text.
  std::string say(std::uint64_t connection, const std::string& message) {
    sent_[connection].clear();
    hub_.receive(connection, message, now_);
    std::string said;
    for (const HubSending& one : sent_[connection]) said += one.records;
    return said;
  }

  json::object call(std::uint64_t connection, const std::string& target, const std::string& arguments) {
    const std::string said = say(connection, R"({"type":1,"invocationId":"7","target":")" + target +
                                                 R"(","arguments":)" + arguments + "}" + kEnd);
    if (said.empty()) return {};
    return json::parse(said.substr(0, said.find(kEnd))).as_object();
  }

  std::string error_of(const json::object& completion) {
    const json::value* result = completion.if_contains("result");
    if (result == nullptr) return std::string(std::string_view(completion.at("error").as_string()));
    const json::value& error = result->at("error");
    return error.is_null() ? "" : std::string(std::string_view(error.as_string()));
  }

  void authenticate(std::uint64_t connection, const std::string& key = "sim-key", const std::string& server = "1") {
    open(connection);
    say(connection, kHandshake);
    ASSERT_EQ(error_of(call(connection, "authenticatev2", R"(["simcad",")" + key + "\"," + server + "]")), "");
  }

  std::string locate(std::uint64_t connection, const std::string& updates) {
    return error_of(call(connection, "unitLocation", "[" + updates + "]"));
  }

  bool closes(std::uint64_t connection) { return !sent_[connection].empty() && sent_[connection].back().close; }

  void rule(const std::string& json) {
    Faults faults = cad_.faults();
    faults.hub = hub_rules_of(json);
    cad_.set_faults(faults);
  }

  std::uint64_t locations() { return json::value_to<std::uint64_t>(cad_.stats(now_).at("locations_total")); }

  static std::string update(const std::string& unit) {
    return R"({"communityUserId":")" + unit + R"(","location":"Alta St","coordinates":{"x":1,"y":2,"z":3,"w":4}})";
  }

  Cad cad_{"sim-key", {1, 2}, {}, "", {"second"}};
  Hub hub_{cad_, "simcad"};
  std::map<std::uint64_t, std::vector<HubSending>> sent_;
  Time now_{std::chrono::hours(1)};
};

TEST_F(HubTest, AHandshakeGoesFirst) {
  open(1);
  EXPECT_EQ(say(1, kHandshake), "{}\x1e");
  open(2);
  EXPECT_NE(say(2, "{\"protocol\":\"messagepack\",\"version\":1}\x1e").find("\"error\""), std::string::npos);
  EXPECT_TRUE(closes(2));
  open(3);
  EXPECT_EQ(say(3, "{\"protocol\":\"json\""), "") << "not whole yet";
  EXPECT_EQ(say(3, ",\"version\":1}\x1e{\"type\":6}\x1e"), "{}\x1e");
  rule(R"({"handshake_error":"Later","greeting":"x"})");
  open(4);
  EXPECT_EQ(say(4, kHandshake), "{\"error\":\"Later\"}\x1e");
  rule(R"({"handshake_silent":true})");
  open(5);
  EXPECT_EQ(say(5, kHandshake), "");
  rule(R"({"greeting":"{\"type\":6}\u001e"})");
  open(6);
  EXPECT_EQ(say(6, kHandshake), "{}\x1e{\"type\":6}\x1e");
  EXPECT_EQ(sent_[6].size(), 1U) << "in one message";
}

TEST_F(HubTest, AnAuthenticationHasThreeArgumentsThatAreTrue) {
  authenticate(1);
  authenticate(2, "second", "2");
  authenticate(3, "sim-key", "null");
  open(4);
  say(4, kHandshake);
  for (const char* arguments : {R"(["other","sim-key",1])", R"(["simcad","wrong",1])", R"(["simcad","sim-key",9])",
                                R"(["simcad","sim-key","1"])", R"([7,7,7])", R"(["simcad","sim-key"])"}) {
    EXPECT_NE(error_of(call(4, "authenticatev2", arguments)), "") << arguments;
  }
  EXPECT_EQ(json::value_to<std::uint64_t>(hub_.seen(0).at("authentications")), 3U);
  EXPECT_NE(error_of(call(4, "authenticate", R"(["simcad","sim-key",1])")), "") << "no such method";
}

TEST_F(HubTest, AnAuthenticationIsRefusedInEachWay) {
  const auto answer = [&](std::uint64_t connection, const std::string& way) {
    rule(R"({"authentication":")" + way + R"(","authentication_error":"No."})");
    open(connection);
    say(connection, kHandshake);
    return call(connection, "authenticatev2", R"(["simcad","sim-key",1])");
  };
  const json::object refused = answer(1, "REFUSED");
  EXPECT_FALSE(refused.at("result").at("success").as_bool());
  EXPECT_EQ(error_of(refused), "No.");
  const json::object error = answer(2, "ERROR");
  EXPECT_FALSE(error.contains("result"));
  EXPECT_EQ(error_of(error), "No.");
  EXPECT_EQ(answer(3, "CLOSED").at("type").as_int64(), 7);
  EXPECT_TRUE(closes(3));
  EXPECT_TRUE(answer(4, "SILENT").empty());
  EXPECT_EQ(hub_.push(json::parse(R"({"type":"E"})")), 0U) << "nobody is authenticated";
}

TEST_F(HubTest, ThePaceIsCountedByWhomTheRuleSays) {
  const auto refused = [&](std::uint64_t connection) {
    return locate(connection, "[" + update("a") + "]").find("200ms") != std::string::npos;
  };
  authenticate(1);
  authenticate(2);
  authenticate(3, "sim-key", "2");
  authenticate(4, "second");
  struct Case {
    const char* rule;
    bool same_server, same_key, other_key;
  };
  for (const Case& one :
       {Case{R"({})", false, false, false}, Case{R"({"pace":"SERVER"})", true, false, false},
        Case{R"({"pace":"KEY"})", true, true, false}, Case{R"({"pace":"NOBODY"})", false, false, false}}) {
    now_ += milliseconds(1000);
    rule(one.rule);
    EXPECT_FALSE(refused(1)) << one.rule;
    EXPECT_EQ(refused(2), one.same_server) << one.rule;
    EXPECT_EQ(refused(3), one.same_key) << one.rule;
    EXPECT_EQ(refused(4), one.other_key) << one.rule;
    now_ += milliseconds(199);
    EXPECT_EQ(refused(1), std::string(one.rule) != R"({"pace":"NOBODY"})") << one.rule;
    now_ += milliseconds(1);
    EXPECT_FALSE(refused(1)) << one.rule;
  }
}

TEST_F(HubTest, ABatchIsTakenOrRefusedAsTheRulesSay) {
  const std::string bad = R"({"communityUserId":"b","coordinates":{"x":1,"y":2,"z":3,"w":4}})";
  const std::string nameless = R"({"location":"x","coordinates":{"x":1,"y":2,"z":3,"w":4}})";
  open(9);
  say(9, kHandshake);
  EXPECT_TRUE(locate(9, "[]").starts_with("Unauthenticated"));
  authenticate(1);
  rule(R"({"pace":"NOBODY"})");
  EXPECT_EQ(locate(1, "[" + update("a") + "," + update("b") + "]"), "");
  EXPECT_EQ(locations(), 2U);
  EXPECT_EQ(locate(1, "[" + update("a") + "," + bad + "]"), "Missing unit location.");
  EXPECT_NE(locate(1, "[" + nameless + "]").find("requires identId"), std::string::npos);
  EXPECT_EQ(locations(), 2U) << "one bad update spoils its batch";
  std::string many = update("a");
  for (int i = 0; i < 24; ++i) many += "," + update("a");
  EXPECT_EQ(locate(1, "[" + many + "]"), "");
  EXPECT_NE(locate(1, "[" + many + "," + update("a") + "]").find("Max is 25"), std::string::npos);
  EXPECT_EQ(locations(), 27U);
  rule(R"({"pace":"NOBODY","spoiled":false})");
  EXPECT_EQ(locate(1, "[" + update("a") + "," + bad + "]"), "Missing unit location.");
  EXPECT_EQ(locations(), 28U) << "the good one was applied";
  rule(R"({"pace":"NOBODY","half_refused":true})");
  EXPECT_NE(locate(1, "[" + update("a") + "," + update("b") + "]"), "");
  EXPECT_EQ(locations(), 29U) << "the first half was applied";
  Faults faults = cad_.faults();
  faults.hub = hub_rules_of(std::string(R"({"pace":"NOBODY"})"));
  faults.unknown_units = {"ghost"};
  cad_.set_faults(faults);
  EXPECT_EQ(locate(1, "[" + update("ghost") + "]"), "");
  EXPECT_EQ(locations(), 29U) << "passed over";
  rule(R"({"pace":"NOBODY","unknown_refused":true})");
  EXPECT_NE(locate(1, "[" + update("a") + "," + update("ghost") + "]"), "");
  EXPECT_EQ(locations(), 29U);
}

TEST_F(HubTest, ARecordHasABoundWithAndWithoutItsEnd) {
  for (const bool ended : {true, false}) {
    const std::uint64_t connection = ended ? 1 : 2;
    authenticate(connection);
    std::string fits = R"({"type":6,"x":")";
    fits += std::string(32768 - fits.size() - 2, 'x') + "\"}";
    EXPECT_EQ(say(connection, fits + kEnd), "");
    const std::string over = say(connection, ended ? " " + fits + kEnd : std::string(32769, ' '));
    EXPECT_NE(over.find("InvalidDataException"), std::string::npos);
    EXPECT_NE(over.find("32768"), std::string::npos);
    EXPECT_TRUE(closes(connection));
  }
}

TEST_F(HubTest, AnEventComesInTheFormOfTheRules) {
  authenticate(1);
  authenticate(2, "sim-key", "null");
  const auto pushed = [&](const std::string& rules) {
    rule(rules);
    sent_[1].clear();
    EXPECT_EQ(hub_.push(json::parse(R"({"type":"EVENT_X","data":{"a":1}})")), 1U) << "who has no server hears nothing";
    const std::string& said = sent_[1].at(0).records;
    return json::parse(said.substr(0, said.find(kEnd))).as_object();
  };
  EXPECT_EQ(pushed("{}").at("arguments").at(0), R"({"type":"EVENT_X","data":{"a":1}})");
  EXPECT_EQ(pushed(R"({"objects":true})").at("arguments").at(0), json::parse(R"({"type":"EVENT_X","data":{"a":1}})"));
  EXPECT_EQ(pushed(R"({"objects":true,"keyed":true,"arrays":true})").at("arguments").at(0),
            json::parse(R"({"key":"sim-key","type":"EVENT_X","data":[{"a":1}]})"));
  EXPECT_FALSE(pushed("{}").contains("invocationId"));
  EXPECT_TRUE(pushed(R"({"wants_results":true})").contains("invocationId"));
  EXPECT_EQ(hub_.push(json::parse(R"([{"type":"A"},{"type":"B"}])")), 2U);
  EXPECT_THROW(hub_.push(json::parse(R"({"data":1})")), std::invalid_argument);
}

TEST_F(HubTest, ACompletionMayBeLateAndAnEventIsNot) {
  authenticate(1);
  rule(R"({"late_ms":500,"pace":"NOBODY"})");
  locate(1, "[]");
  EXPECT_EQ(sent_[1].at(0).delay, milliseconds(500));
  sent_[1].clear();
  hub_.push(json::parse(R"({"type":"E"})"));
  EXPECT_EQ(sent_[1].at(0).delay, milliseconds(0));
}

TEST_F(HubTest, WhoMustNegotiateDoesSoOnce) {
  const auto ask = [&](const std::string& method, const std::string& target) {
    Request request;
    request.method = method;
    request.target = target;
    if (method == "GET") request.headers.emplace_back("Sec-WebSocket-Key", "x");
    return hub_.answer(request).value_or(Answer{.status = 0, .content_type = "", .body = "", .headers = {}});
  };
  EXPECT_EQ(ask("GET", "/apiWsHub").status, 101U);
  EXPECT_EQ(ask("GET", "/v2/general/version").status, 0U) << "not the hub's";
  rule(R"({"direct":false})");
  EXPECT_EQ(ask("GET", "/apiWsHub").status, 400U);
  EXPECT_EQ(ask("GET", "/apiWsHub?id=made-up").status, 404U);
  const json::value negotiated = json::parse(ask("POST", "/apiWsHub/negotiate?negotiateVersion=1").body);
  const std::string target =
      "/apiWsHub?id=" + std::string(std::string_view(negotiated.at("connectionToken").as_string()));
  EXPECT_EQ(ask("GET", target).status, 101U);
  EXPECT_EQ(ask("GET", target).status, 409U);
  rule(R"({"negotiate_error":"Full"})");
  EXPECT_EQ(ask("POST", "/apiWsHub/negotiate").body, R"({"error":"Full"})");
}

TEST_F(HubTest, ItClosesWithAndWithoutReconnect) {
  const auto closed = [&](std::uint64_t connection, const std::string& how) {
    authenticate(connection);
    sent_[connection].clear();
    hub_.close(json::parse(how).as_object());
    EXPECT_TRUE(closes(connection));
    const HubSending last = sent_[connection].back();
    hub_.gone(connection);
    return last;
  };
  EXPECT_EQ(closed(1, R"({})").records, "{\"type\":7}\x1e");
  EXPECT_EQ(closed(2, R"({"error":"Update","allowReconnect":true})").records,
            "{\"type\":7,\"error\":\"Update\",\"allowReconnect\":true}\x1e");
  const HubSending bare = closed(3, R"({"code":1011})");
  EXPECT_EQ(bare.records, "");
  EXPECT_EQ(bare.code, 1011);
}

TEST_F(HubTest, RulesReadBackAndOddOnesAreRefused) {
  const json::object shown = json_of(hub_rules_of(std::string(R"({"pace":"KEY","late_ms":5,"direct":false})")));
  EXPECT_EQ(json_of(hub_rules_of(json::value(shown))), shown);
  EXPECT_EQ(shown.at("pace").as_string(), "KEY");
  for (const char* odd : {"", "7", R"({"pce":"KEY"})", R"({"pace":"ALL"})", R"({"late_ms":"5"})", R"({"late_ms":-1})",
                          R"({"direct":1})", R"({"greeting":1})"}) {
    EXPECT_THROW(hub_rules_of(std::string(odd)), std::invalid_argument) << odd;
  }
}

}  // namespace
}  // namespace sonoran::simulator
