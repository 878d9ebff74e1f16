// What a look at the way to the CAD finds (sb_diagnose), what is known of a unit (sb_unit_state), and that changes of
// state are told.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/host_names.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::Certificate;
using simulator::Faults;
using simulator::Simulator;

class Look : public testing::Test {
 protected:
  json::value find(Bridge& bridge) {
    std::uint64_t ticket = 0;
    EXPECT_EQ(sb_diagnose(bridge.raw(), &ticket), SB_OK) << sb_last_error(bridge.raw());
    const Answer answer = bridge.answer(ticket);
    EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.detail;
    return json::parse(answer.body);
  }
  json::value find(const Settings& settings) {
    Bridge bridge(settings);
    EXPECT_EQ(bridge.error(), "");
    return find(bridge);
  }
  json::value find_by_tls(Certificate certificate) {
    Faults faults;
    faults.certificate = certificate;
    simulator_.set_faults(faults);
    return find(settings_for(ready_, true));
  }
  static json::value unit(Bridge& bridge, std::string_view id) {
    std::uint64_t ticket = 0;
    EXPECT_EQ(sb_unit_state(bridge.raw(), text_of(id), &ticket), SB_OK) << sb_last_error(bridge.raw());
    return json::parse(bridge.answer(ticket).body);
  }
  static std::string error_of(const json::value& found) {
    return std::string(found.at("addresses").at(0).at("error").as_string());
  }

  Simulator simulator_;
  simulator::Ready ready_ = simulator_.start();
};

TEST_F(Look, AnAddressThatWorksIsConnectedToAndItsCertificateHasAnEnd) {
  const json::value found = find_by_tls(Certificate::kGood);
  EXPECT_EQ(found.at("error"), "");
  EXPECT_EQ(found.at("untried"), 0);
  const json::array& addresses = found.at("addresses").as_array();
  ASSERT_FALSE(addresses.empty());
  for (const json::value& address : addresses) {
    EXPECT_EQ(address.at("error"), "") << json::serialize(found);
    EXPECT_TRUE(address.at("connect_ms").is_double());
    EXPECT_TRUE(address.at("handshake_ms").is_double());
    EXPECT_EQ(address.at("tls"), "TLSv1.3");
    EXPECT_GT(address.at("certificate_left_s").to_number<std::int64_t>(), 0);
  }
  EXPECT_TRUE(simulator_.requests().empty()) << "a look sends no request";
}

TEST_F(Look, ACertificateThatIsRefusedIsNamedWithItsEnd) {
  const json::value expired = find_by_tls(Certificate::kExpired);
  EXPECT_NE(error_of(expired).find("expired"), std::string::npos) << error_of(expired);
  EXPECT_LT(expired.at("addresses").at(0).at("certificate_left_s").to_number<std::int64_t>(), 0);
  EXPECT_TRUE(expired.at("addresses").at(0).at("handshake_ms").is_null());
  const json::value other = find_by_tls(Certificate::kOtherName);
  EXPECT_NE(error_of(other).find("ostname mismatch"), std::string::npos) << error_of(other);
}

TEST_F(Look, WhatRefusesAndWhatHangsIsSaidOfItsAddress) {
  Faults faults;
  faults.refuse = true;
  simulator_.set_faults(faults);
  EXPECT_NE(error_of(find(settings_for(ready_, true))).find("cannot be connected to"), std::string::npos);
  faults = {};
  faults.stall = simulator::Stage::kAccept;
  simulator_.set_faults(faults);
  const auto mute = find(with(settings_for(ready_, true), {{"sonoran_bridge_handshake_timeout_ms", "200"}}));
  EXPECT_NE(error_of(mute).find("did not finish the TLS handshake within 200 ms"), std::string::npos) << error_of(mute);
  EXPECT_TRUE(mute.at("addresses").at(0).at("connect_ms").is_double());
}

TEST_F(Look, AHostWithoutAnAddressIsOneSentence) {
  const json::value found = find(with(settings_for(ready_, true), {{"sonoran_bridge_url", "https://cad.invalid"}}));
  EXPECT_EQ(found.at("name"), "cad.invalid");
  EXPECT_NE(std::string(found.at("error").as_string()).find("cannot be found"), std::string::npos);
  EXPECT_TRUE(found.at("addresses").as_array().empty());
}

TEST_F(Look, OfManyAddressesEightAreLookedAtEachOnceAndTheRestIsCounted) {
  // All but 127.0.0.1 refuse: no simulator listens there.
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5",
                                   "127.0.0.6", "127.0.0.7", "127.0.0.8", "127.0.0.9", "127.0.0.10"});
  const json::value found = find(settings_for(ready_, true));
  set_host_addresses("localhost", {});
  EXPECT_EQ(found.at("untried"), 2);
  const json::array& addresses = found.at("addresses").as_array();
  ASSERT_EQ(addresses.size(), 8U);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const json::value& one = addresses[i];
    const bool works = i == 1;
    EXPECT_EQ(one.at("address").as_string(), works ? "127.0.0.1" : "127.0.0." + std::to_string(i == 0 ? 2 : i + 1));
    EXPECT_EQ(one.at("family"), "IPv4");
    EXPECT_EQ(one.at("error").as_string().empty(), works) << json::serialize(one);
    EXPECT_EQ(one.at("certificate_left_s").is_null(), !works) << json::serialize(one);
  }
}

TEST_F(Look, TheClockIsReadFromTheCadsOwnAnswers) {
  Bridge bridge(settings_for(ready_, false));
  EXPECT_EQ(bridge.answer(bridge.call("getVersion")).error, SB_ERROR_NONE);
  EXPECT_TRUE(eventually([&] { return bridge.stats().at("operations").as_object().contains("getVersion"); }));
  EXPECT_TRUE(bridge.stats().at("clock").is_null()) << "the simulator tells no time by itself";
  Faults faults;
  faults.headers = {"Date: Sun, 06 Nov 1994 08:49:37 GMT"};
  simulator_.set_faults(faults);
  EXPECT_EQ(bridge.answer(bridge.call("getVersion")).error, SB_ERROR_NONE);
  EXPECT_TRUE(eventually([&] { return bridge.stats().at("clock").is_object(); }));
  EXPECT_GT(bridge.stats().at("clock").at("ahead_s").to_number<std::int64_t>(), 30LL * 365 * 86400);
}

TEST_F(Look, OneAtATimeAndAStopAnswersIt) {
  Faults faults;
  faults.stall = simulator::Stage::kAccept;
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, true));
  std::uint64_t ticket = 0;
  ASSERT_EQ(sb_diagnose(bridge.raw(), &ticket), SB_OK);
  EXPECT_EQ(sb_diagnose(bridge.raw(), nullptr), SB_QUEUE_FULL);
  EXPECT_EQ(sb_stop(bridge.raw(), 0, nullptr), SB_OK);
  const auto answer = bridge.answered(ticket);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error, SB_ERROR_SHUTTING_DOWN);
}

TEST_F(Look, ASecondOneMeanwhileIsCountedAsRefused) {
  Faults faults;
  faults.stall = simulator::Stage::kAccept;
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, true));
  EXPECT_EQ(bridge.stats().at("refused").at("calls"), 0);
  ASSERT_EQ(sb_diagnose(bridge.raw(), nullptr), SB_OK);
  ASSERT_EQ(sb_diagnose(bridge.raw(), nullptr), SB_QUEUE_FULL);
  EXPECT_TRUE(eventually([&] { return bridge.stats().at("refused").at("calls") == 1; }));
}

TEST_F(Look, AUnitIsKnownByWhatWasSaidSentAndTaken) {
  Bridge bridge(settings_for(ready_, false));
  json::value nobody = unit(bridge, "a");
  EXPECT_EQ(nobody.at("unit"), "a");
  for (const char* part : {"position", "panic", "status", "refusal"}) EXPECT_TRUE(nobody.at(part).is_null()) << part;
  bridge.position("a", 1);
  EXPECT_TRUE(eventually([&] { return unit(bridge, "a").at("position").at("taken_s").is_number(); }));
  EXPECT_EQ(bridge.answer(bridge.status("a", 3)).error, SB_ERROR_NONE);
  const json::value known = unit(bridge, "a");
  EXPECT_TRUE(known.at("position").at("heard_s").is_number());
  EXPECT_TRUE(known.at("position").at("sent_s").is_number());
  EXPECT_TRUE(known.at("position").at("back_in_s").is_null());
  EXPECT_EQ(known.at("status").at("acknowledged"), 3);
  EXPECT_TRUE(known.at("panic").is_null());
}

TEST_F(Look, ARefusalIsKeptInTheCadsWords) {
  Faults faults;
  faults.unknown_units = {"gone"};
  simulator_.set_faults(faults);
  Bridge bridge(settings_for(ready_, false));
  const Answer answer = bridge.answer(bridge.panic("gone"));
  EXPECT_EQ(answer.error, SB_ERROR_NOT_FOUND);
  const json::value refusal = unit(bridge, "gone").at("refusal");
  EXPECT_EQ(refusal.at("operation"), "setUnitPanic");
  EXPECT_EQ(refusal.at("status"), 404);
  EXPECT_EQ(refusal.at("detail").as_string(), answer.detail);
  EXPECT_EQ(refusal.at("traceId").as_string(), answer.trace_id);
  EXPECT_FALSE(answer.trace_id.empty());
}

TEST_F(Look, LinesOfTheLogComeByTheLevelOfNow) {
  Bridge bridge(with(settings_for(ready_, false), {{"sonoran_bridge_log_level", "error"}}));
  bridge.players(1);
  EXPECT_EQ(bridge.answer(bridge.call("getVersion")).error, SB_ERROR_NONE);
  EXPECT_EQ(bridge.log(), "");
  ASSERT_EQ(sb_set_log_level(bridge.raw(), SB_LOG_DEBUG), SB_OK);
  Faults faults;
  faults.refuse = true;
  simulator_.set_faults(faults);
  bridge.panic("a");
  EXPECT_TRUE(eventually([&] { return bridge.log().find("setUnitPanic: ") != std::string::npos; })) << bridge.log();
  for (const int wrong : {-1, 4}) EXPECT_EQ(sb_set_log_level(bridge.raw(), wrong), SB_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace sonoran::integration
