#include "state/roster.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "core/limits.h"
#include "core/text.h"

namespace sonoran::state {
namespace {

/// A CAD with a limit of its own may give fewer units than were asked for, and such limits are round numbers. So a page
/// with a multiple of this number of units does not count as the last one.
constexpr std::size_t kRound = 25;

}  // namespace

Roster::Page Roster::take(Time now) {
  if (!std::exchange(begun_, true)) began_ = now;
  under_way_ = true;
  return {.limit = limit_, .offset = offset_};
}

std::vector<std::string> Roster::good(const std::vector<std::string>& ids) {
  std::vector<std::string> result;
  for (const std::string& id : ids) {
    if (id.empty() || id.size() > limits::kUnitIdBytes || !is_utf8(id)) {
      ++refused_ids_;
    } else {
      result.push_back(id);
    }
  }
  return result;
}

template <class Event>
void Roster::hold(std::vector<Event>& list, Event event) {
  if (list.size() >= kHeld) {
    list.erase(list.begin());
    ++forgotten_events_;
  }
  list.push_back(std::move(event));
}

void Roster::add(List& list, const api::HeardUnit& unit, bool is_dispatch) {
  for (std::string& id : good(unit.ids)) {
    if (list.ids >= limits::kUnits) {
      ++refused_ids_;
      continue;
    }
    if (!unit.ident) {
      list.ids += list.unnumbered.insert(std::move(id)).second ? 1 : 0;
      continue;
    }
    Unit& known = list.units[*unit.ident];
    known.is_dispatch = is_dispatch;
    if (std::ranges::find(known.ids, id) != known.ids.end()) continue;
    known.ids.push_back(std::move(id));
    ++list.ids;
  }
}

void Roster::apply(List& list, const api::UnitNews& news) {
  for (const api::HeardUnit& unit : news.units) {
    const auto known = unit.ident ? list.units.find(*unit.ident) : list.units.end();
    const bool logs_out = news.what == api::UnitNews::What::kLogout;
    if (logs_out) {
      for (const std::string& id : unit.ids) list.ids -= list.unnumbered.erase(id);
    }
    // An event without ids does not say who the unit is.
    if (!logs_out && unit.ids.empty()) continue;
    const bool is_login = news.what == api::UnitNews::What::kLogin;
    const bool is_dispatch = is_login ? news.is_dispatch : known != list.units.end() && known->second.is_dispatch;
    if (known != list.units.end()) {
      list.ids -= known->second.ids.size();
      list.units.erase(known);
    }
    if (!logs_out) add(list, unit, is_dispatch);
  }
}

void Roster::ask(Time now, std::int64_t ident) {
  if (asked_.contains(ident)) return;
  if (asked_.size() >= limits::kUnits) asked_.clear();
  asked_.insert(ident);
  if (begun_) {
    asks_ = true;
  } else {
    due_ = std::min(due_, std::max(now, began_ == Time::min() ? now : began_ + kInterval));
  }
}

void Roster::heard(Time now, const api::UnitNews& news) {
  const bool logs_out = news.what == api::UnitNews::What::kLogout;
  const bool logs_in = news.what == api::UnitNews::What::kLogin;
  for (const api::HeardUnit& unit : news.units) {
    Heard heard{.at = now, .unit = unit, .logged_out = logs_out, .logged_in = logs_in};
    if (heard.unit.ids.empty() && unit.ident) {
      const auto known = list_.units.find(*unit.ident);
      if (known != list_.units.end()) heard.unit.ids = known->second.ids;
    }
    if (!heard.unit.ids.empty()) {
      heard_.push_back(std::move(heard));
    } else if (unit.ident && !logs_out) {
      hold(waiting_, std::move(heard));
      ask(now, *unit.ident);
    }
  }
  apply(list_, news);
  if (begun_) hold(amid_, news);
  changed_ = changed_ || read_at_ != kNever;
}

void Roster::place_waiting() {
  for (Heard& one : std::exchange(waiting_, {})) {
    const auto known = list_.units.find(*one.unit.ident);
    if (known != list_.units.end()) {
      one.unit.ids = known->second.ids;
      heard_.push_back(std::move(one));
    } else if (one.at >= began_) {
      waiting_.push_back(std::move(one));  // this reading may have missed it
    }
  }
}

void Roster::follow() {
  follows_ = true;
  due_ = Time::min();
}

void Roster::set_live(Time now, bool live) {
  if (std::exchange(live_, live) == live || !follows_ || begun_ || due_ == Time::min()) return;
  due_ = std::min(due_, std::max(now, began_ + kInterval));
}

void Roster::begin_again(Time now, Duration interval) {
  under_way_ = false;
  begun_ = false;
  reading_ = {};
  amid_.clear();
  offset_ = 0;
  page_ = 0;
  if (std::exchange(asks_, false)) interval = kInterval;
  due_ = follows_ || !waiting_.empty() ? std::max(now, began_ + interval) : kNever;
  why_.clear();
}

void Roster::again(Time now, std::string_view why) {
  if (now - began_ >= kPatience) return failed(now, false, why);
  under_way_ = false;
  due_ = now;
  why_ = why;
}

Time Roster::deadline() const {
  if (under_way_ || due_ == Time::min() || due_ == kNever) return kNever;
  const Time told = troubled_ ? kNever : (begun_ ? began_ : due_) + kPatience;
  return read_at_ == kNever || ids_.empty() ? told : std::min(told, read_at_ + kKept);
}

void Roster::expire(Time now) {
  if (now < deadline()) return;
  if (!begun_) began_ = now;
  failed(now, false, why_.empty() ? "The CAD was not asked, because it does not answer." : std::string(why_));
}

void Roster::on_page(Time now, std::string_view body) {
  const auto units = api::read_units(body);
  if (!units) {
    failed(now, false, "The CAD's list of active units could not be read: it is not a list of units.");
    return;
  }
  for (const api::HeardUnit& unit : *units) add(reading_, unit, false);
  offset_ += units->size();
  ++page_;
  const bool more = units->size() >= limit_ || (!units->empty() && units->size() % kRound == 0);
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
  // A reading never has dispatchers. Events that came during it may be in it or not, and are newer.
  for (const auto& [ident, unit] : list_.units) {
    if (unit.is_dispatch && !reading_.units.contains(ident)) {
      add(reading_, {.ident = ident, .ids = unit.ids, .status = {}, .panic = {}}, true);
    }
  }
  for (const api::UnitNews& news : amid_) apply(reading_, news);
  replace(std::exchange(reading_, {}));
  std::erase_if(asked_, [this](std::int64_t ident) { return list_.units.contains(ident); });
  place_waiting();
  begin_again(now, live_ ? kLiveInterval : kInterval);
}

void Roster::failed(Time now, bool refused, std::string_view why) {
  begin_again(now, kInterval);
  if (refused && limit_ != kSmallPage) {
    limit_ = kSmallPage;
    return;
  }
  if (!troubled_ && follows_) {
    troubled_ = true;
    log_.push_back(
        {LogLevel::kWarn, "The CAD's list of active units cannot be read. The last list stays in force for " +
                              std::to_string(std::chrono::floor<std::chrono::minutes>(kKept).count()) +
                              " minutes: " + std::string(why)});
  }
  if (follows_ && read_at_ != kNever && now - read_at_ >= kKept && !ids_.empty()) {
    replace({});
    log_.push_back({LogLevel::kWarn,
                    "The CAD's list of active units is too old now. Only players whom scripts have set on duty are "
                    "tracked."});
  }
}

void Roster::replace(List list) {
  list_ = std::move(list);
  changed_ = true;
  refresh();
}

void Roster::refresh() {
  ids_ = list_.unnumbered;
  for (const auto& [ident, unit] : list_.units) {
    if (!unit.is_dispatch) ids_.insert(unit.ids.begin(), unit.ids.end());
  }
}

std::optional<RosterChange> Roster::take_change() {
  if (!std::exchange(changed_, false)) return std::nullopt;
  refresh();
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
