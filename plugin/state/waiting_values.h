// How many values of one unit may wait, and which one goes where there is one too many. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sonoran::state {

enum class DesiredKind : std::uint8_t { kPanic, kStatus };

/// Of statuses the last one wins. A panic's ON is never swallowed by an OFF: one of each may wait, in their order.
constexpr std::size_t most_waiting(DesiredKind kind) {
  return kind == DesiredKind::kPanic ? 2 : 1;
}

/// Shortens `values`, oldest first, to what may wait; no two neighbours are the same. `overtaken(values)` is called
/// before the first one is erased. Three panics in a row are ON, OFF, ON or OFF, ON, OFF: the last one stands for the
/// first, and what remains still has an ON.
template <class Values, class Overtaken>
void shorten(DesiredKind kind, Values& values, Overtaken&& overtaken) {
  while (values.size() > most_waiting(kind)) {
    overtaken(values);
    values.erase(values.begin());
  }
}

}  // namespace sonoran::state
