#include "runtime/process_end.h"

#include <openssl/ssl.h>
#include <simdjson.h>

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>

#include "runtime/ledger.h"
#include "runtime/module.h"

namespace sonoran::runtime {
namespace {

struct Living {
  std::mutex mutex;
  std::set<Module*> modules;
};

/// Never destroyed: a module may end after exit() has destroyed static objects.
Living& living() {
  static auto* const kLiving = new Living;
  return *kLiving;
}

void stop_all() {
  const std::lock_guard lock(living().mutex);
  for (Module* module : living().modules) module->stop(std::chrono::milliseconds(0));
}

/// What was created first is destroyed last. So all that the loop threads use is created before stop_all is put on the
/// list of things to do at the end.
[[maybe_unused]] bool enlist() {
  simdjson::get_active_implementation()->name();
  OPENSSL_init_ssl(0, nullptr);
  Ledger::process();
  return std::atexit(stop_all) == 0;
}

}  // namespace

void stop_at_process_end([[maybe_unused]] Module& module) {
#if !defined(_WIN32)
  [[maybe_unused]] static const bool kEnlisted = enlist();
  const std::lock_guard lock(living().mutex);
  living().modules.insert(&module);
#endif
}

void forget_at_process_end(Module& module) {
  const std::lock_guard lock(living().mutex);
  living().modules.erase(&module);
}

}  // namespace sonoran::runtime
