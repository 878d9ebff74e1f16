# sonoran_options: what every target of this project is compiled with. Link it PRIVATE.
add_library(sonoran_options INTERFACE)
target_compile_features(sonoran_options INTERFACE cxx_std_20)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

target_compile_options(sonoran_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
                                                 -ffunction-sections -fdata-sections)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns of uninitialised and out-of-bounds reads inside coroutine frames and std::string at -O2 that are none
  # (GCC bugs 105562, 105329), and of Asio's own frame allocator as a mismatched one; clang and the sanitizers watch for
  # the real ones.
  target_compile_options(
    sonoran_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized -Wno-restrict>
                              $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:RelWithDebInfo>>:-Wno-mismatched-new-delete>)
endif()

# The sanitizers go on for the whole build, the third-party sources that we compile included.
if(SONORAN_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(SONORAN_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(NOT SONORAN_SANITIZE STREQUAL "")
  message(FATAL_ERROR "SONORAN_SANITIZE is '${SONORAN_SANITIZE}'; it must be empty, address or thread.")
endif()

# mold links in a tenth of the time; the debug information of Asio and Beast is large.
find_program(SONORAN_MOLD mold)
if(SONORAN_MOLD AND NOT CMAKE_CROSSCOMPILING)
  add_link_options(-fuse-ld=mold)
endif()

find_program(SONORAN_CCACHE ccache)
if(SONORAN_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${SONORAN_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SONORAN_CCACHE})
endif()
