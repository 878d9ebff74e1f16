// Stands for a second Node in the process, as a game server has an older one too: a library named libnode* whose
// Node-API functions must not be taken, because another Node is the one that loads the addon.
#include <cstdio>
#include <cstdlib>

#include "napi.h"

#define SONORAN_DECOY(name)                                                                   \
  __attribute__((visibility("default"))) void decoy_##name() __asm__("napi_" #name);          \
  void decoy_##name() {                                                                       \
    std::fputs("napi_" #name " of a Node that does not load the addon was called\n", stderr); \
    std::abort();                                                                             \
  }

SONORAN_NAPI_FUNCTIONS(SONORAN_DECOY)
