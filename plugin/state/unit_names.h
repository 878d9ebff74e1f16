// The names that one unit may have.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sonoran::state {

/// The CAD and the game may each write a unit's id with the prefix of the player's identifier or without it, as in
/// "license:abc" and "abc". `visit` is given each way.
template <class Visit>
void each_spelling(std::string_view id, Visit&& visit) {
  static constexpr std::array<std::string_view, 8> kPrefixes = {
      "license:", "license2:", "steam:", "discord:", "fivem:", "xbl:", "live:", "ip:"};
  visit(id);
  for (const std::string_view prefix : kPrefixes) {
    if (id.starts_with(prefix)) return visit(id.substr(prefix.size()));
  }
  std::string prefixed;
  for (const std::string_view prefix : kPrefixes) {
    prefixed.assign(prefix).append(id);
    visit(std::string_view(prefixed));
  }
}

}  // namespace sonoran::state
