#include "integration/host_names.h"

#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace sonoran::integration {
namespace {

struct Entry {
  Name first = Name::kUnknown;
  unsigned firsts = 0;  // lookups that still get `first`
  Name then = Name::kUnknown;
  std::vector<std::string> addresses;  // not empty: all else does not matter
  unsigned lookups = 0;
  unsigned settings = 0;  // how often it was set
};

struct Names {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Entry> entries;

  void set(const std::string& name, Name first, unsigned firsts, Name then, std::vector<std::string> addresses = {}) {
    const std::lock_guard lock(mutex);
    Entry& entry = entries[name];
    entry.first = first;
    entry.firsts = firsts;
    entry.then = then;
    entry.addresses = std::move(addresses);
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

void set_host_addresses(const std::string& name, const std::vector<std::string>& addresses) {
  names().set(name, Name::kUnknown, 0, Name::kUnknown, addresses);
}

unsigned lookups_of(const std::string& name) {
  const std::lock_guard lock(names().mutex);
  return names().entries[name].lookups;
}

/// The addresses of a name of ours; none when it is unknown.
static std::vector<std::string> look_up(const std::string& name) {
  std::unique_lock lock(names().mutex);
  Entry& entry = names().entries[name];
  ++entry.lookups;
  for (;;) {
    if (!entry.addresses.empty()) return entry.addresses;
    Name what = entry.then;
    if (entry.firsts != 0) {
      --entry.firsts;
      what = entry.first;
    }
    if (what == Name::kUnknown) return {};
    if (what != Name::kHanging) return {what == Name::kSecond ? kSecondAddress : "127.0.0.1"};
    const unsigned settings = entry.settings;
    names().changed.wait(lock, [&] { return entry.settings != settings; });
  }
}

static bool is_ours(std::string_view name) {
  if (name.ends_with(".test")) return true;
  const std::lock_guard lock(names().mutex);
  const auto found = names().entries.find(std::string(name));
  return found != names().entries.end() && !found->second.addresses.empty();
}

}  // namespace sonoran::integration

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  using System = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto kSystem = reinterpret_cast<System>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node == nullptr || !sonoran::integration::is_ours(node)) return kSystem(node, service, hints, result);
  *result = nullptr;
  addrinfo** end = result;
  for (const std::string& address : sonoran::integration::look_up(node)) {
    // One list of several: the system frees them one by one.
    if (const int code = kSystem(address.c_str(), service, hints, end); code != 0) {
      if (*result != nullptr) ::freeaddrinfo(*result);
      return code;
    }
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_NONAME : 0;
}
