// What a fuzz target promises of whatever input.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the process where the promise is broken, which the fuzzer takes as a finding. `what` names the promise.
inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}
