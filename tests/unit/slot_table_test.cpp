#include "runtime/slot_table.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace sonoran::runtime {
namespace {

/// A copy of a sample, with its own texts.
struct Taken {
  std::string unit;
  double x = 0, heading = 0;
  std::optional<std::string> location, vehicle;
};

struct SlotTableTest : testing::Test {
  SlotTable slots;

  std::optional<Taken> sample(std::uint32_t slot, std::int32_t x, std::int32_t heading = 90) {
    std::optional<Taken> taken;
    slots.sample({.slot = slot, .x = x, .heading = heading}, [&](const state::PositionSample& sample) {
      taken = Taken{std::string(sample.unit), sample.x, sample.heading, std::nullopt, std::nullopt};
      if (sample.location) taken->location = *sample.location;
      if (sample.vehicle) taken->vehicle = *sample.vehicle;
    });
    return taken;
  }
  void describe(std::uint32_t slot, std::string_view location) {
    SlotNews news;
    news.slot = slot;
    news.texts.has_location = true;
    news.texts.location.assign(location);
    slots.describe(news);
  }
};

TEST_F(SlotTableTest, ARowIsItsUnitsInMetres) {
  EXPECT_EQ(slots.bind(7, "a"), "");
  const auto taken = sample(7, -123);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->unit, "a");
  EXPECT_DOUBLE_EQ(taken->x, -12.3);
  EXPECT_EQ(taken->heading, 90);
  EXPECT_EQ(sample(7, 1, kSameHeading)->heading, 90);
  EXPECT_FALSE(sample(6, 1)) << "it stands for nobody";
  EXPECT_FALSE(sample(70000, 1));
}

TEST_F(SlotTableTest, KindAndSirenTravelWithTheNextRowOnly) {
  slots.bind(7, "a");
  SlotNews news;
  news.slot = 7;
  news.texts.vehicle_kind = VehicleKind::kEms;
  news.texts.siren = true;
  slots.describe(news);
  std::vector<state::PositionSample> taken;
  for (int i = 0; i < 2; ++i) slots.sample({.slot = 7}, [&](const auto& sample) { taken.push_back(sample); });
  EXPECT_EQ(taken.at(0).vehicle_kind, VehicleKind::kEms);
  EXPECT_EQ(taken.at(0).siren, true);
  EXPECT_EQ(taken.at(1).vehicle_kind, VehicleKind::kUnknown);
  EXPECT_EQ(taken.at(1).siren, std::nullopt);
}

TEST_F(SlotTableTest, AUnitIsForgottenWithItsLastSlot) {
  slots.bind(1, "a");
  slots.bind(2, "a");
  EXPECT_EQ(slots.bound(), 2U);
  EXPECT_EQ(slots.bind(1, "b"), "") << "slot 2 stands for it still";
  EXPECT_EQ(slots.bind(1, "b"), "") << "as before";
  EXPECT_EQ(slots.unbind(2), "a");
  EXPECT_EQ(slots.unbind(2), "");
  EXPECT_EQ(slots.bind(1, "c"), "b");
  EXPECT_EQ(slots.unit(1), "c");
  EXPECT_EQ(slots.unit(2), "");
  EXPECT_EQ(slots.bound(), 1U);
  EXPECT_EQ(slots.unbind(9), "") << "a slot that nobody has named";
}

TEST_F(SlotTableTest, TextsTravelWithTheNextRowOnceAndNotWithAnotherUnits) {
  slots.bind(1, "a");
  describe(1, "Elm St");
  EXPECT_EQ(sample(1, 1)->location, "Elm St");
  EXPECT_EQ(sample(1, 2)->location, std::nullopt);
  describe(1, "Oak St");
  slots.bind(1, "b");
  EXPECT_EQ(sample(1, 3)->location, std::nullopt);
  EXPECT_EQ(sample(1, 3)->vehicle, std::nullopt);
  describe(5, "Ash St");  // it stands for nobody
  slots.bind(5, "c");
  EXPECT_EQ(sample(5, 3)->location, std::nullopt);
}

}  // namespace
}  // namespace sonoran::runtime
