#include "net/tls.h"

#include <openssl/ssl.h>

#include "core/text.h"

namespace sonoran::net {

std::variant<boost::asio::ssl::context, std::string> make_tls_context(const std::string& ca_file) {
  namespace ssl = boost::asio::ssl;
  ssl::context context(ssl::context::tls_client);
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(ssl::verify_peer);
  if (ca_file.empty()) {
    context.set_default_verify_paths(error);
    if (error) return "The system's certificate authorities cannot be read: " + error.message() + ".";
  } else {
    context.load_verify_file(ca_file, error);
    if (error) {
      return "sonoran_bridge_ca_file is '" + printable(ca_file, 200) +
             "', but it must name a readable PEM file of certificates (" + error.message() + ").";
    }
  }
  return context;
}

}  // namespace sonoran::net
