#include "api/response.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/text.h"

namespace sonoran::api {
namespace {

using namespace std::chrono_literals;
constexpr std::int64_t kNow_s = 784111700;  // 77 s before the date of RFC 9110's example

Outcome answered(int status, std::string body = "", std::string retry_after = "") {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.retry_after = std::move(retry_after);
  return interpret(std::move(response), kNow_s);
}

/// An answer of the CAD itself.
std::string problem(int status, const std::string& detail = "It says why.") {
  return R"({"type":"https://httpwg.org/specs/rfc9110.html","title":"A title","status":)" + std::to_string(status) +
         R"(,"detail":")" + detail + R"(","instance":"/v2/emergency/path","traceId":"00-ab"})";
}

/// An answer of something on the road.
Outcome answered_by(const char* server, int status, const char* type, std::string body) {
  Response response;
  response.status = status;
  response.server = server;
  response.content_type = type;
  response.body = std::move(body);
  return interpret(std::move(response), kNow_s);
}

TEST(Interpret, SuccessHasNoError) {
  for (const int status : {200, 201, 204}) {
    const Outcome outcome = answered(status, "{}");
    EXPECT_EQ(outcome.failure, Failure::kNone);
    EXPECT_EQ(outcome.error.kind, ErrorKind::kNone);
    EXPECT_EQ(outcome.body, "{}");
  }
}

TEST(Interpret, EachStatusHasItsMeaningWhenItIsTheCadsOwnWord) {
  struct Row {
    int status;
    Failure failure;
    ErrorKind kind;
  };
  for (const Row& row :
       {Row{400, Failure::kRejected, ErrorKind::kRejected}, Row{401, Failure::kUnauthorized, ErrorKind::kUnauthorized},
        Row{403, Failure::kRejected, ErrorKind::kRejected}, Row{404, Failure::kRejected, ErrorKind::kNotFound},
        Row{408, Failure::kRequestTimeout, ErrorKind::kUnavailable}, Row{413, Failure::kRejected, ErrorKind::kRejected},
        Row{422, Failure::kRejected, ErrorKind::kRejected}, Row{425, Failure::kTooEarly, ErrorKind::kUnavailable},
        Row{429, Failure::kRateLimited, ErrorKind::kRateLimited},
        Row{500, Failure::kServerError, ErrorKind::kUnavailable},
        Row{503, Failure::kServerError, ErrorKind::kUnavailable}}) {
    const Outcome outcome = answered(row.status, problem(row.status));
    EXPECT_EQ(outcome.failure, row.failure) << row.status;
    EXPECT_EQ(outcome.error.kind, row.kind) << row.status;
    EXPECT_EQ(outcome.error.title, "A title") << row.status;
    EXPECT_EQ(outcome.error.detail, "It says why.") << row.status;
    EXPECT_EQ(is_the_cads_word(outcome), row.status < 500) << row.status;
    EXPECT_FALSE(never_left(outcome.failure));
  }
}

TEST(Interpret, ARefusalThatDoesNotSayWhyIsGivenAReason) {
  for (const int status : {400, 401, 404, 408, 422, 425, 429}) {
    const Outcome outcome = answered(status, R"({"type":"about:blank","status":)" + std::to_string(status) + "}");
    EXPECT_TRUE(is_the_cads_word(outcome)) << status;
    EXPECT_FALSE(outcome.error.title.empty()) << status;
    EXPECT_TRUE(outcome.error.detail.ends_with(".")) << outcome.error.detail;
  }
}

/// The forms of a body that is not the CAD's word, by the columns of docs/errors.md.
struct Form {
  const char* type;
  std::string body;
};
std::vector<Form> foreign_forms(int status) {
  return {{"application/json", R"({"message":"Forbidden","request_id":"r1"})"},
          {"text/html", "<html><head><title>Attention Required!</title></head></html>"},
          {"text/plain", "Forbidden by policy"},
          {"", ""},
          {"application/problem+json", problem(status + 1)},
          {"application/problem+json", R"({"title":"A title"})"},
          {"application/problem+json", R"({"status":)" + std::to_string(status) + "}"},
          {"application/problem+json", R"({"title":"A title","status":")" + std::to_string(status) + "\"}"},
          {"application/problem+json", R"({"title":7,"type":null,"status":)" + std::to_string(status) + "}"},
          {"application/json", R"([{"title":"A title","status":)" + std::to_string(status) + "}]"},
          {"application/json", R"({"error":)"},
          {"application/json", "null"}};
}

TEST(Interpret, EvenAGatewaysOwnWordAbout429NeedsBothItsMembers) {
  EXPECT_EQ(answered(429, R"({"message":"API rate limit exceeded","request_id":"r1"})").failure, Failure::kRateLimited);
  for (const char* body : {R"({"message":"API rate limit exceeded"})", R"({"request_id":"r1"})",
                           R"({"message":1,"request_id":"r1"})", "<html>", ""}) {
    EXPECT_EQ(answered(429, body).failure, Failure::kRoad) << body;
  }
}

TEST(Interpret, A4xxOfAnyFormButTheCadsIsTheRoads) {
  for (int status = 400; status < 500; ++status) {
    EXPECT_TRUE(is_the_cads_word(answered(status, problem(status)))) << status;
    for (const Form& form : foreign_forms(status)) {
      if (status == 429 && form.body.find("request_id") != std::string::npos) continue;
      const Outcome outcome = answered_by("cloudflare", status, form.type, form.body);
      EXPECT_EQ(outcome.failure, Failure::kRoad) << status << " " << form.body;
      EXPECT_FALSE(is_the_cads_word(outcome)) << status << " " << form.body;
      EXPECT_EQ(outcome.error.kind, ErrorKind::kUnavailable) << status << " " << form.body;
      EXPECT_EQ(outcome.body, form.body);
      EXPECT_EQ(outcome.status, status);
      EXPECT_NE(outcome.error.detail.find(std::to_string(status)), std::string::npos) << outcome.error.detail;
      EXPECT_NE(outcome.error.detail.find("'cloudflare'"), std::string::npos) << outcome.error.detail;
      EXPECT_TRUE(outcome.error.detail.ends_with(".")) << outcome.error.detail;
    }
  }
}

TEST(Interpret, WhatTheRoadAnswersIsToldWithItsOwnWords) {
  EXPECT_EQ(answered_by("cloudflare", 403, "text/html; charset=UTF-8",
                        "<!DOCTYPE html><html><head><TITLE>Attention Required!</TITLE></head></html>")
                .error.detail,
            "Something on the way to the CAD answered in its place with status 403 by 'cloudflare', with a web page, "
            "'Attention Required!'.");
  EXPECT_EQ(answered_by("kong/3.4.2", 403, "application/json", R"({"message":"Your IP is not allowed"})").error.detail,
            "Something on the way to the CAD answered in its place with status 403 by 'kong/3.4.2', with JSON that is "
            "not the CAD's, 'Your IP is not allowed'.");
  EXPECT_EQ(answered_by("", 400, "text/plain", "Bad Request\n").error.detail,
            "Something on the way to the CAD answered in its place with status 400, with a text, 'Bad Request?'.");
  EXPECT_EQ(answered_by("nginx", 413, "", "").error.detail,
            "Something on the way to the CAD answered in its place with status 413 by 'nginx', with an empty body.");
}

TEST(Interpret, A404AboutThePathSaysThatTheAddressIsWrongWhoeverSaysIt) {
  for (const auto& [type, body] : std::vector<std::pair<const char*, std::string>>{
           {"application/problem+json", problem(404, "There is no such path.")},
           {"application/problem+json", problem(404, "No route matches the request.")},
           {"application/json", R"({"message":"no Route matched with those values"})"},
           {"application/json", R"({"message":"no Route matched with those values","request_id":"r1"})"},
           {"application/json", R"({"message":"Cannot PATCH /v2/emergency/servers/1/units/panic","statusCode":404})"},
           {"text/plain", "404: the requested URL /v2/emergency/servers/1/heartbeat was not found on this server."},
           {"text/plain", "404 page not found\n"},
           {"application/problem+json", problem(404, "No static resource v2/emergency/servers/1/heartbeat.")}}) {
    const Outcome outcome = answered_by("kong/3.4.2", 404, type, body);
    EXPECT_EQ(outcome.failure, Failure::kRoad) << body;
    EXPECT_TRUE(outcome.error.detail.starts_with("sonoran_bridge_url is wrong: ")) << outcome.error.detail;
    EXPECT_NE(outcome.error.detail.find("'kong/3.4.2'"), std::string::npos) << outcome.error.detail;
  }
  for (const char* detail :
       {"The server '7' is not configured for this community.", "The unit 'license:a' is not known.",
        "The serverId in the path is not configured.", "No call has this id.", ""}) {
    const Outcome outcome = answered(404, problem(404, detail));
    EXPECT_EQ(outcome.failure, Failure::kRejected) << detail;
    EXPECT_EQ(outcome.error.kind, ErrorKind::kNotFound) << detail;
  }
}

TEST(Interpret, WhatTheRoadAsksToWaitForIsHonouredUpToAPanicsLongestWait) {
  EXPECT_EQ(answered(429, "<html>", "600").retry_after, 5s);
  EXPECT_EQ(answered(403, "", "3").retry_after, 3s);
  EXPECT_EQ(answered(429, problem(429), "600").retry_after, 600s);
}

TEST(Interpret, AProblemDocumentIsPassedOn) {
  const Outcome outcome =
      answered(404, R"({"title":"Unit Not Found","detail":"No such unit.","status":404,"traceId":"00-ab"})");
  EXPECT_EQ(outcome.error.title, "Unit Not Found");
  EXPECT_EQ(outcome.error.detail, "No such unit.");
  EXPECT_EQ(outcome.error.trace_id, "00-ab");
}

TEST(Interpret, TheGatewaysOwnBodyIsReadToo) {
  const Outcome outcome = answered(429, R"({"message":"API rate limit exceeded","request_id":"r1"})", "7");
  EXPECT_EQ(outcome.error.detail, "API rate limit exceeded");
  EXPECT_EQ(outcome.error.trace_id, "r1");
  EXPECT_EQ(outcome.retry_after, 7s);
}

TEST(Interpret, WhatIsNoProblemDocumentLeavesOurOwnWords) {
  for (const char* body : {"", "<html>Bad Gateway</html>", "[1]", R"({"title":1,"detail":null})", "{\"title\":\"cut"}) {
    const Outcome outcome = answered(502, body);
    EXPECT_EQ(outcome.error.title, "The CAD has trouble") << body;
    EXPECT_EQ(outcome.error.detail, "The CAD answered with status 502.") << body;
  }
}

TEST(Interpret, AnErrorOfTheCadsPutsNoControlCharactersOnTheConsole) {
  const Outcome outcome = answered(400, problem(400, R"(red \u001b[31m line\nbreak)"));
  EXPECT_EQ(outcome.error.detail, "red ?[31m line?break");
  const Outcome longer = answered(400, problem(400, std::string(5000, 'x')));
  EXPECT_LT(longer.error.detail.size(), 600U);
  const Outcome page =
      answered_by("a\x1b[0m", 403, "text/html", "<title>b\x1b[0m" + std::string(5000, 'x') + "</title>");
  EXPECT_EQ(page.error.detail.find('\x1b'), std::string::npos);
  EXPECT_LT(page.error.detail.size(), 600U);
}

TEST(Interpret, AnOddValueTakesNothingFromTheCadsWord) {
  for (const char* odd : {R"("\ud800")", "123456789012345678901234567890", "1e999", R"({"a":[1,{"b":"\udc00\ud800"}]})",
                          "\"\xFF\"", "-", "nul"}) {
    const Outcome outcome = answered(
        404, R"({"errors":)" + std::string(odd) + R"(,"title":"A title","status":404,"detail":"It says why."})");
    EXPECT_EQ(outcome.failure, Failure::kRejected) << odd;
    EXPECT_EQ(outcome.error.detail, "It says why.") << odd;
  }
  EXPECT_EQ(answered(404, R"({"title":"half \ud83d and whole \ud83d\ude00","status":404})").error.title,
            "half \xEF\xBF\xBD and whole \xF0\x9F\x98\x80");
  EXPECT_EQ(answered(400, "\xEF\xBB\xBF \r\n" + problem(400)).failure, Failure::kRejected)
      << "behind a byte order mark";
}

TEST(Interpret, ARedirectIsTheRoadsAndNamesTheSettingToMend) {
  for (const int status : {300, 301, 302, 303, 304, 307, 308}) {
    const Outcome outcome = answered(status, problem(status, "elsewhere"));
    EXPECT_EQ(outcome.failure, Failure::kRoad) << status;
    EXPECT_NE(outcome.error.detail.find("sonoran_bridge_url"), std::string::npos);
  }
}

TEST(Interpret, AnInterimAnswerIsNone) {
  for (const int status : {100, 101, 103, 199}) {
    EXPECT_EQ(answered(status).failure, Failure::kMalformed) << status;
    EXPECT_FALSE(is_the_cads_word(answered(status)));
  }
}

TEST(Interpret, HowFarItGotTellsWhetherItLeft) {
  for (const Stage stage : {Stage::kResolve, Stage::kConnect, Stage::kHandshake, Stage::kWrite, Stage::kRead}) {
    Response response;
    response.stage = stage;
    response.detail = "It failed.";
    response.timed_out = stage == Stage::kRead;
    const Outcome outcome = interpret(std::move(response), kNow_s);
    EXPECT_FALSE(was_answered(outcome.failure));
    EXPECT_EQ(never_left(outcome.failure), stage < Stage::kWrite);
    EXPECT_EQ(outcome.error.kind, stage == Stage::kRead ? ErrorKind::kTimeout : ErrorKind::kUnavailable);
    EXPECT_EQ(outcome.error.detail, "It failed.");
  }
}

TEST(Interpret, ASuccessIsTakenWhenItIsEmptyOrBeginsAsJsonHoweverOddInside) {
  for (const std::string& body :
       {std::string(), std::string(" \r\n"), std::string("\xEF\xBB\xBF"), std::string(R"({"ok":1})"), std::string("[]"),
        std::string("\xEF\xBB\xBF\n [1]"), std::string("7"), std::string("-1"), std::string("\"text\""),
        std::string("true"), std::string("false"), std::string("null"), std::string(R"({"name":"\ud800"})"),
        std::string(R"({"id":123456789012345678901234567890})"), std::string("{\"name\":\"\xFF\xFE\"}"),
        std::string(R"({"a":)"), std::string("{} {}"), std::string("{\"a\":\"\0\"}", 9)}) {
    const Outcome outcome = answered_by("", 200, "application/json", body);
    EXPECT_EQ(outcome.failure, Failure::kNone) << body;
    EXPECT_EQ(outcome.error.kind, ErrorKind::kNone) << body;
    const std::size_t mark = body.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    EXPECT_EQ(outcome.body, valid_utf8(body.substr(mark))) << "as it came, but for the byte order mark and odd bytes";
  }
  EXPECT_EQ(answered_by("", 200, "text/plain", "OK").failure, Failure::kNone) << "it says that it is text";
  EXPECT_EQ(answered_by("", 200, "text/html", "").failure, Failure::kNone) << "an empty body is no page";
}

TEST(Interpret, ASuccessThatIsAWebPageIsTheRoads) {
  for (const auto& [type, body] :
       std::vector<std::pair<const char*, const char*>>{{"text/html; charset=utf-8", "<html>"},
                                                        {"TEXT/HTML", "Welcome"},
                                                        {"application/xhtml+xml", "x"},
                                                        {"application/json", "<html>"},
                                                        {"", "\xEF\xBB\xBF\n<!DOCTYPE html><title>Sign in</title>"},
                                                        {"text/html", R"({"ok":1})"}}) {
    const Outcome outcome = answered_by("portal", 200, type, body);
    EXPECT_EQ(outcome.failure, Failure::kPage) << body;
    EXPECT_EQ(outcome.error.kind, ErrorKind::kUnavailable);
    EXPECT_FALSE(is_the_cads_word(outcome));
    EXPECT_NE(outcome.error.detail.find("'portal'"), std::string::npos) << outcome.error.detail;
    EXPECT_EQ(outcome.status, 200);
  }
}

TEST(Interpret, ASuccessThatIsNeitherJsonNorAPageIsMalformed) {
  for (const auto& [type, body] : std::vector<std::pair<const char*, const char*>>{
           {"application/json", "OK"}, {"", "OK"}, {"", "nothing"}, {"application/json", "\x1f\x8b\x08"}}) {
    const Outcome outcome = answered_by("", 200, type, body);
    EXPECT_EQ(outcome.failure, Failure::kMalformed) << body;
    EXPECT_EQ(outcome.error.kind, ErrorKind::kUnavailable);
    EXPECT_EQ(outcome.status, 200);
  }
}

TEST(Interpret, ThePageForPeopleSaysWhichAnswerIsWhichFailure) {
  std::ifstream file(SONORAN_SOURCE "/docs/errors.md");
  std::stringstream page;
  page << file.rdbuf();
  std::string most;  // the line for statuses without a meaning of their own
  for (int status = 400; status < 500; ++status) {
    std::string line;
    for (const Form& form : std::vector<Form>{{"application/problem+json", problem(status)},
                                              {"application/json", R"({"message":"m","request_id":"r"})"},
                                              {"text/html", "<html>"},
                                              {"text/plain", "no"},
                                              {"", ""}}) {
      line += " " + std::string(failure_name(answered_by("", status, form.type, form.body).failure)) + " |";
    }
    if (status == 400) most = line;
    if (line == most) continue;
    line = "| " + std::to_string(status) + " |" + line + "\n";
    EXPECT_NE(page.str().find(line), std::string::npos) << "docs/errors.md should have the line\n" << line;
  }
  EXPECT_NE(page.str().find("| any other 4xx |" + most + "\n"), std::string::npos) << most;
}

TEST(Interpret, AnAnswerThatIsNoHttpIsMalformedAndNotNothing) {
  Response response;
  response.stage = Stage::kRead;
  response.malformed = true;
  response.detail = "It answered with what is no HTTP.";
  const Outcome outcome = interpret(std::move(response), kNow_s);
  EXPECT_EQ(outcome.failure, Failure::kMalformed);
  EXPECT_TRUE(was_answered(outcome.failure));
}

TEST(RetryAfter, IsSecondsOrADateAndNeverMoreThanTenMinutes) {
  EXPECT_EQ(parse_retry_after("0", kNow_s), 0s);
  EXPECT_EQ(parse_retry_after("42", kNow_s), 42s);
  EXPECT_EQ(parse_retry_after("-5", kNow_s), 0s);
  EXPECT_EQ(parse_retry_after("86400", kNow_s), 600s);
  EXPECT_EQ(parse_retry_after("99999999999999999999999", kNow_s), 600s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow_s), 77s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow_s + 1000), 0s) << "it has passed";
}

TEST(RetryAfter, IsNothingWhenItIsNeither) {
  for (const char* value : {"", "soon", "1.5", "7s", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 xx:49:37 GMT"}) {
    EXPECT_EQ(parse_retry_after(value, kNow_s), std::nullopt) << value;
  }
}

TEST(Outcome, OnlyWhatADecoderMayBeGivenIsCalledJson) {
  const std::string deep(std::size_t{4} << 20, '[');
  EXPECT_FALSE(answered(404, deep).body_is_json);
  EXPECT_FALSE(answered_by("", 200, "text/plain", deep).body_is_json);
  EXPECT_FALSE(answered(200, deep).body_is_json);
  EXPECT_FALSE(answered(200, R"({"cut":)").body_is_json);
  EXPECT_FALSE(answered(200, "").body_is_json);
  EXPECT_FALSE(answered(503, "<html>").body_is_json);
  for (const int status : {200, 404, 503}) {
    EXPECT_TRUE(answered(status, "\xEF\xBB\xBF{\"a\":1}").body_is_json) << status;
  }
  EXPECT_TRUE(answered_by("", 200, "text/plain", "[1]").body_is_json) << "what it is counts, not what it is called";
  const Outcome mended = answered(200, "{\"a\":\"\xFF\"}");
  EXPECT_EQ(mended.body, "{\"a\":\"\xEF\xBF\xBD\"}");
  EXPECT_TRUE(mended.body_is_json) << "what is handed on is UTF-8";
}

TEST(RateLimitReset, IsSecondsFromNowOrSince1970) {
  EXPECT_EQ(parse_rate_limit_reset("17", kNow_s), 17s);
  EXPECT_EQ(parse_rate_limit_reset("16.2", kNow_s), 17s);
  EXPECT_EQ(parse_rate_limit_reset(std::to_string(kNow_s + 42), kNow_s), 42s);
  EXPECT_EQ(parse_rate_limit_reset(std::to_string(kNow_s - 42), kNow_s), 0s) << "it has passed";
  EXPECT_EQ(parse_rate_limit_reset("-1", kNow_s), 0s);
  EXPECT_EQ(parse_rate_limit_reset("86400", kNow_s), 600s);
  for (const char* odd : {"", "soon", "1;w=60", "1.", "1.x", "99999999999999999999999"}) {
    EXPECT_EQ(parse_rate_limit_reset(odd, kNow_s), std::nullopt) << odd;
  }
}

TEST(RateLimitReset, CountsWhereThereIsNoRetryAfterAndOnlyWithA429) {
  Response response;
  response.status = 429;
  response.body = problem(429);
  response.rate_limit_reset = "9";
  EXPECT_EQ(interpret(response, kNow_s).retry_after, 9s);
  response.retry_after = "4";
  EXPECT_EQ(interpret(response, kNow_s).retry_after, 4s);
  response = {};
  response.status = 200;
  response.rate_limit_reset = "9";
  EXPECT_EQ(interpret(response, kNow_s).retry_after, std::nullopt) << "with a success it asks for nothing";
}

}  // namespace
}  // namespace sonoran::api
