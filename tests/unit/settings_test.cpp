#include "core/settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/time.h"
#include "state/positions.h"

namespace sonoran {
namespace {

constexpr std::string_view kKey = "0123-a-secret";

/// Parses these settings and a key.
Result<Settings> parse(std::vector<SettingPair> pairs) {
  pairs.emplace_back("sonoran_apiKey", kKey);
  return parse_settings(pairs);
}

Settings good(std::vector<SettingPair> pairs) {
  auto parsed = parse(std::move(pairs));
  if (!parsed) ADD_FAILURE() << parsed.error().text;
  return parsed ? *parsed : Settings{};
}

/// The message about what is wrong.
std::string bad(std::string_view name, std::string_view value) {
  auto parsed = parse({{name, value}});
  return parsed ? "" : parsed.error().text;
}

TEST(Settings, ADefaultOutsideTheTableIsTheTables) {
  const Settings table = good({});
  const Settings written;
  EXPECT_EQ(written.server_id, table.server_id);
  EXPECT_EQ(written.follows_active_units, table.follows_active_units);
  EXPECT_EQ(written.heartbeat, table.heartbeat);
  EXPECT_EQ(written.dedupe, table.dedupe);
  EXPECT_EQ(written.rate_share, table.rate_share);
  EXPECT_EQ(written.resolve_timeout, table.resolve_timeout);
  EXPECT_EQ(written.connect_timeout, table.connect_timeout);
  EXPECT_EQ(written.handshake_timeout, table.handshake_timeout);
  EXPECT_EQ(written.write_timeout, table.write_timeout);
  EXPECT_EQ(written.read_timeout, table.read_timeout);
  EXPECT_EQ(written.answer_limit_bytes, table.answer_limit_bytes);
  EXPECT_EQ(written.log_level, table.log_level);
  for (const auto& [moved_m, turned_deg, resend, stale] :
       {std::tuple(written.moved_m, written.turned_deg, Duration(written.resend), Duration(written.stale)),
        std::tuple(state::PositionRules{}.moved_m, state::PositionRules{}.turned_deg,
                   Duration(state::PositionRules{}.resend), Duration(state::PositionRules{}.stale))}) {
    EXPECT_EQ(moved_m, table.moved_m);
    EXPECT_EQ(turned_deg, table.turned_deg);
    EXPECT_EQ(resend, table.resend);
    EXPECT_EQ(stale, table.stale);
  }
}

TEST(Settings, DefaultsAreWhatTheTableSays) {
  const Settings settings = good({});
  EXPECT_EQ(settings.api_key, kKey);
  EXPECT_EQ(settings.server_id, 1);
  EXPECT_EQ(settings.endpoint.text, "https://api.sonorancad.com");
  EXPECT_EQ(settings.endpoint.port, "443");
  EXPECT_EQ(settings.moved_m, 2);
  EXPECT_EQ(settings.turned_deg, 15);
  EXPECT_EQ(settings.dedupe, std::chrono::seconds(10));
  EXPECT_EQ(settings.log_level, 2);
  for (const SettingInfo& info : setting_table()) {
    if (info.type == SettingType::kSecret) continue;
    const auto found =
        std::ranges::find(settings.values, std::string(info.name), &std::pair<std::string, std::string>::first);
    ASSERT_NE(found, settings.values.end()) << info.name;
    EXPECT_EQ(found->second, info.default_value) << info.name;
  }
}

/// The token is for the page only: the bridge starts with a wrong one as well.
TEST(Settings, ThePagesTokenIsShownNowhereAndNeverKeepsTheBridgeFromStarting) {
  for (const std::string token : {"a-token-of-20-letters", "short", "with blank and \x01", "\xFF"}) {
    const Settings settings = good({{"sonoran_bridge_page_token", token}});
    for (const auto& [name, value] : settings.values) EXPECT_NE(name, "sonoran_bridge_page_token");
    const auto wrong = parse({{"sonoran_bridge_page_token", token}, {"sonoran_bridge_tracking", token}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().text.find(token), std::string::npos) << wrong.error().text;
  }
}

TEST(Settings, ThePagesTokenInAnotherSettingIsHiddenLikeTheKey) {
  const std::string token = "a-token-of-20-letters";
  const Settings settings = good({{"sonoran_bridge_page_token", token}, {"sonoran_communityID", "my " + token}});
  for (const auto& [name, value] : settings.values) EXPECT_EQ(value.find(token), std::string::npos) << name;
}

/// Each row accepts its own default, each name occurs once, and each row has a description.
TEST(Settings, TheTableKeepsItsOwnRules) {
  std::set<std::string> names;
  for (const SettingInfo& info : setting_table()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(std::string(info.sentence).ends_with(".")) << info.name;
    if (info.type == SettingType::kSecret) continue;
    EXPECT_TRUE(parse({{info.name, info.default_value}})) << info.name;
  }
}

TEST(Settings, BothEndsOfEveryRangeAreTakenAndOneBeyondIsNot) {
  for (const SettingInfo& info : setting_table()) {
    if (info.type != SettingType::kInteger) continue;
    const auto low = static_cast<std::int64_t>(info.low);
    const auto high = static_cast<std::int64_t>(info.high);
    EXPECT_EQ(bad(info.name, std::to_string(low)), "") << info.name;
    EXPECT_EQ(bad(info.name, std::to_string(high)), "") << info.name;
    for (const auto value : {low - 1, high + 1}) {
      const std::string message = bad(info.name, std::to_string(value));
      EXPECT_NE(message.find(info.name), std::string::npos) << message;
      EXPECT_NE(message.find(std::to_string(value)), std::string::npos) << message;
      EXPECT_NE(message.find(setting_range(info)), std::string::npos) << message;
    }
  }
}

TEST(Settings, AUrlWithoutAHostIsRefusedWhateverFollowsItsScheme) {
  for (const std::string_view url : {"http:", "http:?", "https:#", "https:?a#b", "http:a", "http:/a", "http:/?", "?",
                                     "#", ":", "://", "https://?", "https://#"}) {
    EXPECT_NE(bad("sonoran_bridge_url", url), "") << url;
  }
}

TEST(Settings, TheKeyThatStandsInAnotherSettingIsShownNowhere) {
  const std::string key(kKey);
  for (const std::string& value : {key, "x" + key, std::string(300, 'x') + key + "y"}) {
    for (const std::string_view name : {"sonoran_serverId", "sonoran_bridge_url", "sonoran_bridge_upload_folders"}) {
      const std::string message = bad(name, value);
      EXPECT_FALSE(message.empty()) << name;
      EXPECT_EQ(message.find("0123-a-"), std::string::npos) << message;
    }
    EXPECT_EQ(bad(value, "1").find("0123-a-"), std::string::npos);
  }
  const auto twice = parse({{"sonoran_apiKey", "another-key"}, {"sonoran_serverId", "another-key"}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().text.find("another-key"), std::string::npos);
  const Settings settings = good({{"sonoran_communityID", kKey}});
  EXPECT_EQ(settings.community_id, key) << "it is only not shown";
  for (const auto& [name, value] : settings.values) EXPECT_EQ(value.find(key), std::string::npos) << name;
}

TEST(Settings, AWrongTypeIsOneSentenceWithNameValueAndRange) {
  EXPECT_EQ(bad("sonoran_serverId", "one"),
            "sonoran_serverId is 'one', but it must be a whole number from 0 to 2147483647.");
  EXPECT_EQ(bad("sonoran_bridge_moved_m", "nan"),
            "sonoran_bridge_moved_m is 'nan', but it must be a number from 0 to 1000.");
  EXPECT_EQ(bad("sonoran_bridge_moved_m", "0x10"),
            "sonoran_bridge_moved_m is '0x10', but it must be a number from 0 to 1000.");
  EXPECT_EQ(bad("sonoran_bridge_moved_m", "2 "),
            "sonoran_bridge_moved_m is '2 ', but it must be a number from 0 to 1000.");
  EXPECT_EQ(bad("sonoran_bridge_tracking", "some"),
            "sonoran_bridge_tracking is 'some', but it must be one of: cad, marked, all.");
  EXPECT_EQ(bad("sonoran_bridge_identifier_prefix", "maybe"),
            "sonoran_bridge_identifier_prefix is 'maybe', but it must be true or false.");
  EXPECT_EQ(bad("sonoran_communityID", "a\nb"),
            "sonoran_communityID is 'a?b', but it must be UTF-8 text without control characters.");
  EXPECT_EQ(bad("sonoran_bridge_mooved_m", "2"),
            "There is no setting 'sonoran_bridge_mooved_m'; config/convars.md lists all settings.");
}

TEST(Settings, EmptyMeansNotGiven) {
  EXPECT_EQ(good({{"sonoran_bridge_moved_m", ""}}).moved_m, 2);
}

TEST(Settings, ABooleanHasManyNamesAndOneForm) {
  for (const char* yes : {"true", "1", "yes", "on"}) {
    const auto settings = good({{"sonoran_bridge_identifier_prefix", yes}});
    EXPECT_TRUE(std::ranges::find(settings.values,
                                  std::pair<std::string, std::string>("sonoran_bridge_identifier_prefix", "true")) !=
                settings.values.end());
  }
}

TEST(Settings, TheKeyIsRequiredAndNeverRepeated) {
  const auto none = parse_settings({});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().text.find("sonoran_apiKey is not set"), std::string::npos);
  const SettingPair broken[] = {{"sonoran_apiKey", "se cret"}};
  const auto parsed = parse_settings(broken);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().text.find("se cret"), std::string::npos);
  const std::string message = bad("sonoran_bridge_url", "ftp://0123-a-secret/");
  EXPECT_FALSE(message.empty());
  EXPECT_EQ(message.find(kKey), std::string::npos) << message;
  const Settings settings = good({});
  for (const auto& [name, value] : settings.values) EXPECT_NE(value, kKey) << name;
}

TEST(Settings, AnEndpointIsTakenApart) {
  const Settings settings = good({{"sonoran_bridge_url", "https://cad.example.org:8443/prefix/"}});
  EXPECT_TRUE(settings.endpoint.tls);
  EXPECT_EQ(settings.endpoint.host, "cad.example.org");
  EXPECT_EQ(settings.endpoint.port, "8443");
  EXPECT_EQ(settings.endpoint.base_path, "/prefix");
  EXPECT_EQ(settings.endpoint.host_header, "cad.example.org:8443");
  EXPECT_EQ(good({{"sonoran_bridge_url", "http://[::1]:80"}}).endpoint.host, "::1");
  EXPECT_EQ(good({{"sonoran_bridge_url", "http://[::1]:80"}}).endpoint.host_header, "[::1]");
  EXPECT_FALSE(good({{"sonoran_bridge_url", "http://127.0.0.5:99"}}).endpoint.tls);
}

TEST(Settings, TheCaseOfAUrlsSchemeAndHostSaysNothing) {
  const Endpoint tls = good({{"sonoran_bridge_url", "HTTPS://cad.example.org"}}).endpoint;
  EXPECT_TRUE(tls.tls);
  EXPECT_EQ(tls.port, "443");
  EXPECT_EQ(tls.text, "https://cad.example.org");
  const Endpoint plain = good({{"sonoran_bridge_url", "Http://LocalHost"}}).endpoint;
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.port, "80");
  EXPECT_NE(bad("sonoran_bridge_url", "HTTP://example.org").find("loopback"), std::string::npos);
}

TEST(Settings, PlainHttpIsForLoopbackAddressesOnly) {
  for (const char* url : {"http://localhost", "http://127.0.0.1:1234", "http://[::1]:1"}) {
    EXPECT_EQ(bad("sonoran_bridge_url", url), "") << url;
  }
  for (const char* url : {"http://example.org", "http://10.0.0.1", "http://localhost.example"}) {
    EXPECT_NE(bad("sonoran_bridge_url", url).find("loopback"), std::string::npos) << url;
  }
  EXPECT_NE(bad("sonoran_bridge_url", "http://127.0.0.1.example.org"), "") << "this is not 127.0.0.1";
}

TEST(Settings, AUrlThatHoldsTheVersionOfTheApiIsRefused) {
  for (const char* url : {"https://api.sonorancad.com/v2", "https://api.sonorancad.com/v2/", "https://cad.example/V1",
                          "https://cad.example/proxy/v2/general", "http://127.0.0.1:80/v10"}) {
    EXPECT_NE(bad("sonoran_bridge_url", url).find("before the version of the API"), std::string::npos) << url;
  }
  for (const char* url :
       {"https://cad.example/vault", "https://cad.example/v", "https://cad.example/v2x/", "https://v2"}) {
    EXPECT_EQ(bad("sonoran_bridge_url", url), "") << url;
  }
}

TEST(Settings, AnEndpointThatIsNoneIsRefused) {
  for (const char* url :
       {"cad.example", "ftp://cad.example", "https://", "https://cad.example/?a=b", "https://cad.example/#f",
        "https://cad.example:0", "https://cad.example:65536", "https://cad example"}) {
    EXPECT_NE(bad("sonoran_bridge_url", url), "") << url;
  }
  const std::string message = bad("sonoran_bridge_url", "https://user:word@cad.example");
  EXPECT_NE(message, "");
  EXPECT_EQ(message.find("word@"), std::string::npos) << message;
}

}  // namespace
}  // namespace sonoran
