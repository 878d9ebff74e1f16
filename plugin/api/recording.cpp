#include "api/recording.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "api/multipart.h"
#include "core/limits.h"
#include "core/text.h"

namespace sonoran::api {
namespace {

constexpr std::size_t kHeadBytes = 4;  // as many as is_webm() looks at

bool is_named_webm(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const std::string_view suffix = dot == std::string_view::npos ? std::string_view() : path.substr(dot);
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
  return std::ranges::equal(suffix, std::string_view(".webm"), same);
}

}  // namespace

Result<Recording> find_recording(const Operation& operation, Arguments& arguments, std::string_view attachment,
                                 std::span<const std::string> folders) {
  Recording recording;
  const std::string id(operation.id);
  const Argument* const path = arguments.present("file");
  if (path != nullptr && !attachment.empty()) {
    return Message{id + " takes file or an attachment, not both."};
  }
  std::uint64_t size = attachment.size();
  std::string head(attachment.substr(0, kHeadBytes));
  if (attachment.empty()) {
    if (path == nullptr) return Message{id + " needs file, the path of a .webm file, or its bytes as an attachment."};
    const std::string_view wanted = path->value.get_string().value_unsafe();
    if (!is_named_webm(wanted)) return Message{id + ": file must be a .webm file, not " + in_quotes(wanted) + "."};
    auto found = find_upload_file(wanted, folders);
    if (!found) return Message{id + ": " + found.error().text + "."};
    recording.file = std::move(*found);
    size = recording.file.size;
    UploadReader reader;
    head.resize(kHeadBytes);
    if (const Check opened = reader.open(recording.file); !opened) return Message{id + ": " + opened.error().text};
    head.resize(reader.read(head));
    recording.file_name = wanted.substr(std::min(wanted.find_last_of("/\\") + 1, wanted.size()));
  }
  if (size > limits::kRecordingBytes) {
    return Message{id + ": the recording has " + std::to_string(size) + " bytes; " +
                   std::to_string(limits::kRecordingBytes) + " is the most."};
  }
  if (!is_webm(head)) return Message{id + ": the recording is no WebM file; it does not begin with an EBML header."};
  return recording;
}

}  // namespace sonoran::api
