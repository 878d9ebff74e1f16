#include "core/same_secret.h"

#include <cstddef>

namespace sonoran {
namespace {

/// Without a branch that depends on the character.
unsigned lower(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const unsigned is_upper = static_cast<unsigned>(byte >= 'A') & static_cast<unsigned>(byte <= 'Z');
  return byte | (is_upper << 5U);
}

}  // namespace

bool same_secret(std::string_view given, std::string_view secret) {
  if (secret.empty()) return false;
  // The time may reveal the length of the secret. All given characters are compared in any case.
  unsigned differ = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) differ |= lower(given[i]) ^ lower(secret[i % secret.size()]);
  return differ == 0;
}

}  // namespace sonoran
