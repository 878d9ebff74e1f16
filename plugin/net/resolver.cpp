#include "net/resolver.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

#if defined(_WIN32)
#include <windows.h>
#include <ws2tcpip.h>
#else
#include <netdb.h>
#endif

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Shared by the lookup's thread and the coroutine. The last of them frees it.
struct Lookup {
  std::mutex mutex;
  asio::steady_timer* waiting = nullptr;  // null once the coroutine has gone
  std::optional<Resolved> result;
};

/// The sentence for a code of getaddrinfo.
std::string lookup_error(int code) {
#if defined(_WIN32)
  // gai_strerror of Windows is not safe for threads, and not in every toolchain; the codes are the system's own.
  return boost::system::error_code(code, boost::system::system_category()).message();
#else
  return ::gai_strerror(code);
#endif
}

#if defined(_WIN32)
/// Keeps this DLL in memory until the process ends: a lookup may outlive the bridge that asked for it, and a host may
/// unload the DLL then. On Linux the linker's nodelete says the same.
void stay_loaded() {
  HMODULE self = nullptr;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<const char*>(&stay_loaded), &self);
}
#else
void stay_loaded() {}
#endif

Resolved look_up(const std::string& host, const std::string& port) {
  Resolved resolved;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (code != 0) {
    resolved.error = lookup_error(code);
    return resolved;
  }
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    endpoint.resize(entry->ai_addrlen);
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    resolved.endpoints.push_back(endpoint);
  }
  ::freeaddrinfo(list);
  if (resolved.endpoints.empty()) resolved.error = "no address";
  return resolved;
}

void run(const std::shared_ptr<Lookup>& lookup, const std::string& host, const std::string& port) {
  Resolved resolved = look_up(host, port);
  const std::lock_guard lock(lookup->mutex);
  lookup->result = std::move(resolved);
  if (lookup->waiting == nullptr) return;
  // A timer is not safe to touch from here; its executor is, while `waiting` is set: Lookups takes it away before the
  // loop ends.
  asio::post(lookup->waiting->get_executor(), [lookup] {
    const std::lock_guard again(lookup->mutex);
    if (lookup->waiting != nullptr) lookup->waiting->cancel();
  });
}

void say_goodbye(Lookup& lookup) {
  const std::lock_guard lock(lookup.mutex);
  lookup.waiting = nullptr;
}

/// The lookups that a loop waits for. A loop that ends shuts down its services in reverse order of creation and its own
/// queue last, without a lock, so nobody may post into the queue by then. Used by one thread at a time: the loop's, or
/// the thread that ends the loop.
class Lookups : public asio::execution_context::service {
 public:
  using key_type = Lookups;
  static inline asio::execution_context::id id;

  explicit Lookups(asio::execution_context& context) : service(context) {}
  void add(Lookup& lookup) { waiting_.insert(&lookup); }
  void remove(Lookup& lookup) { waiting_.erase(&lookup); }

 private:
  void shutdown() override {
    for (Lookup* lookup : waiting_) say_goodbye(*lookup);
  }

  std::set<Lookup*> waiting_;
};

/// Detaches from the lookup's thread, also when the coroutine is destroyed.
class Waiting {
 public:
  Waiting(std::shared_ptr<Lookup> lookup, asio::steady_timer& timer)
      : lookup_(std::move(lookup)),
        lookups_(asio::use_service<Lookups>(asio::query(timer.get_executor(), asio::execution::context))) {
    lookups_.add(*lookup_);
    const std::lock_guard lock(lookup_->mutex);
    lookup_->waiting = &timer;
  }
  ~Waiting() {
    say_goodbye(*lookup_);
    lookups_.remove(*lookup_);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::shared_ptr<Lookup> lookup_;
  Lookups& lookups_;
};

}  // namespace

asio::awaitable<Resolved> resolve(Host host, std::string port, Duration timeout) {
  if (host.address) {
    unsigned short number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    co_return Resolved{.endpoints = {tcp::endpoint(*host.address, number)}, .timed_out = false, .error = {}};
  }
  const auto lookup = std::make_shared<Lookup>();
  asio::steady_timer timer(co_await asio::this_coro::executor, timeout);
  const Waiting waiting(lookup, timer);
  stay_loaded();
  try {
    std::thread(run, lookup, std::move(host.text), std::move(port)).detach();
  } catch (const std::system_error& failure) {
    co_return Resolved{.endpoints = {}, .timed_out = false, .error = failure.what()};
  }
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  const std::lock_guard lock(lookup->mutex);
  if (auto& result = lookup->result) co_return std::move(*result);
  co_return Resolved{.endpoints = {}, .timed_out = true, .error = {}};
}

}  // namespace sonoran::net
