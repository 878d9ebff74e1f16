// The recording of an upload: where its bytes are, and that the CAD would take them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/arguments.h"
#include "api/operation.h"
#include "api/upload_file.h"
#include "core/result.h"

namespace sonoran::api {

struct Recording {
  std::string file_name = "recording.webm";
  UploadFile file;  // path "": the attachment has the bytes
};

/// Looks at the recording that the argument `file` or the attachment has: a WebM file of at most
/// limits::kRecordingBytes, in one of `folders`. The message is one sentence. A few system calls for a file.
Result<Recording> find_recording(const Operation& operation, Arguments& arguments, std::string_view attachment,
                                 std::span<const std::string> folders);

}  // namespace sonoran::api
