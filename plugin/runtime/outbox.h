// The queue to the host's poll: answers, log lines and the CAD's events. Any thread may put; only the game thread
// takes.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "schedule/answer.h"

namespace sonoran::runtime {

/// News of the CAD's active units, as JSON: SB_EVENT_ACTIVE_UNITS in sonoran_bridge.h.
struct ActiveUnits {
  std::string news;
};

/// An event of the CAD: SB_EVENT_PUSH in sonoran_bridge.h.
struct PushedEvent {
  std::string type;
  std::string data;  // UTF-8
  bool data_is_json = false;
  bool from_bridge = false;
};

/// How it is with the CAD: SB_EVENT_STATE in sonoran_bridge.h.
struct StateChange {
  std::string state;
  std::string reason;
  std::string hub;
  bool operator==(const StateChange&) const = default;
};

using Event = std::variant<schedule::Answer, LogLine, ActiveUnits, PushedEvent, StateChange>;

class Outbox {
 public:
  using Wakeup = void (*)(void* context);

  /// At limits::kEvents or kEventBytes the oldest log lines are dropped, then the bodies of the oldest answers, then
  /// all waiting news of active units (a part of a series of changes would be misleading); all are counted. An answer
  /// itself is never dropped.
  void put(Event event);
  /// At its own bounds, limits::kPushEvents or kPushBytes, the oldest of the CAD's events are dropped and counted.
  void put(PushedEvent event);
  /// Takes the place of one that waits still: what was in between is over.
  void put(StateChange change);

  /// Moves up to `max` events into `into`, a change of state first, the CAD's after all others; returns their number.
  /// The previous content of `into` is kept for free_spent(), within a bound.
  std::size_t take(std::vector<Event>& into, std::size_t max);

  /// Frees what take() got back. The loop thread allocated this memory; the game thread could free it only by waiting
  /// for the allocator's lock. On the loop thread only.
  void free_spent();

  /// One atomic read.
  [[nodiscard]] std::uint32_t pending() const { return pending_.load(std::memory_order_acquire); }
  [[nodiscard]] const std::uint32_t* pending_address() const {
    static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(pending_) == sizeof(std::uint32_t));
    return reinterpret_cast<const std::uint32_t*>(&pending_);
  }
  /// Numbers of dropped log lines and news of active units, and of dropped bodies of answers.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t dropped_bodies() const { return dropped_bodies_.load(std::memory_order_relaxed); }
  /// The number of waiting events of the CAD, bytes of their texts, and the number of dropped ones. Atomic reads.
  [[nodiscard]] std::size_t pushed() const { return pushed_count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t pushed_bytes() const { return pushed_bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t dropped_pushed() const { return dropped_pushed_.load(std::memory_order_relaxed); }
  /// True once after news of active units were dropped: the next news must be the whole list.
  [[nodiscard]] bool take_lost_news() { return lost_news_.exchange(false, std::memory_order_relaxed); }
  /// Whether news that are put now will probably not be dropped.
  [[nodiscard]] bool has_room_for_news() const { return pending() < limits::kEvents / 2; }

  /// `wakeup` is called by put() when the first event arrives. After this has returned the old one is not called.
  void set_wakeup(Wakeup wakeup, void* context);

 private:
  [[nodiscard]] bool is_full(std::size_t bytes) const;
  void make_room(std::size_t bytes);
  bool drop_oldest_line();
  void drop_news();
  bool drop_oldest_body();
  void drop_oldest_pushed();
  [[nodiscard]] std::size_t size() const { return events_.size() + pushed_.size() + (change_ ? 1 : 0); }
  void wake();

  std::mutex mutex_;
  std::deque<Event> events_;        // all except the CAD's
  std::deque<PushedEvent> pushed_;  // the CAD's events: the oldest are dropped at the front, however many answers wait
  std::optional<StateChange> change_;
  std::vector<Event> spent_;    // of the last take()
  std::vector<Event> freeing_;  // of the loop thread
  std::size_t log_lines_ = 0;
  std::size_t news_ = 0;
  std::size_t bodiless_ = 0;  // the first so many events have no body that can be dropped
  std::size_t bytes_ = 0;
  std::atomic<std::uint32_t> pending_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> dropped_bodies_{0};
  std::atomic<std::size_t> pushed_count_{0};
  std::atomic<std::size_t> pushed_bytes_{0};
  std::atomic<std::uint64_t> dropped_pushed_{0};
  std::atomic<bool> lost_news_{false};
  std::mutex wakeup_mutex_;
  Wakeup wakeup_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace sonoran::runtime
