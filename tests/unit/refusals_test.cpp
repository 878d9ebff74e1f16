#include "schedule/refusals.h"

#include <gtest/gtest.h>

#include "core/limits.h"

namespace sonoran::schedule {
namespace {

using namespace std::chrono_literals;

UnitRefusal refusal(std::string unit, int status) {
  return {.unit = std::move(unit),
          .operation = &api::set_unit_panic(),
          .status = status,
          .error = {ErrorKind::kNotFound, "Not Found", "No such unit.", "00-ab"},
          .by_road = false};
}

TEST(Refusals, TheLastOneOfEachUnitIsOnRecord) {
  Refusals refusals;
  EXPECT_EQ(refusals.of("a"), nullptr);
  refusals.note(Time(1s), refusal("a", 404));
  refusals.note(Time(2s), refusal("b", 400));
  refusals.note(Time(3s), refusal("a", 403));
  ASSERT_NE(refusals.of("a"), nullptr);
  EXPECT_EQ(refusals.of("a")->at, Time(3s));
  EXPECT_EQ(refusals.of("a")->refusal.status, 403);
  EXPECT_EQ(refusals.of("a")->refusal.error.trace_id, "00-ab");
  EXPECT_EQ(refusals.of("b")->refusal.status, 400);
}

TEST(Refusals, BeyondTheBoundTheOldestIsForgotten) {
  Refusals refusals;
  for (std::size_t i = 0; i < limits::kRefusals; ++i) refusals.note(Time(1s), refusal(std::to_string(i), 404));
  refusals.note(Time(2s), refusal("0", 404));  // it is the newest now
  EXPECT_NE(refusals.of("1"), nullptr);
  refusals.note(Time(3s), refusal("one more", 404));
  EXPECT_EQ(refusals.of("1"), nullptr);
  EXPECT_NE(refusals.of("0"), nullptr);
  EXPECT_NE(refusals.of("2"), nullptr);
  EXPECT_NE(refusals.of("one more"), nullptr);
}

}  // namespace
}  // namespace sonoran::schedule
