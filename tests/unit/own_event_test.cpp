#include "api/own_event.h"

#include <gtest/gtest.h>

namespace sonoran::api {
namespace {

struct Case {
  const char* operation;
  const char* body;
  const char* answer;
  const char* type;
  const char* data;
};

TEST(OwnEvent, EachHasTheFormOfTheCadsOwn) {
  for (const Case& one : {
           Case{"createDispatchCall", "{}", R"( {"callId":5,"idents":[1]} )", "EVENT_DISPATCH_NEW",
                R"({"dispatch":{"callId":5,"idents":[1]}})"},
           {"createCustomDispatchCall", "{}", R"({"callId":5})", "EVENT_DISPATCH_NEW", R"({"dispatch":{"callId":5}})"},
           {"updateDispatchCall", "{}", R"({"callId":5,"status":1})", "EVENT_DISPATCH_EDIT",
            R"({"dispatch":{"callId":5,"status":1}})"},
           {"updateCallPostal", "{}", R"({"callId":5,"postal":"9"})", "EVENT_DISPATCH_EDIT",
            R"({"dispatch":{"callId":5,"postal":"9"}})"},
           {"updateCallPrimary", "{}", R"({"callId":5})", "EVENT_DISPATCH_EDIT", R"({"dispatch":{"callId":5}})"},
           {"closeDispatchCalls", "{}", R"({"callIds":[5,6]})", "EVENT_DISPATCH_CLOSED", R"({"callIds":[5,6]})"},
           {"addCallNote", R"({"note":"said","label":"L"})", R"({"callId":5,"note":"kept"})", "EVENT_DISPATCH_NOTE",
            R"({"callId":5,"note":{"label":"L","type":"text","content":"kept"}})"},
           {"addCallNote", R"({"note":"said","noteType":"link"})", R"({"callId":5})", "EVENT_DISPATCH_NOTE",
            R"({"callId":5,"note":{"type":"link","content":"said"}})"},
           {"addCallNote", "{}", R"({"callId":5,"note":{"time":"1"}})", "EVENT_DISPATCH_NOTE",
            R"({"callId":5,"note":{"time":"1"}})"},
           {"attachUnits", "{}", R"({"callId":5,"identIds":[1,2]})", "EVENT_DISPATCH_UNIT_ATTACH",
            R"({"callId":5,"idents":[1,2]})"},
           {"detachUnits", "{}", R"({"identIds":[1]})", "EVENT_DISPATCH_UNIT_DETACH", R"({"idents":[1]})"},
           {"createRecord", "{}", R"({"id":9})", "EVENT_RECORD_ADD", R"({"record":{"id":9}})"},
           {"updateRecord", "{}", R"({"id":9})", "EVENT_RECORD_EDIT", R"({"record":{"id":9}})"},
           {"deleteRecord", "{}", R"({"recordId":9})", "EVENT_RECORD_REMOVE", R"({"record":{"id":9}})"},
       }) {
    const Operation* operation = find_operation(one.operation);
    ASSERT_NE(operation, nullptr) << one.operation;
    EXPECT_TRUE(makes_own_event(*operation)) << one.operation;
    const auto event = own_event(*operation, one.body, one.answer);
    ASSERT_TRUE(event) << one.operation;
    EXPECT_EQ(event->type, one.type);
    EXPECT_EQ(event->data, one.data) << one.operation;
  }
}

TEST(OwnEvent, OthersAndAnswersWithoutAnObjectMakeNone) {
  int own = 0;
  for (const Operation& operation : operations()) {
    own += makes_own_event(operation) ? 1 : 0;
    for (const char* answer : {"", "null", "[1]", "done", "{"}) {
      EXPECT_FALSE(own_event(operation, "{}", answer)) << operation.id << " " << answer;
    }
    EXPECT_EQ(own_event(operation, "", "{}").has_value(), makes_own_event(operation)) << operation.id;
  }
  EXPECT_EQ(own, 12);
  EXPECT_FALSE(makes_own_event(*find_operation("create911Call"))) << "the CAD pushes these";
}

}  // namespace
}  // namespace sonoran::api
