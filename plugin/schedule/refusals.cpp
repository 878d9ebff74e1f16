#include "schedule/refusals.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"

namespace sonoran::schedule {

void Refusals::note(Time now, UnitRefusal refusal) {
  std::erase_if(noted_, [&](const Noted& noted) { return noted.refusal.unit == refusal.unit; });
  if (noted_.size() >= limits::kRefusals) noted_.pop_front();
  noted_.push_back({now, std::move(refusal)});
}

const Refusals::Noted* Refusals::of(std::string_view unit) const {
  const auto found =
      std::ranges::find(noted_, unit, [](const Noted& noted) { return std::string_view(noted.refusal.unit); });
  return found == noted_.end() ? nullptr : &*found;
}

}  // namespace sonoran::schedule
