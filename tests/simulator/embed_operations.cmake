# config/operations.json -> a C++ raw string, so that the program needs no file of the source folder at run time.
file(READ ${INPUT} json)
file(WRITE ${OUTPUT} "// Generated from config/operations.json; do not edit.\nR\"OPERATIONS(${json})OPERATIONS\"\n")
