// The table of operations, and the four requests that the module writes by itself.
#include "api/operation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "api/request.h"

namespace sonoran::api {
namespace {

TEST(Operations, HaveIdsOfTheirOwnAndABudgetEach) {
  std::set<std::string_view> ids;
  std::set<std::pair<std::string_view, std::string_view>> routes;
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
    EXPECT_TRUE(routes.insert({operation.method, operation.path}).second) << operation.id;
    EXPECT_GT(operation.rate_per_minute, 0) << operation.id;
    EXPECT_TRUE(operation.path.starts_with("/v2/")) << operation.id;
    EXPECT_EQ(find_operation(operation.id), &operation);
  }
  EXPECT_EQ(find_operation("setUnitPanik"), nullptr);
}

/// "addCallNote POST /v2/... 60" of each operation of the OpenAPI document (tests/golden/README.md).
std::vector<std::string> documented() {
  std::vector<std::string> lines;
  std::ifstream file(SONORAN_SOURCE "/tests/golden/document.txt");
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

TEST(Operations, ThoseOfTheDocumentAreAllThere) {
  std::set<std::string> rows;
  for (const Operation& operation : operations()) {
    rows.insert(std::string(operation.id) + " " + std::string(operation.method) + " " + std::string(operation.path) +
                " " + std::to_string(operation.rate_per_minute));
  }
  const auto lines = documented();
  EXPECT_EQ(lines.size(), 69U);
  for (const std::string& line : lines) EXPECT_TRUE(rows.contains(line)) << line;
}

TEST(Operations, TextsForPeopleSayHowManyThereAre) {
  // "74 operations", "74 published operations": every such number must be the table's.
  const std::regex counted(R"((\d+) (?:published )?operations)");
  std::size_t found = 0;
  for (const char* const name :
       {"README.md", "docs/operations.md", "docs/design.md", "docs/development.md", "tests/simulator/README.md",
        "tests/golden/README.md", "bridge/include/sonoran_bridge.h", "bridge/lua/sonoran_bridge.d.lua"}) {
    std::ifstream file(std::string(SONORAN_SOURCE "/") + name);
    ASSERT_TRUE(file) << name;
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    for (std::sregex_iterator at(text.begin(), text.end(), counted), end; at != end; ++at) {
      if ((*at)[1].str() == "69" && std::string_view(name) == "tests/golden/README.md") continue;  // of the document
      EXPECT_EQ((*at)[1].str(), std::to_string(operations().size())) << name << ": " << at->str();
      ++found;
    }
  }
  EXPECT_GE(found, 3U);
}

TEST(Operations, TheClassSaysHowEachIsTreated) {
  // Requests that change something and may still be repeated are those that set what they name to a value. These two do
  // more: units are detached from whatever call they are on by the time of the repeat, and the list of servers comes
  // with an order to deploy the map.
  const std::set<std::string_view> harmful = {"detachUnits", "setServers"};
  // These only look something up, although their method is POST.
  const std::set<std::string_view> looks_up = {"authStreetSigns", "checkCommunityLink", "lookupByCustomSearch",
                                               "lookupByValue", "lookupNameOrPlate"};
  for (const Operation& operation : operations()) {
    EXPECT_EQ(operation.traffic_class == TrafficClass::kQuery, operation.method == "GET") << operation.id;
    const bool sets = operation.method == "GET" || operation.method == "PUT" || operation.method == "DELETE" ||
                      operation.traffic_class != TrafficClass::kCommand || looks_up.contains(operation.id);
    EXPECT_EQ(operation.repeatable, sets && !harmful.contains(operation.id)) << operation.id;
  }
  EXPECT_EQ(set_unit_panic().lane, Lane::kUrgent);
  EXPECT_EQ(update_unit_locations().lane, Lane::kBulk);
  EXPECT_EQ(update_unit_locations().traffic_class, TrafficClass::kPosition);
  EXPECT_EQ(heartbeat().traffic_class, TrafficClass::kHeartbeat);
  EXPECT_EQ(set_unit_status().rate_per_minute, 30);
}

TEST(Operations, EachPlaceholderOfAPathIsDeclaredAndNoOther) {
  for (const Operation& operation : operations()) {
    std::size_t placeholders = 0;
    for (auto open = operation.path.find('{'); open != std::string_view::npos;
         open = operation.path.find('{', open + 1)) {
      const auto close = operation.path.find('}', open);
      ASSERT_NE(close, std::string_view::npos) << operation.id;
      const auto name = operation.path.substr(open + 1, close - open - 1);
      const auto declared = std::ranges::count(operation.path_parameters, name, &Parameter::name);
      EXPECT_EQ(declared, 1) << operation.id << " " << name;
      ++placeholders;
    }
    EXPECT_EQ(operation.path_parameters.size(), placeholders) << operation.id;
  }
}

TEST(Operations, AnArgumentHasOnePlaceAndOneOfAFewTypes) {
  for (const Operation& operation : operations()) {
    std::set<std::string_view> names;
    for (const auto& parameters : {operation.path_parameters, operation.query, operation.fields}) {
      for (const Parameter& parameter : parameters) {
        EXPECT_TRUE(names.insert(parameter.name).second) << operation.id << " " << parameter.name;
        EXPECT_NE(parameter.name, "body") << operation.id;
        EXPECT_LE(parameter.low, parameter.high) << operation.id << " " << parameter.name;
      }
    }
    for (const Parameter& parameter : operation.path_parameters) {
      EXPECT_TRUE(parameter.type == ValueType::kString || parameter.type == ValueType::kInteger) << operation.id;
    }
    for (const std::string_view name : operation.exactly_one) EXPECT_TRUE(names.contains(name)) << operation.id;
    EXPECT_NE(operation.exactly_one.size(), 1U) << operation.id;
    for (const OrderRule& rule : operation.order_by) {
      EXPECT_FALSE(rule.kind.empty()) << operation.id;
      EXPECT_TRUE(rule.argument.empty() || names.contains(rule.argument)) << operation.id << " " << rule.argument;
    }
  }
}

TEST(Operations, ABodyIsForThoseThatChangeSomething) {
  for (const Operation& operation : operations()) {
    if (operation.method == "GET") {
      EXPECT_EQ(operation.body, BodyKind::kNone) << operation.id;
    }
    EXPECT_EQ(operation.body == BodyKind::kNone, operation.fields.empty()) << operation.id;
    const auto files = std::ranges::count(operation.fields, ValueType::kFile, &Parameter::type);
    EXPECT_EQ(files, operation.body == BodyKind::kMultipart ? 1 : 0) << operation.id;
  }
  EXPECT_EQ(find_operation("kickUnit")->body, BodyKind::kObjectOrArray);
  EXPECT_EQ(find_operation("uploadBodycamRecording")->body, BodyKind::kMultipart);
  EXPECT_FALSE(find_operation("getLoginPage")->authenticated);
}

TEST(Operations, ParametersKeepTheOrderOfTheFile) {
  std::string names;
  for (const Parameter& parameter : find_operation("getActiveUnits")->query) {
    names += std::string(parameter.name) + " ";
  }
  EXPECT_EQ(names, "includeOffline onlyUnits limit offset ");
}

TEST(Operations, WhatHasAPublishedDefaultNeedNotBeGiven) {
  std::string defaults;
  for (const Operation& operation : operations()) {
    for (const Parameter& parameter : operation.query) {
      if (parameter.left_out.empty()) continue;
      EXPECT_EQ(parameter.presence, Presence::kOptional) << operation.id << " " << parameter.name;
      defaults +=
          std::string(operation.id) + "." + std::string(parameter.name) + "=" + std::string(parameter.left_out) + " ";
    }
  }
  EXPECT_EQ(defaults,
            "getCalls.closedLimit=10 getCalls.closedOffset=0 getCalls.type=100 getActiveUnits.includeOffline=false "
            "getActiveUnits.onlyUnits=true getActiveUnits.limit=100 getActiveUnits.offset=0 ");
}

TEST(Operations, MetaDataAndReplaceValuesAreTextsWhereverTheyStand) {
  std::size_t found = 0;
  for (const Operation& operation : operations()) {
    for (const Parameter& field : operation.fields) {
      EXPECT_EQ(field.texts, field.name == "metaData" || field.name == "replaceValues") << operation.id;
      if (field.texts) {
        EXPECT_EQ(field.type, ValueType::kObject) << operation.id;
        ++found;
      }
    }
  }
  EXPECT_EQ(found, 7U);
}

TEST(Operations, WhoseNameIsSecretIsOne) {
  for (const Operation& operation : operations()) {
    for (const Parameter& field : operation.fields) {
      EXPECT_EQ(field.secret, field.name.starts_with("secret")) << operation.id << " " << field.name;
    }
  }
}

TEST(Operations, AMistypedNameFindsTheNearest) {
  EXPECT_EQ(nearest_operation("getcalls"), "getCalls");
  EXPECT_EQ(nearest_operation("setUnitPanik"), "setUnitPanic");
  EXPECT_EQ(nearest_operation("create911"), "create911Call");
  EXPECT_EQ(nearest_operation("fly me to the moon and let me play among the stars"), "");
  EXPECT_EQ(nearest_operation(std::string(100000, 'x')), "");
  EXPECT_EQ(nearest_operation(""), "");
}

TEST(Request, TheServerIdGoesIntoThePath) {
  EXPECT_EQ(target(set_unit_panic(), 7), "/v2/emergency/servers/7/units/panic");
  EXPECT_EQ(target(*find_operation("getVersion"), 7), "/v2/general/version");
}

TEST(Request, PanicAndStatusCarryAllTheirUnits) {
  const std::vector<std::string> units = {"a", "say \"b\"\\", "\xC3\xBC"};
  EXPECT_EQ(panic_body(units, true), R"({"communityUserIds":["a","say \"b\"\\","ü"],"isPanic":true})");
  EXPECT_EQ(status_body({&units[0], 1}, 100), R"({"communityUserIds":["a"],"status":100})");
  EXPECT_EQ(heartbeat_body(42), R"({"playerCount":42})");
}

TEST(Request, APositionIsRoundedAndLeavesOutWhatIsNotKnown) {
  const LocationUpdate updates[] = {
      {.unit = "a",
       .location = "Elm St",
       .peer = "p1",
       .vehicle = "police3",
       .x = 441.2345,
       .y = -0.001,
       .z = 1e5,
       .heading = 359.96},
      {.unit = "b", .location = "Alta St", .x = 0, .y = 1.005, .z = -3, .heading = 90.04}};
  EXPECT_EQ(
      location_body(updates),
      R"({"updates":[{"communityUserId":"a","location":"Elm St","coordinates":{"x":441.23,"y":0,"z":100000,"w":0},)"
      R"("peerId":"p1","vehicle":{"model":"police3"}},{"communityUserId":"b","location":"Alta St",)"
      R"("coordinates":{"x":0,"y":1,"z":-3,"w":90}}]})");
  EXPECT_EQ(location_body({}), R"({"updates":[]})");
}

}  // namespace
}  // namespace sonoran::api
