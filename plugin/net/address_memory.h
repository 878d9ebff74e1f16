// Decides the order in which the addresses of one endpoint are tried. Pure.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <optional>
#include <vector>

namespace sonoran::net {

/// Remembers the address that worked last, and up to limits::kFailedAddresses addresses that failed since they last
/// worked; beyond this the oldest failure is forgotten.
class AddressMemory {
 public:
  using Address = boost::asio::ip::tcp::endpoint;

  /// The order for a connection, each address once, limits::kDialAddresses at most:
  /// first the address that worked last; then those without a known failure, the two families alternating and each
  /// in the system's order, beginning with the family that the system puts first (RFC 8305, section 4; by RFC 6724 that
  /// is IPv6 where the machine has a route for it); last those that failed, the oldest failure first.
  [[nodiscard]] std::vector<Address> order(const std::vector<Address>& found) const;

  void worked(const Address& address);
  void failed(const Address& address);

 private:
  std::optional<Address> worked_;
  std::deque<Address> failed_;  // oldest failure first
};

}  // namespace sonoran::net
