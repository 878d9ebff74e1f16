// What the tests of the road share: a simulated CAD, the module, and traffic whose answers cannot be mistaken.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "integration/bridge.h"
#include "road/peers.h"
#include "simulator/simulator.h"

namespace sonoran::road {

using integration::Answer;
using integration::Bridge;
using integration::Settings;

/// The value of a header as the CAD received it; "" if it is absent.
std::string header_of(const simulator::RecordedRequest& request, const std::string& name);

class Road : public testing::Test {
 protected:
  /// Skips the test where the peers are not there.
  void SetUp() override;

  /// What leads to a plain port of 127.0.0.1. Each time with another key, whose budgets nobody has spent from.
  Settings plain(std::uint16_t port);
  /// What leads to `host` over TLS; `host` ends in ".test" and leads to 127.0.0.1.
  Settings over_tls(const std::string& host, std::uint16_t port);
  /// The port at which the CAD speaks plain HTTP.
  [[nodiscard]] std::uint16_t cad() const { return ready_.http_port; }
  /// How many requests of this operation the CAD carried out.
  [[nodiscard]] std::size_t executed(const std::string& operation) const;
  /// What the file of the authority has whose certificates the peers show.
  simulator::Authority authority_;
  Folder folder_;
  const std::string ca_file_ = folder_.write("ca.pem", authority_.pem());
  simulator::Simulator simulator_{unlimited()};
  simulator::Ready ready_ = simulator_.start();

 private:
  static simulator::Options unlimited();
};

/// Calls that must not be repeated, panics and queries, each of which says something that its answer repeats.
class Traffic {
 public:
  Traffic(Bridge& bridge, const simulator::Simulator& cad) : bridge_(bridge), cad_(cad) {}

  /// Seven commands, a panic, a status and a query side by side. Twelve rounds fit into a minute's budgets.
  void round();
  /// Waits for all answers of the rounds so far: each is a success and its own, and the CAD carried each command out
  /// exactly once.
  void expect_all_well();

 private:
  struct Asked {
    std::uint64_t ticket;
    std::string what, own;  // the operation, and what stands in its answer only
    bool command;
  };
  void call(const std::string& operation, const std::string& arguments, const std::string& own, bool command = true);

  Bridge& bridge_;
  const simulator::Simulator& cad_;
  std::vector<Asked> asked_;
};

}  // namespace sonoran::road
