// A port that takes no connection and refuses none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sonoran::integration {

/// The system's queue of connections to it is full, and nobody takes any out: who connects waits until his own limit.
class FullPort {
 public:
  /// Fails the test that asks if it cannot.
  FullPort(const std::string& address, std::uint16_t port);
  ~FullPort();
  FullPort(const FullPort&) = delete;
  FullPort& operator=(const FullPort&) = delete;

 private:
  std::vector<int> sockets_;  // the one that listens, and those that fill its queue
};

}  // namespace sonoran::integration
