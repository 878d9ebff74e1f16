// The two messages by which Lua is asked for places and gives them, in MessagePack, as the game server carries them
// between its runtimes. They are written and read here, because the server's own codec for JavaScript is JavaScript: at
// four messages a second it is never warm, and took two thirds of a millisecond a second for 200 units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sonoran::node {

/// How many bytes a question about `slots` slots takes.
constexpr std::size_t question_size(std::size_t slots) {
  return 9 + 5 * slots;
}

/// Writes the arguments of read_places in lua/server/bridge.lua: [[slot, ...], untaken]. `into` has question_size()
/// bytes at least; there are at most 65,535 slots. Gives how many bytes were written.
std::size_t write_question(std::span<const std::int32_t> slots, std::uint32_t untaken, std::span<std::uint8_t> into);

/// What Lua says of a slot besides its place. Without a value: as before.
struct SaidOfSlot {
  std::int64_t slot;
  std::optional<std::string_view> location;
  std::optional<std::string_view> vehicle;
  std::optional<std::string_view> kind;
  std::int64_t siren;  // positive: on; negative: off; 0: as before
};

/// What read_places answered. Reused, so that an answer allocates nothing once there was one as large.
struct PlacesAnswer {
  std::vector<std::int32_t> rows;  // in the form of sb_push_rows
  std::vector<SaidOfSlot> said;    // views into the message

  /// Reads [[[slot, x, y, z, heading, ...], [slot, location, vehicle, kind, siren, ...]]]: the results of a Lua
  /// function that gives one table of two. A text that is not given is false or nil; an empty list may be an empty map.
  /// False for anything else, and then nothing is in the lists. Any bytes may come.
  [[nodiscard]] bool read(std::span<const std::uint8_t> message);
};

}  // namespace sonoran::node
