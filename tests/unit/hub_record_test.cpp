// The hub's records against the examples of tests/golden.
#include "api/hub_record.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "api/record_splitter.h"

namespace sonoran::api {
namespace {

namespace json = boost::json;

json::object examples() {
  std::ifstream file(SONORAN_SOURCE "/tests/golden/hub_records.json");
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str()).as_object();
}

std::string_view text_of(const json::value& value) {
  return value.get_string();
}

std::vector<std::string> records_of(std::string_view bytes, std::size_t piece = 1'000'000) {
  RecordSplitter splitter(4096);
  std::vector<std::string> records;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    splitter.add(bytes.substr(0, piece));
    while (const auto record = splitter.next()) records.emplace_back(*record);
  }
  return records;
}

/// Writes the record in the form of the examples' "means".
json::object meaning(const HubRecord& record) {
  json::object means = {{"type", static_cast<int>(record.type)}};
  if (record.id) means["invocationId"] = *record.id;
  if (!record.target.empty()) means["target"] = record.target;
  if (!record.arguments.empty()) means["arguments"] = json::parse(record.arguments);
  if (!record.result.empty()) means["result"] = json::parse(record.result);
  if (record.error) means["error"] = *record.error;
  if (record.allow_reconnect) means["allowReconnect"] = true;
  return means;
}

TEST(HubRecord, EachExampleIsReadForWhatItMeans) {
  const json::object all = examples();
  for (const json::value& example : all.at("received").as_array()) {
    json::array means;
    for (const std::string& record : records_of(text_of(example.at("text")))) {
      const auto read = read_hub_record(record);
      ASSERT_TRUE(read) << example.at("name");
      means.emplace_back(meaning(*read));
    }
    EXPECT_EQ(means, example.at("means").as_array()) << example.at("name");
  }
}

TEST(HubRecord, WhatIsSentIsWordForWordWhatTheExamplesHave) {
  const std::map<std::string, std::string, std::less<>> written = {
      {"handshake", hub_handshake()},
      {"ping", hub_ping()},
      {"close", hub_close()},
      {"authentication", hub_authentication("1", "my\"com", "key-1", 3)},
      {"invocation", hub_invocation("2", "unitLocation", "[[]]")},
      {"result", hub_result("s17", "null")},
      {"error", hub_error("s18", "There is no method 'x'.")},
  };
  const json::object all = examples();
  std::map<std::string, std::string, std::less<>> wanted;
  for (const json::value& example : all.at("sent").as_array())
    wanted.emplace(text_of(example.at("name")), text_of(example.at("text")));
  EXPECT_EQ(written, wanted);
}

TEST(HubRecord, AnUnknownTypeIsNoFault) {
  for (const char* text : {R"({"type":10})", R"({"type":0})", R"({"type":-4,"target":"x"})", R"({"type":99999})"}) {
    const auto read = read_hub_record(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->type, HubRecordType::kUnknown) << text;
  }
}

TEST(HubRecord, WhatIsNoRecordIsNone) {
  for (const char* text :
       {"", " ", "{", "[]", "null", "6", R"("{\"type\":6}")", R"({})", R"({"type":"6"})", R"({"type":null})",
        R"({"type":6.5})", R"({"type":{}})", R"({"target":"x"})", R"({"type":6)", "<html></html>", "\xff\xfe"}) {
    EXPECT_FALSE(read_hub_record(text)) << text;
  }
}

TEST(HubRecord, OneOddMemberVoidsNoOther) {
  const auto read = read_hub_record(
      R"({"type":3,"invocationId":"7","odd":"\ud800","big":123456789012345678901234567890,"result":{"success":true}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->id, "7");
  EXPECT_TRUE(read_hub_answer(*read).success);
  // A member of the wrong type counts as absent.
  const auto strange = read_hub_record(R"({"type":1,"invocationId":7,"target":[],"arguments":{},"allowReconnect":1})");
  ASSERT_TRUE(strange);
  EXPECT_FALSE(strange->id);
  EXPECT_EQ(strange->target, "");
  EXPECT_EQ(strange->arguments, "");
  EXPECT_FALSE(strange->allow_reconnect);
}

TEST(HubRecord, NumbersOfAResultKeepTheirDigits) {
  const auto read = read_hub_record(R"({"type":3,"invocationId":"7","result":[9007199254740993,1.50,1e5]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->result, "[9007199254740993,1.50,1e5]");
}

TEST(HubRecord, AHandshakeIsAgreedToByAnObjectWithoutAnError) {
  EXPECT_EQ(handshake_refusal("{}"), "");
  EXPECT_EQ(handshake_refusal(R"({"minorVersion":1})"), "");
  EXPECT_EQ(handshake_refusal(R"({"error":null})"), "");
  EXPECT_EQ(handshake_refusal(R"({"error":"Not that protocol"})"),
            "The CAD's hub refuses the handshake: Not that protocol.");
  EXPECT_EQ(handshake_refusal(R"({"type":7,"error":"Too many"})"), "The CAD's hub refuses the handshake: Too many.");
  for (const char* text : {R"({"type":6})", R"({"type":7})", "[]", "", "<html>", "null"}) {
    EXPECT_NE(handshake_refusal(text), "") << text;
  }
}

TEST(HubRecord, OnlySuccessIsSuccess) {
  const auto answer = [](std::string_view members) {
    const auto record = read_hub_record(R"({"type":3,"invocationId":"1")" + std::string(members) + "}");
    return read_hub_answer(record.value_or(HubRecord{}));
  };
  EXPECT_TRUE(answer(R"(,"result":{"success":true,"error":null,"count":1})").success);
  EXPECT_TRUE(answer(R"(,"result":true)").success);
  EXPECT_EQ(answer(R"(,"result":{"success":true})").error, "");
  EXPECT_EQ(answer(R"(,"result":{"success":false,"error":"No such server"})").error, "No such server");
  EXPECT_EQ(answer(R"(,"error":"It broke")").error, "It broke");
  EXPECT_FALSE(answer(R"(,"error":"It broke","result":{"success":true}})").success);
  for (const char* members :
       {"", R"(,"result":null)", R"(,"result":{})", R"(,"result":{"success":"true"})", R"(,"result":false)",
        R"(,"result":[true])", R"(,"result":{"success":false,"error":""})"}) {
    EXPECT_FALSE(answer(members).success) << members;
    EXPECT_EQ(answer(members).error, "it gave no reason") << members;
  }
  // The text is for people: it has no control characters and is cut.
  const HubAnswer odd = answer(R"(,"error":"a\u0007b)" + std::string(1000, 'x') + "\"");
  EXPECT_TRUE(odd.error.starts_with("a?b"));
  EXPECT_LE(odd.error.size(), 203U);
}

TEST(RecordSplitter, ARecordMayComeInAnyPieces) {
  const std::string bytes = "{\"type\":6}\x1e{\"type\":1,\"target\":\"\xc3\xa4\"}\x1e\x1e\x1e{}\x1e";
  const std::vector<std::string> whole = records_of(bytes);
  EXPECT_EQ(whole, (std::vector<std::string>{R"({"type":6})", "{\"type\":1,\"target\":\"\xc3\xa4\"}", "{}"}));
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) EXPECT_EQ(records_of(bytes, piece), whole) << piece;
}

TEST(RecordSplitter, WhatHasNoEndStays) {
  RecordSplitter splitter(100);
  splitter.add("{}\x1e{\"ty");
  EXPECT_EQ(splitter.next(), "{}");
  EXPECT_EQ(splitter.next(), std::nullopt);
  EXPECT_EQ(splitter.held(), 4U);
  splitter.add("pe\":6}\x1e");
  EXPECT_EQ(splitter.next(), R"({"type":6})");
  EXPECT_EQ(splitter.next(), std::nullopt);
  EXPECT_EQ(splitter.held(), 0U);
}

TEST(RecordSplitter, ARecordHasABoundWithAndWithoutItsEnd) {
  for (const bool ended : {false, true}) {
    RecordSplitter splitter(10);
    splitter.add("0123456789\x1e");
    EXPECT_EQ(splitter.next(), "0123456789");
    EXPECT_EQ(splitter.next(), std::nullopt);
    EXPECT_FALSE(splitter.overlong());
    splitter.add(
        "short\x1e"
        "0123456789a");
    if (ended)
      splitter.add(
          "\x1e"
          "{}\x1e");
    EXPECT_EQ(splitter.next(), "short");
    EXPECT_EQ(splitter.next(), std::nullopt);
    EXPECT_TRUE(splitter.overlong());
    splitter.add("{}\x1e");
    EXPECT_EQ(splitter.next(), std::nullopt) << "nothing comes after it";
    EXPECT_EQ(splitter.held(), 0U);
  }
}

TEST(RecordSplitter, WhatWasTakenOutIsNotKept) {
  RecordSplitter splitter(10);
  for (int i = 0; i < 1000; ++i) {
    splitter.add(
        "12345678\x1e"
        "1234");
    while (splitter.next()) {
    }
    ASSERT_LE(splitter.held(), 10U);
    splitter.add("\x1e");
    while (splitter.next()) {
    }
  }
  EXPECT_FALSE(splitter.overlong());
}

TEST(HubRecord, ARefusalIsKnownByAFragmentOfItsWordsInUpperOrLowerCase) {
  const auto refusal = [](const std::string& words, bool as_error) {
    HubRecord record;
    if (as_error) {
      record.error = words;
    } else {
      record.result = R"({"success":false,"error":")" + words + R"("})";
    }
    const HubAnswer answer = read_hub_answer(record);
    EXPECT_TRUE(answer.verdict && !answer.success) << words;
    return answer.refusal;
  };
  for (const bool as_error : {false, true}) {
    EXPECT_EQ(refusal("Unauthenticated: no.", as_error), HubRefusal::kUnauthenticated);
    EXPECT_EQ(refusal("Only every 200ms.", as_error), HubRefusal::kTooFast);
    EXPECT_EQ(refusal("ONLY EVERY 200 MS.", as_error), HubRefusal::kTooFast);
    EXPECT_EQ(refusal("Update 3 requires identId or more.", as_error), HubRefusal::kUpdates);
    EXPECT_EQ(refusal("missing Unit Location", as_error), HubRefusal::kUpdates);
    EXPECT_EQ(refusal("26 updates; max is 25", as_error), HubRefusal::kUpdates);
    EXPECT_EQ(refusal("Something else.", as_error), HubRefusal::kOther);
  }
}

TEST(HubRecord, AnAnswerThatSaysNothingIsNoVerdict) {
  for (const char* result : {"", "null", "{}", "7", R"({"count":3})"}) {
    HubRecord record;
    record.result = result;
    const HubAnswer answer = read_hub_answer(record);
    EXPECT_FALSE(answer.verdict || answer.success) << result;
    EXPECT_EQ(answer.refusal, HubRefusal::kNone) << result;
  }
}

}  // namespace
}  // namespace sonoran::api
