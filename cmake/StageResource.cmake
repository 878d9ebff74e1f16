# Target `resource`: the resource as the game server would find it in its resources folder, with the doors that are built.
string(TOLOWER ${CMAKE_SYSTEM_NAME} system)
string(REPLACE windows win32 system ${system})
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(architecture x64)
else()
  set(architecture arm64)
endif()
set(SONORAN_RESOURCE ${CMAKE_BINARY_DIR}/resource/sonoran_bridge)
set(binaries ${SONORAN_RESOURCE}/bin/${system}-${architecture})
# The C# door is a resource of its own, for those who want it.
set(SONORAN_MONO_RESOURCE ${SONORAN_RESOURCE}_mono)
set(mono_binaries ${SONORAN_MONO_RESOURCE}/bin/${system}-${architecture})

set(doors "")
set(needed "")
if(TARGET sonoran_node)
  list(APPEND doors
       COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/bridge/node/sonoran_bridge.js ${SONORAN_RESOURCE}/bridge/node/
       COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:sonoran_node> ${binaries}/
       COMMAND ${SONORAN_PINNED_NODE} ${CMAKE_SOURCE_DIR}/tools/lib/native_sum.js ${binaries}/sonoran_bridge.node)
  list(APPEND needed sonoran_node ${CMAKE_SOURCE_DIR}/bridge/node/sonoran_bridge.js ${CMAKE_SOURCE_DIR}/tools/lib/native_sum.js)
endif()
if(TARGET sonoran_mono)
  # libsonoran_bridge.so or sonoran_bridge.dll, the names by which bridge/mono/Library.cs opens it.
  list(APPEND doors
       COMMAND ${CMAKE_COMMAND} -E make_directory ${mono_binaries}
       COMMAND ${CMAKE_COMMAND} -E copy ${SONORAN_MONO_DOOR} ${CMAKE_BINARY_DIR}/bridge/mono/fxmanifest.lua
               ${CMAKE_SOURCE_DIR}/LICENSE ${SONORAN_MONO_RESOURCE}/
       COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:sonoran_bridge> ${mono_binaries}/)
  list(APPEND needed sonoran_bridge ${SONORAN_MONO_DOOR} ${CMAKE_BINARY_DIR}/bridge/mono/fxmanifest.lua)
endif()

# The page's library of charts is npm's package uplot, as page/package-lock.json pins it with its checksum. It is fetched
# into the build, not into the sources.
set(page_modules ${CMAKE_BINARY_DIR}/page/node_modules)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/page/stamp
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/page/package.json ${CMAKE_SOURCE_DIR}/page/package-lock.json ${CMAKE_BINARY_DIR}/page/
  COMMAND npm ci --ignore-scripts --no-audit --no-fund --silent --prefix ${CMAKE_BINARY_DIR}/page
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/page/stamp
  DEPENDS ${CMAKE_SOURCE_DIR}/page/package.json ${CMAKE_SOURCE_DIR}/page/package-lock.json
  COMMENT "Fetching the page's library of charts"
  VERBATIM)

file(GLOB_RECURSE parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lua/*.lua ${CMAKE_SOURCE_DIR}/lua/*.d.ts ${CMAKE_SOURCE_DIR}/js/*
     ${CMAKE_SOURCE_DIR}/config/* ${CMAKE_SOURCE_DIR}/page/page.* ${CMAKE_SOURCE_DIR}/page/index.html)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/resource/stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${SONORAN_RESOURCE} ${SONORAN_MONO_RESOURCE}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${SONORAN_RESOURCE}/bridge/node ${binaries}
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/fxmanifest.lua ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/LICENSE ${SONORAN_RESOURCE}
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_SOURCE_DIR}/lua ${SONORAN_RESOURCE}/lua
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_SOURCE_DIR}/js ${SONORAN_RESOURCE}/js
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_SOURCE_DIR}/config ${SONORAN_RESOURCE}/config
  COMMAND ${CMAKE_COMMAND} -E make_directory ${SONORAN_RESOURCE}/page/uplot
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/page/index.html ${CMAKE_SOURCE_DIR}/page/page.css ${CMAKE_SOURCE_DIR}/page/page.js ${SONORAN_RESOURCE}/page/
  COMMAND ${CMAKE_COMMAND} -E copy ${page_modules}/uplot/dist/uPlot.iife.min.js ${page_modules}/uplot/dist/uPlot.min.css
          ${page_modules}/uplot/LICENSE ${SONORAN_RESOURCE}/page/uplot/
  # The pinned Node.js carries the authorities that the resource brings.
  COMMAND ${SONORAN_PINNED_NODE} ${CMAKE_SOURCE_DIR}/tools/lib/authorities.js ${SONORAN_RESOURCE}/config/authorities.pem
  ${doors}
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/resource/stamp
  DEPENDS ${needed} ${CMAKE_BINARY_DIR}/page/stamp ${CMAKE_SOURCE_DIR}/tools/lib/authorities.js ${parts} ${CMAKE_SOURCE_DIR}/fxmanifest.lua ${CMAKE_SOURCE_DIR}/README.md
  COMMENT "Staging the resource in ${SONORAN_RESOURCE}"
  VERBATIM)
add_custom_target(resource ALL DEPENDS ${CMAKE_BINARY_DIR}/resource/stamp)
