// Counts what is really allocated: the program's malloc, calloc, realloc and aligned_alloc, which operator new uses
// too.
#pragma once

#include <cstdint>

namespace sonoran::bench {

/// How often the calling thread has asked for memory since it began.
std::uint64_t allocations();

}  // namespace sonoran::bench
