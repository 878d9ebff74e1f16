#include "runtime/waker.h"

#include <array>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <utility>

namespace sonoran::runtime {

struct Waker::Memory {
  alignas(std::max_align_t) std::array<std::byte, 256> bytes{};
};

namespace {

/// Allocates for the one handler that may be waiting.
template <class T, class Memory>
class OneHandlerAllocator {
 public:
  using value_type = T;
  template <class U>
  struct rebind {
    using other = OneHandlerAllocator<U, Memory>;
  };
  explicit OneHandlerAllocator(std::shared_ptr<Memory> memory) : memory_(std::move(memory)) {}
  template <class U>
  // NOLINTNEXTLINE(google-explicit-constructor): as allocators have it
  OneHandlerAllocator(const OneHandlerAllocator<U, Memory>& other) : memory_(other.memory_) {}

  T* allocate(std::size_t count) {
    if (count * sizeof(T) <= sizeof(memory_->bytes)) return reinterpret_cast<T*>(memory_->bytes.data());
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* pointer, std::size_t count) {
    if (reinterpret_cast<std::byte*>(pointer) != memory_->bytes.data()) std::allocator<T>().deallocate(pointer, count);
  }
  template <class U>
  bool operator==(const OneHandlerAllocator<U, Memory>& other) const {
    return memory_ == other.memory_;
  }

 private:
  template <class, class>
  friend class OneHandlerAllocator;
  std::shared_ptr<Memory> memory_;
};

}  // namespace

Waker::Waker(boost::asio::io_context& context, std::function<void()> drain, std::function<bool()> idle)
    : context_(context),
      timer_(context),
      drain_(std::move(drain)),
      idle_(std::move(idle)),
      memory_(std::make_shared<Memory>()) {}

void Waker::wake() {
  if (draining_.exchange(true, std::memory_order_acq_rel)) return;
  const OneHandlerAllocator<std::byte, Memory> allocator(memory_);
  boost::asio::post(context_, boost::asio::bind_allocator(allocator, [this] { drain(); }));
}

void Waker::drain() {
  // From the beginning of this drain: where it takes long, the next one follows at once.
  const Time again = Clock::now() + kLinger;
  drain_();
  if (!context_.stopped()) linger(again);
}

void Waker::linger(Time until) {
  timer_.expires_at(until);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    if (idle_()) {
      draining_.exchange(false, std::memory_order_acq_rel);
      // What was put before that woke nobody; what is put after it does.
      if (idle_() || draining_.exchange(true, std::memory_order_acq_rel)) return;
    }
    drain();
  });
}

}  // namespace sonoran::runtime
