# Shared by zig-musl.cmake and zig-windows.cmake, which set SONORAN_TARGET: compilers, libraries and flags of a build
# for the game server. tools/lib/toolchain has put them into a folder outside the build; this only asks where it is.
execute_process(
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/../../tools/lib/toolchain --where ${SONORAN_TARGET}
  OUTPUT_VARIABLE folder ERROR_VARIABLE why RESULT_VARIABLE code OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_STRIP_TRAILING_WHITESPACE)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${why}")
endif()

set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER ${folder}/bin/${SONORAN_TARGET}-clang)
set(CMAKE_CXX_COMPILER ${folder}/bin/${SONORAN_TARGET}-clang++)
# The target is in the wrappers already. Told of it, CMake asks for the compiler's name without linking a program, for which
# zig would build its libraries once more, for minutes.
if(SONORAN_TARGET STREQUAL "musl")
  set(CMAKE_C_COMPILER_TARGET x86_64-linux-musl)
else()
  set(CMAKE_C_COMPILER_TARGET x86_64-windows-gnu)
endif()
set(CMAKE_CXX_COMPILER_TARGET ${CMAKE_C_COMPILER_TARGET})
set(CMAKE_AR ${folder}/bin/${SONORAN_TARGET}-ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${folder}/bin/${SONORAN_TARGET}-ranlib CACHE FILEPATH "")

# -fno-sanitize=undefined: zig's own default for debug builds traps, with a runtime that a library cannot bring.
# The prefix map keeps paths of this machine out of the file: the same commit gives the same bytes.
get_filename_component(source ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
# Hardening (tests/cross reads it from the shipped files): canaries on stacks, marked targets of jumps, and the checks of
# libc++'s containers. musl has no fortified functions. Zig links no tables of Control Flow Guard: docs/platforms.md.
# -g0: zig writes debug information by default, which costs a third of the time and is stripped.
set(flags "-g0 -fno-sanitize=undefined -fstack-protector-strong -fcf-protection=full -D_LIBCPP_ENABLE_HARDENED_MODE=1")
string(APPEND flags " -ffile-prefix-map=${source}=. -ffile-prefix-map=${folder}=toolchain")
if(SONORAN_TARGET STREQUAL "windows")
  # Windows 10 or newer, as the game server; and windows.h without what is in C++'s way.
  string(APPEND flags " -U_WIN32_WINNT -D_WIN32_WINNT=0x0A00 -DWIN32_LEAN_AND_MEAN -DNOMINMAX")
endif()
set(CMAKE_C_FLAGS_INIT "${flags}")
set(CMAKE_CXX_FLAGS_INIT "${flags}")

# Small and without names of functions: what is shipped. What is missing is found here, not on a server.
set(link_flags "-s")
if(SONORAN_TARGET STREQUAL "musl")
  string(APPEND link_flags " -Wl,-z,defs")
endif()
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${link_flags}")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "${link_flags}")

# CMake's own checks only compile: a program would have zig build its libraries once more, for their flags.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# So FindThreads cannot find out that threads need no library of their own here.
set(CMAKE_HAVE_LIBC_PTHREAD TRUE)

# Libraries and headers come from that folder alone: the machine's own are glibc's.
set(CMAKE_FIND_ROOT_PATH ${folder})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${folder}/lib/pkgconfig)
