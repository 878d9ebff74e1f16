// Bytes that come over the hub's connection, split into records and read as the module reads them. The input's first
// two bytes choose the size of the messages in which they come.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "api/hub_record.h"
#include "api/push_event.h"
#include "api/record_splitter.h"
#include "core/text.h"
#include "require.h"

namespace {

using namespace sonoran;

constexpr std::size_t kRecordBytes = 4096;

std::vector<std::string> split(std::string_view bytes, std::size_t piece, bool& overlong) {
  api::RecordSplitter splitter(kRecordBytes);
  std::vector<std::string> records;
  while (!bytes.empty()) {
    splitter.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (const auto record = splitter.next()) {
      require(!record->empty() && record->size() <= kRecordBytes, "a record is not empty and within its bound");
      records.emplace_back(*record);
    }
    require(splitter.held() <= kRecordBytes, "what has no end yet stays within the bound");
  }
  overlong = splitter.overlong();
  return records;
}

void check(const api::PushEvent& event) {
  require(!event.type.empty() && event.type.size() <= api::kEventTypeBytes, "an event's type is bounded");
  require(!event.data.empty() && is_utf8(event.data), "an event's data is UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0] + std::size_t{256} * (data[1] % 16);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  bool overlong = false;
  bool overlong_at_once = false;
  const auto records = split(bytes, piece, overlong);
  require(records == split(bytes, bytes.size() + 1, overlong_at_once) && overlong == overlong_at_once,
          "in which messages records come does not matter");
  for (const std::string& text : records) {
    require(is_utf8(api::handshake_refusal(text)), "what people read is UTF-8");
    if (const auto event = api::read_push_event(text)) check(*event);
    const auto record = api::read_hub_record(text);
    if (!record) continue;
    const api::HubAnswer answer = api::read_hub_answer(*record);
    require(answer.success == answer.error.empty(), "what failed has words");
    require(is_utf8(answer.error) && answer.error.size() < 1000, "what people read is short and UTF-8");
    if (const auto event = api::read_pushed_event(record->arguments)) check(*event);
    if (!record->id) continue;
    std::string again = api::hub_error(*record->id, record->target);
    again.pop_back();
    const auto echo = api::read_hub_record(again);
    require(echo && echo->id == record->id && echo->error == record->target, "what is written reads back the same");
  }
  return 0;
}
