#include "api/unit_news.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "api/json.h"

namespace sonoran::api {
namespace {

namespace ondemand = simdjson::ondemand;

/// Stands for a status that we do not know.
constexpr int kOtherStatus = -1;

/// A whole number, as a number or as a text.
std::optional<std::int64_t> whole(ondemand::value value) {
  std::int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A status is a number or, in answers of setUnitStatus, a word. Nothing: neither of them.
std::optional<int> status_of(ondemand::value value) {
  if (const auto number = whole(value)) {
    const bool fits = *number >= 0 && *number <= std::numeric_limits<int>::max();
    return fits ? static_cast<int>(*number) : kOtherStatus;
  }
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return kOtherStatus;
}

/// Skips unknown members; false when the text is not JSON.
bool read_fields(ondemand::object& fields, HeardUnit& unit, std::vector<std::string>& older, bool outer) {
  for (auto field : fields) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS || field.value().get(value) != simdjson::SUCCESS) {
      return false;
    }
    std::string_view id;
    ondemand::array ids;
    ondemand::object data;
    bool panic = false;
    if (name == "communityUserId") {
      if (value.get_string().get(id) == simdjson::SUCCESS && !id.empty()) unit.ids.emplace_back(id);
    } else if ((name == "communityUserIds" || name == "apiIds") && value.get_array().get(ids) == simdjson::SUCCESS) {
      for (auto element : ids) {
        if (element.get_string().get(id) != simdjson::SUCCESS) continue;
        (name == "apiIds" ? older : unit.ids).emplace_back(id);
      }
    } else if (outer && name == "id") {
      unit.ident = whole(value);
    } else if (outer && name == "status") {
      unit.status = status_of(value);
    } else if (outer && name == "isPanic") {
      if (value.get_bool().get(panic) == simdjson::SUCCESS) unit.panic = panic;
    } else if (outer && name == "data" && value.get_object().get(data) == simdjson::SUCCESS) {
      if (!read_fields(data, unit, older, false)) return false;
    }
  }
  return true;
}

std::optional<HeardUnit> read_unit(ondemand::value value) {
  ondemand::object fields;
  if (value.get_object().get(fields) != simdjson::SUCCESS) return std::nullopt;
  HeardUnit unit;
  std::vector<std::string> older;
  if (!read_fields(fields, unit, older, true)) return std::nullopt;
  if (unit.ids.empty()) unit.ids = std::move(older);
  std::ranges::sort(unit.ids);
  const auto twice = std::ranges::unique(unit.ids);
  unit.ids.erase(twice.begin(), twice.end());
  return unit;
}

/// False where an element is no unit.
bool read_array(ondemand::array array, std::vector<HeardUnit>& units) {
  for (auto element : array) {
    ondemand::value value;
    if (element.get(value) != simdjson::SUCCESS) return false;
    auto unit = read_unit(value);
    if (!unit) return false;
    units.push_back(*std::move(unit));
  }
  return true;
}

/// A number, or a list of such.
void read_idents(ondemand::value value, std::vector<HeardUnit>& units) {
  const auto add = [&](ondemand::value one) {
    if (const auto ident = whole(one)) units.push_back({.ident = ident, .ids = {}, .status = {}, .panic = {}});
  };
  ondemand::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) return add(value);
  for (auto element : list) {
    ondemand::value one;
    if (element.get(one) != simdjson::SUCCESS) return;
    add(one);
  }
}

/// The members of an event beside its units.
struct Beside {
  std::optional<int> status;
  std::optional<bool> panic;
};

void read_member(std::string_view name, ondemand::value value, UnitNews& news, Beside& beside) {
  bool truth = false;
  ondemand::array list;
  if (name == "unit") {
    if (auto unit = read_unit(value)) news.units.push_back(*std::move(unit));
  } else if (name == "units") {
    if (value.get_array().get(list) == simdjson::SUCCESS) read_array(list, news.units);
  } else if (name == "identId" || name == "identIds") {
    read_idents(value, news.units);
  } else if (name == "status") {
    beside.status = status_of(value);
  } else if (name == "isPanic") {
    if (value.get_bool().get(truth) == simdjson::SUCCESS) beside.panic = truth;
  } else if (name == "isDispatch") {
    if (value.get_bool().get(truth) == simdjson::SUCCESS) news.is_dispatch = truth;
  }
}

}  // namespace

std::optional<UnitNews> read_unit_news(std::string_view type, std::string_view data) {
  static constexpr std::array<std::pair<std::string_view, UnitNews::What>, 5> kTypes = {
      {{"EVENT_UNIT_LOGIN", UnitNews::What::kLogin},
       {"EVENT_UNIT_LOGOUT", UnitNews::What::kLogout},
       {"EVENT_UNIT_STATUS", UnitNews::What::kChange},
       {"EVENT_UNIT_UPDATE", UnitNews::What::kChange},
       {"EVENT_UNIT_PANIC", UnitNews::What::kChange}}};
  const auto* known = std::ranges::find(kTypes, type, [](const auto& row) { return row.first; });
  if (known == kTypes.end()) return std::nullopt;
  UnitNews news;
  news.what = known->second;
  Beside beside;
  const simdjson::padded_string text(readable_json(data));
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object fields;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS ||
      document.get_object().get(fields) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  for (auto field : fields) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS || field.value().get(value) != simdjson::SUCCESS) break;
    read_member(name, value, news, beside);
  }
  if (news.units.empty()) return std::nullopt;
  for (HeardUnit& unit : news.units) {
    if (!unit.status) unit.status = beside.status;
    if (!unit.panic) unit.panic = beside.panic;
  }
  return news;
}

std::optional<std::vector<HeardUnit>> read_units(std::string_view json) {
  const simdjson::padded_string text(readable_json(json));
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array array;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS || document.get_array().get(array) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  std::vector<HeardUnit> units;
  if (!read_array(array, units)) return std::nullopt;
  return units;
}

}  // namespace sonoran::api
