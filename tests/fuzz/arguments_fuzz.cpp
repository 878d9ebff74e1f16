// Arguments of calls as a hostile script might give them. The input's first byte chooses the operation, the second
// whether bytes are attached; the rest is the arguments.
#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "api/call.h"
#include "core/limits.h"
#include "core/text.h"
#include "require.h"

namespace {

using namespace sonoran;

/// Letters, digits, %XX and the separators of our own making; as many segments as the operation's path.
void check_target(const api::CheckedCall& call) {
  const std::string_view target = call.target;
  const std::string_view path = target.substr(0, target.find('?'));
  std::size_t slashes = 0;
  for (const char c : path) slashes += c == '/' ? 1 : 0;
  std::size_t expected = 0;
  for (const char c : call.operation->path) expected += c == '/' ? 1 : 0;
  require(slashes == expected, "a segment stays one segment");
  require(path.find("//") == std::string_view::npos && path.back() != '/', "no segment is empty");
  require(path.find("/./") == std::string_view::npos && path.find("/../") == std::string_view::npos &&
              !path.ends_with("/.") && !path.ends_with("/.."),
          "no segment is a step");
  for (const char c : target) require(c > 0x20 && c < 0x7F, "a target is visible ASCII");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto all = api::operations();
  const api::Operation& operation = all[data[0] % all.size()];
  const std::string attachment = data[1] % 4 == 1 ? std::string("\x1A\x45\xDF\xA3rest") : std::string();
  const std::string_view arguments(reinterpret_cast<const char*>(data) + 2, size - 2);

  const auto result = api::check_call(operation.id, arguments, attachment, {.server_id = 1, .upload_folders = {}});
  if (!result) {
    const std::string message = result.error().text;
    require(!message.empty() && is_utf8(message) && message.size() < 2000, "a refusal has a message");
    return 0;
  }
  const api::CheckedCall& call = *result;
  require(call.operation == &operation, "the operation is the one asked for");
  check_target(call);
  require(is_utf8(call.body), "UTF-8 stays UTF-8");
  for (const std::string_view key : call.order_keys.views()) require(is_utf8(key), "UTF-8 stays UTF-8");
  if (!call.body.empty()) {
    simdjson::dom::parser parser;
    require(parser.parse(call.body).error() == simdjson::SUCCESS, "a body is JSON");
  }
  require((call.multipart != nullptr) == (operation.body == api::BodyKind::kMultipart), "forms are for uploads");
  return 0;
}
