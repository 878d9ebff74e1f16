// Host names of the tests' own. This program's getaddrinfo answers for names that end in ".test", so that a test says
// what a name resolves to, that it does not, or that nobody answers; all other names go to the system.
#pragma once

#include <string>

namespace sonoran::integration {

enum class Name {
  kUnknown,   // as any other name that was not set
  kLoopback,  // 127.0.0.1
  kHanging    // nobody answers until the name is set to something else
};

/// Any thread. Whoever waits for a hanging name goes on with what is set now.
void set_host_name(const std::string& name, Name what);

}  // namespace sonoran::integration
