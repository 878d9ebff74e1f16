// A name with several addresses, of which the first is dead: a gateway at the next one is reached.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "integration/host_names.h"
#include "road/road.h"
#include "simulator/drop_filter.h"

namespace sonoran::road {
namespace {

/// 127.0.0.2 at this port: connections are taken by the system, and nobody ever says a word.
class Mute {
 public:
  explicit Mute(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket_, SOMAXCONN) != 0)
      throw std::runtime_error("127.0.0.2 cannot be listened at.");
  }
  ~Mute() { ::close(socket_); }
  Mute(const Mute&) = delete;
  Mute& operator=(const Mute&) = delete;

  /// Now they are not even taken.
  void drop() const { simulator::drop_incoming(socket_); }

 private:
  const int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

class Addresses : public Road {
 protected:
  Settings to_both(const Settings& settings) {
    integration::set_host_addresses("cad.test", {"127.0.0.2", "127.0.0.1"});
    return settings;
  }
  void expect_all_well(const Settings& settings) {
    Bridge bridge(settings);
    Traffic traffic(bridge, simulator_);
    for (int i = 0; i < 2; ++i) {
      traffic.round();
      traffic.expect_all_well();
    }
    EXPECT_EQ(bridge.failed("setUnitPanic"), 0U) << bridge.log();
  }
  Haproxy gateway() {
    Haproxy::Setup setup;
    setup.bind = "ssl crt FOLDER/one.pem";
    setup.identities = {{"one", authority_.server("cad.test")}};
    return {cad(), setup};
  }
};

TEST_F(Addresses, AFirstOneThatSwallowsEverythingFailsNothing) {
  const Haproxy haproxy = gateway();
  const Mute first(haproxy.port());
  first.drop();
  expect_all_well(to_both(over_tls("cad.test", haproxy.port())));
}

TEST_F(Addresses, AFirstOneThatTakesConnectionsAndStaysMuteFailsNothing) {
  const Haproxy haproxy = gateway();
  const Mute first(haproxy.port());
  expect_all_well(to_both(over_tls("cad.test", haproxy.port())));
}

}  // namespace
}  // namespace sonoran::road
