#include "api/response.h"

#include <gtest/gtest.h>

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

TEST(Interpret, SuccessHasNoError) {
  for (const int status : {200, 201, 204}) {
    const Outcome outcome = answered(status, "{}");
    EXPECT_EQ(outcome.failure, Failure::kNone);
    EXPECT_EQ(outcome.error.kind, ErrorKind::kNone);
    EXPECT_EQ(outcome.body, "{}");
  }
}

TEST(Interpret, EachStatusHasItsMeaning) {
  struct Row {
    int status;
    Failure failure;
    ErrorKind kind;
  };
  for (const Row& row :
       {Row{400, Failure::kRejected, ErrorKind::kRejected}, Row{401, Failure::kUnauthorized, ErrorKind::kUnauthorized},
        Row{403, Failure::kRejected, ErrorKind::kRejected}, Row{404, Failure::kRejected, ErrorKind::kNotFound},
        Row{408, Failure::kRequestTimeout, ErrorKind::kUnavailable}, Row{422, Failure::kRejected, ErrorKind::kRejected},
        Row{425, Failure::kTooEarly, ErrorKind::kUnavailable}, Row{429, Failure::kRateLimited, ErrorKind::kRateLimited},
        Row{500, Failure::kServerError, ErrorKind::kUnavailable},
        Row{503, Failure::kServerError, ErrorKind::kUnavailable}, Row{302, Failure::kRejected, ErrorKind::kRejected}}) {
    const Outcome outcome = answered(row.status);
    EXPECT_EQ(outcome.failure, row.failure) << row.status;
    EXPECT_EQ(outcome.error.kind, row.kind) << row.status;
    EXPECT_FALSE(outcome.error.title.empty()) << row.status;
    EXPECT_TRUE(outcome.error.detail.ends_with(".")) << outcome.error.detail;
    EXPECT_FALSE(never_left(outcome.failure));
  }
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
  for (const char* body : {"", "<html>Bad Gateway</html>", "[1]", R"({"title":1,"detail":null})", "{\"title\":\"cut",
                           "{\"title\":\"\xFF\"}"}) {
    const Outcome outcome = answered(502, body);
    EXPECT_EQ(outcome.error.title, "The CAD has trouble") << body;
    EXPECT_EQ(outcome.error.detail, "The CAD answered with status 502.") << body;
  }
}

TEST(Interpret, AnErrorOfTheCadsPutsNoControlCharactersOnTheConsole) {
  const Outcome outcome = answered(400, R"({"detail":"red \u001b[31m line\nbreak"})");
  EXPECT_EQ(outcome.error.detail, "red ?[31m line?break");
  const Outcome longer = answered(400, R"({"detail":")" + std::string(5000, 'x') + R"("})");
  EXPECT_LT(longer.error.detail.size(), 600U);
}

TEST(Interpret, ARedirectNamesTheSettingToMend) {
  const Outcome outcome = answered(301, R"({"detail":"elsewhere"})");
  EXPECT_NE(outcome.error.detail.find("sonoran_bridge_url"), std::string::npos);
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

TEST(Interpret, ASuccessThatIsNoJsonIsMalformed) {
  const auto success = [](const char* type, const char* body) {
    Response response;
    response.status = 200;
    response.content_type = type;
    response.body = body;
    return interpret(std::move(response), kNow_s);
  };
  EXPECT_EQ(success("application/json", R"({"ok":1})").failure, Failure::kNone);
  EXPECT_EQ(success("", "").failure, Failure::kNone) << "204 has no body";
  EXPECT_EQ(success("text/plain", "OK").failure, Failure::kNone) << "it says that it is text";
  for (const auto& outcome : {success("text/html; charset=utf-8", "<html>"), success("application/json", "{\"a\":"),
                              success("", "<html>"), success("application/json", "{} {}")}) {
    EXPECT_EQ(outcome.failure, Failure::kMalformed);
    EXPECT_EQ(outcome.error.kind, ErrorKind::kUnavailable);
    EXPECT_EQ(outcome.status, 200);
  }
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

}  // namespace
}  // namespace sonoran::api
