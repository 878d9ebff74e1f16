// Programs of others that a test starts, and ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sonoran::road {

/// A folder for the files of one program; it goes with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name = "") const;
  /// Writes a file, and returns its path.
  std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string read(const std::string& name) const;

 private:
  std::string path_;
};

/// How a program is run.
struct Command {
  std::vector<std::string> words;
  std::vector<std::string> environment;  // "NAME=value"; added to that of the test
  int traffic = -1;                      // a socket that is its standard input and output; it is closed here then
};

/// A running program, in a folder of its own. What it prints is kept there. It ends with the object, and with the test.
class Program {
 public:
  /// Throws std::runtime_error if it cannot be started.
  Program(const Command& command, const Folder& folder);
  /// Asks it to end, and ends it if it does not within some seconds.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] bool running();
  /// All that it printed so far.
  [[nodiscard]] std::string printed() const { return folder_.read("printed"); }

 private:
  const Folder& folder_;
  pid_t process_ = -1;
};

/// A port of the loopback interface that is free now.
std::uint16_t free_port();

/// Whether somebody takes connections there.
bool listens(std::uint16_t port);

}  // namespace sonoran::road
