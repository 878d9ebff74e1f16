#include "net/tls.h"

#include <openssl/ssl.h>

namespace sonoran::net {

std::variant<boost::asio::ssl::context, std::string> make_tls_context(const AuthorityChoice& choice) {
  namespace ssl = boost::asio::ssl;
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(ssl::verify_peer);
  auto loaded = load_authorities(context.native_handle(), choice);
  if (auto* reason = std::get_if<std::string>(&loaded)) return std::move(*reason);
  return context;
}

}  // namespace sonoran::net
