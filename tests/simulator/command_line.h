// The options of the program.
#pragma once

#include <string>

#include "simulator/simulator.h"

namespace sonoran::simulator {

struct CommandLine {
  Options options;
  std::string ready_file;
  bool with_parent = false;
  bool key_given = false;  // the next one is one more, and does not replace it
  bool help = false;
  bool version = false;
};

extern const char kHelp[];

/// Throws std::invalid_argument with one sentence. Uses getopt_long, thus one call at a time. `key` is that of the
/// environment; null is the default.
CommandLine parse_command_line(int count, char* const* words, const char* key);

}  // namespace sonoran::simulator
