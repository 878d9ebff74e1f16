#include "state/positions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "api/request.h"
#include "core/limits.h"

namespace sonoran::state {
namespace {

/// No update takes more bytes: see api::location_bytes().
constexpr std::size_t kUpdateBytes =
    api::kUpdateFrameBytes + 6 * (limits::kUnitIdBytes + limits::kLocationBytes + limits::kPostalBytes +
                                  limits::kPeerIdBytes + limits::kVehicleModelBytes);

}  // namespace

MapPlace Positions::mark(const Unit& unit) {
  return {.x = unit.now.x,
          .y = unit.now.y,
          .z = unit.now.z,
          .heading = unit.now.heading,
          .texts = unit.texts,
          .bytes = unit.bytes};
}

bool Positions::has_moved(const MapPlace& from, const MapPlace& to) const {
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double dz = to.z - from.z;
  const double distance2 = dx * dx + dy * dy + dz * dz;
  // With moved_m = 0 any move counts, but standing still does not.
  if (distance2 > 0 && distance2 >= rules_.moved_m * rules_.moved_m) return true;
  const double turn = std::abs(to.heading - from.heading);
  if (std::min(turn, 360.0 - turn) >= rules_.turned_deg) return true;
  return to.texts != from.texts;
}

void Positions::set_moved(Unit& unit, bool moved) {
  if (unit.moved == moved) return;
  unit.moved = moved;
  moved ? ++moved_ : --moved_;
  if (unit.search != 0) moved ? ++searched_moved_ : --searched_moved_;
}

void Positions::set_search(Unit& unit, std::uint64_t search) {
  const bool was = unit.search != 0;
  unit.search = search;
  if (unit.moved && was != (search != 0)) was ? --searched_moved_ : ++searched_moved_;
}

void Positions::set_left_out(Unit& unit, bool left_out) {
  if (unit.left_out == left_out) return;
  unit.left_out = left_out;
  left_out ? ++left_out_ : --left_out_;
}

api::LocationUpdate Positions::row(const Update& update) const {
  const Place& place = *update.place;
  const bool has_postal = files_.postals && !place.as_it_is;
  return {.unit = update.unit,
          .location = place.location,
          .postal = has_postal ? files_.postals->nearest(place.x, place.y) : std::string_view(),
          .peer = place.peer,
          .vehicle = place.vehicle,
          .kind = place.kind,
          .siren = place.siren,
          .x = place.x,
          .y = place.y,
          .z = place.z,
          .heading = place.heading};
}

/// Sets the text that the map shows as the unit's place. True when it has changed.
bool Positions::set_place_text(Unit& unit, std::string_view id) {
  const auto shown = shown_.find(id);
  const bool as_it_is = shown != shown_.end();
  const std::string& text = as_it_is ? shown->second : unit.street;
  if (unit.now.location == text && unit.now.as_it_is == as_it_is) return false;
  unit.now.location = text;
  unit.now.as_it_is = as_it_is;
  return true;
}

void Positions::count_bytes(Unit& unit, std::string_view id) {
  // The postal changes with the place: this counts the longest.
  static constexpr std::array<char, limits::kPostalBytes> kPostal = {};
  const Update update = {id, &unit.now};
  api::LocationUpdate row = this->row(update);
  if (!row.postal.empty()) row.postal = {kPostal.data(), kPostal.size()};
  unit.bytes = static_cast<std::uint32_t>(
      std::max(api::location_bytes(row, nullptr), api::location_bytes(row, files_.models.get())));
}

void Positions::set_texts(Unit& unit, const PositionSample& sample, std::string_view id) {
  bool changed = unit.bytes == 0;
  const auto set = [&changed](auto& value, const auto& given) {
    if (value == given) return;
    value = given;
    changed = true;
  };
  // The map takes no empty text, so the last street stays.
  if (sample.location && !sample.location->empty()) unit.street = *sample.location;
  changed = set_place_text(unit, id) || changed;
  if (sample.peer) set(unit.now.peer, *sample.peer);
  if (sample.vehicle) set(unit.now.vehicle, *sample.vehicle);
  if (sample.vehicle_kind != VehicleKind::kUnknown) set(unit.now.kind, sample.vehicle_kind);
  if (sample.siren) set(unit.now.siren, *sample.siren);
  if (!changed) return;
  ++unit.texts;
  count_bytes(unit, id);
}

bool Positions::set_location(Time now, std::string_view unit, std::string_view text, std::optional<Slot>& slot) {
  const auto shown = shown_.find(unit);
  if (text.empty()) {
    if (shown == shown_.end()) return true;
    shown_.erase(shown);
  } else if (shown != shown_.end()) {
    shown->second = text;
  } else {
    if (shown_.size() >= limits::kUnits) return false;
    shown_.emplace(unit, text);
  }
  const auto found = units_.find(unit);
  if (found == units_.end() || !set_place_text(found->second, unit)) return true;
  Unit& known = found->second;
  ++known.texts;
  count_bytes(known, found->first);
  ++counters_.accepted;
  if (known.moved) ++counters_.coalesced;
  settle(now, known);
  slot = known.slot;
  return true;
}

std::optional<Slot> Positions::push(Time now, const PositionSample& sample) {
  ++counters_.accepted;
  auto found = units_.find(sample.unit);
  if (found == units_.end()) {
    if (units_.size() >= limits::kUnits) {
      ++counters_.refused;
      return std::nullopt;
    }
    found = units_.try_emplace(std::string(sample.unit)).first;
    if (free_slots_.empty()) {
      free_slots_.push_back(static_cast<Slot>(slots_.size()));
      slots_.push_back(nullptr);
    }
    found->second.slot = free_slots_.back();
    found->second.life = ++lives_;
    free_slots_.pop_back();
    slots_[found->second.slot] = &*found;
    next_stale_ = std::min(next_stale_, now + rules_.stale + Duration(1));
  }
  Unit& unit = found->second;
  if (unit.moved) ++counters_.coalesced;
  unit.heard_at = now;
  unit.now.x = sample.x;
  unit.now.y = sample.y;
  unit.now.z = sample.z;
  unit.now.heading = sample.heading;
  set_texts(unit, sample, found->first);
  settle(now, unit);
  return unit.slot;
}

/// After a sample: whether the unit has to be sent.
void Positions::settle(Time now, Unit& unit) {
  if (unit.left_out) {
    ++counters_.left_out;
    return;
  }
  const bool moved = !unit.sent || has_moved(*unit.sent, mark(unit));
  if (!moved) ++counters_.deduplicated;
  if (moved && !unit.moved) unit.moved_at = now;
  set_moved(unit, moved);
}

void Positions::count_coalesced(std::uint64_t samples) {
  counters_.accepted += samples;
  counters_.coalesced += samples;
}

void Positions::forget(Units::iterator unit, std::uint64_t& counter) {
  if (unit->second.moved) ++counter;
  set_moved(unit->second, false);
  set_left_out(unit->second, false);
  if (unit->second.in_flight && unit->second.fresh) ++orphans_;
  slots_[unit->second.slot] = nullptr;
  forgotten_.push_back(unit->second.slot);
  units_.erase(unit);
}

void Positions::remove(std::string_view unit) {
  if (const auto found = units_.find(unit); found != units_.end()) forget(found, counters_.removed);
}

Time Positions::due() const {
  if (under_way_) return kNever;
  if (moved_ > searched_moved_ || !searches_.empty()) return Time::min();
  return std::min(next_resend_, next_return_);
}

void Positions::find_next() {
  next_resend_ = kNever;
  next_return_ = kNever;
  for (const auto& [id, unit] : units_) {
    if (unit.sent && is_on_map(unit)) next_resend_ = std::min(next_resend_, unit.sent_at + rules_.resend);
    if (unit.left_out) next_return_ = std::min(next_return_, unit.back_at);
  }
}

// ------------------------------------------------------------------------------------------------------- the search

void Positions::add_search(std::vector<std::string> units, Time now, int struck, bool returns) {
  const std::uint64_t id = ++last_search_;
  for (const std::string& unit : units) {
    if (const auto found = units_.find(unit); found != units_.end()) set_search(found->second, id);
  }
  searches_.push_back({.id = id, .units = std::move(units), .returns = returns, .struck = struck, .since = now});
}

void Positions::split(Search search, Time now, int struck) {
  const auto middle = search.units.begin() + static_cast<std::ptrdiff_t>((search.units.size() + 1) / 2);
  add_search({search.units.begin(), middle}, now, struck);
  add_search({middle, search.units.end()}, now, struck);
  Search& first = *(searches_.end() - 2);
  Search& second = searches_.back();
  first.twin = second.id;
  second.twin = first.id;
}

void Positions::bring_back(Time now) {
  if (next_return_ > now) return;
  for (auto& [id, unit] : units_) {
    if (!unit.left_out || unit.back_at > now) continue;
    set_left_out(unit, false);
    add_search({id}, now, unit.by_road ? kStrikes - 1 : 0, true);
  }
}

/// Moves the largest part of the search into searching_, because it frees the most units. False when no part is left.
bool Positions::choose_search() {
  while (!searches_.empty()) {
    for (Search& search : searches_) {
      std::erase_if(search.units, [&](const std::string& id) {
        const auto found = units_.find(id);
        return found == units_.end() || found->second.search != search.id;  // removed meanwhile
      });
    }
    std::erase_if(searches_, [](const Search& search) { return search.units.empty(); });
    if (searches_.empty()) return false;
    const auto largest =
        std::ranges::max_element(searches_, {}, [](const Search& search) { return search.units.size(); });
    Search search = std::move(*largest);
    searches_.erase(largest);
    if (!search.blamed || search.units.size() == 1) {
      searching_ = std::move(search);
      return true;
    }
    // The other half was accepted, so this one would be refused: it is split without asking.
    const Time since = search.since;
    const int struck = search.struck;
    split(std::move(search), since, struck);
  }
  return false;
}

std::size_t Positions::send(Time now, Unit& unit, std::string_view id, std::vector<Update>& updates) {
  unit.fresh = unit.moved;
  unit.fresh_at = unit.moved_at;
  if (unit.fresh) ++in_flight_samples_;
  set_moved(unit, false);
  unit.in_flight = true;
  unit.left_at = now;
  unit.before = std::move(unit.sent);
  unit.sent = mark(unit);
  unit.cleared = false;
  updates.push_back({id, &unit.now});
  in_flight_units_.emplace_back(id);
  return unit.bytes;
}

std::vector<Positions::Update> Positions::take(Time now) {
  std::vector<Update> updates;
  if (under_way_) return updates;
  forget_stale(now);
  bring_back(now);
  const bool search = (!searched_last_ || !map_due(now)) && choose_search();
  if (search) {
    for (const std::string& id : searching_->units) {
      const auto found = units_.find(id);
      send(now, found->second, found->first, updates);
    }
  } else {
    std::vector<Units::iterator> map;
    for (auto it = units_.begin(); it != units_.end(); ++it) {
      const Unit& unit = it->second;
      if (is_on_map(unit) && (unit.moved || (unit.sent && now - unit.sent_at >= rules_.resend))) map.push_back(it);
    }
    // Units that do not fit into this request come first in the next one.
    std::ranges::sort(map, {}, [](const Units::iterator& it) { return it->second.sent_at; });
    std::size_t bytes = 0;
    for (const Units::iterator& it : map) {
      if (updates.size() >= most_units_ || bytes + kUpdateBytes > limits::kPositionBytes) break;
      bytes += send(now, it->second, it->first, updates);
    }
  }
  searched_last_ = search;
  under_way_ = !updates.empty();
  if (!under_way_) find_next();
  return updates;
}

// ------------------------------------------------------------------------------------------------- what became of it

void Positions::end(Time now, Ending ending) {
  const auto count = [&](std::uint64_t samples, bool replaced) {
    if (ending == Ending::kDelivered) {
      counters_.delivered += samples;
    } else if (ending == Ending::kRejected) {
      counters_.rejected += samples;
    } else if (replaced) {
      counters_.coalesced += samples;
    }
  };
  for (const std::string& id : in_flight_units_) {
    const auto found = units_.find(id);
    if (found == units_.end() || !found->second.in_flight) continue;  // removed meanwhile
    Unit& unit = found->second;
    unit.in_flight = false;
    if (unit.fresh) count(1, unit.moved);
    if (ending == Ending::kFailed) {
      // The CAD has what it had before. A newer sample stays due. An older one that did not arrive is due again, even
      // when the unit has since gone back to where it was.
      unit.sent = std::move(unit.before);
      if (unit.fresh) unit.moved_at = unit.fresh_at;
      if (unit.fresh && !unit.moved) set_moved(unit, true);
    } else {
      // A place that the CAD has cleared meanwhile is due again.
      unit.sent_at = unit.cleared ? now - rules_.resend : now;
      if (ending == Ending::kDelivered) unit.taken_at = now, unit.by_hub = false, unit.hub_back_at = kNever;
    }
    unit.before.reset();
    unit.fresh = false;
  }
  if (ending == Ending::kFailed) {
    counters_.removed += orphans_;
  } else {
    count(orphans_, false);
  }
  orphans_ = 0;
  in_flight_samples_ = 0;
  in_flight_units_.clear();
  under_way_ = false;
  find_next();
}

void Positions::delivered(Time now) {
  if (const auto taken = std::exchange(searching_, std::nullopt)) {
    for (const std::string& id : taken->units) {
      const auto found = units_.find(id);
      if (found == units_.end() || found->second.search != taken->id) continue;
      set_search(found->second, 0);
      found->second.told = false;
    }
    for (Search& search : searches_) search.blamed = search.blamed || search.id == taken->twin;
    // A unit that was left out is accepted now. So the others may be accepted as well: they are tried together.
    if (taken->returns) {
      std::vector<std::string> others;
      for (auto& [id, unit] : units_) {
        if (!unit.left_out) continue;
        set_left_out(unit, false);
        others.push_back(id);
      }
      if (!others.empty()) add_search(std::move(others), now, 0);
    }
  } else {
    map_struck_ = 0;
  }
  end(now, Ending::kDelivered);
}

void Positions::failed(Time now) {
  if (auto search = std::exchange(searching_, std::nullopt)) searches_.push_back(std::move(*search));
  end(now, Ending::kFailed);
}

bool Positions::struck(Time now, Time cads_word) {
  int& struck = searching_ ? searching_->struck : map_struck_;
  Time& since = searching_ ? searching_->since : map_struck_since_;
  if (struck++ == 0) since = now;
  const bool enough = struck >= kStrikes && cads_word > since;
  if (!enough) failed(now);
  return enough;
}

Positions::Refusal Positions::leave_out(Time now, bool by_road) {
  Refusal refusal{.units = in_flight_units_.size(), .left_out = {}};
  const std::string id = in_flight_units_.front();
  const auto found = units_.find(id);
  const bool known = found != units_.end() && found->second.in_flight;
  searching_.reset();
  end(now, Ending::kRejected);
  if (!known) return refusal;
  Unit& unit = found->second;
  if (unit.moved) ++counters_.left_out;
  set_moved(unit, false);
  set_search(unit, 0);
  set_left_out(unit, true);
  unit.back_at = now + kLeftOut;
  unit.by_road = by_road;
  refusal.left_out = id;
  refusal.again = std::exchange(unit.told, true);
  find_next();
  return refusal;
}

Positions::Refusal Positions::refused(Time now, std::span<const std::size_t> named, bool by_road) {
  if (in_flight_units_.size() == 1) return leave_out(now, by_road);
  const Refusal refusal{.units = in_flight_units_.size(), .left_out = {}};
  std::vector<std::string> suspects;
  std::vector<std::string> others;
  for (std::size_t i = 0; i < in_flight_units_.size(); ++i) {
    const std::string& id = in_flight_units_[i];
    const auto found = units_.find(id);
    if (found == units_.end() || !found->second.in_flight) continue;  // removed meanwhile
    (std::ranges::binary_search(named, i) ? suspects : others).push_back(id);
  }
  auto search = std::exchange(searching_, std::nullopt);
  end(now, Ending::kFailed);
  // If the road refuses a part of a request that it has refused as a whole, the part is halved at once.
  const int struck = by_road ? kStrikes - 1 : 0;
  if (!search) {
    map_struck_ = struck;
    map_struck_since_ = now;
  }
  if (!suspects.empty() && !others.empty()) {
    if (search) add_search(std::move(others), now, struck);  // else they stay on the map
    if (suspects.size() > kNamedAlone) {
      add_search(std::move(suspects), now, struck);
    } else {
      for (std::string& id : suspects) add_search({std::move(id)}, now, struck);
    }
    return refusal;
  }
  if (others.empty()) others = std::move(suspects);
  if (others.empty()) return refusal;
  if (search) {
    search->units = std::move(others);
    split(std::move(*search), now, struck);
  } else {
    // The units that were sent most recently stay on the map; new units are among the others.
    others.resize((others.size() + 1) / 2);
    add_search(std::move(others), now, struck);
  }
  return refusal;
}

Positions::Refusal Positions::too_large(Time now) {
  if (in_flight_units_.size() == 1) return leave_out(now, false);
  const Refusal refusal{.units = in_flight_units_.size(), .left_out = {}};
  most_units_ = std::min(most_units_, refusal.units / 2);
  if (auto search = std::exchange(searching_, std::nullopt)) {
    const auto middle = search->units.begin() + static_cast<std::ptrdiff_t>((search->units.size() + 1) / 2);
    searches_.push_back(*search);
    searches_.back().units.assign(search->units.begin(), middle);
    add_search({middle, search->units.end()}, now, search->struck);
  }
  end(now, Ending::kFailed);
  return refusal;
}

std::optional<Positions::Seen> Positions::seen(std::string_view id) const {
  const auto found = units_.find(id);
  if (found == units_.end()) return std::nullopt;
  const Unit& unit = found->second;
  return Seen{.heard_at = unit.heard_at,
              .left_at = unit.left_at,
              .taken_at = unit.taken_at,
              .by_hub = unit.by_hub,
              .waits = unit.moved,
              .under_way = unit.in_flight || unit.on_hub != 0,
              .searched = unit.search != 0,
              .left_out_until = unit.left_out ? unit.back_at : unit.hub_back_at};
}

void Positions::forget_stale(Time now) {
  if (now < next_stale_) return;
  next_stale_ = kNever;
  for (auto it = units_.begin(); it != units_.end();) {
    const auto here = it++;
    if (now - here->second.heard_at > rules_.stale) {
      forget(here, counters_.stale);
    } else {
      next_stale_ = std::min(next_stale_, here->second.heard_at + rules_.stale + Duration(1));
    }
  }
}

// ---------------------------------------------------------------------------------------------------------- by the hub

std::optional<Slot> Positions::slot_of(std::string_view unit) const {
  const auto found = units_.find(unit);
  return found == units_.end() ? std::nullopt : std::optional(found->second.slot);
}

Positions::Update Positions::update_of(Slot slot) const {
  return {slots_[slot]->first, &slots_[slot]->second.now};
}

std::vector<Slot> Positions::take_forgotten() {
  free_slots_.insert(free_slots_.end(), forgotten_.begin(), forgotten_.end());
  return std::exchange(forgotten_, {});
}

Positions::Left Positions::leave_by_hub(Time now, Slot slot) {
  Unit& unit = slots_[slot]->second;
  const Left left{.slot = slot, .life = unit.life, .place = mark(unit), .since = unit.moved_at, .fresh = unit.moved};
  if (left.fresh) ++hub_samples_;
  set_moved(unit, false);
  ++unit.on_hub;
  unit.left_at = unit.hub_left_at = now;
  return left;
}

/// Null when the unit was forgotten meanwhile.
Positions::Unit* Positions::alive(const Left& left) {
  Units::pointer const entry = slots_[left.slot];
  return entry != nullptr && entry->second.life == left.life ? &entry->second : nullptr;
}

void Positions::taken_by_hub(Time now, const Left& left) {
  if (left.fresh) --hub_samples_, ++counters_.delivered;
  Unit* const unit = alive(left);
  if (unit == nullptr) return;
  --unit->on_hub;
  unit->taken_at = now;
  unit->by_hub = true;
  unit->hub_back_at = kNever;
  if (unit->in_flight) {
    unit->before = left.place;
    return;
  }
  unit->sent = left.place;
  unit->sent_at = now;
  if (unit->moved && !has_moved(left.place, mark(*unit))) {
    ++counters_.deduplicated;
    set_moved(*unit, false);
  }
}

void Positions::lost_by_hub(Time now, const Left& left) {
  if (left.fresh) --hub_samples_;
  Unit* const unit = alive(left);
  if (unit == nullptr) {
    if (left.fresh) ++counters_.removed;
    return;
  }
  --unit->on_hub;
  if (left.fresh) {
    unit->moved_at = left.since;
    if (unit->moved || unit->left_out) {
      ++(unit->moved ? counters_.coalesced : counters_.left_out);
    } else {
      set_moved(*unit, true);
    }
  }
  // The CAD may show this place or an older one, so the unit is due in a request even if it has not moved.
  unit->sent_at = std::min(unit->sent_at, now - rules_.resend);
}

bool Positions::leave_out_by_hub(Slot slot, Time until) {
  Unit& unit = slots_[slot]->second;
  return std::exchange(unit.hub_back_at, until) != kNever;
}

void Positions::cleared(Time now, Slot slot) {
  Unit& unit = slots_[slot]->second;
  unit.cleared = unit.in_flight;
  unit.sent_at = now - rules_.resend;
  next_resend_ = std::min(next_resend_, now);
}

Duration Positions::longest_wait(Time now) const {
  Time oldest = now;
  for (const auto& [id, unit] : units_) {
    if (unit.moved) oldest = std::min(oldest, unit.moved_at);
    if (unit.in_flight && unit.fresh) oldest = std::min(oldest, unit.fresh_at);
    if (unit.on_hub != 0) oldest = std::min(oldest, unit.hub_left_at);
  }
  return now - oldest;
}

void Positions::drop_all() {
  for (auto& [id, unit] : units_) {
    if (unit.moved) ++counters_.shutdown;
    set_moved(unit, false);
  }
  searches_.clear();
  next_resend_ = kNever;
  next_return_ = kNever;
}

}  // namespace sonoran::state
