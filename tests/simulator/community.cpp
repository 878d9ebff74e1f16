#include "simulator/community.h"

#include <boost/json.hpp>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostUnits = 100'000;
constexpr std::int64_t kOffline = 100;
constexpr std::int64_t kAvailable = 2;

void add(std::vector<std::string>& names, std::string_view prefix, const json::value* value) {
  if (value == nullptr) return;
  if (value->is_string()) {
    names.push_back(std::string(prefix) + std::string(std::string_view(value->get_string())));
  } else if (value->is_int64() || value->is_uint64()) {
    names.push_back(std::string(prefix) + json::serialize(*value));
  } else if (value->is_array()) {
    for (const json::value& element : value->get_array()) {
      if (!element.is_array()) add(names, prefix, &element);
    }
  }
}

json::object coordinates_of(const Unit& unit) {
  const auto& [x, y, z, w] = unit.coordinates;
  return {{"x", x}, {"y", y}, {"z", z}, {"w", w}};
}

}  // namespace

std::vector<std::string> named_units(const json::object& object) {
  std::vector<std::string> names;
  add(names, "", object.if_contains("communityUserId"));
  add(names, "", object.if_contains("communityUserIds"));
  add(names, "roblox:", object.if_contains("roblox"));
  add(names, "discord:", object.if_contains("discord"));
  add(names, "account:", object.if_contains("accountUuid"));
  add(names, "ident:", object.if_contains("identIds"));
  return names;
}

Unit* Community::unit(const std::string& name) {
  const auto known = units_.find(name);
  if (known != units_.end()) return &known->second;
  if (units_.size() >= kMostUnits) return nullptr;
  Unit& unit = units_[name];
  unit.id = static_cast<std::int64_t>(units_.size());
  return &unit;
}

void Community::heartbeat(const json::object& body) {
  ++heartbeats_;
  player_count_ = body.at("playerCount").to_number<std::int64_t>();
}

void Community::locations(const json::object& body) {
  for (const json::value& element : body.at("updates").as_array()) {
    const json::object& update = element.as_object();
    for (const std::string& name : named_units(update)) {
      ++locations_;
      Unit* known = unit(name);
      if (known == nullptr) continue;
      ++known->locations;
      known->location = std::string_view(update.at("location").as_string());
      const json::object& coordinates = update.at("coordinates").as_object();
      std::size_t axis = 0;
      for (const std::string_view letter : {"x", "y", "z", "w"})
        known->coordinates[axis++] = coordinates.at(letter).to_number<double>();
    }
  }
}

void Community::panic(const json::object& body) {
  const bool on = body.at("isPanic").as_bool();
  for (const std::string& name : named_units(body)) {
    ++(on ? panic_on_ : panic_off_);
    if (Unit* known = unit(name)) known->panic = on;
  }
}

void Community::status(const json::object& body) {
  const auto value = body.at("status").to_number<std::int64_t>();
  for (const std::string& name : named_units(body)) {
    ++statuses_;
    if (Unit* known = unit(name)) known->status = value;
  }
}

json::array Community::units(bool include_offline) const {
  json::array list;
  for (const auto& [name, unit] : units_) {
    if (unit.status == kOffline && !include_offline) continue;
    list.push_back({{"id", unit.id},
                    {"accId", "account-" + std::to_string(unit.id)},
                    {"status", unit.status.value_or(kAvailable)},
                    {"isPanic", unit.panic.value_or(false)},
                    {"location", unit.location},
                    {"coordinates", coordinates_of(unit)},
                    {"aop", ""},
                    {"isDispatch", false},
                    {"communityUserId", name},
                    {"data",
                     {{"unitNum", "U-" + std::to_string(unit.id)},
                      {"name", "Unit " + std::to_string(unit.id)},
                      {"department", "Police"},
                      {"communityUserId", name}}}});
  }
  return list;
}

json::object Community::summary() const {
  json::object units;
  for (const auto& [name, unit] : units_) {
    json::object& shown = units[name].emplace_object();
    shown["panic"] = unit.panic ? json::value(*unit.panic) : json::value(nullptr);
    shown["status"] = unit.status ? json::value(*unit.status) : json::value(nullptr);
    shown["locations"] = unit.locations;
    shown["location"] = unit.location;
    shown["coordinates"] = unit.locations == 0 ? json::value(nullptr) : json::value(coordinates_of(unit));
  }
  json::object heartbeat = {{"count", heartbeats_}};
  heartbeat["last_player_count"] = player_count_ ? json::value(*player_count_) : json::value(nullptr);
  return {{"units", std::move(units)},     {"heartbeat", std::move(heartbeat)}, {"panic_on_total", panic_on_},
          {"panic_off_total", panic_off_}, {"status_total", statuses_},         {"locations_total", locations_},
          {"calls_created_total", calls_}};
}

}  // namespace sonoran::simulator
