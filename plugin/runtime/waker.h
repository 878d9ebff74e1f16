// Wakes the loop thread, at most once for all calls of a tick.
//
// Waking a sleeping thread is a system call, and the most expensive operation of the game thread here (docs/design.md).
// So a moment after each drain the loop thread drains once more by itself. Until it finds nothing, it needs no
// wake-up.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "core/time.h"

namespace sonoran::runtime {

class Waker {
 public:
  /// How long after a drain the next one follows by itself. It is well below the time in which a panic's first byte
  /// must be sent (2 ms).
  static constexpr auto kLinger = std::chrono::microseconds(500);

  /// Both are called on the context's thread: `drain` takes everything that waits, `idle` is called when nothing waits.
  /// This object must be destroyed before the context, after the context has stopped.
  Waker(boost::asio::io_context& context, std::function<void()> drain, std::function<bool()> idle);
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  ~Waker() = default;

  /// Everything that was put before this call is drained soon. Any thread; never waits and allocates nothing.
  void wake();

 private:
  struct Memory;  // of the single handler that may wait

  void drain();
  void linger(Time until);

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  std::function<void()> drain_;
  std::function<bool()> idle_;
  std::shared_ptr<Memory> memory_;     // the handler holds it as well: it may outlive the waker
  std::atomic<bool> draining_{false};  // a drain will follow without a wake-up
};

}  // namespace sonoran::runtime
