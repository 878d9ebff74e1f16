// A simulator of a test's own, with a key that no other test has: a process remembers what was spent of a key.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "integration/bridge.h"
#include "simulator/simulator.h"

namespace sonoran::integration {

class OwnCad {
 protected:
  /// Over TLS or plain.
  explicit OwnCad(bool tls)
      : simulator_(with_a_key()), ready_(simulator_.start()), settings_(settings_for(ready_, tls)) {
    settings_["sonoran_apiKey"] = key_;
  }
  ~OwnCad() = default;
  OwnCad(const OwnCad&) = delete;
  OwnCad& operator=(const OwnCad&) = delete;

  void set_faults(const boost::json::object& faults) { simulator_.set_faults(simulator::faults_of(faults)); }
  boost::json::value cad_stats() { return boost::json::parse(simulator_.stats()); }

  std::string key_;
  simulator::Simulator simulator_;
  simulator::Ready ready_;
  Settings settings_;

 private:
  simulator::Options with_a_key() {
    static int count = 0;
    key_ = "own-key-" + std::to_string(++count);
    simulator::Options options;
    options.key = key_;
    return options;
  }
};

}  // namespace sonoran::integration
