// What the CAD knows of its units and servers from the requests so far.
#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran::simulator {

struct Unit {
  std::int64_t id = 0;  // the identifier id: numbered as they are first seen
  std::optional<bool> panic;
  std::optional<std::int64_t> status;
  std::uint64_t locations = 0;
  bool placed = false;  // it is on the map
  std::string location;
  boost::json::value vehicle;           // as it was sent last; null: without one
  std::array<double, 4> coordinates{};  // x, y, z, w
};

/// The units that a body names: "license:abc", or with a prefix for the other forms: "roblox:1", "discord:1",
/// "account:<uuid>", "ident:1". `object` may have any JSON in it; members that are no identifiers are left out.
std::vector<std::string> named_units(const boost::json::object& object);

class Community {
 public:
  /// The bodies must have passed the body check.
  void heartbeat(const boost::json::object& body);
  enum class Way : std::uint8_t { kHttp, kHub };
  void locations(const boost::json::object& body, Way way);
  /// Clears the place of the unit that logs in, as the CAD does. `data` is the event's; it may name nobody.
  void login(const boost::json::value& data);
  void panic(const boost::json::object& body);
  void status(const boost::json::object& body);
  std::int64_t new_call() { return ++calls_; }

  /// As getActiveUnits lists them.
  [[nodiscard]] boost::json::array units(bool include_offline) const;
  /// What the statistics show.
  [[nodiscard]] boost::json::object summary() const;
  /// The map: `units` by name, each x, y, z and w, null where it has no place; and `applied`, what it was told, in that
  /// order, from index `since` on: the last 100,000 are kept. An entry without coordinates is a login.
  [[nodiscard]] boost::json::object map(std::uint64_t since) const;

 private:
  /// Null if there are too many units already: the memory of a simulator under a fuzzer is bounded, too.
  Unit* unit(const std::string& name);

  struct Applied {
    std::string unit;
    std::optional<Way> way;  // nothing: a login
    std::array<double, 4> coordinates{};
    std::int64_t monotonic_us = 0;
  };
  void apply(const std::string& name, std::optional<Way> way, const Unit& unit);

  std::map<std::string, Unit> units_;
  std::deque<Applied> applied_;
  std::uint64_t applied_count_ = 0;
  std::uint64_t heartbeats_ = 0;
  std::optional<std::int64_t> player_count_;
  std::uint64_t panic_on_ = 0, panic_off_ = 0, statuses_ = 0, locations_ = 0;
  std::int64_t calls_ = 0;
};

}  // namespace sonoran::simulator
