#include "integration/host_names.h"

#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string_view>

namespace sonoran::integration {
namespace {

struct Entry {
  Name first = Name::kUnknown;
  unsigned firsts = 0;  // lookups that still get `first`
  Name then = Name::kUnknown;
  unsigned lookups = 0;
  unsigned settings = 0;  // how often it was set
};

struct Names {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Entry> entries;

  void set(const std::string& name, Name first, unsigned firsts, Name then) {
    const std::lock_guard lock(mutex);
    Entry& entry = entries[name];
    entry.first = first;
    entry.firsts = firsts;
    entry.then = then;
    ++entry.settings;
    changed.notify_all();
  }
};

Names& names() {
  // Never destroyed: a lookup may still wait on a thread of its own when the program ends.
  static auto* const kNames = new Names;
  return *kNames;
}

}  // namespace

void set_host_name(const std::string& name, Name what) {
  names().set(name, what, 0, what);
}

void set_host_name_at_first(const std::string& name, Name first, unsigned lookups) {
  names().set(name, first, lookups, Name::kLoopback);
}

unsigned lookups_of(const std::string& name) {
  const std::lock_guard lock(names().mutex);
  return names().entries[name].lookups;
}

static Name look_up(const std::string& name) {
  std::unique_lock lock(names().mutex);
  Entry& entry = names().entries[name];
  ++entry.lookups;
  for (;;) {
    Name what = entry.then;
    if (entry.firsts != 0) {
      --entry.firsts;
      what = entry.first;
    }
    if (what != Name::kHanging) return what;
    const unsigned settings = entry.settings;
    names().changed.wait(lock, [&] { return entry.settings != settings; });
  }
}

}  // namespace sonoran::integration

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  using sonoran::integration::Name;
  using System = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto kSystem = reinterpret_cast<System>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node == nullptr || !std::string_view(node).ends_with(".test")) return kSystem(node, service, hints, result);
  const Name name = sonoran::integration::look_up(node);
  if (name == Name::kUnknown) return EAI_NONAME;
  const char* const address = name == Name::kSecond ? sonoran::integration::kSecondAddress : "127.0.0.1";
  return kSystem(address, service, hints, result);
}
