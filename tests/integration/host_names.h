// Host names of the tests' own. This program's getaddrinfo answers for names that end in ".test", so that a test says
// what a name resolves to, that it does not, or that nobody answers; all other names go to the system, unless they were
// given addresses here.
#pragma once

#include <string>
#include <vector>

namespace sonoran::integration {

enum class Name {
  kUnknown,   // as any other name that was not set
  kLoopback,  // 127.0.0.1
  kSecond,    // 127.0.0.2, where no simulator listens
  kHanging    // nobody answers until the name is set to something else
};

/// The address of Name::kSecond.
inline constexpr const char* kSecondAddress = "127.0.0.2";

/// Any thread. Whoever waits for a hanging name goes on with what is set now.
void set_host_name(const std::string& name, Name what);

/// The first `lookups` from now on get `first`, one each; all that follow, 127.0.0.1.
void set_host_name_at_first(const std::string& name, Name first, unsigned lookups);

/// The name has these addresses (no names), in this order; {} gives it back to the system, or makes it unknown.
void set_host_addresses(const std::string& name, const std::vector<std::string>& addresses);

/// How often this name was looked up; those count that hang.
unsigned lookups_of(const std::string& name);

}  // namespace sonoran::integration
