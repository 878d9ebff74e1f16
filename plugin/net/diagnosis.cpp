#include "net/diagnosis.h"

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "core/limits.h"
#include "net/failure.h"
#include "net/resolver.h"
#include "net/tls.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// Shared by the checks of all addresses. The last check that ends wakes diagnose().
struct Look {
  Look(const asio::any_io_executor& executor, Endpoint to, const DialLimits& in, asio::ssl::context* with)
      : endpoint(std::move(to)), host(endpoint.host), limits(in), tls(with), done(executor) {}

  Endpoint endpoint;
  Host host;
  DialLimits limits;
  asio::ssl::context* tls;
  asio::steady_timer done;
  std::vector<AddressFinding> findings;
  std::size_t under_way = 0;
};

/// Seconds until the peer's certificate expires. Known also when the certificate was refused.
std::optional<std::int64_t> certificate_left_s(const SSL* ssl) {
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  if (chain == nullptr || sk_X509_num(chain) == 0) return std::nullopt;
  int days = 0;
  int rest_s = 0;
  if (ASN1_TIME_diff(&days, &rest_s, nullptr, X509_get0_notAfter(sk_X509_value(chain, 0))) != 1) return std::nullopt;
  return std::int64_t{days} * 86400 + rest_s;
}

/// A full handshake: a resumed session would show no certificate.
asio::awaitable<void> shake_hands(Look& look, TlsStream& stream, AddressFinding& finding) {
  const std::string& where = look.endpoint.text;
  SSL* ssl = stream.native_handle();
  if (!expect_peer(ssl, look.host)) {
    finding.error = unverifiable_name(where) + ".";
    co_return;
  }
  const Time began = Clock::now();
  stream.next_layer().expires_after(look.limits.handshake);
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, kTuple);
  finding.certificate_left_s = certificate_left_s(ssl);
  if (error == boost::beast::error::timeout) {
    finding.error = slow_handshake(where, look.limits.handshake) + ".";
  } else if (error) {
    finding.error = handshake_failure(ssl, error, where).message + ".";
  } else {
    finding.handshake = Clock::now() - began;
    finding.tls = SSL_get_version(ssl);
  }
}

asio::awaitable<void> look_at(std::shared_ptr<Look> look, AddressMemory::Address address, std::size_t index) {
  AddressFinding& finding = look->findings[index];
  if (!look->endpoint.tls && !is_loopback(address.address())) {
    finding.error = open_key(look->endpoint.text, finding.address) + ".";
    co_return;
  }
  Stream stream = look->tls == nullptr ? Stream(std::in_place_type<PlainStream>, look->done.get_executor())
                                       : Stream(std::in_place_type<TlsStream>, look->done.get_executor(), *look->tls);
  PlainStream& tcp = tcp_of(stream);
  const Time began = Clock::now();
  tcp.expires_after(look->limits.connect);
  const auto [error] = co_await tcp.async_connect(address, kTuple);
  if (error) {
    finding.error = connect_failure(look->endpoint.text, error, look->limits.connect) + ".";
    co_return;
  }
  finding.connect = Clock::now() - began;
  if (auto* tls = std::get_if<TlsStream>(&stream)) co_await shake_hands(*look, *tls, finding);
}

}  // namespace

asio::awaitable<Diagnosis> diagnose(asio::any_io_executor executor, Endpoint endpoint, DialLimits limits,
                                    asio::ssl::context* tls) {
  const auto look = std::make_shared<Look>(executor, std::move(endpoint), limits, tls);
  Diagnosis diagnosis;
  if (!look->host.address) diagnosis.name = look->host.text;
  const Time began = Clock::now();
  const Resolved resolved = co_await resolve(look->host, look->endpoint.port, limits.resolve);
  diagnosis.lookup = Clock::now() - began;
  if (resolved.timed_out) {
    diagnosis.error = slow_lookup(look->endpoint.host, limits.resolve);
  } else if (resolved.endpoints.empty()) {
    diagnosis.error = failed_lookup(look->endpoint.host, resolved.error);
  }
  std::vector<AddressMemory::Address> addresses;
  for (const AddressMemory::Address& address : resolved.endpoints) {
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  if (addresses.size() > limits::kDialAddresses) {
    diagnosis.untried = addresses.size() - limits::kDialAddresses;
    addresses.resize(limits::kDialAddresses);
  }
  for (const AddressMemory::Address& address : addresses) {
    look->findings.push_back({.address = address.address().to_string(),
                              .is_v6 = address.address().is_v6(),
                              .error = {},
                              .connect = {},
                              .handshake = {},
                              .tls = {},
                              .certificate_left_s = {}});
  }
  look->done.expires_at(kNever);
  look->under_way = addresses.size();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    asio::co_spawn(executor, look_at(look, addresses[i], i), [look, i](const std::exception_ptr& lost) {
      if (lost != nullptr) look->findings[i].error = "There is no memory for a connection.";
      if (--look->under_way == 0) look->done.cancel();
    });
  }
  if (look->under_way != 0) co_await look->done.async_wait(kTuple);
  diagnosis.addresses = std::move(look->findings);
  co_return diagnosis;
}

}  // namespace sonoran::net
