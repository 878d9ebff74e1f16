// What an event of the CAD says of units. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran::api {

/// A unit as events and getActiveUnits describe it. What is not said is nothing, or empty.
struct HeardUnit {
  std::optional<std::int64_t> ident;  // the CAD's number of it
  std::vector<std::string> ids;       // community user ids; of older data the list apiIds
  std::optional<int> status;          // see read_status()
  std::optional<bool> panic;
};

struct UnitNews {
  enum class What : std::uint8_t { kLogin, kLogout, kChange };
  What what = What::kChange;
  bool is_dispatch = false;      // of a login: a dispatcher's, who is no unit on the map
  std::vector<HeardUnit> units;  // of a logout, and where only numbers are said: with their ident alone
};

/// Reads the data of EVENT_UNIT_LOGIN, _LOGOUT, _STATUS, _UPDATE and _PANIC, in each form in which they are known to
/// come. Nothing: another type, or data that name no unit.
std::optional<UnitNews> read_unit_news(std::string_view type, std::string_view data);

/// The units of a JSON array; nothing where it is none, or an element is no object.
std::optional<std::vector<HeardUnit>> read_units(std::string_view json);

}  // namespace sonoran::api
