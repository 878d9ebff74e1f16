// Names the answer to one call. The one place that splits the numbers.
#pragma once

#include <cstdint>

namespace sonoran {

/// 0 is none. The host's count up from 1.
using Ticket = std::uint64_t;

/// Tickets with this bit stand for a host's at each unit that its call names; no host can name them.
inline constexpr Ticket kStandInBit = Ticket{1} << 63U;

constexpr Ticket stand_in_of(Ticket host) {
  return host | kStandInBit;
}
constexpr bool is_stand_in(Ticket ticket) {
  return (ticket & kStandInBit) != 0;
}
/// What a host may name, to cancel it for example.
constexpr bool is_host_ticket(Ticket ticket) {
  return ticket != 0 && !is_stand_in(ticket);
}

}  // namespace sonoran
