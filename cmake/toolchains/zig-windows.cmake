# The game server's Windows: 10 or newer, x86_64. See zig.cmake.
set(CMAKE_SYSTEM_NAME Windows)
set(SONORAN_TARGET windows)
include(${CMAKE_CURRENT_LIST_DIR}/zig.cmake)
