# The same commit gives the same bytes: tools/lib/link_time.js says what stands in the way.

# Node.js as the stand-in has it, pinned.
set(SONORAN_PINNED_NODE ${CMAKE_SOURCE_DIR}/tests/fxhost/node_modules/node/bin/node CACHE INTERNAL "")

# A DLL that is shipped holds no time of linking. Called where the target is made.
function(sonoran_clear_link_time target)
  if(WIN32)
    add_custom_command(TARGET ${target} POST_BUILD COMMAND ${SONORAN_PINNED_NODE} ${CMAKE_SOURCE_DIR}/tools/lib/link_time.js
                                                           $<TARGET_FILE:${target}> VERBATIM)
  endif()
endfunction()
