#include "api/upload_file.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "core/text.h"

namespace sonoran::api {
namespace {

namespace fs = std::filesystem;

fs::path from_utf8(std::string_view text) {
  return {std::u8string(text.begin(), text.end())};
}

std::string to_utf8(const fs::path& path) {
  const std::u8string text = path.u8string();
  return {text.begin(), text.end()};
}

/// Both canonical.
bool is_within(const fs::path& path, const fs::path& folder) {
  const auto [left, right] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return left == folder.end() && right != path.end();
}

/// The canonical path; nothing when there is no such file.
std::optional<fs::path> resolved(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::canonical(path, error);
  if (error) return std::nullopt;
  return result;
}

std::string in_quotes(std::string_view path) {
  return "'" + printable(path, 200) + "'";
}

#ifndef _WIN32
/// The file behind `descriptor`, or nothing when it is none with bytes to read.
std::optional<UploadFile> identity(int descriptor) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
  UploadFile file;
  file.size = static_cast<std::uint64_t>(facts.st_size);
  file.device = static_cast<std::uint64_t>(facts.st_dev);
  file.number = static_cast<std::uint64_t>(facts.st_ino);
  return file;
}

/// No link is followed, and a pipe put in the file's place keeps nobody waiting.
std::FILE* open_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return nullptr;
  std::FILE* file = ::fdopen(descriptor, "rb");
  if (file == nullptr) ::close(descriptor);
  return file;
}

std::optional<UploadFile> identity(std::FILE* file, const std::string& /*path*/) {
  return identity(::fileno(file));
}
#else
std::FILE* open_file(const std::string& path) {
  return ::_wfopen(from_utf8(path).c_str(), L"rbN");
}

/// Windows: the path must still be canonical, which a link put in its place is not.
std::optional<UploadFile> identity(std::FILE* /*file*/, const std::string& path) {
  std::error_code error;
  const fs::path wanted = from_utf8(path);
  const auto real = resolved(wanted);
  if (!real || *real != wanted || !fs::is_regular_file(wanted, error)) return std::nullopt;
  UploadFile file;
  file.size = fs::file_size(wanted, error);
  if (error) return std::nullopt;
  return file;
}
#endif

}  // namespace

std::variant<UploadFile, std::string> find_upload_file(std::string_view path, std::span<const std::string> folders) {
  if (folders.empty()) {
    return "no folder is allowed for uploads; set sonoran_bridge_upload_folders to those that a file may lie in";
  }
  if (path.empty() || path.find('\0') != std::string_view::npos) return "file must be the path of a file";
  const fs::path wanted = from_utf8(path);
  bool exists = false;
  for (const std::string& base : folders) {
    const auto real = resolved(wanted.is_absolute() ? wanted : from_utf8(base) / wanted);
    if (!real) continue;
    exists = true;
    const bool allowed = std::ranges::any_of(folders, [&](const std::string& folder) {
      const auto real_folder = resolved(from_utf8(folder));
      return real_folder && is_within(*real, *real_folder);
    });
    if (!allowed) continue;
    UploadFile found;
    found.path = to_utf8(*real);
    std::FILE* const file = open_file(found.path);
    if (file == nullptr) return "file " + in_quotes(path) + " cannot be opened";
    const auto facts = identity(file, found.path);
    std::fclose(file);
    if (!facts) return "file " + in_quotes(path) + " is no regular file";
    found.size = facts->size;
    found.device = facts->device;
    found.number = facts->number;
    return found;
  }
  if (!exists) return "file " + in_quotes(path) + " is not there";
  return "file " + in_quotes(path) + " lies outside the folders that sonoran_bridge_upload_folders allows";
}

std::string UploadReader::open(const UploadFile& file) {
  file_.reset(open_file(file.path));
  if (!file_)
    return "The file " + in_quotes(file.path) + " could be read when the upload was called for, and now cannot.";
  const auto facts = identity(file_.get(), file.path);
  if (!facts || facts->device != file.device || facts->number != file.number || facts->size != file.size) {
    file_.reset();
    return "The file " + in_quotes(file.path) + " was changed or replaced since the upload was called for.";
  }
  return {};
}

std::size_t UploadReader::read(std::span<char> room) {
  return file_ ? std::fread(room.data(), 1, room.size(), file_.get()) : 0;
}

}  // namespace sonoran::api
