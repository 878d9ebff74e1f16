#include "api/vehicle_models.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "api/json.h"
#include "core/limits.h"

namespace sonoran::api {
namespace {

struct VehicleModelsTest : testing::Test {
  std::vector<std::string> unknown;
  VehicleModels models;

  bool take(std::string_view json) {
    auto read = VehicleModels::read(json, unknown);
    const bool good = read.has_value();
    if (good) models = *std::move(read);
    return good;
  }
  std::string refusal(std::string_view json) {
    const auto read = VehicleModels::read(json, unknown);
    return read ? "" : read.error().text;
  }
  std::string shown(VehicleKind kind, bool siren = false) {
    std::string text;
    models.append(text, kind, siren);
    EXPECT_LE(text.size(), models.bytes(kind));
    EXPECT_TRUE(is_json(text, 2)) << text;
    return text;
  }
};

TEST_F(VehicleModelsTest, TheVendorsFormIsTakenWithEitherSpellingOfHelicopter) {
  ASSERT_TRUE(take(R"({
    "foot": {"model": "https://example.com/foot.glb", "zOffset": 0, "sizeOffset": 1, "headingOffset": 0, "lights": false},
    "helicoper": {"model": "https://example.com/heli.glb", "zOffset": 4, "lightZOffset": 1.25, "sizeOffset": 1,
                  "headingOffset": 180, "lights": false}})"));
  EXPECT_TRUE(unknown.empty());
  EXPECT_EQ(models.size(), 2U);
  EXPECT_EQ(shown(VehicleKind::kFoot, true), R"({"model":"https://example.com/foot.glb","zOffset":0,"sizeOffset":1,)"
                                             R"("headingOffset":0,"lights":true})");
  EXPECT_EQ(shown(VehicleKind::kHelicopter),
            R"({"model":"https://example.com/heli.glb","zOffset":4,)"
            R"("lightZOffset":1.25,"sizeOffset":1,"headingOffset":180,"lights":false})");
  EXPECT_EQ(shown(VehicleKind::kBoat), R"({"type":"boat"})");
  const std::string right = R"("helicopter":{"model":"https://example.com/right.glb"})";
  const std::string wrong = R"("helicoper":{"model":"https://example.com/wrong.glb"})";
  for (const std::string& both : {right + "," + wrong, wrong + "," + right}) {
    ASSERT_TRUE(take("{" + both + "}"));
    EXPECT_NE(shown(VehicleKind::kHelicopter).find("right.glb"), std::string::npos) << both;
  }
}

TEST_F(VehicleModelsTest, AKindWithoutAModelIsSentByItsName) {
  ASSERT_TRUE(take(R"({"car": {}, "boat": {"model": ""}, "ems": {"model": null, "zOffset": null}})"));
  EXPECT_EQ(models.size(), 0U);
  EXPECT_EQ(shown(VehicleKind::kCar), R"({"type":"car"})");
  EXPECT_EQ(shown(VehicleKind::kBoat), R"({"type":"boat"})");
  EXPECT_EQ(shown(VehicleKind::kEms), R"({"type":"ems"})");
}

TEST_F(VehicleModelsTest, KindsThatThereAreNotAreNamedAndTheOthersAreTaken) {
  ASSERT_TRUE(take(R"({"polcie": {}, "car": {"model": "https://example.com/c.glb"}})"));
  EXPECT_EQ(unknown, std::vector<std::string>{"polcie"});
  EXPECT_EQ(models.size(), 1U);
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
  ASSERT_TRUE(take(many + "}"));
  EXPECT_EQ(unknown.size(), limits::kVehicleNames);
}

TEST_F(VehicleModelsTest, WhatIsWrongIsNamed) {
  const std::string longest = "https://" + std::string(limits::kVehicleModelBytes - 8, 'm');
  EXPECT_EQ(refusal(R"({"car":{"model":")" + longest + R"("}})"), "");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "is not valid JSON"},
      {R"({"car":)", "is not valid JSON"},
      {"\xFF", "is not valid JSON"},
      {"[]", "has no JSON object of kinds"},
      {R"({"car":1})", "has no object as the value of the kind 'car'"},
      {R"({"car":{"model":7}})", "has no text as the model of the kind 'car'"},
      {R"({"car":{"model":"car.glb"}})", "has the model 'car.glb' of the kind 'car'"},
      {R"({"car":{"model":"https://example.com/a b"}})", "has the model 'https://example.com/a b'"},
      {R"({"car":{"model":"https://example.com/\"\\"}})", "has the model"},
      {R"({"car":{"model":"https://"}})", "has the model 'https://'"},
      {R"({"car":{"model":")" + longest + R"(m"}})", "at most 256 bytes"},
      {R"({"car":{"model":"https://e.com/c","zOffset":"1"}})", "has as the zOffset of the kind 'car'"},
      {R"({"car":{"model":"https://e.com/c","lightZOffset":1000001}})", "has as the lightZOffset"},
      {R"({"car":{"model":"https://e.com/c","headingOffset":-1e300}})", "has as the headingOffset"},
      {R"({"car":{"sizeOffset":[]}})", "has as the sizeOffset"},
      {R"({"car":{"lights":1}})", "has as the lights of the kind 'car'"},
  };
  for (const auto& [json, message] : cases) {
    unknown = {"as before"};
    EXPECT_NE(refusal(json).find(message), std::string::npos) << json << ": " << refusal(json);
    EXPECT_EQ(unknown, std::vector<std::string>{"as before"}) << "a table that is refused changes nothing";
  }
}

TEST_F(VehicleModelsTest, TheFileThatIsShippedIsEmpty) {
  std::ifstream file(SONORAN_SOURCE "/config/vehicles.json");
  const std::string json((std::istreambuf_iterator<char>(file)), {});
  ASSERT_TRUE(take("\xEF\xBB\xBF" + json)) << "also behind a byte order mark, as Windows' editors write it";
  EXPECT_TRUE(unknown.empty());
  EXPECT_EQ(models.size(), 0U);
}

TEST(VehicleKind, EachNameIsItsKind) {
  for (std::size_t i = 1; i < kVehicleKinds; ++i) {
    const auto kind = static_cast<VehicleKind>(i);
    EXPECT_EQ(find_vehicle_kind(vehicle_kind_name(kind)), kind);
    EXPECT_NE(all_vehicle_kinds().find(vehicle_kind_name(kind)), std::string::npos);
  }
  EXPECT_EQ(find_vehicle_kind("helicoper"), VehicleKind::kHelicopter);
  EXPECT_EQ(find_vehicle_kind(""), std::nullopt);
  EXPECT_EQ(find_vehicle_kind("Police"), std::nullopt);
}

TEST(VehicleKind, TheScriptsKnowTheSameKinds) {
  std::ifstream file(SONORAN_SOURCE "/lua/server/reports.lua");
  const std::string script((std::istreambuf_iterator<char>(file)), {});
  const std::size_t begin = script.find("local KINDS = {");
  ASSERT_NE(begin, std::string::npos);
  const std::string list = script.substr(begin, script.find('}', begin) - begin);
  EXPECT_EQ(std::count(list.begin(), list.end(), '='), static_cast<std::ptrdiff_t>(kVehicleKinds));
  for (std::size_t i = 1; i < kVehicleKinds; ++i) {
    const std::string entry = std::string(vehicle_kind_name(static_cast<VehicleKind>(i))) + " = true";
    EXPECT_NE(list.find(entry), std::string::npos) << entry;
  }
}

}  // namespace
}  // namespace sonoran::api
