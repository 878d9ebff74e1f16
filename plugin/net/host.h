// The host of an endpoint, parsed once.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>

namespace sonoran::net {

/// A name; or an address, which needs no lookup and which a certificate names as an address.
struct Host {
  explicit Host(std::string host) : text(std::move(host)) {
    boost::system::error_code error;
    const auto parsed = boost::asio::ip::make_address(text, error);
    if (!error) address = parsed;
  }

  std::string text;
  std::optional<boost::asio::ip::address> address;
};

/// An address of this machine itself, also one of IPv4 in the form of IPv6.
inline bool is_loopback(boost::asio::ip::address address) {
  namespace ip = boost::asio::ip;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address.is_loopback();
}

}  // namespace sonoran::net
