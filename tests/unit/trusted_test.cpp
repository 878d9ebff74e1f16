#include "runtime/trusted.h"

#include <gtest/gtest.h>

#include <string>

namespace sonoran::runtime {
namespace {

Settings settings_of(const std::string& url, const std::string& folders = "", const std::string& key = "secret-key") {
  const std::vector<SettingPair> pairs = {
      {"sonoran_apiKey", key}, {"sonoran_bridge_url", url}, {"sonoran_bridge_upload_folders", folders}};
  return *parse_settings(pairs);
}

/// The message, or "" when there is none.
std::string said(const Check& check) {
  return check ? "" : check.error().text;
}

constexpr const char* kOwn = "https://api.sonorancad.com";

TEST(TrustedTest, TheFirstHostOfAKeyHoldsAndAnotherWaitsForTheConsole) {
  Trusted trusted;
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn))), "");
  EXPECT_EQ(said(trusted.admit(settings_of("https://api.sonorancad.com/proxy"))), "") << "a path is no other host";
  for (const char* other : {"https://evil.example", "https://api.sonorancad.com:8443", "http://127.0.0.1",
                            "https://api.sonorancad.com.evil.example"}) {
    const std::string message = said(trusted.admit(settings_of(other)));
    EXPECT_NE(message, "") << other;
    EXPECT_EQ(message.find("secret-key"), std::string::npos);
  }
  EXPECT_EQ(said(trusted.admit(settings_of("https://evil.example"))),
            "sonoran_bridge_url names the host evil.example now, and this server sent the API key to "
            "api.sonorancad.com before; if you changed it, type  sonoran_bridge trust evil.example  at the server's "
            "console.");
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn))), "") << "the old one goes on";
}

TEST(TrustedTest, OnlyWhatWasRefusedLastIsConfirmed) {
  Trusted trusted;
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn))), "");
  EXPECT_NE(said(trusted.trust("evil.example")), "") << "nobody asked for it";
  EXPECT_NE(said(trusted.admit(settings_of("https://mine.example"))), "");
  EXPECT_NE(said(trusted.admit(settings_of("https://evil.example"))), "");
  EXPECT_NE(said(trusted.trust("mine.example")), "") << "another one was put in its place";
  EXPECT_NE(said(trusted.admit(settings_of("https://mine.example"))), "");
  EXPECT_EQ(said(trusted.trust("mine.example")), "");
  EXPECT_NE(said(trusted.trust("mine.example")), "") << "once";
  EXPECT_EQ(said(trusted.admit(settings_of("https://mine.example"))), "");
  EXPECT_NE(said(trusted.admit(settings_of("http://127.0.0.1"))), "");
  EXPECT_NE(said(trusted.trust("mine.example")), "") << "once";
}

TEST(TrustedTest, FoldersAreConfirmedByTheNameOfTheSetting) {
  Trusted trusted;
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn, "/videos"))), "");
  EXPECT_NE(said(trusted.admit(settings_of(kOwn, "/etc"))).find("sonoran_bridge trust sonoran_bridge_upload_folders"),
            std::string::npos);
  EXPECT_EQ(said(trusted.trust("sonoran_bridge_upload_folders")), "");
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn, "/etc"))), "");
  EXPECT_NE(said(trusted.admit(settings_of(kOwn, "/root"))), "") << "that one alone";
}

TEST(TrustedTest, EachSettingThatDecidesWhomTheKeyAndTheFilesReachIsConfirmedByItsName) {
  for (const std::string name : {"sonoran_bridge_ca_file", "sonoran_bridge_ca_bundle", "sonoran_bridge_allow"}) {
    const auto with = [&](const std::string& value) {
      const std::vector<SettingPair> pairs = {{"sonoran_apiKey", "secret-key"}, {name, value}};
      return *parse_settings(pairs);
    };
    Trusted trusted;
    EXPECT_EQ(said(trusted.admit(with(""))), "") << name;
    EXPECT_NE(said(trusted.admit(with("/another"))), "") << name;
    EXPECT_EQ(said(trusted.trust(name)), "");
    EXPECT_EQ(said(trusted.admit(with("/another"))), "") << name;
  }
}

TEST(TrustedTest, WithoutTlsAHostIsAnotherDestination) {
  Trusted trusted;
  EXPECT_EQ(said(trusted.admit(settings_of("https://127.0.0.1:8443"))), "");
  EXPECT_NE(said(trusted.admit(settings_of("http://127.0.0.1:8443"))), "");
}

TEST(TrustedTest, WhatWasForgottenIsConfirmedByNobody) {
  Trusted trusted;
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn))), "");
  EXPECT_NE(said(trusted.admit(settings_of("https://evil.example"))), "");
  trusted.forget();
  EXPECT_NE(said(trusted.trust("evil.example")), "");
  EXPECT_EQ(said(trusted.admit(settings_of("https://mine.example"))), "") << "as in a new process";
}

TEST(TrustedTest, AnotherKeyOpensNothingNew) {
  Trusted trusted;
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn))), "");
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn, "", "another"))), "") << "a new key at the same host";
  EXPECT_NE(said(trusted.admit(settings_of("http://127.0.0.1:8080", "", "another"))), "");
  EXPECT_NE(said(trusted.admit(settings_of(kOwn, "/etc", "another"))), "") << "its files would go to that key's owner";
}

TEST(TrustedTest, RemembersABoundedNumberOfValuesAndForgetsNone) {
  Trusted trusted;
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn))), "");
  std::string last;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < Trusted::kValues && last.empty(); ++i) {
    const std::string host = "host" + std::to_string(i) + ".example";
    EXPECT_NE(said(trusted.admit(settings_of("https://" + host))), "");
    last = said(trusted.trust(host));
    taken += last.empty() ? 1 : 0;
  }
  constexpr std::size_t kFirst = 5;  // the URL and the four settings that are guarded
  EXPECT_EQ(taken, Trusted::kValues - kFirst);
  EXPECT_EQ(last, "64 values are trusted in this server process; restart the server to change more.");
  EXPECT_EQ(said(trusted.admit(settings_of("https://host0.example"))), "");
  EXPECT_EQ(said(trusted.admit(settings_of(kOwn))), "");
}

}  // namespace
}  // namespace sonoran::runtime
