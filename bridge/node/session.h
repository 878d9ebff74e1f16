// One bridge as a JavaScript environment holds it: the bridge, and its table of slots.
#pragma once

#include <sonoran_bridge.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "napi.h"

namespace sonoran::node {

/// A slot is a small number (a player's server id) that stands for a unit, so that a unit's id crosses from Lua once
/// and not with every position. All functions are the environment's thread's.
class Session {
 public:
  /// Server ids of players are 16 bits.
  static constexpr std::size_t kSlots = 65536;
  /// Numbers of one position in a flat array: slot, x, y, z in decimetres, heading in degrees.
  static constexpr std::size_t kStride = 5;

  explicit Session(sb_bridge* bridge) : bridge_(bridge) {}
  ~Session() { close(0); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] sb_bridge* bridge() const { return bridge_; }

  /// Ends the bridge; see sb_destroy.
  void close(std::uint32_t timeout_ms);

  /// Says which unit a slot stands for; an empty id frees the slot.
  void bind(std::size_t slot, std::string unit);

  /// Location and vehicle that travel with the slot's next position; nothing: as before.
  void describe(std::size_t slot, std::optional<std::string> location, std::optional<std::string> vehicle);

  /// Pushes rows of kStride numbers; returns how many were taken. Rows of free slots are not; they count as refused.
  std::size_t push(std::span<const std::int32_t> rows);

 private:
  struct Slot {
    std::string unit;
    std::optional<std::string> location;
    std::optional<std::string> vehicle;
    bool described = false;
  };

  sb_bridge* bridge_;
  std::vector<Slot> slots_;
  const Slot nobody_{};
  std::vector<sb_position> batch_;  // kept, so that a push allocates nothing once it has grown
};

}  // namespace sonoran::node
