// A number that identifies the answer to one call. Only this file divides the range of numbers.
#pragma once

#include <cstdint>

namespace sonoran {

/// 0: none. The host's tickets count up from 1.
using Ticket = std::uint64_t;

/// Tickets with this bit stand for a host's ticket at each unit that its call names. A host cannot use them.
inline constexpr Ticket kStandInBit = Ticket{1} << 63U;

constexpr Ticket stand_in_of(Ticket host) {
  return host | kStandInBit;
}
constexpr bool is_stand_in(Ticket ticket) {
  return (ticket & kStandInBit) != 0;
}
/// Whether a host may use this ticket, for example to cancel a call.
constexpr bool is_host_ticket(Ticket ticket) {
  return ticket != 0 && !is_stand_in(ticket);
}

}  // namespace sonoran
