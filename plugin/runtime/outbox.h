// The way out: answers and log lines, until the host polls. Any thread may put, the game thread takes.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "core/error.h"
#include "schedule/scheduler.h"

namespace sonoran::runtime {

/// News of the CAD's active units, as JSON: SB_EVENT_ACTIVE_UNITS in sonoran_bridge.h.
struct ActiveUnits {
  std::string news;
};

using Event = std::variant<schedule::Answer, LogLine, ActiveUnits>;

class Outbox {
 public:
  using Wakeup = void (*)(void* context);

  /// At limits::kEvents or kEventBytes the oldest log line makes room, or else the oldest answer; both are counted.
  void put(Event event);

  /// Moves up to `max` events into `into`; returns how many. What `into` held is kept for free_spent(), while there is
  /// room for one turn's.
  std::size_t take(std::vector<Event>& into, std::size_t max);

  /// Frees what take() was given back: memory that the loop thread took, and that the game thread could give back only
  /// by waiting for the allocator's lock. The loop thread's.
  void free_spent();

  /// One atomic read.
  [[nodiscard]] std::uint32_t pending() const { return pending_.load(std::memory_order_acquire); }
  [[nodiscard]] const std::uint32_t* pending_address() const {
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(pending_) == sizeof(std::uint32_t));
    return reinterpret_cast<const std::uint32_t*>(&pending_);
  }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  /// `wakeup` is called by put() when the first event arrives. After this has returned the old one is not called.
  void set_wakeup(Wakeup wakeup, void* context);

 private:
  void drop_oldest();

  std::mutex mutex_;
  std::deque<Event> events_;
  std::vector<Event> spent_;    // of the last take()
  std::vector<Event> freeing_;  // the loop thread's
  std::size_t log_lines_ = 0;
  std::size_t bytes_ = 0;
  std::atomic<std::uint32_t> pending_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex wakeup_mutex_;
  Wakeup wakeup_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace sonoran::runtime
