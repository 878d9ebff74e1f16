// How strict we are towards the other side of a TLS connection.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>
#include <variant>

#include "net/authorities.h"

namespace sonoran::net {

/// A client context: TLS 1.2 or newer, the peer's certificate verified against the authorities that `choice` leads to.
/// The second alternative is one sentence about what is wrong with them.
std::variant<boost::asio::ssl::context, std::string> make_tls_context(const AuthorityChoice& choice);

}  // namespace sonoran::net
