# The game server's Linux: musl, x86_64. See zig.cmake.
set(CMAKE_SYSTEM_NAME Linux)
set(SONORAN_TARGET musl)
include(${CMAKE_CURRENT_LIST_DIR}/zig.cmake)
