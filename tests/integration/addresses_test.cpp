// The CAD's name has several addresses, and some of them are dead.
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/host_names.h"

namespace sonoran::integration {
namespace {

namespace json = boost::json;
using simulator::Certificate;
using simulator::Fault;
using simulator::Faults;
using simulator::Options;
using simulator::Simulator;
using simulator::Stage;

// A dead address has a limit of a minute in these tests. A bridge that waited for it would fail eventually().
constexpr const char* kAMinute = "60000";

bool has_ipv6_loopback() {
  const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  sockaddr_in6 here{};
  here.sin6_family = AF_INET6;
  here.sin6_addr = in6addr_loopback;
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0;
  ::close(socket);
  return bound;
}

class Addresses : public testing::Test {
 protected:
  explicit Addresses(bool tls)
      : tls_(tls),
        url_(tls ? ready_.https_url : "http://localhost:" + std::to_string(ready_.http_port)),
        settings_(with(settings_for(ready_, tls), {{"sonoran_bridge_url", url_},
                                                   {"sonoran_bridge_connect_timeout_ms", kAMinute},
                                                   {"sonoran_bridge_handshake_timeout_ms", kAMinute}})) {}
  ~Addresses() override { set_host_addresses("localhost", {}); }

  static Options options() {
    Options options;
    options.addresses = {"127.0.0.2", "127.0.0.3"};
    return options;
  }
  void drop_syn(const std::vector<std::string>& addresses) {
    Faults faults;
    faults.drop_syn = addresses;
    simulator_.set_faults(faults);
  }
  /// Accepts connections at `address` and sends nothing.
  void stay_mute(const std::string& address) {
    Faults faults;
    faults.stall = Stage::kAccept;
    faults.at = address;
    faults.times = kMany;
    simulator_.set_faults(faults);
  }
  /// The number of connections that it accepted there.
  std::uint64_t taken_mutely() {
    return kMany - json::parse(simulator_.stats()).at("faults").at("times").to_number<std::uint64_t>();
  }
  /// Waits until a panic of a new unit is answered. Returns the address that it reached.
  std::string address_of_a_panic(Bridge& bridge) {
    const std::size_t before = simulator_.requests().size();
    const Answer answer = bridge.answer(bridge.panic("license:" + std::to_string(++units_)));
    EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.detail;
    const auto requests = simulator_.requests();
    return requests.size() > before ? requests.back().address : "";
  }

  static constexpr std::uint64_t kMany = 1000;
  Simulator simulator_{options()};
  simulator::Ready ready_ = simulator_.start();
  const bool tls_;
  const std::string url_;
  Settings settings_;
  int units_ = 0;
};

class AddressesOver : public Addresses, public testing::WithParamInterface<bool> {
 protected:
  AddressesOver() : Addresses(GetParam()) {}
};
class AddressesOverTls : public Addresses {
 protected:
  AddressesOverTls() : Addresses(true) {}
};
class AddressesOverTcp : public Addresses {
 protected:
  AddressesOverTcp() : Addresses(false) {}
};

INSTANTIATE_TEST_SUITE_P(Each, AddressesOver, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "Tls" : "Tcp"; });

TEST_P(AddressesOver, OneThatDropsEverySynIsPassedOver) {
  drop_syn({"127.0.0.2"});
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
}

TEST_P(AddressesOver, SeveralThatDropEverySynArePassedOver) {
  drop_syn({"127.0.0.2", "127.0.0.3"});
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.3", "127.0.0.1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
}

TEST_P(AddressesOver, EachHasATimeLimitOfItsOwn) {
  // The third starts half a second after the first, whose limit is over by then.
  drop_syn({"127.0.0.2", "127.0.0.3"});
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.3", "127.0.0.1"});
  Bridge bridge(with(settings_, {{"sonoran_bridge_connect_timeout_ms", "400"}}));
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
  EXPECT_EQ(bridge.failed("setUnitPanic"), 0U) << bridge.log();
}

TEST_P(AddressesOver, OneThatRefusesIsPassedOver) {
  set_host_addresses("localhost", {"127.0.0.9", "127.0.0.2"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.2");
}

TEST_P(AddressesOver, ADeadIpv6AddressIsPassedOverAndALivingOneIsFound) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "This machine has no ::1.";
  drop_syn({"::1"});
  set_host_addresses("localhost", {"::1", "127.0.0.1"});
  {
    Bridge bridge(settings_);
    EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
  }
  drop_syn({"127.0.0.2"});
  set_host_addresses("localhost", {"127.0.0.2", "::1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "::1");
}

TEST_F(AddressesOverTls, OneThatTakesTheConnectionAndStaysMuteIsPassedOver) {
  stay_mute("127.0.0.2");
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
}

TEST_F(AddressesOverTls, OneWhoseCertificateIsRefusedIsPassedOverAndIsToldNothing) {
  Faults faults;
  faults.certificate = Certificate::kOtherName;
  faults.at = "127.0.0.2";
  simulator_.set_faults(faults);
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
  for (const auto& request : simulator_.requests()) EXPECT_EQ(request.address, "127.0.0.1");
}

TEST_F(AddressesOverTls, WhatWorkedIsTriedFirstNextTime) {
  stay_mute("127.0.0.2");
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
  const std::uint64_t taken = taken_mutely();
  EXPECT_GE(taken, 1U);
  for (int i = 0; i < 3; ++i) {
    simulator_.disconnect();
    EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
  }
  EXPECT_EQ(taken_mutely(), taken) << "the mute address was tried again";
}

TEST_P(AddressesOver, WhatWorkedStaysFirstWhenTheNamesOrderChanges) {
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.2");
  set_host_addresses("localhost", {"127.0.0.1", "127.0.0.2"});
  simulator_.disconnect();
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.2");
}

TEST_P(AddressesOver, WhatWorkedAndThenDiesIsLeftForAnotherAndComesLastThen) {
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.2");
  drop_syn({"127.0.0.2"});
  simulator_.disconnect();
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
  drop_syn({});
  simulator_.disconnect();
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.1");
}

TEST_P(AddressesOver, WhenAllFailTheOneThatGotFurthestIsTold) {
  // Silence, a refusal, and (over TLS) a certificate; each with the others before and behind it.
  Faults faults;
  faults.drop_syn = {"127.0.0.2"};
  faults.certificate = Certificate::kSelfSigned;
  faults.at = "127.0.0.1";
  simulator_.set_faults(faults);
  std::vector<std::string> addresses = {"127.0.0.2", "127.0.0.9"};
  if (tls_) addresses.emplace_back("127.0.0.1");
  const std::string told = tls_ ? url_ + " is not trusted: its certificate was refused: self-signed"
                                : url_ + " cannot be connected to (Connection refused)";
  const std::string which = "(" + std::to_string(addresses.size()) + " addresses were tried, " +
                            (tls_ ? "127.0.0.1" : "127.0.0.9") + " got furthest).";
  for (std::size_t turn = 0; turn < addresses.size(); ++turn) {
    std::rotate(addresses.begin(), addresses.begin() + 1, addresses.end());
    set_host_addresses("localhost", addresses);
    Bridge bridge(with(settings_, {{"sonoran_bridge_connect_timeout_ms", "400"}}));
    bridge.panic("license:a");
    EXPECT_TRUE(eventually([&] { return bridge.log().find(told) != std::string::npos; })) << bridge.log();
    EXPECT_NE(bridge.log().find(which), std::string::npos) << bridge.log();
    EXPECT_EQ(bridge.log().find("did not accept"), std::string::npos) << bridge.log();
  }
  EXPECT_TRUE(simulator_.requests().empty());
}

TEST_F(AddressesOverTcp, PlainHttpGoesNowhereWhenItsNameLeadsBeyondLoopback) {
  // An address that no machine has (RFC 5737), behind one that would answer.
  for (const auto& addresses :
       {std::vector<std::string>{"127.0.0.1", "192.0.2.1"}, std::vector<std::string>{"192.0.2.1", "127.0.0.1"},
        std::vector<std::string>{"192.0.2.1"}, std::vector<std::string>{"127.0.0.1", "::ffff:192.0.2.1"}}) {
    set_host_addresses("localhost", addresses);
    Bridge bridge(settings_);
    const Answer answer = bridge.answer(bridge.call("getInfo", "{}", 1000));
    EXPECT_NE(answer.error, SB_ERROR_NONE);
    EXPECT_NE(bridge.log().find(url_ + " leads to " +
                                (addresses.back() == "127.0.0.1" ? addresses.front() : addresses.back()) +
                                ", which is not a loopback address"),
              std::string::npos)
        << bridge.log();
    EXPECT_TRUE(simulator_.requests().empty());
  }
  set_host_addresses("localhost", {"127.0.0.2", "127.0.0.1"});
  Bridge bridge(settings_);
  EXPECT_EQ(address_of_a_panic(bridge), "127.0.0.2");
}

TEST_P(AddressesOver, AStopAmidTheRaceLeavesNothingBehind) {
  drop_syn({"127.0.0.1", "127.0.0.2", "127.0.0.3"});
  set_host_addresses("localhost", {"127.0.0.1", "127.0.0.2", "127.0.0.3"});
  const Holdings before = holdings();
  const unsigned lookups = lookups_of("localhost");
  {
    Bridge bridge(settings_);
    bridge.panic("license:a");
    // Three sockets that wait for an answer, of the first connection at least.
    EXPECT_TRUE(eventually([&] { return holdings().descriptors >= before.descriptors + 3 + 3; }));
    EXPECT_GT(lookups_of("localhost"), lookups);
    bridge.stop(0);
  }
  EXPECT_TRUE(eventually([&] { return holdings() == before; }));
}

}  // namespace
}  // namespace sonoran::integration
