#include "napi.h"

#if defined(_WIN32)
#include <windows.h>

#include <vector>
#else
#include <dlfcn.h>
#include <link.h>

#include <cstring>
#endif

namespace sonoran::node {
namespace {

using Symbol = void (*)();

#if defined(_WIN32)

/// The library or program that Node is in.
class Library {
 public:
  explicit Library(void* caller) {
    constexpr DWORD kHow = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    HMODULE module = nullptr;
    if (GetModuleHandleExA(kHow, static_cast<const char*>(caller), &module) != 0) modules_.push_back(module);
    // When whoever called only passed the call on: the game server's library, then a node.exe that is the process.
    for (const char* file : {"libnode22.dll", "libnode20.dll", "libnode.dll", "node.exe"}) {
      if (HMODULE named = GetModuleHandleA(file)) modules_.push_back(named);
    }
    modules_.push_back(GetModuleHandleA(nullptr));
  }

  [[nodiscard]] Symbol find(const char* name) const {
    for (HMODULE module : modules_) {
      if (auto* symbol = GetProcAddress(module, name)) return reinterpret_cast<Symbol>(symbol);
    }
    return nullptr;
  }

 private:
  std::vector<HMODULE> modules_;
};

#else

/// A handle of the loaded object in this file, for dlsym, or nullptr.
void* opened(const char* file) {
  // NOLOAD: it is there already; this only asks for its handle.
  return file == nullptr || *file == '\0' ? nullptr : dlopen(file, RTLD_NOLOAD | RTLD_LAZY);
}

/// Among the objects that the process has loaded, the first whose file is called libnode*.
void* first_libnode() {
  void* handle = nullptr;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* found) {
        if (info->dlpi_name == nullptr) return 0;
        const char* slash = std::strrchr(info->dlpi_name, '/');
        const char* file = slash == nullptr ? info->dlpi_name : slash + 1;
        if (std::strncmp(file, "libnode", 7) != 0) return 0;
        *static_cast<void**>(found) = opened(info->dlpi_name);
        return *static_cast<void**>(found) == nullptr ? 0 : 1;
      },
      &handle);
  return handle;
}

/// The library or program that Node is in.
class Library {
 public:
  explicit Library(void* caller) {
    Dl_info info{};
    if (dladdr(caller, &info) != 0) caller_ = opened(info.dli_fname);
  }

  [[nodiscard]] Symbol find(const char* name) {
    void* symbol = caller_ == nullptr ? nullptr : dlsym(caller_, name);
    // A `node` program, whose functions are in the global scope.
    if (symbol == nullptr) symbol = dlsym(RTLD_DEFAULT, name);
    // A server that only passes the call on.
    if (symbol == nullptr) {
      if (libnode_ == nullptr) libnode_ = first_libnode();
      if (libnode_ != nullptr) symbol = dlsym(libnode_, name);
    }
    return reinterpret_cast<Symbol>(symbol);
  }

 private:
  void* caller_ = nullptr;
  void* libnode_ = nullptr;
};

#endif

struct Found {
  Napi napi;
  std::string missing;

  explicit Found(void* caller) {
    Library library(caller);
#define SONORAN_NAPI_FIND(name)                                                   \
  napi.name = reinterpret_cast<decltype(napi.name)>(library.find("napi_" #name)); \
  if (napi.name == nullptr && missing.empty()) missing = "napi_" #name;
    SONORAN_NAPI_FUNCTIONS(SONORAN_NAPI_FIND)
#undef SONORAN_NAPI_FIND
  }
};

const Found& found(void* caller) {
  static const Found kFound(caller);
  return kFound;
}

}  // namespace

const std::string& find_napi(void* caller) {
  return found(caller).missing;
}

const Napi& napi() {
  return found(nullptr).napi;
}

}  // namespace sonoran::node
