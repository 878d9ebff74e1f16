// The options of the program.
#pragma once

#include <string>

#include "simulator/simulator.h"

namespace sonoran::simulator {

struct CommandLine {
  Options options;
  std::string ready_file;
  bool with_parent = false;
  bool key_given = false;  // the next key is a further one, and does not replace it
  bool help = false;
  bool version = false;
};

extern const char kHelp[];

/// Throws std::invalid_argument with one sentence. Uses getopt_long, so only one call at a time. `key` is the one of
/// the environment; null: the default.
CommandLine parse_command_line(int count, char* const* words, const char* key);

}  // namespace sonoran::simulator
