# Fails when the C program and the C# program do not print the same.
execute_process(COMMAND ${C} OUTPUT_VARIABLE in_c RESULT_VARIABLE code_c)
execute_process(COMMAND ${MONO} ${CS} OUTPUT_VARIABLE in_cs RESULT_VARIABLE code_cs)
if(NOT code_c EQUAL 0 OR NOT code_cs EQUAL 0 OR in_c STREQUAL "")
  message(FATAL_ERROR "A program failed: C ${code_c}, C# ${code_cs}.")
endif()
if(NOT in_c STREQUAL in_cs)
  message(FATAL_ERROR "bridge/mono/Abi.cs does not agree with sonoran_bridge.h.\nC:\n${in_c}\nC#:\n${in_cs}")
endif()
