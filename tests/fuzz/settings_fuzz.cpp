// Convars, which any script of the server may set: lines of "name value", as the bridge is given them, and the texts of
// paths, which Windows' rules are tried on as well.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/upload_file.h"
#include "core/settings.h"
#include "core/text.h"
#include "require.h"

using namespace sonoran;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kKey = "a-key-that-nobody-may-see";
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  std::vector<SettingPair> pairs = {{"sonoran_apiKey", kKey}};
  for (std::string_view rest = all; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t name = std::min(line.find(' '), line.size());
    pairs.push_back({line.substr(0, name), line.substr(std::min(name + 1, line.size()))});
    for (const api::Paths rules : {api::Paths::kPosix, api::Paths::kWindows}) {
      if (!api::is_path_of_a_disk(line, rules)) continue;
      require(is_utf8(line) && line.find('\0') == std::string_view::npos, "a path is a text");
      require(!line.starts_with("//") && !line.starts_with("\\\\"), "no path is another machine's");
      if (rules == api::Paths::kWindows) {
        require(line.find(':', 2) == std::string_view::npos, "no path is a stream's");
      }
    }
  }
  auto parsed = parse_settings(pairs);
  if (!parsed) {
    const std::string& message = parsed.error().text;
    require(!message.empty() && is_utf8(message) && message.size() < 2000, "a refusal has a message");
    require(message.find(kKey) == std::string::npos, "the key is in no message");
    return 0;
  }
  require(!parsed->api_key.empty() && is_utf8(parsed->api_key), "a key is there");
  for (const auto& [name, value] : parsed->values)
    require(value.find(kKey) == std::string::npos, "the key is no value");
  return 0;
}
