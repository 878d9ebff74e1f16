#include "net/authorities.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>
#include <system_error>

#if defined(_WIN32)
#include <windows.h>
// After windows.h: it has macros with names that OpenSSL uses.
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

/// The outer length of a DER value of a certificate's kind, and nothing behind it.
bool is_one_sequence(const unsigned char* der, long size) {
  const unsigned char* at = der;
  long length = 0;
  int tag = 0;
  int kind = 0;
  const int form = ASN1_get_object(&at, &length, &tag, &kind, size);
  return (form & 0x80) == 0 && tag == V_ASN1_SEQUENCE && at + length == der + size;
}

/// This many certificates of a file are parsed by a look, at 0.1 ms each. Of the others only the outer form is checked.
constexpr int kLookedInto = 4;

/// Whether load_file() would accept the file, without loading it.
bool looks_loadable(const std::string& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_file(file.c_str(), "rb"), BIO_free);
  bool good = in != nullptr;
  int certificates = 0;
  while (good) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (PEM_read_bio(in.get(), &name, &header, &data, &size) != 1) {
      good = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;  // the end
      break;
    }
    const std::string_view kind(name);
    if (kind == PEM_STRING_X509 || kind == PEM_STRING_X509_OLD || kind == PEM_STRING_X509_TRUSTED) {
      const unsigned char* der = data;
      // A trusted certificate has its trust settings behind it.
      const bool plain = kind != PEM_STRING_X509_TRUSTED;
      good = !plain || is_one_sequence(data, size);
      if (good && plain && certificates < kLookedInto) {
        X509* const certificate = d2i_X509(nullptr, &der, size);
        good = certificate != nullptr;
        X509_free(certificate);
      }
      ++certificates;
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
  }
  ERR_clear_error();
  return good && certificates != 0;
}

std::string unusable(const char* what, const std::string& value, const char* right) {
  return std::string(what) + " is '" + printable(value, 200) + "', but it must name " + right + ".";
}

#if defined(_WIN32)

/// Calls `use` with each certificate, encoded, of the store of root authorities that administrators and Windows Update
/// keep. Windows fetches many of them only when one of its own programs needs them, so that a fresh server's store is
/// small. Where it cannot be opened it has none.
template <typename Use>
void each_of_windows_store(Use use) {
  HCERTSTORE store = CertOpenSystemStoreW(0, L"ROOT");
  if (store == nullptr) return;
  for (PCCERT_CONTEXT entry = CertEnumCertificatesInStore(store, nullptr); entry != nullptr;
       entry = CertEnumCertificatesInStore(store, entry)) {
    use(entry->pbCertEncoded, entry->cbCertEncoded);
  }
  CertCloseStore(store, 0);
}

bool load_windows_store(SSL_CTX* context) {
  X509_STORE* trusted = SSL_CTX_get_cert_store(context);
  bool loaded = false;
  each_of_windows_store([&](const unsigned char* encoded, DWORD size) {
    X509* certificate = d2i_X509(nullptr, &encoded, static_cast<long>(size));
    if (certificate == nullptr) return;
    loaded = X509_STORE_add_cert(trusted, certificate) == 1 || loaded;
    X509_free(certificate);
  });
  ERR_clear_error();
  return loaded;
}

/// Which version of Windows' store there is. It has no date, so a digest of all that it holds decides. That parses no
/// certificate, which is what takes the time of load_windows_store(). "" where OpenSSL cannot make one.
std::string stamp_of_windows_store() {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  bool good = digest != nullptr && EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) == 1;
  each_of_windows_store([&](const unsigned char* encoded, DWORD size) {
    good = good && EVP_DigestUpdate(digest.get(), encoded, size) == 1;
  });
  std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
  unsigned int size = 0;
  good = good && EVP_DigestFinal_ex(digest.get(), value.data(), &size) == 1;
  return good ? std::string(value.begin(), value.begin() + size) + '\n' : "";
}

#endif

/// Which version of a file or folder there is: 0 for none.
std::string stamp(const std::string& place) {
  std::error_code error;
  const std::filesystem::path path(std::u8string(place.begin(), place.end()));
  const auto time = std::filesystem::last_write_time(path, error);
  if (error) return place + " -\n";
  const auto size = std::filesystem::is_regular_file(path, error) ? std::filesystem::file_size(path, error) : 0;
  // 128 bits wide in libc++, which std::to_string does not take.
  const auto changed = static_cast<std::int64_t>(time.time_since_epoch().count());
  return place + ' ' + std::to_string(changed) + ' ' + std::to_string(size) + '\n';
}

/// All that decides what load() would find, or "" where that cannot be told without reading.
std::string version_of(const AuthorityChoice& choice) {
  if (!choice.ca_file.empty()) return "file " + stamp(choice.ca_file);
  std::string version = "system ";
#if defined(_WIN32)
  if (choice.root.empty()) {
    const std::string store = stamp_of_windows_store();
    return store.empty() ? "" : version + "store " + store + "bundle " + stamp(choice.bundle);
  }
#endif
  for (const char* place : kFiles) version += stamp(choice.root + place);
  for (const char* place : kFolders) version += stamp(choice.root + place);
  return version + "bundle " + stamp(choice.bundle);
}

/// The authorities that were read last: bridges of one process read the same ones, and a reload reads them again.
struct Remembered {
  std::mutex mutex;
  std::string version;
  Authorities authorities;
  X509_STORE* store = nullptr;
};

/// Never destroyed: a bridge may end after exit() has destroyed static objects.
Remembered& remembered() {
  static auto* const kRemembered = new Remembered;
  return *kRemembered;
}

/// The file or folder of the system's authorities, or "".
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

constexpr auto kPem = "a readable PEM file of certificates";
constexpr auto kNothingFound =
    "This machine has no certificate authorities that the bridge knows of; install its package ca-certificates, or let "
    "sonoran_bridge_ca_file name a PEM file of them.";

/// Reads all of them.
Result<Authorities> read_authorities(SSL_CTX* context, const AuthorityChoice& choice) {
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
    return Message{kNothingFound};
  }
  return Authorities{source};
}

}  // namespace

Check check_authorities(const AuthorityChoice& choice) {
  if (!choice.ca_file.empty()) {
    if (looks_loadable(choice.ca_file)) return {};
    return Message{unusable("sonoran_bridge_ca_file", choice.ca_file, kPem)};
  }
#if defined(_WIN32)
  if (choice.root.empty()) return {};  // Windows has its store
#endif
  std::error_code error;
  const auto is_there = [&](const char* place) { return std::filesystem::exists(choice.root + place, error); };
  if (std::ranges::any_of(kFiles, is_there) || std::ranges::any_of(kFolders, is_there)) return {};
  if (choice.bundle.empty()) return Message{kNothingFound};
  if (looks_loadable(choice.bundle)) return {};
  return Message{"This machine has no certificate authorities that the bridge knows of, and " +
                 unusable("sonoran_bridge_ca_bundle", choice.bundle, kPem)};
}

Result<Authorities> load_authorities(SSL_CTX* context, const AuthorityChoice& choice) {
  const std::string version = version_of(choice);
  Remembered& last = remembered();
  const std::lock_guard lock(last.mutex);
  if (!version.empty() && last.version == version) {
    SSL_CTX_set1_cert_store(context, last.store);
    return last.authorities;
  }
  auto read = read_authorities(context, choice);
  if (!read || version.empty()) return read;
  X509_STORE_free(last.store);
  last.store = SSL_CTX_get_cert_store(context);
  X509_STORE_up_ref(last.store);
  last.version = version;
  last.authorities = *read;
  return read;
}

}  // namespace sonoran::net
