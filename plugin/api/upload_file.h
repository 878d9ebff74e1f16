// A file of this machine that a script wants to upload: found within the folders that the owner allows, and read.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace sonoran::api {

/// A file that was looked at: where it really is, and which one it was, so that another one put in its place is
/// noticed.
struct UploadFile {
  std::string path;  // canonical: no links, no dots
  std::uint64_t size = 0;
  std::uint64_t device = 0;  // with `number`: the file itself, where the system tells (0 on Windows)
  std::uint64_t number = 0;
};

/// Looks `path` up (relative: in each folder in turn) and follows its links and dots to the file that it really means;
/// that one has to be a regular file within one of `folders`, which are resolved the same way. The second alternative
/// is one sentence. A few system calls.
std::variant<UploadFile, std::string> find_upload_file(std::string_view path, std::span<const std::string> folders);

/// Reads a file that was found, from its beginning. One thread at a time.
class UploadReader {
 public:
  /// Opens it without following a link, and makes sure that it is still the file that was found, of the same size.
  /// Returns one sentence when it is not, and "" when all is well.
  std::string open(const UploadFile& file);

  /// Up to `room.size()` bytes; fewer at the end only, and when the file cannot be read on.
  std::size_t read(std::span<char> room);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace sonoran::api
