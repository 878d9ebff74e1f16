// Every form in which the CAD is known, or documented, to push an event.
#include "api/push_event.h"

#include <gtest/gtest.h>

#include <string>

#include "api/json.h"

namespace sonoran::api {
namespace {

std::string in_a_string(std::string_view json) {
  std::string text;
  append_json(text, json);
  return text;
}

TEST(PushEvent, ComesAsAnObjectOrAsAStringThatHoldsOne) {
  const std::string object = R"({"type":"EVENT_UNIT_STATUS","data":{"identIds":[41],"status":3}})";
  for (const std::string& argument : {object, in_a_string(object), " " + object, in_a_string(" \n" + object)}) {
    for (const std::string& rest : {std::string(), std::string(",7"), std::string(",{\"type\":\"OTHER\"}")}) {
      const auto event = read_pushed_event("[" + argument + rest + "]");
      ASSERT_TRUE(event) << argument;
      EXPECT_EQ(event->type, "EVENT_UNIT_STATUS");
      EXPECT_EQ(event->data, R"({"identIds":[41],"status":3})");
      EXPECT_FALSE(event->key);
    }
  }
}

TEST(PushEvent, ItsKeyIsReadAndNotNeeded) {
  EXPECT_EQ(read_push_event(R"({"key":"ABC","type":"E","data":{}})")->key, "ABC");
  EXPECT_EQ(read_push_event(R"({"type":"E","data":{}})")->key, std::nullopt);
  EXPECT_EQ(read_push_event(R"({"key":null,"type":"E","data":{}})")->key, std::nullopt);
  EXPECT_EQ(read_push_event(R"({"key":"","type":"E","data":{}})")->key, "");
}

TEST(PushEvent, DataInAnArrayOfOneObjectIsThatObject) {
  const auto data = [](const std::string& text) {
    return read_push_event(R"({"type":"E","data":)" + text + "}")->data;
  };
  EXPECT_EQ(data(R"([{"a":[1,2]}])"), R"({"a":[1,2]})");
  EXPECT_EQ(data(R"([ {"a":1} ])"), R"({"a":1})");
  EXPECT_EQ(data(R"({"a":1})"), R"({"a":1})");
  // Data in an unknown form stay as they came.
  for (const char* other : {"[]", "[41]", R"([{"a":1},{"a":2}])", "[[{}]]", "7", "null", R"("text")", "true"}) {
    EXPECT_EQ(data(other), other);
  }
  EXPECT_EQ(read_push_event(R"({"type":"GET_LOGS","logKey":"x"})")->data, "null");
}

TEST(PushEvent, TheTypeIsInUpperCaseAndWhateverItIs) {
  EXPECT_EQ(read_push_event(R"({"data":{},"type":"event_Tone"})")->type, "EVENT_TONE");
  EXPECT_EQ(read_push_event(R"({"data":{},"type":"EVENT_OF_2031"})")->type, "EVENT_OF_2031");
  EXPECT_TRUE(read_push_event(R"({"type":")" + std::string(kEventTypeBytes, 'x') + "\"}"));
  EXPECT_FALSE(read_push_event(R"({"type":")" + std::string(kEventTypeBytes + 1, 'x') + "\"}"));
}

TEST(PushEvent, WithoutATypeItIsNone) {
  for (const char* json : {"", "{}", "[]", "null", "7", "{", R"({"type":""})", R"({"type":7})", R"({"type":null})",
                           R"({"type":"a b"})", R"({"type":"a\nb"})", R"({"type":"ä"})", R"({"data":{}})", R"("")",
                           R"("7")", R"("\"{}\"")", R"("{\"type\":")"}) {
    EXPECT_FALSE(read_push_event(json)) << json;
  }
  for (const char* arguments : {"", "[]", "{}", "null", "[null]", "[7]", "[[]]", R"(["x"])", R"([{"data":1}])"}) {
    EXPECT_FALSE(read_pushed_event(arguments)) << arguments;
  }
}

TEST(PushEvent, OddValuesInsideVoidNothing) {
  const std::string object = R"({"type":"E","data":{"half":"\ud800","big":123456789012345678901,"exact":1.10}})";
  const std::string expected = R"({"half":"\ufffd","big":123456789012345678901,"exact":1.10})";
  EXPECT_EQ(read_push_event(object)->data, expected);
  EXPECT_EQ(read_push_event(in_a_string(object))->data, expected);
}

}  // namespace
}  // namespace sonoran::api
