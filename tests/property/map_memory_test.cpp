// The live map allocates nothing once every unit is known.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>

#include "core/settings.h"
#include "schedule/live_map.h"
#include "virtual_time.h"

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Not inlined, because GCC would warn that they free memory of another operator new.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace sonoran::schedule {
namespace {

using test::at;

TEST(LiveMapMemory, NothingIsAllocatedOnceEveryUnitIsKnown) {
  const std::array<SettingPair, 1> pairs = {SettingPair{"sonoran_apiKey", "k"}};
  for (const Slot units : {25U, 200U, 2048U}) {
    LiveMap map(*parse_settings(pairs));
    const auto play = [&](double from_s, double to_s) {
      std::size_t updates = 0;
      for (double now = from_s; now < to_s; now += 0.01) {
        if (map.readings_due(at(now)) <= at(now)) {
          for (const auto reading : map.name_readings(at(now)))
            map.read(at(now), reading.slot, {.x = now * (reading.slot % 40), .bytes = 250});
        }
        if (units == 2048 && static_cast<int>(now * 100) % 500 == 0) map.logged_in(at(now), 7);
        const auto call = map.next(at(now));
        if (!call) continue;
        updates += call->updates.size();
        map.ended(at(now), call->number, HubVerdict::kTaken);
      }
      return updates;
    };
    for (Slot slot = 0; slot < units; ++slot) map.read(at(0), slot, {.bytes = 250});
    map.set_panic(at(0), 3, true);
    play(0, 60);
    const std::size_t before = allocations;
    const std::size_t updates = play(60, 120);
    const std::size_t after = allocations;
    EXPECT_GE(updates, 4000U) << units;
    EXPECT_EQ(after, before) << units;
  }
}

}  // namespace
}  // namespace sonoran::schedule
