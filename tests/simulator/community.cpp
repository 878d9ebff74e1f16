#include "simulator/community.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <utility>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostUnits = 100'000;
constexpr std::size_t kMostApplied = 100'000;
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

void Community::apply(const std::string& name, std::optional<Way> way, const Unit& unit) {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  applied_.push_back({.unit = name,
                      .way = way,
                      .coordinates = unit.coordinates,
                      .monotonic_us = std::chrono::duration_cast<std::chrono::microseconds>(since_start).count()});
  ++applied_count_;
  if (applied_.size() > kMostApplied) applied_.pop_front();
}

void Community::login(const json::value& data) {
  const json::object* event = data.if_object();
  const json::value* unit = event != nullptr ? event->if_contains("unit") : nullptr;
  const json::value* names = unit != nullptr && unit->is_object() ? unit->get_object().if_contains("data") : nullptr;
  if (names == nullptr || !names->is_object()) return;
  for (const std::string& name : named_units(names->get_object())) {
    const auto known = units_.find(name);
    if (known == units_.end()) continue;
    known->second.placed = false;
    apply(name, std::nullopt, known->second);
  }
}

json::object Community::map(std::uint64_t since) const {
  json::object units;
  for (const auto& [name, unit] : units_) {
    units[name] = unit.placed ? json::value(coordinates_of(unit)) : json::value(nullptr);
  }
  json::array applied;
  const std::uint64_t first = applied_count_ - applied_.size();
  for (std::uint64_t index = std::max(first, since); index < applied_count_; ++index) {
    const Applied& one = applied_[static_cast<std::size_t>(index - first)];
    json::object& entry =
        applied.emplace_back(json::object{{"index", index}, {"unit", one.unit}, {"monotonic_us", one.monotonic_us}})
            .get_object();
    entry["way"] = !one.way ? "login" : *one.way == Way::kHub ? "hub" : "http";
    if (!one.way) continue;
    const auto& [x, y, z, w] = one.coordinates;
    for (const auto& [letter, number] : {std::pair{"x", x}, std::pair{"y", y}, std::pair{"z", z}, std::pair{"w", w}})
      entry[letter] = number;
  }
  return {{"units", std::move(units)}, {"applied", std::move(applied)}, {"count", applied_count_}};
}

void Community::locations(const json::object& body, Way way) {
  for (const json::value& element : body.at("updates").as_array()) {
    const json::object& update = element.as_object();
    for (const std::string& name : named_units(update)) {
      ++locations_;
      Unit* known = unit(name);
      if (known == nullptr) continue;
      ++known->locations;
      known->location = std::string_view(update.at("location").as_string());
      const json::value* vehicle = update.if_contains("vehicle");
      known->vehicle = vehicle == nullptr ? json::value() : *vehicle;
      const json::object& coordinates = update.at("coordinates").as_object();
      std::size_t axis = 0;
      for (const std::string_view letter : {"x", "y", "z", "w"})
        known->coordinates[axis++] = coordinates.at(letter).to_number<double>();
      known->placed = true;
      apply(name, way, *known);
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
    shown["vehicle"] = unit.vehicle;
    shown["coordinates"] = unit.locations == 0 ? json::value(nullptr) : json::value(coordinates_of(unit));
  }
  json::object heartbeat = {{"count", heartbeats_}};
  heartbeat["last_player_count"] = player_count_ ? json::value(*player_count_) : json::value(nullptr);
  return {{"units", std::move(units)},     {"heartbeat", std::move(heartbeat)}, {"panic_on_total", panic_on_},
          {"panic_off_total", panic_off_}, {"status_total", statuses_},         {"locations_total", locations_},
          {"calls_created_total", calls_}};
}

}  // namespace sonoran::simulator
