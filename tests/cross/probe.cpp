// What C++'s own library must do in the game server's process: thrown and caught across frames and threads, clocks that
// go on, locales, thread-local objects that end with their thread. Built with the same flags as what is shipped.
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <locale>
#include <memory>
#include <mutex>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#if defined(_WIN32)
#define PROBE __declspec(dllexport)
#else
#define PROBE __attribute__((visibility("default")))
#endif

namespace {

struct Base {
  virtual ~Base() = default;
};
struct Derived : Base {};

int thrower(int depth) {
  const std::string keeps_a_frame(static_cast<std::size_t>(depth), 'x');
  if (depth == 0) throw std::system_error(std::make_error_code(std::errc::timed_out), "deep");
  return thrower(depth - 1) + static_cast<int>(keeps_a_frame.size());
}

std::atomic<int> ended{0};
struct Ending {
  Ending() = default;
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;
  ~Ending() { ++ended; }
};

/// The first thing that does not hold, or nullptr.
const char* fault() {
  try {
    thrower(20);
    return "an exception was not thrown";
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::timed_out) return "an exception lost its code";
  }
  Base base;
  try {
    static_cast<void>(dynamic_cast<Derived&>(base));
    return "a bad dynamic_cast was let through";
  } catch (const std::bad_cast&) {
  }
  std::exception_ptr carried;
  std::thread([&carried] {
    try {
      throw std::runtime_error("from a thread");
    } catch (...) {
      carried = std::current_exception();
    }
  }).join();
  try {
    std::rethrow_exception(carried);
  } catch (const std::runtime_error& error) {
    if (std::string(error.what()) != "from a thread") return "an exception changed between threads";
  }

  std::mutex mutex;
  int counter = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&mutex, &counter] {
      thread_local const std::unique_ptr<Ending> kEnding = std::make_unique<Ending>();
      static_cast<void>(kEnding.get());
      for (int n = 0; n < 1000; ++n) {
        const std::lock_guard lock(mutex);
        ++counter;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  if (counter != 8000) return "a mutex did not keep threads apart";
  if (ended != 8) return "thread-local objects did not end with their threads";
  if (std::async(std::launch::async, [] { return 7; }).get() != 7) return "std::async gave another value";

  const auto steady = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  if (std::chrono::steady_clock::now() <= steady) return "the steady clock stands still";
  // 2026-01-01; a clock before that would refuse certificates.
  if (std::chrono::system_clock::now() < std::chrono::system_clock::from_time_t(1767225600))
    return "the clock is wrong";

  // Where a library built for glibc fails under musl: the locale inside streams and regular expressions.
  std::istringstream in("12 3.5 word");
  int whole = 0;
  double number = 0;
  std::string word;
  in >> whole >> number >> word;
  if (whole != 12 || number != 3.5 || word != "word") return "a stream read something else";
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << 1234567 << ' ' << 0.25;
  if (out.str() != "1234567 0.25") return "a stream wrote something else";
  if (!std::regex_match("unit-42", std::regex("[a-z]+-([0-9]+)"))) return "a regular expression did not match";
  return nullptr;
}

}  // namespace

extern "C" PROBE const char* probe(void);
extern "C" const char* probe(void) {
  try {
    return fault();
  } catch (...) {
    return "an exception came out of the probe";
  }
}
