// The last refusal of each unit, for whoever asks why it is not on the map. Pure.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "api/operation.h"
#include "core/error.h"
#include "core/time.h"

namespace sonoran::schedule {

/// A unit that was refused alone.
struct UnitRefusal {
  std::string unit;
  const api::Operation* operation = nullptr;
  int status = 0;
  Error error;           // in the CAD's words, where it is the CAD's
  bool by_road = false;  // by something on the way to the CAD
};

class Refusals {
 public:
  struct Noted {
    Time at;
    UnitRefusal refusal;
  };

  /// Takes the place of an older one of the unit. Beyond limits::kRefusals units the oldest is forgotten.
  void note(Time now, UnitRefusal refusal);
  /// Null when none is on record. Until the next note().
  [[nodiscard]] const Noted* of(std::string_view unit) const;

 private:
  std::deque<Noted> noted_;  // the oldest first, each unit once
};

}  // namespace sonoran::schedule
