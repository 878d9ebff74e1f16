#include "simulator/certificates.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <memory>
#include <stdexcept>

#include "simulator/freed.h"

namespace sonoran::simulator {
namespace {

using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;

constexpr long kDay = 24L * 60 * 60;

[[noreturn]] void fail() {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  throw std::runtime_error(std::string("The certificates cannot be made (") +
                           (reason == nullptr ? "no reason given" : reason) + ").");
}

void require(bool success) {
  if (!success) fail();
}

Key new_key() {
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  return key;
}

/// `issuer` is the certificate that signs; the certificate itself for an authority.
void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// A certificate with everything but its issuer, its extensions and its signature.
X509Pointer blank(EVP_PKEY* key, const std::string& name, long begins, long ends) {
  X509Pointer certificate(X509_new());
  require(certificate != nullptr);
  // Random serial numbers: clients that meet several simulators must not see the same one twice.
  unsigned char serial[8];
  require(RAND_bytes(serial, sizeof serial) == 1);
  std::uint64_t number = 0;
  for (const unsigned char byte : serial) number = number << 8U | byte;
  X509* raw = certificate.get();
  X509_NAME* subject = X509_get_subject_name(raw);
  const auto* common_name = reinterpret_cast<const unsigned char*>(name.c_str());
  require(X509_set_version(raw, X509_VERSION_3) == 1 &&
          ASN1_INTEGER_set_uint64(X509_get_serialNumber(raw), number >> 1U) == 1 &&
          X509_gmtime_adj(X509_getm_notBefore(raw), begins) != nullptr &&
          X509_gmtime_adj(X509_getm_notAfter(raw), ends) != nullptr && X509_set_pubkey(raw, key) == 1 &&
          X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common_name, -1, -1, 0) == 1);
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
          X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
}

template <typename Write>
std::string pem(Write write) {
  const Memory memory(BIO_new(BIO_s_mem()));
  require(memory != nullptr && write(memory.get()) == 1);
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

std::string alternative_names(const std::string& host) {
  if (host.empty()) return "DNS:localhost,IP:127.0.0.1,IP:::1";
  // The value of an extension has its own grammar: a comma would start another name.
  if (host.find_first_of(",;\n") != std::string::npos)
    throw std::invalid_argument("'" + host + "' is no host name for a certificate.");
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  return (not_an_address ? "DNS:" : "IP:") + host;
}

std::string pem_of(X509* certificate) {
  return pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

Identity identity_of(X509* certificate, EVP_PKEY* key) {
  return {pem_of(certificate),
          pem([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); })};
}

struct Issuer {
  Key key;
  X509Pointer certificate;
};

/// `above` null: an authority that nobody vouches for.
Issuer new_issuer(const std::string& name, const Issuer* above) {
  Issuer issuer{new_key(), nullptr};
  issuer.certificate = blank(issuer.key.get(), name, -kDay * 3, kDay * 30);
  X509* raw = issuer.certificate.get();
  X509* signer = above == nullptr ? raw : above->certificate.get();
  add_extension(raw, signer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(raw, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(raw, signer, NID_subject_key_identifier, "hash");
  sign(raw, signer, above == nullptr ? issuer.key.get() : above->key.get());
  return issuer;
}

/// `issuer` null: signed by itself. Without `alternative` names there is the common name only.
Identity new_server(const Issuer* issuer, const std::string& common, const std::string& alternative, bool expired,
                    Key key = new_key()) {
  const X509Pointer server = blank(key.get(), common, -kDay * 2, expired ? -kDay : kDay * 30);
  X509* signer = issuer == nullptr ? server.get() : issuer->certificate.get();
  add_extension(server.get(), signer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(server.get(), signer, NID_key_usage, "critical,digitalSignature,keyEncipherment");
  add_extension(server.get(), signer, NID_ext_key_usage, "serverAuth");
  if (!alternative.empty()) add_extension(server.get(), signer, NID_subject_alt_name, alternative);
  sign(server.get(), signer, issuer == nullptr ? key.get() : issuer->key.get());
  return identity_of(server.get(), key.get());
}

constexpr const char* kServerName = "CAD simulator";

}  // namespace

struct Authority::Keys {
  Issuer root = new_issuer("CAD simulator authority", nullptr);
  Issuer between = new_issuer("CAD simulator intermediate", &root);
};

Authority::Authority() : keys_(std::make_unique<Keys>()) {}

Authority::~Authority() = default;

std::string Authority::pem() const {
  return pem_of(keys_->root.certificate.get());
}

Identity Authority::server(const std::string& host, bool expired) const {
  return new_server(&keys_->root, kServerName, alternative_names(host), expired);
}

Identity Authority::server_by_intermediate(const std::string& host) const {
  return new_server(&keys_->between, kServerName, alternative_names(host), false);
}

std::string Authority::intermediate_pem() const {
  return pem_of(keys_->between.certificate.get());
}

Identity Authority::server_by_common_name(const std::string& host) const {
  return new_server(&keys_->root, host, "", false);
}

Identity Authority::server_with_rsa(const std::string& host, unsigned bits) const {
  Key key(EVP_RSA_gen(bits));
  require(key != nullptr);
  return new_server(&keys_->root, kServerName, alternative_names(host), false, std::move(key));
}

Certificates make_certificates(const std::string& host, bool expired) {
  const auto kept = std::make_shared<const Authority>();
  const Authority& authority = *kept;
  const Identity alone = authority.server_by_intermediate(host);
  using Kind = Certificate;
  return {authority.pem(),
          {{Kind::kGood, authority.server(host, expired)},
           {Kind::kExpired, authority.server(host, true)},
           {Kind::kOtherName, authority.server("other.example")},
           {Kind::kSelfSigned, new_server(nullptr, kServerName, alternative_names(host), false)},
           {Kind::kCommonName, authority.server_by_common_name(host.empty() ? "localhost" : host)},
           {Kind::kWildcard, authority.server("*.wild.test")},
           {Kind::kIntermediate, {alone.certificate_pem + authority.intermediate_pem(), alone.key_pem}},
           {Kind::kMissingIntermediate, alone}},
          [kept, host](Kind kind) { return kept->server_with_rsa(host, kind == Kind::kWeakRsa ? 1024 : 2048); }};
}

}  // namespace sonoran::simulator
