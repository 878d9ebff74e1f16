# A JSON file -> a C++ raw string, so that the program needs no file of the source folder at run time.
file(READ ${INPUT} json)
get_filename_component(name ${INPUT} NAME)
file(WRITE ${OUTPUT} "// Generated from ${name}; do not edit.\nR\"TEXT(${json})TEXT\"\n")
