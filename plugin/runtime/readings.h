// The slots whose places the host should read, from the loop thread to the game thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace sonoran::runtime {

/// Holds one list at a time. An entry that is a slot asks for the place with heading and texts; `-1 - slot` asks for
/// the place alone.
class Readings {
 public:
  /// Whether the host has taken all of the last list, so that the next may be put. For the loop thread.
  [[nodiscard]] bool taken() const { return waiting_.load(std::memory_order_acquire) == 0; }
  /// Call it only when taken(). For the loop thread.
  void put(std::span<const std::int32_t> slots);
  /// Moves as many waiting entries into `into`, in order, as it has room for. Returns their number. Costs one atomic
  /// read when none waits. For the game thread.
  std::size_t take(std::span<std::int32_t> into);

 private:
  std::mutex mutex_;
  std::vector<std::int32_t> slots_;
  std::size_t next_ = 0;
  std::atomic<std::size_t> waiting_{0};
};

}  // namespace sonoran::runtime
