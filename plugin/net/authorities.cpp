#include "net/authorities.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#if defined(_WIN32)
#include <windows.h>
// After windows.h, whose macros of these names are in OpenSSL's way.
#include <wincrypt.h>
#undef X509_NAME
#endif

#include "core/text.h"

namespace sonoran::net {
namespace {

// One file with all authorities. From the systems' packages ca-certificates; the first three are also what Go's and
// curl's builds look for.
constexpr std::array kFiles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Alpine with ca-certificates
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL and its kin
    "/etc/pki/tls/certs/ca-bundle.crt",                   // the same, older
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/var/lib/ca-certificates/ca-bundle.pem",             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine
};

// Folders with one authority a file, named by the hash of its subject: 5ed36f99.0.
constexpr std::array kFolders = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

/// True when the file had at least one certificate; all it has are trusted then.
bool load_file(SSL_CTX* context, const std::string& file) {
  const bool loaded = SSL_CTX_load_verify_file(context, file.c_str()) == 1;
  ERR_clear_error();
  return loaded;
}

bool is_hashed_name(std::string_view name) {
  return name.size() >= 10 && name[8] == '.' &&
         name.substr(0, 8).find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         name.substr(9).find_first_not_of("0123456789") == std::string_view::npos;
}

/// True when the folder has a certificate under a hashed name; OpenSSL then reads those that it needs.
bool load_folder(SSL_CTX* context, const std::string& folder) {
  std::error_code error;
  // Through u8string: a path of ours is UTF-8, on Windows too.
  const std::filesystem::path path(std::u8string(folder.begin(), folder.end()));
  const std::filesystem::directory_iterator entries(path, error);
  if (error) return false;
  const bool hashed = std::any_of(begin(entries), end(entries),
                                  [](const auto& entry) { return is_hashed_name(entry.path().filename().string()); });
  const bool loaded = hashed && SSL_CTX_load_verify_dir(context, folder.c_str()) == 1;
  ERR_clear_error();
  return loaded;
}

std::string unusable(const char* what, const std::string& value, const char* right) {
  return std::string(what) + " is '" + printable(value, 200) + "', but it must name " + right + ".";
}

#if defined(_WIN32)

/// The store of root authorities that administrators and Windows Update keep. Windows fetches many of them only when
/// one of its own programs needs them, so that a fresh server's store is small.
bool load_windows_store(SSL_CTX* context) {
  HCERTSTORE store = CertOpenSystemStoreW(0, L"ROOT");
  if (store == nullptr) return false;
  X509_STORE* trusted = SSL_CTX_get_cert_store(context);
  bool loaded = false;
  for (PCCERT_CONTEXT entry = CertEnumCertificatesInStore(store, nullptr); entry != nullptr;
       entry = CertEnumCertificatesInStore(store, entry)) {
    const unsigned char* encoded = entry->pbCertEncoded;
    X509* certificate = d2i_X509(nullptr, &encoded, static_cast<long>(entry->cbCertEncoded));
    if (certificate == nullptr) continue;
    loaded = X509_STORE_add_cert(trusted, certificate) == 1 || loaded;
    X509_free(certificate);
  }
  CertCloseStore(store, 0);
  ERR_clear_error();
  return loaded;
}

#endif

/// Where the system keeps them, or "".
std::string load_system(SSL_CTX* context, const std::string& root) {
#if defined(_WIN32)
  if (root.empty()) return load_windows_store(context) ? "the Windows certificate store" : "";
#endif
  for (const char* place : kFiles) {
    if (load_file(context, root + place)) return root + place;
  }
  for (const char* place : kFolders) {
    if (load_folder(context, root + place)) return root + place;
  }
  return "";
}

}  // namespace

Result<Authorities> load_authorities(SSL_CTX* context, const AuthorityChoice& choice) {
  constexpr auto kPem = "a readable PEM file of certificates";
  if (!choice.ca_file.empty()) {
    if (load_file(context, choice.ca_file)) return Authorities{choice.ca_file};
    return Message{unusable("sonoran_bridge_ca_file", choice.ca_file, kPem)};
  }
  std::string source = load_system(context, choice.root);
#if defined(_WIN32)
  // A fresh server's store lacks most of the well-known authorities; see load_windows_store.
  const bool bundle_too = true;
#else
  const bool bundle_too = source.empty();
#endif
  if (bundle_too && !choice.bundle.empty()) {
    if (load_file(context, choice.bundle)) {
      source += (source.empty() ? "" : ", ") + choice.bundle;
    } else if (source.empty()) {
      return Message{"This machine has no certificate authorities that the bridge knows of, and " +
                     unusable("sonoran_bridge_ca_bundle", choice.bundle, kPem)};
    }
  }
  if (source.empty()) {
    return Message{
        "This machine has no certificate authorities that the bridge knows of; install its package ca-certificates, "
        "or let sonoran_bridge_ca_file name a PEM file of them."};
  }
  return Authorities{source};
}

}  // namespace sonoran::net
