// What the C interface says when the process has no memory left: each function is driven with the n-th allocation of
// the game thread failing, for every n that it makes.
#include <gtest/gtest.h>
#include <sonoran_bridge.h>

#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// The allocation of this thread that fails, counted down; 0: none does. Other threads go on.
thread_local std::size_t failing = 0;

void* allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  if (failing != 0 && --failing == 0) throw std::bad_alloc();
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = alignment <= alignof(std::max_align_t) ? std::malloc(size) : std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace {

constexpr std::size_t kMost = 400;  // more than any of them allocates

/// Runs `call` until none of its allocations fails: how often it was refused for want of memory.
std::size_t refusals(const std::function<sb_code()>& call, const std::function<std::string()>& message) {
  std::size_t refused = 0;
  for (std::size_t n = 1; n < kMost; ++n) {
    failing = n;
    const sb_code code = call();
    const bool reached = failing == 0;
    failing = 0;
    if (code != SB_OUT_OF_MEMORY) {
      if (!reached) return refused;  // it made fewer than n
      continue;                      // one that it can do without
    }
    ++refused;
    EXPECT_EQ(message(), "The process has no memory left for this; it was not done.");
  }
  ADD_FAILURE() << "it allocates without end";
  return refused;
}

class OutOfMemory : public testing::Test {
 protected:
  OutOfMemory() {
    const std::vector<sb_setting> settings = list();
    EXPECT_EQ(sb_create(settings.data(), settings.size(), &bridge_, nullptr, 0), SB_OK);
  }
  ~OutOfMemory() override { sb_destroy(bridge_, 0, nullptr); }

  /// Nobody listens on port 9.
  static std::vector<sb_setting> list() {
    return {{SB_TEXT("sonoran_apiKey"), SB_TEXT("a-key")},
            {SB_TEXT("sonoran_bridge_url"), SB_TEXT("http://127.0.0.1:9")}};
  }

  /// `call` is refused at least once, and each time with the sentence about memory instead of the one before.
  void expect_said(const std::function<sb_code()>& call) {
    ASSERT_EQ(sb_set_status(bridge_, SB_TEXT("unit"), -1, nullptr), SB_INVALID_ARGUMENT);
    const std::string before = sb_last_error(bridge_);
    EXPECT_NE(before.find("status"), std::string::npos);
    EXPECT_GT(refusals(call, [this] { return std::string(sb_last_error(bridge_)); }), 0U);
    // The next refusal has its own sentence again.
    ASSERT_EQ(sb_set_status(bridge_, SB_TEXT("unit"), -1, nullptr), SB_INVALID_ARGUMENT);
    EXPECT_EQ(sb_last_error(bridge_), before);
  }

  sb_bridge* bridge_ = nullptr;
};

TEST_F(OutOfMemory, EachFunctionSaysSo) {
  expect_said([this] { return sb_set_panic(bridge_, sb_text{"\xFF", 1}, 1, nullptr); });
  expect_said([this] { return sb_set_status(bridge_, sb_text{"\xFF", 1}, 1, nullptr); });
  expect_said([this] { return sb_bind_slot(bridge_, 7, sb_text{"", 0}); });
  expect_said([this] { return sb_unbind_slot(bridge_, SB_SLOTS); });
  expect_said([this] { return sb_describe_slot(bridge_, 7, nullptr); });
  expect_said([this] {
    constexpr std::array<std::int32_t, SB_ROW> kNobodys{7};
    return sb_push_rows(bridge_, kNobodys.data(), 1, nullptr);
  });
  expect_said([this] { return sb_remove_unit(bridge_, sb_text{"", 0}); });
  expect_said([this] { return sb_set_location(bridge_, sb_text{"", 0}, sb_text{"", 0}); });
  expect_said([this] { return sb_call(bridge_, SB_TEXT("getInfo"), SB_TEXT("{}"), nullptr, nullptr); });
  expect_said([this] { return sb_heartbeat(bridge_, SB_PLAYERS_MAX + 1); });
  expect_said([this] { return sb_flush(bridge_, SB_TIMEOUT_MAX_MS + 1); });
  expect_said([this] { return sb_stop(bridge_, SB_TIMEOUT_MAX_MS + 1, nullptr); });
  expect_said([this] {
    sb_position position{};
    position.struct_size = sizeof position;
    return sb_push_positions(bridge_, &position, 1, nullptr);
  });
}

TEST_F(OutOfMemory, CheckingSettingsSaysSo) {
  const std::vector<sb_setting> settings = list();
  std::string message(SB_MESSAGE_SIZE, '\0');
  const auto check = [&] {
    return sb_check_settings(settings.data(), settings.size(), message.data(), message.size());
  };
  EXPECT_GT(refusals(check, [&] { return std::string(message.c_str()); }), 0U);
}

TEST(CodeNames, AreThoseOfTheErrorsThatMeanTheSame) {
  EXPECT_STREQ(sb_code_name(SB_OK), "ok");
  EXPECT_STREQ(sb_code_name(SB_INVALID_ARGUMENT), sb_error_name(SB_ERROR_INVALID_ARGUMENT));
  EXPECT_STREQ(sb_code_name(SB_INVALID_SETTING), "invalid_setting");
  EXPECT_STREQ(sb_code_name(SB_QUEUE_FULL), sb_error_name(SB_ERROR_QUEUE_FULL));
  EXPECT_STREQ(sb_code_name(SB_SHUTTING_DOWN), sb_error_name(SB_ERROR_SHUTTING_DOWN));
  EXPECT_STREQ(sb_code_name(SB_TIMED_OUT), "timed_out");
  EXPECT_STREQ(sb_code_name(SB_OUT_OF_MEMORY), "out_of_memory");
  EXPECT_STREQ(sb_code_name(SB_INTERNAL), "internal");
  EXPECT_STREQ(sb_code_name(-1), "unknown");
  EXPECT_STREQ(sb_code_name(SB_NOT_TRUSTED), "not_trusted");
  EXPECT_STREQ(sb_code_name(SB_NOT_TRUSTED + 1), "unknown");
}

}  // namespace
