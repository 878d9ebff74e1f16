#include "api/location_update.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/request.h"
#include "api/vehicle_models.h"

namespace sonoran::api {
namespace {

VehicleModels table(std::string_view json) {
  std::vector<std::string> unknown;
  return *VehicleModels::read(json, unknown);
}

LocationUpdate standing() {
  return {.unit = "a", .location = "Elm St", .x = 441.234, .y = -982.5, .z = 30, .heading = 90};
}

std::string written(const LocationUpdate& update, const VehicleModels* models) {
  std::string text;
  append_update(text, update, models);
  return text;
}

TEST(LocationUpdate, ThePlaceOnTheMapIsNeverEmpty) {
  LocationUpdate update = standing();
  EXPECT_EQ(location_text(update), "Elm St");
  update.postal = "8040";
  EXPECT_EQ(location_text(update), "[8040] Elm St");
  update.location = "";
  EXPECT_EQ(location_text(update), "[8040] 441, -983");
  update.postal = "";
  EXPECT_EQ(location_text(update), "441, -983");
  update.x = -0.2;
  update.y = 0.4;
  EXPECT_EQ(location_text(update), "0, 0");
  const VehicleModels none;
  for (const VehicleModels* models : {static_cast<const VehicleModels*>(nullptr), &none}) {
    EXPECT_NE(written(update, models).find(R"("location":"0, 0")"), std::string::npos) << "on either route";
  }
}

TEST(LocationUpdate, TheHubShowsTheModelOfTheKindWithItsLights) {
  const VehicleModels models =
      table(R"({"police":{"model":"https://example.com/p.glb","zOffset":1.5,"sizeOffset":2,"headingOffset":-90}})");
  LocationUpdate update = standing();
  update.vehicle = "police3";
  update.kind = VehicleKind::kPolice;
  update.siren = true;
  EXPECT_EQ(written(update, &models),
            R"({"communityUserId":"a","location":"Elm St","coordinates":{"x":441.23,"y":-982.5,"z":30,"w":90},)"
            R"("vehicle":{"model":"https://example.com/p.glb","zOffset":1.5,"sizeOffset":2,"headingOffset":-90,)"
            R"("lights":true}})");
  update.kind = VehicleKind::kHelicopter;
  EXPECT_NE(written(update, &models).find(R"("vehicle":{"type":"helicopter"}})"), std::string::npos);
}

TEST(LocationUpdate, AnAddressThatAScriptGivesGoesBeforeTheTable) {
  const VehicleModels models = table(R"({"car":{"model":"https://example.com/c.glb","zOffset":1}})");
  LocationUpdate update = standing();
  update.kind = VehicleKind::kCar;
  update.vehicle = "https://example.com/own.glb";
  EXPECT_NE(written(update, &models).find(R"("vehicle":{"model":"https://example.com/own.glb","lights":false}})"),
            std::string::npos);
}

TEST(LocationUpdate, TheHubGetsNoVehicleOfAnUnknownKind) {
  const VehicleModels models;
  LocationUpdate update = standing();
  EXPECT_EQ(written(update, &models).find("vehicle"), std::string::npos);
  update.vehicle = "police3";
  EXPECT_EQ(written(update, &models).find("vehicle"), std::string::npos) << "the game's name is no file";
}

TEST(LocationUpdate, TheHttpRouteKeepsTheNameOfTheGamesModel) {
  LocationUpdate update = standing();
  update.kind = VehicleKind::kFoot;
  EXPECT_EQ(written(update, nullptr).find("vehicle"), std::string::npos);
  update.vehicle = "police3";
  update.kind = VehicleKind::kPolice;
  update.siren = true;
  EXPECT_NE(written(update, nullptr).find(R"("vehicle":{"model":"police3"}})"), std::string::npos);
}

TEST(LocationUpdate, TheHubsCallHasOneArgumentTheArrayOfThem) {
  const VehicleModels models;
  const LocationUpdate updates[] = {{.unit = "a", .location = "Elm St", .kind = VehicleKind::kCar},
                                    {.unit = "b", .x = 1, .y = -2}};
  EXPECT_EQ(hub_locations(updates, models),
            R"([[{"communityUserId":"a","location":"Elm St","coordinates":{"x":0,"y":0,"z":0,"w":0},)"
            R"("vehicle":{"type":"car"}},{"communityUserId":"b","location":"1, -2",)"
            R"("coordinates":{"x":1,"y":-2,"z":0,"w":0}}]])");
  EXPECT_EQ(hub_locations({}, models), "[[]]");
}

TEST(LocationUpdate, ItsSizeIsBoundedBeforehand) {
  const VehicleModels models =
      table(R"({"plane":{"model":"https://example.com/a.glb","zOffset":-999999.123,"lightZOffset":-999999.123,)"
            R"("sizeOffset":-999999.123,"headingOffset":-999999.123}})");
  const std::string long_text(200, 'x');
  const std::string odd(60, '\x01');
  const std::string url = "https://example.com/" + std::string(230, 'm');
  for (const std::string& text : {std::string(), long_text, odd}) {
    for (const std::string& vehicle : {std::string(), std::string("police3"), url}) {
      for (const VehicleKind kind : {VehicleKind::kUnknown, VehicleKind::kMotorcycle, VehicleKind::kPlane}) {
        const LocationUpdate update = {.unit = text,
                                       .location = text,
                                       .postal = "8040",
                                       .peer = text,
                                       .vehicle = vehicle,
                                       .kind = kind,
                                       .siren = false,
                                       .x = -999999.99,
                                       .y = -999999.99,
                                       .z = -999999.99,
                                       .heading = 359.9};
        EXPECT_LE(written(update, &models).size(), location_bytes(update, &models));
        EXPECT_LE(written(update, nullptr).size(), location_bytes(update, nullptr));
      }
    }
  }
}

}  // namespace
}  // namespace sonoran::api
