// Whom we trust, and how strict we are.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <optional>
#include <string>
#include <variant>

namespace sonoran::net {

/// A client context: TLS 1.2 or newer, the peer's certificate verified against `ca_file` or, when that is empty,
/// against the system's authorities. The second alternative is one sentence about what is wrong with ca_file.
std::variant<boost::asio::ssl::context, std::string> make_tls_context(const std::string& ca_file);

}  // namespace sonoran::net
