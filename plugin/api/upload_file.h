// A file of this machine that a script wants to upload: found within the folders that the owner allows, and read.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sonoran::api {

/// A file that was looked at: where it really is, and which one it was, so that another one put in its place is
/// noticed.
struct UploadFile {
  std::string path;  // canonical: no links, no dots
  std::uint64_t size = 0;
  std::uint64_t device = 0;  // with `number`: the file itself, where the system tells (0 on Windows)
  std::uint64_t number = 0;
};

/// Whose rules a path is read by.
enum class Paths { kPosix, kWindows };
#ifdef _WIN32
inline constexpr Paths kPaths = Paths::kWindows;
#else
inline constexpr Paths kPaths = Paths::kPosix;
#endif

/// Whether the text names a file of a disk and nothing else. Refused are control characters, NUL among them; two
/// slashes or backslashes at the beginning (`\\host\share`, `\\?\`, `\\.\`), for which Windows asks another machine or
/// a driver; and by Windows' rules streams (`file:stream`), a drive without a root (`C:file`), the names of devices
/// (CON, NUL, COM1, LPT¹, also with an extension), names that end with a blank or a dot, and characters that no name
/// has. Pure.
bool is_path_of_a_disk(std::string_view path, Paths rules);

/// Looks `path` up (relative: in each folder in turn) and follows its links and dots to the file that it really means;
/// that one has to be a regular file within one of `folders`, which are resolved the same way. The system is asked only
/// about a path that lies there as a text as well. The message is a sentence without its full stop, the same for what
/// is not there and for what lies elsewhere, so that nobody learns what other folders hold. A few system calls.
Result<UploadFile> find_upload_file(std::string_view path, std::span<const std::string> folders);

/// Reads a file that was found, from its beginning. One thread at a time.
class UploadReader {
 public:
  /// Opens it without following a link, and makes sure that it is still the file that was found, of the same size.
  /// The message is one sentence.
  Check open(const UploadFile& file);

  /// Up to `room.size()` bytes; fewer at the end only, and when the file cannot be read on.
  std::size_t read(std::span<char> room);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace sonoran::api
