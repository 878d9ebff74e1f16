// A secret and a text that whoever answers has chosen. The input's first byte is the length of the secret, which comes
// next; the rest is the text, in which each 0xFF stands for the secret.
#include <cstdint>
#include <string>
#include <string_view>

#include "api/json.h"
#include "core/redaction.h"
#include "require.h"

using namespace sonoran;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size - 1 < data[0]) return 0;
  const std::string secret(reinterpret_cast<const char*>(data) + 1, data[0]);
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1 + secret.size(), size - 1 - secret.size());
  std::string text;
  for (const char c : rest) {
    if (c == '\xFF') {
      text += secret;
    } else {
      text += c;
    }
  }
  std::string left = text;
  redact(left, secret);
  require(left.size() <= text.size(), "nothing grows");
  if (secret.empty()) require(left == text, "nothing is taken out for no secret");
  // What stands in a secret's place may look like another one, where the secret is of its letters.
  if (secret.size() >= 11 && secret.find_first_of("[]*") == std::string::npos) {
    require(left.find(secret) == std::string::npos, "a secret is gone");
    std::string json;
    api::append_json(json, secret);
    require(json.size() < 3 || left.find(json.substr(1, json.size() - 2)) == std::string::npos, "also as JSON has it");
  }
  return 0;
}
