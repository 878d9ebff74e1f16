// The judge and its parts, without sockets. Time is a number that the tests pass in.
#include "simulator/cad.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

const Time kStart{std::chrono::hours(1)};
const std::string kPanic = "/v2/emergency/servers/1/units/panic";

class CadTest : public testing::Test {
 protected:
  Reply ask(const std::string& method, const std::string& target, const std::string& body = "", Time when = kStart) {
    Request request;
    request.first_byte = when;
    request.method = method;
    request.target = target;
    request.headers = {{"authorization", "Bearer sim-key"}, {"Content-Type", "application/json; charset=utf-8"}};
    request.body = body;
    return cad_.handle(std::move(request));
  }
  unsigned status(const std::string& method, const std::string& target, const std::string& body = "") {
    return ask(method, target, body).answer.status;
  }
  json::object operation_stats(const std::string& id, Time now = kStart) {
    return cad_.stats(now).at("operations").at(id).as_object();
  }

  Cad cad_{"sim-key", {1}, {}, ""};
};

/// A value that a field of this type takes.
json::value sample(const std::string& type) {
  if (type == "integer" || type == "number") return 1;
  if (type == "boolean") return true;
  if (type == "object") return json::object{};
  if (type == "array of integers") return json::array{1};
  if (type == "array of objects") return json::array{json::object{}};
  if (type.starts_with("array")) return json::array{"a"};
  return "a";
}

json::value sample_body(const Operation& operation) {
  if (operation.id == "updateUnitLocations")
    return json::parse(
        R"({"updates":[{"communityUserId":"a","location":"b","coordinates":{"x":1,"y":2,"z":3,"w":4}}]})");
  if (operation.id == "setUnitPanic") return {{"communityUserIds", json::array{"a"}}, {"isPanic", true}};
  if (operation.id == "kickUnit") return {{"communityUserId", "a"}, {"reason", "b"}};
  if (operation.id == "setUnitStatus") return {{"communityUserIds", json::array{"a"}}, {"status", 2}};
  json::object body;
  for (const Field& field : operation.fields) body[field.name] = sample(field.type);
  return body;
}

TEST(RateCounterTest, CountsSixtySecondsUpToAnArrival) {
  RateCounter counter;
  EXPECT_EQ(counter.arrive(kStart), 1U);
  EXPECT_EQ(counter.arrive(kStart + seconds(59)), 2U);
  EXPECT_EQ(counter.arrive(kStart + seconds(60)), 2U);  // the first is exactly a window old
  EXPECT_EQ(counter.window(kStart + seconds(118)), 2U);
  EXPECT_EQ(counter.window(kStart + seconds(120)), 0U);
  EXPECT_EQ(counter.largest_window(), 2U);
}

TEST(RateCounterTest, CountsALatecomerInLaterWindowsToo) {
  RateCounter counter;
  counter.arrive(kStart);
  counter.arrive(kStart + seconds(50));
  EXPECT_EQ(counter.arrive(kStart + seconds(10)), 2U);
  EXPECT_EQ(counter.largest_window(), 3U);
}

TEST(TargetTest, DecodesPathAndQuery) {
  const auto target = parse_target("/a%2Fb/c?x=1%202&y");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (std::vector<std::string>{"a/b", "c"}));
  EXPECT_EQ(*target->query_value("x"), "1 2");
  EXPECT_EQ(*target->query_value("y"), "");
  EXPECT_FALSE(parse_target("/a%2"));
  EXPECT_FALSE(parse_target("*"));
}

TEST(RoutesTest, PrefersTheMoreLiteralPath) {
  const Match match = published_routes().match("DELETE", parse_target("/v2/emergency/servers/1/dispatch-calls/"
                                                                      "attachments")
                                                             ->segments);
  ASSERT_NE(match.operation, nullptr);
  EXPECT_EQ(match.operation->id, "detachUnits");
}

TEST(FaultsTest, ReadsWhatItShowsAndRefusesNonsense) {
  const Faults faults = faults_of(json::parse(R"({"delay_ms":5,"reset":"BODY","only":"heartbeat","times":2})"));
  EXPECT_EQ(json_of(faults_of(json_of(faults))), json_of(faults));
  const json::object given = json::parse(R"({
    "interim": [100, 103], "interim_ms": 150, "form": "GATEWAY", "server": "nginx", "stray": true, "status": 403,
    "at": "127.0.0.1", "silent_after_ms": 6, "drop_syn": ["::1"], "idle_close_ms": 7,
    "late_ms": 20000, "headers": ["Retry-After: 90"], "nth": 2, "for_ms": 45000, "still_for_ms": 0,
    "reset_header": "RateLimit-Reset", "window": "FIXED", "retry_after": "window",
    "keep_alive": "timeout=5", "rules": [{"body": "x", "content_type": "text/plain"}, {"tls_min": "1.2", "ciphers": "AES128-SHA"}]})")
                                 .as_object();
  const json::object shown = json_of(faults_of(given));
  for (const auto& [name, value] : given) {
    if (name == "rules") continue;
    EXPECT_EQ(json::serialize(shown.at(name)), json::serialize(value)) << name;
  }
  EXPECT_EQ(shown.at("rules").at(0).at("body"), "x");
  EXPECT_EQ(shown.at("rules").at(1).at("tls_min"), "1.2");
  EXPECT_EQ(shown.at("rules").at(1).at("ciphers"), "AES128-SHA");
  EXPECT_EQ(json_of(faults_of(shown)), shown);
  for (const char* nonsense : {"[]", R"({"dealy_ms":5})", R"({"reset":"LATE"})", R"({"status":7})", R"({"only":"no"})",
                               R"({"retry_after":"soon"})", R"({"rate_scale":-1})", R"({"probability":1.5})",
                               R"({"certificate":"NEW"})", R"({"tls_max":"2"})", R"({"ciphers":"NO-SUCH-CIPHER"})",
                               R"({"deaf":true})", R"({"rules":[{"refuse":true}]})", R"({"rules":[7]})"})
    EXPECT_THROW(faults_of(json::parse(nonsense)), std::invalid_argument) << nonsense;
}

TEST_F(CadTest, AnswersAllOperations) {
  ASSERT_FALSE(published_routes().operations().empty());
  for (const Operation& operation : published_routes().operations()) {
    std::string target;
    for (const std::string& segment : operation.segments) target += "/" + (segment.starts_with('{') ? "1" : segment);
    if (operation.id == "getAccount" || operation.id == "getCharacters" || operation.id == "getCharacterLinks")
      target += "?communityUserId=a";
    Request request;
    request.first_byte = kStart;
    request.method = operation.method;
    request.target = target;
    request.headers = {{"Authorization", "bearer sim-key"}, {"Content-Type", operation.content_type}};
    if (operation.content_type == "application/json") request.body = json::serialize(sample_body(operation));
    if (operation.content_type.starts_with("multipart")) {
      request.headers[1].second += "; boundary=b";
      request.body =
          "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n"
          "--b\r\nContent-Disposition: form-data; name=\"durationMs\"\r\n\r\n1\r\n--b--\r\n";
    }
    const Reply reply = cad_.handle(std::move(request));
    EXPECT_EQ(reply.answer.status / 100, 2U) << operation.id << ": " << reply.answer.body;
    EXPECT_EQ(cad_.log().since(0).back().operation, operation.id);
  }
}

TEST_F(CadTest, RefusesAWrongKeyWithoutSpendingTheBudget) {
  Request request;
  request.first_byte = kStart;
  request.method = "GET";
  request.target = "/v2/general/version";
  request.headers = {{"Authorization", "Basic sim-key"}};
  const Answer answer = cad_.handle(request).answer;
  EXPECT_EQ(answer.status, 401U);
  EXPECT_EQ(answer.content_type, "application/problem+json");
  const json::value problem = json::parse(answer.body);
  for (const char* name : {"type", "title", "status", "detail", "instance", "traceId"})
    EXPECT_TRUE(problem.as_object().contains(name)) << name;
  EXPECT_EQ(operation_stats("getVersion").at("requests"), 1);
  EXPECT_EQ(operation_stats("getVersion").at("largest_window"), 0);
}

TEST_F(CadTest, NeedsNoKeyForTheLoginPage) {
  Request request;
  request.method = "GET";
  request.target = "/v2/general/login-page";
  EXPECT_EQ(cad_.handle(request).answer.status, 200U);
}

TEST_F(CadTest, RefusesUnknownPathsMethodsAndServers) {
  EXPECT_EQ(status("GET", "/v2/nothing"), 404U);
  EXPECT_EQ(status("GET", "nonsense"), 404U);
  const Answer answer = ask("GET", kPanic).answer;
  EXPECT_EQ(answer.status, 405U);
  EXPECT_EQ(answer.headers.front().second, "PATCH");
  EXPECT_EQ(status("GET", "/v2/emergency/servers/2/units"), 404U);
  EXPECT_EQ(cad_.stats(kStart).at("unknown_targets"), 2);
  EXPECT_EQ(cad_.stats(kStart).at("wrong_methods"), 1);
}

TEST_F(CadTest, RefusesUnsoundBodies) {
  Faults faults;
  faults.rate_scale = 0;
  cad_.set_faults(faults);
  for (const char* body : {"", "[]", "{", "{}", R"({"isPanic":true})", R"({"communityUserIds":["a"],"isPanic":1})",
                           R"({"communityUserIds":[],"isPanic":true})", R"({"communityUserIds":"a","isPanic":true})",
                           R"({"communityUserId":"a","roblox":1,"isPanic":true})"})
    EXPECT_EQ(status("PATCH", kPanic, body), 400U) << body;
  const std::string server = "/v2/emergency/servers/1";
  EXPECT_EQ(status("PATCH", server + "/units/status", R"({"communityUserId":"a","status":"2"})"), 400U);
  EXPECT_EQ(status("POST", "/v2/general/servers/1/heartbeat", R"({"playerCount":"2"})"), 400U);
  EXPECT_EQ(status("POST", "/v2/general/servers/1/heartbeat", R"({"playerCount":-2})"), 400U);
  EXPECT_EQ(status("GET", "/v2/emergency/servers/1/calls?closedOffset=-1"), 400U);
  EXPECT_EQ(status("GET", "/v2/general/accounts?limit=101&offset=0&status=1"), 400U);
  const std::string custom = "/v2/emergency/servers/1/custom-dispatch-calls";
  EXPECT_EQ(status("POST", custom, R"({"templateId":3,"values":{"p":2}})"), 400U) << "nobody is named";
  EXPECT_EQ(status("POST", custom, R"({"templateId":3,"values":{"p":2},"identIds":[1],"metaData":{"x":1}})"), 400U);
  EXPECT_EQ(status("POST", custom, R"({"templateId":3,"values":{"p":2},"identIds":[1],"metaData":{"x":"1"}})"), 200U);
  EXPECT_EQ(status("POST", server + "/calls/911", R"({"isEmergency":true})"), 400U);
  EXPECT_EQ(status("POST", server + "/units/kick", R"([{"communityUserId":"a"}])"), 400U);
  EXPECT_EQ(status("POST", server + "/units/kick", R"({"roblox":{},"reason":"b"})"), 400U);
  for (const char* update : {R"({})", R"({"communityUserId":"a","location":"b"})",
                             R"({"communityUserId":"a","location":"b","coordinates":{"x":1,"y":2,"z":3}})",
                             R"({"communityUserId":"a","location":1,"coordinates":{"x":1,"y":2,"z":3,"w":4}})"})
    EXPECT_EQ(status("PATCH", server + "/unit-locations", R"({"updates":[)" + std::string(update) + "]}"), 400U)
        << update;
  EXPECT_EQ(status("GET", "/v2/general/accounts/account"), 400U);
  EXPECT_EQ(status("GET", server + "/calls?type=all"), 400U);
}

TEST_F(CadTest, KeepsTheLimitOfAMinute) {
  const std::string units = "/v2/emergency/servers/1/units";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("GET", units, "", kStart + seconds(i)).answer.status, 200U);
  const Answer refused = ask("GET", units, "", kStart + seconds(3)).answer;
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(refused.content_type, "application/json");
  EXPECT_EQ(json::parse(refused.body).at("message"), "API rate limit exceeded");
  EXPECT_TRUE(refused.headers.empty());
  const json::object stats = operation_stats("getActiveUnits", kStart + seconds(3));
  EXPECT_EQ(stats.at("largest_window"), 4);
  EXPECT_EQ(stats.at("window_now"), 4);
  EXPECT_EQ(stats.at("answered").at("429"), 1);
  // The refused request has spent the budget, too.
  EXPECT_EQ(ask("GET", units, "", kStart + seconds(61)).answer.status, 200U);
}

TEST_F(CadTest, TellsHowLongToWait) {
  Faults faults;
  faults.retry_after = "7";
  faults.rate_scale = 0.1;  // of 10, 1 is left
  cad_.set_faults(faults);
  EXPECT_EQ(status("GET", "/v2/general/version"), 200U);
  EXPECT_EQ(ask("GET", "/v2/general/version").answer.headers.at(0).second, "7");
  faults.retry_after = "date";
  cad_.set_faults(faults);
  EXPECT_TRUE(ask("GET", "/v2/general/version").answer.headers.at(0).second.ends_with(" GMT"));
}

TEST_F(CadTest, CountsAnySixtySecondsOrEachMinuteOfTheClock) {
  const auto panics_at = [&](seconds when) {
    unsigned taken = 0;
    while (ask("PATCH", kPanic, R"({"communityUserId":"a","isPanic":true})", kStart + when).answer.status == 200)
      ++taken;
    return taken;
  };
  // kStart begins a minute.
  EXPECT_EQ(panics_at(seconds(50)), 20U);
  EXPECT_EQ(panics_at(seconds(70)), 0U);
  cad_.reset();
  Faults faults;
  faults.window = Window::kFixed;
  cad_.set_faults(faults);
  EXPECT_EQ(panics_at(seconds(50)), 20U);
  EXPECT_EQ(panics_at(seconds(70)), 20U);
  EXPECT_EQ(panics_at(seconds(119)), 0U);
  // What is counted and compared with the limit is of any 60 s, refusals included.
  EXPECT_EQ(operation_stats("setUnitPanic").at("largest_window"), 42);
}

TEST_F(CadTest, TellsWhenTheBudgetOpens) {
  const auto refused_at = [&](seconds when) {
    for (;;) {
      Reply reply = ask("PATCH", kPanic, R"({"communityUserId":"a","isPanic":true})", kStart + when);
      if (reply.answer.status == 429) return reply.answer.headers;
    }
  };
  using Lines = std::vector<std::pair<std::string, std::string>>;
  Faults faults;
  faults.reset_header = "X-RateLimit-Reset";
  cad_.set_faults(faults);
  EXPECT_EQ(refused_at(seconds(50)), (Lines{{"X-RateLimit-Reset", "60"}}));
  faults.window = Window::kFixed;
  faults.reset_header = "RateLimit-Reset";
  faults.retry_after = "window";
  cad_.set_faults(faults);
  EXPECT_EQ(refused_at(seconds(50)), (Lines{{"Retry-After", "10"}, {"RateLimit-Reset", "10"}}));
  faults.retry_after = "";
  faults.reset_header = "RateLimit-Reset:epoch";
  cad_.set_faults(faults);
  const auto epoch = refused_at(seconds(50));
  ASSERT_EQ(epoch.size(), 1U);
  EXPECT_EQ(epoch[0].first, "RateLimit-Reset");
  EXPECT_GE(std::stoll(epoch[0].second), 1'000'000'000);
}

TEST_F(CadTest, AddsLinesToTheHeaderOfAnAnswer) {
  Faults faults;
  faults.status = 503;
  faults.headers = {"Retry-After: 90", "X-Other: a: b"};
  cad_.set_faults(faults);
  const auto lines = ask("GET", "/v2/general/version").answer.headers;
  EXPECT_EQ(lines, (std::vector<std::pair<std::string, std::string>>{{"Retry-After", "90"}, {"X-Other", "a: b"}}));
}

TEST_F(CadTest, AFaultMayLastForSoLongFromItsFirstStrike) {
  Faults faults;
  faults.status = 429;
  faults.for_ms = 45'000;
  faults.only = {"setUnitPanic"};
  cad_.set_faults(faults);
  const auto status_at = [&](seconds when) {
    return ask("PATCH", kPanic, R"({"communityUserId":"a","isPanic":true})", kStart + when).answer.status;
  };
  EXPECT_EQ(status_at(seconds(100)), 429U);
  EXPECT_EQ(status_at(seconds(144)), 429U);
  EXPECT_EQ(status_at(seconds(145)), 200U);
  EXPECT_EQ(status_at(seconds(146)), 200U);
}

TEST_F(CadTest, AFaultMayStrikeTheNthRequestOfEachConnection) {
  Faults faults;
  faults.status = 503;
  faults.nth = 2;
  cad_.set_faults(faults);
  for (const std::uint64_t number : {1U, 2U, 3U}) {
    Request request;
    request.target = "/v2/general/version";
    request.method = "GET";
    request.headers = {{"Authorization", "Bearer sim-key"}};
    request.number = number;
    EXPECT_EQ(cad_.handle(std::move(request)).answer.status, number == 2 ? 503U : 200U);
  }
}

TEST_F(CadTest, RemembersUnits) {
  EXPECT_EQ(status("PATCH", kPanic, R"({"communityUserIds":["a","b"],"isPanic":true})"), 200U);
  EXPECT_EQ(status("PATCH", kPanic, R"({"communityUserId":"b","isPanic":false})"), 200U);
  EXPECT_EQ(status("PATCH", "/v2/emergency/servers/1/units/status", R"({"communityUserIds":["a"],"status":100})"),
            200U);
  EXPECT_EQ(status("POST", "/v2/general/servers/1/heartbeat", R"({"playerCount":12})"), 200U);
  const json::object stats = cad_.stats(kStart);
  EXPECT_EQ(stats.at("units").at("a").at("panic"), true);
  EXPECT_EQ(stats.at("units").at("b").at("panic"), false);
  EXPECT_EQ(stats.at("panic_on_total"), 2);
  EXPECT_EQ(stats.at("heartbeat").at("last_player_count"), 12);
  const std::string units = "/v2/emergency/servers/1/units";
  EXPECT_EQ(json::parse(ask("GET", units).answer.body).as_array().size(), 1U);
  EXPECT_EQ(json::parse(ask("GET", units + "?includeOffline=true").answer.body).as_array().size(), 2U);
}

TEST_F(CadTest, OneUnknownUnitSpoilsTheRequest) {
  Faults faults;
  faults.unknown_units = {"b"};
  cad_.set_faults(faults);
  const Answer answer = ask("PATCH", kPanic, R"({"communityUserIds":["a","b"],"isPanic":true})").answer;
  EXPECT_EQ(answer.status, 404U);
  EXPECT_NE(answer.body.find("'b'"), std::string::npos);
  EXPECT_TRUE(cad_.stats(kStart).at("units").as_object().empty());
}

TEST_F(CadTest, FaultsKeepToOnlyAndTimes) {
  Faults faults;
  faults.status = 503;
  faults.only = {"getVersion"};
  faults.times = 1;
  cad_.set_faults(faults);
  EXPECT_EQ(status("GET", "/v2/general/info"), 200U);
  EXPECT_EQ(status("GET", "/v2/general/version"), 503U);
  EXPECT_EQ(status("GET", "/v2/general/version"), 200U);
}

TEST_F(CadTest, TheFirstRuleThatStrikesIsTheOnlyOne) {
  cad_.set_faults(faults_of(json::parse(R"({"rules":[{"status":503,"only":"getVersion","skip":1,"times":1},
                                                     {"status":500,"only":["getInfo","getVersion"]}],
                                            "status":404})")));
  EXPECT_EQ(status("GET", "/v2/general/version"), 500U);
  EXPECT_EQ(status("GET", "/v2/general/version"), 503U);
  EXPECT_EQ(status("GET", "/v2/general/version"), 500U);
  EXPECT_EQ(status("GET", "/v2/general/info"), 500U);
  EXPECT_EQ(status("GET", "/v2/general/servers"), 404U);
  EXPECT_EQ(cad_.stats(kStart).at("faults_struck"), 5);
}

TEST_F(CadTest, ChanceIsTheSameForTheSameSeed) {
  const auto outcomes = [&](std::uint64_t seed) {
    Faults faults;
    faults.rate_scale = 0;
    faults.status = 500;
    faults.probability = 0.5;
    faults.seed = seed;
    cad_.set_faults(faults);
    std::string text;
    for (int i = 0; i < 64; ++i) text += status("GET", "/v2/general/version") == 500U ? 'x' : '.';
    return text;
  };
  const std::string first = outcomes(7);
  EXPECT_EQ(first, outcomes(7));
  EXPECT_NE(first, outcomes(8));
  const auto struck = std::count(first.begin(), first.end(), 'x');
  EXPECT_GT(struck, 16);
  EXPECT_LT(struck, 48);
}

TEST_F(CadTest, AnswersRepeatWhatWasAsked) {
  const std::string calls = "/v2/emergency/servers/1/dispatch-calls";
  const json::value note = json::parse(ask("POST", calls + "/17/notes", R"({"note":"On foot"})").answer.body);
  EXPECT_EQ(note.at("callId"), 17);
  EXPECT_EQ(note.at("note"), "On foot");
  const json::value panic =
      json::parse(ask("PATCH", kPanic, R"({"communityUserIds":["a","b"],"isPanic":true})").answer.body);
  EXPECT_EQ(panic.at("updated"), 2);
  EXPECT_EQ(panic.at("isPanic"), true);
}

TEST_F(CadTest, ARequestThatIsNotLookedAtChangesNothing) {
  Faults faults;
  faults.reset = Stage::kBefore;
  cad_.set_faults(faults);
  ask("PATCH", kPanic, R"({"communityUserId":"a","isPanic":true})");
  EXPECT_TRUE(cad_.stats(kStart).at("units").as_object().empty());
  EXPECT_EQ(cad_.log().since(0).at(0).status, 0U);
  EXPECT_EQ(operation_stats("setUnitPanic").at("largest_window"), 1);
}

}  // namespace
}  // namespace sonoran::simulator
