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

}  // namespace sonoran::net
