#include "api/upload_file.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#include <windows.h>
// After windows.h.
#include <io.h>
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

/// Whether two parts of paths are the same. Windows takes no notice of case.
bool same_part(const fs::path& a, const fs::path& b) {
#ifdef _WIN32
  const auto lower = [](wchar_t c) { return c >= L'A' && c <= L'Z' ? static_cast<wchar_t>(c + (L'a' - L'A')) : c; };
  return std::ranges::equal(a.native(), b.native(), {}, lower, lower);
#else
  return a == b;
#endif
}

/// Both canonical, or both without dots.
bool is_within(const fs::path& path, const fs::path& folder) {
  const auto [left, right] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end(), same_part);
  return left == folder.end() && right != path.end();
}

/// Without dots, as a text; and without a slash at its end.
fs::path without_dots(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

std::string_view without_end(std::string_view text, std::string_view end) {
  while (!text.empty() && end.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return text;
}

/// Whether Windows takes this part of a path for a device.
bool is_device(std::string_view part) {
  static constexpr std::array<std::string_view, 7> kNames = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"};
  static constexpr std::array<std::string_view, 3> kHighDigits = {"\xC2\xB9", "\xC2\xB2", "\xC2\xB3"};  // ¹ ² ³
  std::string stem(without_end(part.substr(0, part.find_first_of(".:")), " "));
  std::ranges::transform(stem, stem.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  if (std::ranges::find(kNames, stem) != kNames.end()) return true;
  if (!stem.starts_with("com") && !stem.starts_with("lpt")) return false;
  const std::string_view digit = std::string_view(stem).substr(3);
  return (digit.size() == 1 && digit[0] >= '0' && digit[0] <= '9') ||
         std::ranges::find(kHighDigits, digit) != kHighDigits.end();
}

/// A part of a path between two slashes, by Windows' rules.
bool is_plain_part(std::string_view part) {
  if (part.empty() || part == "." || part == "..") return true;
  return part.find_first_of("<>:\"|?*") == std::string_view::npos && without_end(part, " .") == part &&
         !is_device(part);
}

/// The canonical path; nothing when there is no such file.
std::optional<fs::path> resolved(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::canonical(path, error);
  if (error) return std::nullopt;
  return result;
}

std::string path_in_quotes(std::string_view path) {
  return in_quotes(path, 200);
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

#if defined(O_PATH)
constexpr int kFolderFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#else
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#endif

/// Opens an absolute path step by step from the root, each step below the folder that the one before has opened: no
/// link is followed, neither at the end nor on the way, whoever swaps a folder meanwhile. A pipe put in the file's
/// place keeps nobody waiting.
int open_without_links(const std::string& path) {
  int folder = ::open("/", kFolderFlags);
  std::size_t begin = 1;
  while (folder >= 0) {
    const std::size_t end = path.find('/', begin);
    const std::string name = path.substr(begin, end - begin);
    const bool last = end == std::string::npos;
    const int next =
        ::openat(folder, name.c_str(), last ? O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK : kFolderFlags);
    ::close(folder);
    if (last) return next;
    folder = next;
    begin = end + 1;
  }
  return -1;
}

std::FILE* open_file(const std::string& path) {
  const int descriptor = open_without_links(path);
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

/// The path under which Windows knows an open file, links resolved.
std::optional<fs::path> path_of(HANDLE file) {
  std::wstring text(MAX_PATH, L'\0');
  for (int tries = 0; tries < 2; ++tries) {
    const DWORD size = ::GetFinalPathNameByHandleW(file, text.data(), static_cast<DWORD>(text.size()), 0);
    if (size == 0) return std::nullopt;
    const bool fits = size < text.size();
    text.resize(size);
    if (!fits) continue;
    static constexpr std::wstring_view kShare = L"\\\\?\\UNC\\";
    static constexpr std::wstring_view kLong = L"\\\\?\\";
    if (text.starts_with(kShare)) return fs::path(L"\\\\" + text.substr(kShare.size()));
    return fs::path(text.starts_with(kLong) ? text.substr(kLong.size()) : text);
  }
  return std::nullopt;
}

/// Windows: the opened file must be the one that the canonical path names, and so lie there. A link at the end of the
/// path or within it leads elsewhere.
std::optional<UploadFile> identity(std::FILE* file, const std::string& path) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): Windows' own way
  auto* const handle = reinterpret_cast<HANDLE>(::_get_osfhandle(::_fileno(file)));
  BY_HANDLE_FILE_INFORMATION facts{};
  if (::GetFileType(handle) != FILE_TYPE_DISK || ::GetFileInformationByHandle(handle, &facts) == 0) return std::nullopt;
  if ((facts.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) return std::nullopt;
  const auto real = path_of(handle);
  if (!real || *real != from_utf8(path)) return std::nullopt;
  const auto both = [](DWORD high, DWORD low) { return (static_cast<std::uint64_t>(high) << 32U) | low; };
  UploadFile found;
  found.size = both(facts.nFileSizeHigh, facts.nFileSizeLow);
  found.device = facts.dwVolumeSerialNumber;
  found.number = both(facts.nFileIndexHigh, facts.nFileIndexLow);
  return found;
}
#endif

}  // namespace

bool is_path_of_a_disk(std::string_view path, Paths rules) {
  const auto is_slash = [](char c) { return c == '/' || c == '\\'; };
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  if (path.empty() || !is_utf8(path)) return false;
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) return false;
  if (path.size() > 1 && is_slash(path[0]) && is_slash(path[1])) return false;
  if (rules == Paths::kPosix) return true;
  if (path.size() > 1 && path[1] == ':') {
    if (!is_letter(path[0]) || path.size() < 3 || !is_slash(path[2])) return false;
    path.remove_prefix(3);
  }
  while (!path.empty()) {
    const std::size_t size = std::min(path.find_first_of("/\\"), path.size());
    if (!is_plain_part(path.substr(0, size))) return false;
    path.remove_prefix(std::min(size + 1, path.size()));
  }
  return true;
}

Result<UploadFile> find_upload_file(std::string_view path, std::span<const std::string> folders) {
  if (folders.empty()) {
    return Message{
        "no folder is allowed for uploads; set sonoran_bridge_upload_folders to those that a file may lie in"};
  }
  if (path.empty()) return Message{"file must be the path of a file"};
  const Message nowhere{"file " + path_in_quotes(path) +
                        " is no file that may be sent; it has to be there, in a folder that "
                        "sonoran_bridge_upload_folders allows"};
  if (!is_path_of_a_disk(path, kPaths)) return nowhere;
  const fs::path wanted = from_utf8(path);
  for (const std::string& base : folders) {
    const fs::path full = wanted.is_absolute() ? wanted : from_utf8(base) / wanted;
    // The text is checked first: a path that leads elsewhere never reaches the system.
    const bool may_be = std::ranges::any_of(folders, [&](const std::string& folder) {
      const fs::path text = without_dots(full);
      if (is_within(text, without_dots(from_utf8(folder)))) return true;
      const auto real_folder = resolved(from_utf8(folder));
      return real_folder && is_within(text, *real_folder);
    });
    const auto real = may_be ? resolved(full) : std::nullopt;
    if (!real) continue;
    const bool allowed = std::ranges::any_of(folders, [&](const std::string& folder) {
      const auto real_folder = resolved(from_utf8(folder));
      return real_folder && is_within(*real, *real_folder);
    });
    if (!allowed) continue;
    UploadFile found;
    found.path = to_utf8(*real);
    std::FILE* const file = open_file(found.path);
    if (file == nullptr) return Message{"file " + path_in_quotes(path) + " cannot be opened"};
    const auto facts = identity(file, found.path);
    std::fclose(file);
    if (!facts) return Message{"file " + path_in_quotes(path) + " is no regular file"};
    found.size = facts->size;
    found.device = facts->device;
    found.number = facts->number;
    return found;
  }
  return nowhere;
}

Check UploadReader::open(const UploadFile& file) {
  file_.reset(open_file(file.path));
  if (!file_)
    return Message{"The file " + path_in_quotes(file.path) +
                   " could be read when the upload was called for, and now cannot."};
  const auto facts = identity(file_.get(), file.path);
  if (!facts || facts->device != file.device || facts->number != file.number || facts->size != file.size) {
    file_.reset();
    return Message{"The file " + path_in_quotes(file.path) +
                   " was changed or replaced since the upload was called for."};
  }
  return {};
}

std::size_t UploadReader::read(std::span<char> room) {
  return file_ ? std::fread(room.data(), 1, room.size(), file_.get()) : 0;
}

}  // namespace sonoran::api
