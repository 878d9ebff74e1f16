// Calls by name: how they look on the wire, and which of them are refused with which message.
#include "api/call.h"

#include <gtest/gtest.h>

#include <random>

#include "api/uri.h"
#include "core/limits.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

Result<CheckedCall> check(std::string_view operation, std::string_view arguments, std::string attachment = {}) {
  // One workspace for all: the results do not depend on earlier calls.
  static CallWorkspace used;
  const CallRules rules{.server_id = 7, .upload_folders = {}};
  const auto again = check_call(operation, arguments, attachment, rules, used);
  auto result = check_call(operation, arguments, std::move(attachment), rules);
  EXPECT_EQ(again.has_value(), result.has_value());
  if (!again) {
    EXPECT_EQ(again.error().text, result.error().text);
  } else if (result) {
    const CheckedCall& kept = **again;
    const CheckedCall& fresh = *result;
    EXPECT_EQ(kept.operation, fresh.operation);
    EXPECT_EQ(kept.target, fresh.target);
    EXPECT_EQ(kept.body, fresh.body);
    EXPECT_EQ(kept.order_keys, fresh.order_keys);
    EXPECT_EQ(kept.desired.units, fresh.desired.units);
    if (!fresh.desired.units.empty()) {
      EXPECT_EQ(kept.desired.value, fresh.desired.value);
    }
    EXPECT_EQ(kept.multipart == nullptr, fresh.multipart == nullptr);
  }
  return result;
}

using Texts = std::vector<std::string>;

Texts texts(const TextList& list) {
  Texts result;
  for (const std::string_view text : list.views()) result.emplace_back(text);
  return result;
}

CheckedCall accepted(std::string_view operation, std::string_view arguments) {
  auto result = check(operation, arguments);
  if (!result) {
    ADD_FAILURE() << result.error().text;
    return {};
  }
  return std::move(*result);
}

std::string refused(std::string_view operation, std::string_view arguments, std::string attachment = {}) {
  const auto result = check(operation, arguments, std::move(attachment));
  if (result) return "accepted: " + result->target + " " + result->body;
  std::string message = result.error().text;
  EXPECT_TRUE(is_utf8(message));
  EXPECT_LT(message.size(), 500U) << message;
  return message;
}

TEST(Call, ArgumentsGoToThePathTheQueryAndTheBodyByName) {
  const CheckedCall note = accepted("addCallNote", R"({"note":"hi","callId":501,"label":"x","extra":{"a":[1,2]}})");
  EXPECT_EQ(note.operation->id, "addCallNote");
  EXPECT_EQ(note.target, "/v2/emergency/servers/7/dispatch-calls/501/notes");
  EXPECT_EQ(note.body, R"({"note":"hi","label":"x","extra":{"a":[1,2]}})");
  const CheckedCall units =
      accepted("getActiveUnits", R"({"offset":0,"limit":25,"onlyUnits":true,"includeOffline":false,"serverId":3})");
  EXPECT_EQ(units.target, "/v2/emergency/servers/3/units?includeOffline=false&onlyUnits=true&limit=25&offset=0");
  EXPECT_EQ(units.body, "");
}

TEST(Call, TheServersDefaultsNeedNoArguments) {
  EXPECT_EQ(accepted("getCalls", "").target, "/v2/emergency/servers/7/calls");
  EXPECT_EQ(accepted("getCalls", " \n").target, "/v2/emergency/servers/7/calls");
  EXPECT_EQ(accepted("getActiveUnits", "{}").target, "/v2/emergency/servers/7/units");
  EXPECT_EQ(accepted("getActiveUnits", R"({"limit":25})").target, "/v2/emergency/servers/7/units?limit=25");
  EXPECT_EQ(accepted("getVersion", "{}").target, "/v2/general/version");
  EXPECT_EQ(accepted("authStreetSigns", "{}").body, "");
  EXPECT_EQ(accepted("closeDispatchCalls", "{}").body, "{}");
}

TEST(Call, ANullParameterIsAbsentAndANullFieldIsSent) {
  EXPECT_EQ(accepted("getCalls", R"({"type":null,"serverId":null})").target, "/v2/emergency/servers/7/calls");
  EXPECT_EQ(accepted("setPenalCodes", R"({"codes":null})").body, R"({"codes":null})");
  EXPECT_EQ(refused("remove911Call", R"({"callId":null})"), "remove911Call needs callId, a whole number.");
}

TEST(Call, WhateverASegmentHoldsStaysOneSegment) {
  const auto group = [](const std::string& name) {
    return accepted("setIdentifierGroup", R"({"groupName":)" + name + "}").target;
  };
  const std::string prefix = "/v2/emergency/servers/7/identifier-groups/";
  EXPECT_EQ(group(R"("a/b?c")"), prefix + "a%2Fb%3Fc");
  EXPECT_EQ(group("\"\xC3\xBCnit 1\""), prefix + "%C3%BCnit%201");
  EXPECT_EQ(group(R"("\u00fcnit+1")"), prefix + "%C3%BCnit%2B1");
  EXPECT_EQ(group(R"("...")"), prefix + "...");
  EXPECT_EQ(group(R"(". .")"), prefix + ".%20.");
  EXPECT_EQ(group(R"("100%#;=&\"\\\u0000")"), prefix + "100%25%23%3B%3D%26%22%5C%00");
  EXPECT_EQ(accepted("getAccount", R"({"username":"a&b=c d/\u00e9"})").target,
            "/v2/general/accounts/account?username=a%26b%3Dc%20d%2F%C3%A9");
}

TEST(Call, WhatIsNoSegmentIsRefusedWhereverAPathTakesAText) {
  std::size_t texts = 0;
  for (const Operation& operation : operations()) {
    for (const Parameter& parameter : operation.path_parameters) {
      if (parameter.type != ValueType::kString) continue;
      ++texts;
      // Gives the other parameters of the path.
      std::string others;
      for (const Parameter& other : operation.path_parameters) {
        if (other.name != parameter.name)
          others += ",\"" + std::string(other.name) + "\":" + (other.type == ValueType::kString ? "\"a\"" : "1");
      }
      const auto message = [&](const std::string& value) {
        return refused(operation.id, "{\"" + std::string(parameter.name) + "\":\"" + value + "\"" + others + "}");
      };
      const std::string begin = std::string(operation.id) + ": " + std::string(parameter.name) + " must not be ";
      EXPECT_EQ(message(""), begin + "empty.");
      EXPECT_EQ(message("."), begin + "'.'.");
      EXPECT_EQ(message(".."), begin + "'..'.");
      EXPECT_EQ(message("\\u002e."), begin + "'..'.");
    }
  }
  EXPECT_GE(texts, 5U);
}

TEST(Call, FieldsOfTextsHoldTextsOnTheWire) {
  const auto meta = [](const std::string& value) {
    const std::string body = accepted("create911Call", R"({"caller":"x","metaData":)" + value + "}").body;
    const std::string begin = R"({"caller":"x","metaData":)";
    EXPECT_TRUE(body.starts_with(begin)) << body;
    EXPECT_EQ(accepted("create911Call", R"({"body":{"caller":"x","metaData":)" + value + "}}").body, body);
    return body.substr(begin.size(), body.size() - begin.size() - 1);
  };
  for (const char* digits : {"7", "-0", "0.1000", "102.50", "1e5", "-1938.0", "9007199254740993",
                             "18446744073709551615", "0.30000000000000004"}) {
    EXPECT_EQ(meta(std::string(R"({"x": )") + digits + " }"), std::string(R"({"x":")") + digits + "\"}");
  }
  EXPECT_EQ(meta(R"({"b":true,"a":false,"z":"é\n\u0041"})"), R"({"b":"true","a":"false","z":"é\n\u0041"})");
  EXPECT_EQ(meta(R"({"gone":null,"stays":"null"})"), R"({"stays":"null"})");
  EXPECT_EQ(meta(R"({"gone":null})"), "{}");
  EXPECT_EQ(meta(R"({"units":[1, 2.50,"a\"b"],"of":{"k":null}})"),
            R"({"units":"[1, 2.50,\"a\\\"b\"]","of":"{\"k\":null}"})");
  EXPECT_EQ(meta(R"({"{{plate}}":7,"quo\"te":1})"), R"({"{{plate}}":"7","quo\"te":"1"})");
  // An empty table of Lua counts as an object; the CAD judges values that are no object.
  EXPECT_EQ(meta("[ ]"), "{}");
  EXPECT_EQ(meta("{}"), "{}");
  EXPECT_EQ(meta("null"), "null");
  EXPECT_EQ(meta("5"), "5");
  EXPECT_EQ(meta(R"(["a",1])"), R"(["a",1])");
}

TEST(Call, OnlyMarkedFieldsBecomeTexts) {
  for (const Operation& operation : operations()) {
    for (const Parameter& field : operation.fields) {
      if (!field.texts) continue;
      std::string arguments = "{";
      for (const Parameter& path : operation.path_parameters) {
        arguments += "\"" + std::string(path.name) + "\":" + (path.type == ValueType::kString ? "\"a\"," : "1,");
      }
      for (const Parameter& needed : operation.fields) {
        if (needed.insisted)
          arguments +=
              "\"" + std::string(needed.name) + "\":" + (needed.type == ValueType::kObject ? "{\"n\":1}," : "1,");
      }
      const std::string body =
          accepted(operation.id, arguments + "\"" + std::string(field.name) + R"(":{"n":1.0},"other":{"n":1.0}})").body;
      EXPECT_NE(body.find("\"" + std::string(field.name) + R"(":{"n":"1.0"},"other":{"n":1.0}})"), std::string::npos)
          << body;
    }
  }
  EXPECT_EQ(accepted("createCustomDispatchCall", R"({"templateId":3,"values":{"p":2,"on":true,"t":[1]}})").body,
            R"({"templateId":3,"values":{"p":2,"on":true,"t":[1]}})");
}

TEST(Call, CountsAreWithinThePublishedBounds) {
  EXPECT_EQ(refused("getCalls", R"({"closedOffset":-1})"), "getCalls: closedOffset must be 0 or more, not -1.");
  EXPECT_EQ(refused("getCalls", R"({"closedLimit":-5.0})"), "getCalls: closedLimit must be 0 or more, not -5.");
  EXPECT_EQ(refused("getActiveUnits", R"({"limit":-99999999999999999999})").substr(0, 14), "The arguments ");
  EXPECT_EQ(refused("getActiveUnits", R"({"limit":-9223372036854775808})"),
            "getActiveUnits: limit must be 0 or more, not -9223372036854775808.");
  EXPECT_EQ(accepted("getActiveUnits", R"({"limit":18446744073709551615})").target,
            "/v2/emergency/servers/7/units?limit=18446744073709551615");
  EXPECT_EQ(refused("getAccounts", R"({"limit":101,"offset":0,"status":1})"),
            "getAccounts: limit must be 1 to 100, not 101.");
  EXPECT_EQ(refused("getAccounts", R"({"limit":18446744073709551615,"offset":0,"status":1})"),
            "getAccounts: limit must be 1 to 100, not 18446744073709551615.");
  EXPECT_EQ(refused("heartbeat", R"({"playerCount":-1})"), "heartbeat: playerCount must be 0 or more, not -1.");
  EXPECT_EQ(refused("heartbeat", R"({"body":{"playerCount":-1}})"),
            "heartbeat: playerCount must be 0 or more, not -1.");
  EXPECT_EQ(refused("heartbeat", R"({"playerCount":"5"})"),
            "heartbeat: playerCount must be a whole number, not the text '5'.");
  EXPECT_EQ(accepted("heartbeat", R"({"playerCount":0})").body, R"({"playerCount":0})");
}

TEST(Call, AKickHasAReasonAndATargetInWhateverFormItCame) {
  const std::string no_target = "kickUnit takes exactly one of communityUserId, roblox or discord; there is none.";
  const std::string no_reason = "kickUnit needs reason, a text.";
  for (const auto& [kick, message] : std::initializer_list<std::pair<std::string, std::string>>{
           {R"({"reason":"r"})", no_target},
           {R"({"communityUserId":"","reason":"r"})", no_target},
           {R"({"communityUserId":null,"reason":"r"})", no_target},
           {R"({"communityUserId":"a","roblox":5,"reason":"r"})",
            "kickUnit takes exactly one of communityUserId, roblox or discord; there are communityUserId and roblox."},
           {R"({"communityUserId":"a"})", no_reason},
           {R"({"roblox":5,"reason":null})", no_reason},
           {R"({"discord":"5","reason":""})", "kickUnit: reason must not be empty."},
           {R"({"discord":"5","reason":7})", "kickUnit: reason must be a text, not 7."},
       }) {
    EXPECT_EQ(refused("kickUnit", kick), message);
    EXPECT_EQ(refused("kickUnit", R"({"body":)" + kick + "}"), message);
    const std::string second = "kickUnit [2]" + message.substr(8);
    const std::string both = R"([{"communityUserId":"a","reason":"r"},)" + kick + "]";
    EXPECT_EQ(refused("kickUnit", both), second);
    EXPECT_EQ(refused("kickUnit", R"({"body":)" + both + "}"), second);
  }
  EXPECT_EQ(refused("kickUnit", "[5]"), "kickUnit [1] takes an object as its body.");
  EXPECT_EQ(refused("kickUnit", R"({"body":"all"})"), "kickUnit takes an object as its body.");
}

TEST(Call, ASecretIsInNoSentence) {
  const std::string begin = R"({"accountUuid":"a","communityUserId":"u","secretUuid":)";
  EXPECT_EQ(refused("setCommunityLink", begin + "12345}"), "setCommunityLink: secretUuid must be a text.");
  EXPECT_EQ(refused("setCommunityLink", begin + "\"\"}"), "setCommunityLink: secretUuid must not be empty.");
  EXPECT_EQ(refused("setCommunityLink", begin + "null}"), "setCommunityLink needs secretUuid, a text.");
  const CheckedCall call = accepted("setCommunityLink", begin + R"("s3cr\u0065t"})");
  EXPECT_EQ(secrets_of(*call.operation, call.body), std::vector<std::string>{"s3cret"});
  EXPECT_EQ(texts(call.order_keys), Texts{"unit:u"});
  EXPECT_TRUE(secrets_of(*find_operation("createRecord"), R"({"secretUuid":"x"})").empty());
}

TEST(Call, EveryByteComesBackFromItsEncoding) {
  std::mt19937 random(20261124);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time, on purpose
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 2000; ++round) {
    std::string text(static_cast<std::size_t>(round % 40), '\0');
    for (char& c : text) c = static_cast<char>(byte(random));
    std::string encoded;
    append_path_segment(encoded, text);
    std::string decoded;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      ASSERT_EQ(std::string_view("/?#&=+ ").find(encoded[i]), std::string_view::npos);
      if (encoded[i] != '%') {
        decoded += encoded[i];
        continue;
      }
      ASSERT_LT(i + 2, encoded.size());
      decoded += static_cast<char>(std::stoi(encoded.substr(i + 1, 2), nullptr, 16));
      i += 2;
    }
    ASSERT_EQ(decoded, text);
  }
}

TEST(Call, NumbersKeepTheirDigits) {
  for (const char* number : {"9007199254740993", "-9223372036854775808", "18446744073709551615", "0.1000", "1.50",
                             "1e5", "-0", "12345678.123456789", "1E-7", "4.0"}) {
    const std::string arguments = std::string(R"({"map":"m","value": )") + number + " , \"list\":[" + number + "]}";
    EXPECT_EQ(accepted("lookupByCustomSearch", arguments).body,
              std::string(R"({"map":"m","value":)") + number + ",\"list\":[" + number + "]}");
  }
  EXPECT_EQ(accepted("getAccount", R"({"roblox":9007199254740993})").target,
            "/v2/general/accounts/account?roblox=9007199254740993");
  EXPECT_EQ(accepted("deleteRecord", R"({"recordId":18446744073709551615})").target,
            "/v2/general/records/18446744073709551615");
  // Lua writes whole floats like this.
  EXPECT_EQ(accepted("deleteRecord", R"({"recordId":12.0})").target, "/v2/general/records/12");
  EXPECT_EQ(accepted("deleteRecord", R"({"recordId":-0})").target, "/v2/general/records/0");
}

TEST(Call, AnyIntegerOf64BitsKeepsItsDigits) {
  std::mt19937_64 random(64);  // NOLINT(cert-msc51-cpp,cert-msc32-c)
  for (int round = 0; round < 2000; ++round) {
    const auto number = static_cast<std::int64_t>(random() >> (static_cast<unsigned>(round) % 64));
    const std::string digits = std::to_string(round % 2 == 0 ? number : -number);
    EXPECT_EQ(accepted("deleteRecord", R"({"recordId":)" + digits + "}").target, "/v2/general/records/" + digits);
    EXPECT_EQ(accepted("setUnitPanic", R"({"roblox":)" + digits + "}").body, R"({"roblox":)" + digits + "}");
  }
}

TEST(Call, ABodyGoesOutAsItIsWritten) {
  EXPECT_EQ(accepted("createBlip", "{\"data\" : [ {\"b\":1, \"a\":2} ],\n\"tooltip\":\"\\u00fc\\n\"}").body,
            "{\"data\":[ {\"b\":1, \"a\":2} ],\"tooltip\":\"\\u00fc\\n\"}");
  EXPECT_EQ(accepted("createBlip", R"({"a\"\u0001":true})").body, R"({"a\"\u0001":true})");
  const std::string kicks = R"([{"communityUserId":"a","reason":"r"},{"roblox":5,"reason":"r"}])";
  EXPECT_EQ(accepted("kickUnit", kicks).body, kicks);
  EXPECT_EQ(accepted("kickUnit", R"({"serverId":2,"body":)" + kicks + "}").body, kicks);
  EXPECT_EQ(accepted("kickUnit", R"({"serverId":2,"body":)" + kicks + "}").target,
            "/v2/emergency/servers/2/units/kick");
  EXPECT_EQ(accepted("kickUnit", R"({"communityUserId":"a","reason":"r"})").body,
            R"({"communityUserId":"a","reason":"r"})");
  EXPECT_EQ(accepted("updateRecord", R"({"recordId":1,"body":{"x":[ ]}})").body, R"({"x":[ ]})");
  EXPECT_EQ(accepted("deleteRecord", R"({"recordId":1,"body":[1]})").body, "[1]");
}

TEST(Call, CommandsToTheSameTargetShareAnOrder) {
  EXPECT_EQ(texts(accepted("addCallNote", R"({"callId":12,"note":"x"})").order_keys), Texts{"call:12"});
  EXPECT_EQ(texts(accepted("remove911Call", R"({"callId":12.0})").order_keys), Texts{"call:12"});
  EXPECT_EQ(texts(accepted("updateRecord", R"({"recordId":7})").order_keys), Texts{"record:7"});
  EXPECT_EQ(texts(accepted("sendPhoto", R"({"communityUserId":"abc","url":"u"})").order_keys), Texts{"unit:abc"});
  EXPECT_EQ(texts(accepted("setStations", "{}").order_keys), Texts{"stations"});
  EXPECT_EQ(texts(accepted("createDispatchCall", R"({"title":"x"})").order_keys), Texts{});
  EXPECT_EQ(texts(accepted("getCalls", "{}").order_keys), Texts{});
  const CheckedCall close = accepted("closeDispatchCalls", R"({"callIds":[12, 13,12]})");
  EXPECT_EQ(texts(close.order_keys), (Texts{"call:12", "call:13"}));
  const CheckedCall kick = accepted(
      "kickUnit",
      R"([{"communityUserId":"a","reason":"r"},{"communityUserId":"b","reason":"r"},{"roblox":5,"reason":"r"}])");
  EXPECT_EQ(texts(kick.order_keys), (Texts{"roblox:5", "unit:a", "unit:b"}));
  EXPECT_EQ(texts(accepted("setUnitPanic", R"({"communityUserIds":[],"isPanic":true})").order_keys), Texts{});
  EXPECT_EQ(texts(accepted("updateDispatchCall", R"({"callId":5,"body":{"callId":6}})").order_keys),
            (Texts{"call:5", "call:6"}));
}

TEST(Call, WhatOnlyNamesUnitsAndOneValueIsCarriedAsThese) {
  const CheckedCall on = accepted("setUnitPanic", R"({"communityUserIds":["b","a","b"],"isPanic":true})");
  EXPECT_EQ(texts(on.desired.units), (Texts{"a", "b"}));
  EXPECT_EQ(on.desired.value, 1);
  EXPECT_EQ(on.body, "");
  EXPECT_TRUE(on.order_keys.empty());
  const CheckedCall status = accepted("setUnitStatus", R"({"serverId":7,"body":{"status":3,"communityUserId":"c"}})");
  EXPECT_EQ(texts(status.desired.units), Texts{"c"});
  EXPECT_EQ(status.desired.value, 3);
  for (const auto& [operation, arguments] : std::initializer_list<std::pair<const char*, const char*>>{
           {"setUnitPanic", R"({"communityUserId":"a","isPanic":true,"note":"x"})"},
           {"setUnitPanic", R"({"communityUserId":"a","isPanic":1})"},
           {"setUnitPanic", R"({"communityUserId":"a","status":1})"},
           {"setUnitPanic", R"({"communityUserId":"a"})"},
           {"setUnitPanic", R"({"communityUserId":"a","isPanic":true,"serverId":8})"},
           {"setUnitPanic", R"({"communityUserIds":["a",""],"isPanic":true})"},
           {"setUnitPanic", R"({"communityUserIds":["a",5],"isPanic":true})"},
           {"setUnitPanic", R"({"roblox":5,"isPanic":true})"},
           {"setUnitStatus", R"({"communityUserId":"a","status":1001})"},
           {"setUnitStatus", R"({"communityUserId":"a","status":-1})"},
           {"kickUnit", R"({"communityUserId":"a","reason":"r"})"}}) {
    const CheckedCall call = accepted(operation, arguments);
    EXPECT_TRUE(call.desired.units.empty()) << arguments;
    EXPECT_NE(call.body, "") << arguments;
  }
}

TEST(Call, TheTargetsOfOneCallHaveABound) {
  const auto ids = [](std::size_t count, const std::string& before, const std::string& after) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (i == 0 ? "" : ",") + before + std::to_string(i) + after;
    return "[" + list + "]";
  };
  const std::size_t most = limits::kCallTargets;
  const auto units = [&](std::size_t count) { return ids(count, "\"u", "\""); };
  EXPECT_EQ(accepted("setUnitPanic", R"({"isPanic":true,"communityUserIds":)" + units(most) + "}").desired.units.size(),
            most);
  EXPECT_EQ(accepted("closeDispatchCalls", R"({"callIds":)" + ids(most, "", "") + "}").order_keys.size(), most);
  const std::string end = " names " + std::to_string(most + 1) + " units, calls or records; " + std::to_string(most) +
                          " are the most in one call.";
  EXPECT_EQ(refused("setUnitPanic", R"({"isPanic":true,"communityUserIds":)" + units(most + 1) + "}"),
            "setUnitPanic" + end);
  EXPECT_EQ(refused("setUnitStatus", R"({"status":1,"communityUserIds":)" + units(most + 1) + "}"),
            "setUnitStatus" + end);
  EXPECT_EQ(refused("closeDispatchCalls", R"({"callIds":)" + ids(most + 1, "", "") + "}"), "closeDispatchCalls" + end);
  EXPECT_EQ(refused("kickUnit", ids(most + 1, R"({"reason":"r","communityUserId":"u)", "\"}")), "kickUnit" + end);
}

TEST(Call, AnUnknownOperationNamesTheNearest) {
  EXPECT_EQ(refused("getCals", "{}"), "There is no operation 'getCals'; did you mean getCalls?");
  EXPECT_EQ(refused("", "{}"), "There is no operation ''; docs/operations.md lists those there are.");
}

TEST(Call, AWrongParameterIsNamed) {
  EXPECT_EQ(refused("addCallNote", R"({"note":"x"})"), "addCallNote needs callId, a whole number.");
  EXPECT_EQ(refused("getAccounts", R"({"limit":5,"offset":0})"), "getAccounts needs status, a whole number.");
  EXPECT_EQ(refused("addCallNote", R"({"callId":"12"})"),
            "addCallNote: callId must be a whole number, not the text '12'.");
  EXPECT_EQ(refused("addCallNote", R"({"callId":1.5})"), "addCallNote: callId must be a whole number, not 1.5.");
  EXPECT_EQ(refused("addCallNote", R"({"callId":1e3})"), "addCallNote: callId must be a whole number, not 1e3.");
  EXPECT_EQ(refused("addCallNote", R"({"callId":[1]})"), "addCallNote: callId must be a whole number, not an array.");
  EXPECT_EQ(refused("getCurrentCall", R"({"accountUuid":5})"), "getCurrentCall: accountUuid must be a text, not 5.");
  EXPECT_EQ(refused("getCalls", R"({"type":true})"), "getCalls: type must be a whole number, not true.");
  EXPECT_EQ(refused("getCalls", R"({"serverId":{}})"), "getCalls: serverId must be a whole number, not an object.");
  EXPECT_EQ(refused("getActiveUnits", R"({"includeOffline":"yes","onlyUnits":true,"limit":1,"offset":0})"),
            "getActiveUnits: includeOffline must be true or false, not the text 'yes'.");
}

TEST(Call, WhatAnOperationDoesNotKnowIsSuperfluousWhereItHasNoBody) {
  EXPECT_EQ(refused("getCalls", R"({"closedLimt":5})"),
            "getCalls has no parameter 'closedLimt'; did you mean closedLimit?");
  EXPECT_EQ(refused("getVersion", R"({"a":5})"), "getVersion has no parameter 'a'; it takes none.");
  EXPECT_EQ(refused("deleteRecord", R"({"recordId":5,"why not":1})"),
            "deleteRecord has no parameter 'why not'; it takes recordId.");
  EXPECT_EQ(refused("getAccount", R"({"discord":"1234"})"),
            "getAccount has no parameter 'discord'; it takes communityUserId, roblox, accountUuid and username.");
  EXPECT_EQ(refused("getCharacters", R"({"discord":"1234","roblox":5})"),
            "getCharacters has no parameter 'discord'; it takes communityUserId, roblox and accountUuid.");
  EXPECT_EQ(refused("getAccounts", R"({"limit":5,"ofset":0,"status":1})"),
            "getAccounts has no parameter 'ofset'; did you mean offset?");
  EXPECT_EQ(refused("getVersion", R"({"serverId":5})"), "getVersion has no parameter 'serverId'; it takes none.");
  EXPECT_EQ(refused("getCalls", R"({"body":{}})"),
            "getCalls has no parameter 'body'; it takes serverId, closedLimit, closedOffset and type.");
  EXPECT_EQ(refused("addCallNote", R"({"callId":1,"body":{},"note":"x"})"),
            "addCallNote: with body, which is the whole body, there can be no 'note' beside it.");
}

TEST(Call, ExactlyOneIdentifier) {
  EXPECT_EQ(refused("getAccount", "{}"),
            "getAccount takes exactly one of communityUserId, roblox, accountUuid or username; there is none.");
  EXPECT_EQ(refused("getCharacters", R"({"communityUserId":"a","roblox":5})"),
            "getCharacters takes exactly one of communityUserId, roblox or accountUuid; there are communityUserId and "
            "roblox.");
  EXPECT_EQ(accepted("getCharacterLinks", R"({"communityUserId":null,"roblox":5})").target,
            "/v2/civilian/character-links?roblox=5");
}

TEST(Call, ArgumentsAreOneJsonObjectWithinTheBounds) {
  EXPECT_EQ(refused("getCalls", "[]"), "The arguments of getCalls must be one JSON object.");
  EXPECT_EQ(refused("kickUnit", "5"), "The arguments of kickUnit must be one JSON object or an array of objects.");
  for (const char* text : {"{", "{}{}", "{\"a\":NaN}", "{\"a\":Infinity}", "{'a':1}", "{\"a\":01}", "{\"a\":1,}", "nul",
                           "{\"a\":\"\n\"}", "{\"a\":\"\\ud800\"}", "{\"a\" 1}", "\xEF\xBB\xBF{}"}) {
    EXPECT_TRUE(refused("createRecord", text).starts_with("The arguments of createRecord ")) << text;
  }
  EXPECT_EQ(refused("createRecord", "{\"a\":\"\xFF\"}"), "The arguments of createRecord are not UTF-8.");
  EXPECT_EQ(refused("createRecord", R"({"a":1e400})"),
            "The arguments of createRecord have a number that is none in JSON, or fits neither 64 bits nor a double.");
  EXPECT_EQ(refused("createRecord", R"({"b":1,"a":{"x":1,"\u0078":2}})"),
            "The arguments of createRecord have 'x' twice in one object.");
  EXPECT_EQ(refused("deleteRecord", R"({"recordId":1,"recordId":2})"),
            "The arguments of deleteRecord have 'recordId' twice in one object.");
  EXPECT_EQ(refused("deleteRecord", R"({"recordId":1})", "bytes"), "deleteRecord takes no attachment.");
}

TEST(Call, DepthAndSizeEndWhereTheyAreSaidTo) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(accepted("createRecord", nested(limits::kArgumentsDepth)).body, nested(limits::kArgumentsDepth));
  EXPECT_EQ(refused("createRecord", nested(limits::kArgumentsDepth + 1)),
            "The arguments of createRecord are nested too deep; 32 levels are the most.");
  EXPECT_EQ(refused("createRecord", nested(100000)),
            "The arguments of createRecord are nested too deep; 32 levels are the most.");
  const auto sized = [](std::size_t size) { return "{\"a\":\"" + std::string(size - 8, 'x') + "\"}"; };
  EXPECT_EQ(accepted("createRecord", sized(limits::kArgumentsBytes)).body.size(), limits::kArgumentsBytes);
  EXPECT_EQ(refused("createRecord", sized(limits::kArgumentsBytes + 1)),
            "The arguments of createRecord are 1048577 bytes of JSON; 1048576 is the most.");
}

}  // namespace
}  // namespace sonoran::api
