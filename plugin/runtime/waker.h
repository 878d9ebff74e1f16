// Wakes the loop thread, at most once for all that a tick says.
//
// To wake a sleeping thread is a system call, and the most expensive thing that the game thread does here
// (docs/design.md). So the loop thread drains once more a moment after each drain, by itself; until it finds nothing,
// nobody has to wake it.
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
  /// How long after a drain the next one follows by itself. Well below what a panic may take until its first byte
  /// leaves (2 ms).
  static constexpr auto kLinger = std::chrono::microseconds(500);

  /// Both are called on the context's thread: `drain` takes all that waits, `idle` says that nothing does. Must end
  /// before the context, once that runs no more.
  Waker(boost::asio::io_context& context, std::function<void()> drain, std::function<bool()> idle);
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  /// What was said before this is drained soon. Any thread; never waits and allocates nothing.
  void wake();

 private:
  struct Memory;  // of the one handler that may wait

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
