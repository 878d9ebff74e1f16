#include "api/record_splitter.h"

#include <algorithm>

namespace sonoran::api {

void RecordSplitter::add(std::string_view bytes) {
  if (overlong_) return;
  bytes_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  bytes_ += bytes;
}

std::optional<std::string_view> RecordSplitter::next() {
  while (!overlong_) {
    const std::size_t end = bytes_.find(kRecordEnd, searched_);
    const std::size_t size = std::min(end, bytes_.size()) - begin_;
    if (size > most_) {
      overlong_ = true;
      bytes_ = {};
      begin_ = searched_ = 0;
      break;
    }
    if (end == std::string::npos) {
      searched_ = bytes_.size();
      break;
    }
    const std::string_view record = std::string_view(bytes_).substr(begin_, size);
    begin_ = searched_ = end + 1;
    if (!record.empty()) return record;
  }
  return std::nullopt;
}

}  // namespace sonoran::api
