// The slots whose places the host should read, from the loop thread to the game thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace sonoran::runtime {

/// One list at a time. A slot as it is: with heading and texts; as `-1 - slot`: its place is enough.
class Readings {
 public:
  /// Whether the host has taken all of the list before, so that there may be a next one. The loop thread's.
  [[nodiscard]] bool taken() const { return waiting_.load(std::memory_order_acquire) == 0; }
  /// Only when taken(). The loop thread's.
  void put(std::span<const std::int32_t> slots);
  /// Moves out what waits, in order, as far as there is room; gives how many. Nothing waits: one atomic read. The game
  /// thread's.
  std::size_t take(std::span<std::int32_t> into);

 private:
  std::mutex mutex_;
  std::vector<std::int32_t> slots_;
  std::size_t next_ = 0;
  std::atomic<std::size_t> waiting_{0};
};

}  // namespace sonoran::runtime
