#include "net/dialer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

#include "net/failure.h"
#include "net/resolver.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using api::Stage;
using ErrorCode = boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// What OpenSSL has to say about a handshake that failed.
std::string handshake_reason(SSL* ssl, const ErrorCode& error) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK)
    return std::string("its certificate was refused: ") + X509_verify_cert_error_string(verified);
  if (error.category() == asio::error::get_ssl_category()) {
    const char* reason = ERR_reason_error_string(static_cast<unsigned long>(error.value()));
    if (reason != nullptr) return reason;
  }
  return error.message();
}

}  // namespace

PlainStream& tcp_of(Stream& stream) {
  if (auto* tls = std::get_if<TlsStream>(&stream)) return tls->next_layer();
  return std::get<PlainStream>(stream);
}

Dialer::Dialer(asio::any_io_executor executor, Endpoint endpoint, const DialLimits& limits, asio::ssl::context* tls)
    : executor_(std::move(executor)), endpoint_(std::move(endpoint)), limits_(limits), tls_(tls) {}

asio::awaitable<Dialed> Dial::run() {
  const Endpoint& endpoint = dialer_.endpoint_;
  const DialLimits& limits = dialer_.limits_;
  const std::string& where = endpoint.text;
  stream_ = dialer_.tls_ == nullptr
                ? std::make_unique<Stream>(std::in_place_type<PlainStream>, dialer_.executor_)
                : std::make_unique<Stream>(std::in_place_type<TlsStream>, dialer_.executor_, *dialer_.tls_);
  PlainStream& tcp = tcp_of(*stream_);
  Resolved resolved = co_await resolve(endpoint.host, endpoint.port, limits.resolve);
  if (resolved.timed_out) {
    co_return failed_at(Stage::kResolve, true,
                        "Looking up the host '" + endpoint.host + "' took longer than " + limit_text(limits.resolve) +
                            "; check this machine's DNS.");
  }
  if (resolved.endpoints.empty()) {
    co_return failed_at(Stage::kResolve, false,
                        "The host '" + endpoint.host + "' cannot be found (" + resolved.error +
                            "); check sonoran_bridge_url and this machine's DNS.");
  }

  tcp.expires_after(limits.connect);
  const auto [connect_error, peer] = co_await tcp.async_connect(resolved.endpoints, kTuple);
  if (connect_error) {
    const bool late = connect_error == beast::error::timeout;
    co_return failed_at(Stage::kConnect, late,
                        late ? where + " did not accept a connection within " + limit_text(limits.connect) +
                                   "; check sonoran_bridge_url and the firewall."
                             : where + " cannot be connected to (" + connect_error.message() +
                                   "); check sonoran_bridge_url and the firewall.");
  }
  ErrorCode ignored;
  tcp.socket().set_option(asio::ip::tcp::no_delay(true), ignored);

  if (auto* tls = std::get_if<TlsStream>(stream_.get())) {
    SSL* ssl = tls->native_handle();
    ErrorCode not_an_address;
    asio::ip::make_address(endpoint.host, not_an_address);
    // RFC 6066: server names are names, not addresses.
    if (not_an_address) SSL_set_tlsext_host_name(ssl, endpoint.host.c_str());
    // OpenSSL's own check of the name, so that the reason for a refusal is at hand.
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (not_an_address) {
      X509_VERIFY_PARAM_set1_host(parameters, endpoint.host.c_str(), endpoint.host.size());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(parameters, endpoint.host.c_str());
    }
    tcp.expires_after(limits.handshake);
    const auto [handshake_error] = co_await tls->async_handshake(asio::ssl::stream_base::client, kTuple);
    if (handshake_error) {
      const bool late = handshake_error == beast::error::timeout;
      co_return failed_at(Stage::kHandshake, late,
                          late
                              ? where + " did not finish the TLS handshake within " + limit_text(limits.handshake) + "."
                              : where + " is not trusted: " + handshake_reason(ssl, handshake_error) +
                                    "; check sonoran_bridge_url and sonoran_bridge_ca_file.");
    }
  }
  co_return std::move(stream_);
}

void Dial::close() {
  ErrorCode ignored;
  if (stream_) tcp_of(*stream_).socket().close(ignored);
}

}  // namespace sonoran::net
