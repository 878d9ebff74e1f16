// The authorities that a connection trusts. The test lays out each place where a system keeps its authorities under a
// folder of its own, and verifies a server's certificate with those that were loaded from there.
#include "net/authorities.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "simulator/certificates.h"
#include "simulator/freed.h"

namespace sonoran::net {
namespace {

namespace fs = std::filesystem;

using simulator::Freed;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

Certificate read_certificate(const std::string& pem) {
  BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Certificate certificate(PEM_read_bio_X509(memory, nullptr, nullptr, nullptr));
  BIO_free(memory);
  return certificate;
}

class AuthoritiesTest : public testing::Test {
 protected:
  AuthoritiesTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() / ("sonoran_authorities_" + std::string(test->name()) + "_" +
                                         std::to_string(testing::UnitTest::GetInstance()->random_seed()) + "_" +
                                         std::to_string(reinterpret_cast<std::uintptr_t>(this)));
    fs::create_directories(root_);
  }
  ~AuthoritiesTest() override {
    std::error_code error;
    fs::remove_all(root_, error);
  }

  /// Writes a file under the test's root; returns its path.
  std::string lay(const std::string& place, const std::string& content) {
    const fs::path file = root_.string() + place;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }

  /// Puts the authority under its hashed name into a folder.
  std::string lay_hashed(const std::string& folder) {
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "%08lx.0",
                  X509_subject_name_hash(read_certificate(authority_.ca_pem).get()));
    return fs::path(lay(folder + "/" + name.data(), authority_.ca_pem)).parent_path().string();
  }

  [[nodiscard]] AuthorityChoice choice() const {
    AuthorityChoice made;
    made.root = root_.string();
    return made;
  }

  /// Loads. Returns the message about what is wrong, or "".
  std::string load(const AuthorityChoice& choice) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    source_.clear();
    auto loaded = load_authorities(context_.get(), choice);
    if (!loaded) return loaded.error().text;
    source_ = loaded->source;
    return "";
  }

  /// True when the loaded authorities vouch for the server's certificate.
  bool trusts(const simulator::Certificates& certificates) {
    const Certificate server =
        read_certificate(certificates.identities.at(simulator::Certificate::kGood).certificate_pem);
    X509_STORE_CTX* verification = X509_STORE_CTX_new();
    X509_STORE_CTX_init(verification, SSL_CTX_get_cert_store(context_.get()), server.get(), nullptr);
    const bool good = X509_verify_cert(verification) == 1;
    X509_STORE_CTX_free(verification);
    return good;
  }

  fs::path root_;
  simulator::Certificates authority_ = simulator::make_certificates("", false);
  simulator::Certificates stranger_ = simulator::make_certificates("", false);
  Context context_;
  std::string source_;
};

class AuthoritiesFileTest : public AuthoritiesTest, public testing::WithParamInterface<const char*> {};

TEST_P(AuthoritiesFileTest, FoundWhereTheSystemKeepsItsFile) {
  const std::string file = lay(GetParam(), authority_.ca_pem);
  EXPECT_EQ(load(choice()), "");
  EXPECT_EQ(source_, file);
  EXPECT_TRUE(trusts(authority_));
  EXPECT_FALSE(trusts(stranger_));
}

INSTANTIATE_TEST_SUITE_P(Places, AuthoritiesFileTest,
                         testing::Values("/etc/ssl/certs/ca-certificates.crt",                 // Debian
                                         "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora
                                         "/etc/pki/tls/certs/ca-bundle.crt",                   // older RHEL
                                         "/etc/ssl/ca-bundle.pem",                             // openSUSE
                                         "/var/lib/ca-certificates/ca-bundle.pem",             // openSUSE
                                         "/etc/ssl/cert.pem"));                                // Alpine

class AuthoritiesFolderTest : public AuthoritiesTest, public testing::WithParamInterface<const char*> {};

TEST_P(AuthoritiesFolderTest, FoundInAFolderOfHashedNames) {
  const std::string folder = lay_hashed(GetParam());
  EXPECT_EQ(load(choice()), "");
  EXPECT_EQ(source_, folder);
  EXPECT_TRUE(trusts(authority_));
  EXPECT_FALSE(trusts(stranger_));
}

INSTANTIATE_TEST_SUITE_P(Places, AuthoritiesFolderTest, testing::Values("/etc/ssl/certs", "/etc/pki/tls/certs"));

TEST_F(AuthoritiesTest, AnEmptyOrBrokenPlaceIsPassedOver) {
  lay("/etc/ssl/certs/ca-certificates.crt", "");
  lay("/etc/pki/tls/certs/ca-bundle.crt", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
  const std::string good = lay("/etc/ssl/cert.pem", authority_.ca_pem);
  EXPECT_EQ(load(choice()), "");
  EXPECT_EQ(source_, good);
  EXPECT_TRUE(trusts(authority_));
}

TEST_F(AuthoritiesTest, AFolderWithoutHashedNamesIsNone) {
  lay("/etc/ssl/certs/authority.crt", authority_.ca_pem);
  EXPECT_NE(load(choice()), "");
}

TEST_F(AuthoritiesTest, OneSentenceWhenThereAreNone) {
  const std::string reason = load(choice());
  EXPECT_NE(reason.find("ca-certificates"), std::string::npos) << reason;
  EXPECT_NE(reason.find("sonoran_bridge_ca_file"), std::string::npos) << reason;
}

TEST_F(AuthoritiesTest, TheResourcesBundleHelpsAMachineThatHasNone) {
  AuthorityChoice wanted = choice();
  wanted.bundle = lay("/resource/authorities.pem", authority_.ca_pem);
  EXPECT_EQ(load(wanted), "");
  EXPECT_EQ(source_, wanted.bundle);
  EXPECT_TRUE(trusts(authority_));
}

#if !defined(_WIN32)
TEST_F(AuthoritiesTest, TheBundleIsNotTrustedWhereTheMachineHasItsOwn) {
  const std::string own = lay("/etc/ssl/cert.pem", authority_.ca_pem);
  AuthorityChoice wanted = choice();
  wanted.bundle = lay("/resource/authorities.pem", stranger_.ca_pem);
  EXPECT_EQ(load(wanted), "");
  EXPECT_EQ(source_, own);
  EXPECT_FALSE(trusts(stranger_));
}
#endif

TEST_F(AuthoritiesTest, AMissingBundleIsNamed) {
  AuthorityChoice wanted = choice();
  wanted.bundle = "/nowhere/authorities.pem";
  EXPECT_NE(load(wanted).find("sonoran_bridge_ca_bundle is '/nowhere/authorities.pem'"), std::string::npos);
}

TEST_F(AuthoritiesTest, TheSettingReplacesAllOthers) {
  lay("/etc/ssl/cert.pem", authority_.ca_pem);
  AuthorityChoice wanted = choice();
  wanted.ca_file = lay("/own.pem", stranger_.ca_pem);
  EXPECT_EQ(load(wanted), "");
  EXPECT_EQ(source_, wanted.ca_file);
  EXPECT_TRUE(trusts(stranger_));
  EXPECT_FALSE(trusts(authority_));
}

TEST_F(AuthoritiesTest, AnUnusableSettingIsNotReplacedByTheSystems) {
  lay("/etc/ssl/cert.pem", authority_.ca_pem);
  AuthorityChoice wanted = choice();
  wanted.ca_file = lay("/own.pem", "no certificate");
  EXPECT_NE(load(wanted).find("sonoran_bridge_ca_file"), std::string::npos);
}

/// check_authorities() gives the message that load_authorities() will give.
TEST_F(AuthoritiesTest, ALookSeesWhatIsWrongWithAFile) {
  const std::string& good = authority_.ca_pem;
  const std::string block = "-----BEGIN CERTIFICATE-----\n";
  const std::string end = "-----END CERTIFICATE-----\n";
  const std::pair<std::string, bool> files[] = {
      {good, true},
      {"# a comment\n" + good + "\n" + stranger_.ca_pem, true},
      {"", false},
      {"no certificate", false},
      {block + "nonsense\n" + end, false},
      {block + "bm9uc2Vuc2U=\n" + end, false},  // well-formed PEM of something else
      {good.substr(0, good.size() / 2), false},
      {good + block + "nonsense\n" + end, false},
      {good + good.substr(0, good.size() / 2), false},
  };
  AuthorityChoice wanted = choice();
  for (const auto& [content, usable] : files) {
    wanted.ca_file = lay("/own.pem", content);
    EXPECT_EQ(check_authorities(wanted).has_value(), usable) << content;
    EXPECT_EQ(load(wanted).empty(), usable) << content;
  }
  wanted.ca_file = "/nowhere/own.pem";
  ASSERT_TRUE(check_authorities(wanted).has_error());
  EXPECT_EQ(check_authorities(wanted).error().text, load(wanted));
  wanted.ca_file.clear();
  ASSERT_TRUE(check_authorities(wanted).has_error());
  EXPECT_EQ(check_authorities(wanted).error().text, load(wanted));
  wanted.bundle = "/nowhere/authorities.pem";
  EXPECT_EQ(check_authorities(wanted).error().text, load(wanted));
  lay("/etc/ssl/cert.pem", good);
  EXPECT_TRUE(check_authorities(wanted).has_value());
}

TEST_F(AuthoritiesTest, WhatWasReadIsReadAgainOnlyWhenAFileHasChanged) {
  AuthorityChoice wanted = choice();
  wanted.ca_file = lay("/own.pem", authority_.ca_pem);
  ASSERT_EQ(load(wanted), "");
  const X509_STORE* const first = SSL_CTX_get_cert_store(context_.get());
  ASSERT_EQ(load(wanted), "");
  EXPECT_EQ(SSL_CTX_get_cert_store(context_.get()), first) << "the same store serves both";
  EXPECT_EQ(source_, wanted.ca_file);
  EXPECT_TRUE(trusts(authority_));
  lay("/own.pem", stranger_.ca_pem + "\n");
  ASSERT_EQ(load(wanted), "");
  EXPECT_TRUE(trusts(stranger_));
  EXPECT_FALSE(trusts(authority_));
}

// In a game server every resource can write into the environment.
TEST_F(AuthoritiesTest, TheEnvironmentDecidesNothing) {
  lay("/etc/ssl/cert.pem", stranger_.ca_pem);
  setenv("SSL_CERT_FILE", lay("/environment.pem", authority_.ca_pem).c_str(), 1);
  setenv("SSL_CERT_DIR", lay_hashed("/environment").c_str(), 1);
  EXPECT_EQ(load(choice()), "");
  unsetenv("SSL_CERT_FILE");
  unsetenv("SSL_CERT_DIR");
  EXPECT_TRUE(trusts(stranger_));
  EXPECT_FALSE(trusts(authority_));
}

}  // namespace
}  // namespace sonoran::net
