#include "napi.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#include <link.h>

#include <cstring>
#endif

namespace sonoran::node {
namespace {

using Symbol = void (*)();

#if defined(_WIN32)

Symbol find(const char* name) {
  // The game server's library, then a node.exe that is the process itself.
  for (const char* file : {"libnode22.dll", "libnode20.dll", "libnode.dll", "node.exe"}) {
    if (HMODULE module = GetModuleHandleA(file)) {
      if (auto* symbol = GetProcAddress(module, name)) return reinterpret_cast<Symbol>(symbol);
    }
  }
  return reinterpret_cast<Symbol>(GetProcAddress(GetModuleHandleA(nullptr), name));
}

#else

/// Among the objects that the process has loaded, the one whose file is called libnode*, as a handle for dlsym.
void* hidden_libnode() {
  void* handle = nullptr;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* found) {
        if (info->dlpi_name == nullptr) return 0;
        const char* slash = std::strrchr(info->dlpi_name, '/');
        const char* file = slash == nullptr ? info->dlpi_name : slash + 1;
        if (std::strncmp(file, "libnode", 7) != 0) return 0;
        // NOLOAD: it is there already; this only asks for its handle.
        void* opened = dlopen(info->dlpi_name, RTLD_NOLOAD | RTLD_LAZY);
        if (opened == nullptr) return 0;
        *static_cast<void**>(found) = opened;
        return 1;
      },
      &handle);
  return handle;
}

Symbol find(const char* name) {
  if (void* symbol = dlsym(RTLD_DEFAULT, name)) return reinterpret_cast<Symbol>(symbol);
  static void* const libnode = hidden_libnode();
  return libnode == nullptr ? nullptr : reinterpret_cast<Symbol>(dlsym(libnode, name));
}

#endif

struct Found {
  Napi napi;
  std::string missing;

  Found() {
#define SONORAN_NAPI_FIND(name)                                           \
  napi.name = reinterpret_cast<decltype(napi.name)>(find("napi_" #name)); \
  if (napi.name == nullptr && missing.empty()) missing = "napi_" #name;
    SONORAN_NAPI_FUNCTIONS(SONORAN_NAPI_FIND)
#undef SONORAN_NAPI_FIND
  }
};

const Found& found() {
  static const Found kFound;
  return kFound;
}

}  // namespace

const std::string& find_napi() {
  return found().missing;
}

const Napi& napi() {
  return found().napi;
}

}  // namespace sonoran::node
