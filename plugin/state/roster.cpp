#include "state/roster.h"

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "api/json.h"
#include "core/limits.h"
#include "core/text.h"

namespace sonoran::state {
namespace {

/// A CAD may give fewer units than were asked for because it has a limit of its own, and such limits are round. A page
/// of so many units, or of a multiple, is therefore not taken for the last one.
constexpr std::size_t kRound = 25;

namespace ondemand = simdjson::ondemand;

/// What a unit says of who it is.
struct Names {
  std::vector<std::string> ids;    // communityUserId
  std::vector<std::string> older;  // apiIds
};

/// Values that are not asked for may be as odd as they like; false when it is no JSON. `outer`: `data` is looked into.
bool read_names(ondemand::object& fields, Names& names, bool outer) {
  for (auto field : fields) {
    std::string_view name;
    ondemand::value value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS || field.value().get(value) != simdjson::SUCCESS)
      return false;
    std::string_view id;
    ondemand::array ids;
    ondemand::object data;
    if (name == "communityUserId") {
      if (value.get_string().get(id) == simdjson::SUCCESS && !id.empty()) names.ids.emplace_back(id);
    } else if (name == "apiIds" && value.get_array().get(ids) == simdjson::SUCCESS) {
      for (auto element : ids) {
        if (element.get_string().get(id) == simdjson::SUCCESS) names.older.emplace_back(id);
      }
    } else if (outer && name == "data" && value.get_object().get(data) == simdjson::SUCCESS) {
      if (!read_names(data, names, false)) return false;
    }
  }
  return true;
}

}  // namespace

Roster::Page Roster::take(Time now) {
  if (!std::exchange(begun_, true)) began_ = now;
  under_way_ = true;
  return {.limit = limit_, .offset = offset_};
}

void Roster::add(std::string_view id) {
  if (id.empty() || id.size() > limits::kUnitIdBytes || !is_utf8(id) || reading_.size() >= limits::kUnits) {
    ++refused_ids_;
    return;
  }
  reading_.emplace(id);
}

std::optional<std::size_t> Roster::read(std::string_view body) {
  const simdjson::padded_string text(api::readable_json(body));
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array units;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS || document.get_array().get(units) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  std::size_t count = 0;
  for (auto unit : units) {
    ondemand::object fields;
    if (unit.get_object().get(fields) != simdjson::SUCCESS) return std::nullopt;
    ++count;
    Names names;
    if (!read_names(fields, names, true)) return std::nullopt;
    for (const std::string& id : names.ids.empty() ? names.older : names.ids) add(id);
  }
  return count;
}

void Roster::begin_again(Time now) {
  under_way_ = false;
  begun_ = false;
  reading_.clear();
  offset_ = 0;
  page_ = 0;
  due_ = std::max(now, began_ + kInterval);
  why_.clear();
}

void Roster::again(Time now, std::string_view why) {
  if (now - began_ >= kPatience) return failed(now, false, why);
  under_way_ = false;
  due_ = now;
  why_ = why;
}

Time Roster::deadline() const {
  if (under_way_ || due_ == Time::min()) return kNever;
  const Time told = troubled_ ? kNever : (begun_ ? began_ : due_) + kPatience;
  return read_at_ == kNever || ids_.empty() ? told : std::min(told, read_at_ + kKept);
}

void Roster::expire(Time now) {
  if (now < deadline()) return;
  if (!begun_) began_ = now;
  failed(now, false, why_.empty() ? "The CAD was not asked, because it does not answer." : std::string(why_));
}

void Roster::on_page(Time now, std::string_view body) {
  const auto count = read(body);
  if (!count) {
    failed(now, false, "The CAD's list of active units is no list of units.");
    return;
  }
  offset_ += *count;
  ++page_;
  const bool more = *count >= limit_ || (*count != 0 && *count % kRound == 0);
  if (more && page_ < kPages) {
    under_way_ = false;
    due_ = now;
    return;
  }
  read_at_ = now;
  if (troubled_) {
    troubled_ = false;
    log_.push_back({LogLevel::kInfo, "The CAD's list of active units can be read again."});
  }
  replace(std::exchange(reading_, {}));
  begin_again(now);
}

void Roster::failed(Time now, bool refused, std::string_view why) {
  begin_again(now);
  if (refused && limit_ != kSmallPage) {
    limit_ = kSmallPage;
    return;
  }
  if (!troubled_) {
    troubled_ = true;
    log_.push_back({LogLevel::kWarn, "Who is on duty in the CAD cannot be read, the list so far stays in force for " +
                                         std::to_string(std::chrono::floor<std::chrono::minutes>(kKept).count()) +
                                         " minutes: " + std::string(why)});
  }
  if (read_at_ != kNever && now - read_at_ >= kKept && !ids_.empty()) {
    replace({});
    log_.push_back({LogLevel::kWarn,
                    "The CAD's list of active units is too old now; only players that scripts marked "
                    "are tracked."});
  }
}

void Roster::replace(Ids ids) {
  ids_ = std::move(ids);
  changed_ = true;
}

std::optional<RosterChange> Roster::take_change() {
  if (!std::exchange(changed_, false)) return std::nullopt;
  RosterChange change;
  change.full = !std::exchange(told_, true);
  if (change.full) {
    change.added.assign(ids_.begin(), ids_.end());
  } else {
    std::ranges::set_difference(ids_, told_ids_, std::back_inserter(change.added));
    std::ranges::set_difference(told_ids_, ids_, std::back_inserter(change.removed));
    if (change.added.empty() && change.removed.empty()) return std::nullopt;
  }
  told_ids_ = ids_;
  return change;
}

}  // namespace sonoran::state
