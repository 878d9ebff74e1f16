#include "net/failure.h"

#include <boost/beast/core/error.hpp>
#include <chrono>
#include <utility>

namespace sonoran::net {

api::Response failed_at(api::Stage stage, bool timed_out, std::string detail) {
  api::Response response;
  response.stage = stage;
  response.timed_out = timed_out;
  response.detail = std::move(detail);
  return response;
}

std::string slow_lookup(const std::string& host, Duration limit) {
  return "Looking up the host '" + host + "' took longer than " + limit_text(limit) + "; check this machine's DNS.";
}

std::string failed_lookup(const std::string& host, const std::string& error) {
  return "The host '" + host + "' cannot be found (" + error + "); check sonoran_bridge_url and this machine's DNS.";
}

std::string open_key(const std::string& where, const std::string& address) {
  return where + " leads to " + address +
         ", which is not a loopback address, so the API key would travel in the open; use https://";
}

std::string connect_failure(const std::string& where, const boost::system::error_code& error, Duration limit) {
  const std::string what = error == boost::beast::error::timeout
                               ? " did not accept a connection within " + limit_text(limit)
                               : " cannot be connected to (" + error.message() + ")";
  return where + what + "; check sonoran_bridge_url and the firewall";
}

std::string unverifiable_name(const std::string& where) {
  return where + " has a name that no certificate can be verified for; check sonoran_bridge_url";
}

std::string slow_handshake(const std::string& where, Duration limit) {
  return where + " did not finish the TLS handshake within " + limit_text(limit);
}

std::string limit_text(Duration limit) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace sonoran::net
