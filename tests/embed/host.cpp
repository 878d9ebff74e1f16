// A program that opens Node as the game server does: a shared object linked to libnode, opened with dlopen(RTLD_NOW),
// so that nothing of Node is in the global scope. What it does then is the component's (hidden_node.cpp, pump.cpp).
//
// SONORAN_EMBED_BEFORE names libraries (separated by colons) to open before it, as a game server has others loaded.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <thread>

// Debian's libnode reads some of its JavaScript from /usr/share/nodejs, through libuv. Here that folder is where the
// packages were unpacked: this definition comes before the C library's.
extern "C" __attribute__((visibility("default"))) int open64(const char* path, int flags, ...) {
  static constexpr char kFolder[] = "/usr/share/nodejs/";
  std::va_list rest;
  va_start(rest, flags);
  const unsigned mode = va_arg(rest, unsigned);  // whatever it is, the kernel looks at it only when a file is created
  va_end(rest);
  char moved[4096];
  if (std::strncmp(path, kFolder, sizeof kFolder - 1) == 0) {
    std::snprintf(moved, sizeof moved, "%s%s", SONORAN_LIBNODE_FOLDER, path);
    path = moved;
  }
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

namespace {

/// Is there before all else, so it is gone last: exit() takes its time, and what threads still do after the objects of
/// the libraries are gone is seen in each run and not in one of a hundred.
struct SlowEnd {
  ~SlowEnd() { std::this_thread::sleep_for(std::chrono::milliseconds(200)); }
} slow_end;

}  // namespace

int main(int argc, char** argv) {
  const char* const files = std::getenv("SONORAN_EMBED_BEFORE");
  std::istringstream before(files == nullptr ? "" : files);
  for (std::string file; std::getline(before, file, ':');) {
    if (dlopen(file.c_str(), RTLD_NOW) == nullptr) {
      std::fprintf(stderr, "%s could not be opened: %s\n", file.c_str(), dlerror());
      return 2;
    }
  }
  void* component = dlopen(SONORAN_COMPONENT, RTLD_NOW);
  if (component == nullptr) {
    std::fprintf(stderr, "%s could not be opened: %s\n", SONORAN_COMPONENT, dlerror());
    return 2;
  }
  if (dlsym(RTLD_DEFAULT, "napi_create_function") != nullptr) {
    std::fputs("The Node-API functions are in the global scope; this program would prove nothing.\n", stderr);
    return 2;
  }
  auto* run = reinterpret_cast<int (*)(int, char**)>(dlsym(component, "component_main"));
  return run == nullptr ? 2 : run(argc, argv);
}
