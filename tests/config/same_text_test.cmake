# Fails when FILE is not what PROGRAM [FLAG] prints.
execute_process(COMMAND ${PROGRAM} ${FLAG} OUTPUT_VARIABLE fresh RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${code}.")
endif()
file(READ ${FILE} kept)
if(NOT fresh STREQUAL kept)
  message(FATAL_ERROR "${FILE} is stale; run  cmake --build --preset dev --target ${TARGET}  and commit it.")
endif()
