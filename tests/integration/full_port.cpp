#include "integration/full_port.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sonoran::integration {

FullPort::FullPort(const std::string& address, std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, address.c_str(), &where.sin_addr), 1);
  const auto* const name = reinterpret_cast<const sockaddr*>(&where);
  const auto make = [this](int kind) { return sockets_.emplace_back(::socket(AF_INET, kind | SOCK_CLOEXEC, 0)); };
  const int listening = make(SOCK_STREAM);
  // A port must open again while connections of another test's linger.
  const int on = 1;
  EXPECT_EQ(::setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
  EXPECT_EQ(::bind(listening, name, sizeof where), 0) << address << ":" << port;
  EXPECT_EQ(::listen(listening, 0), 0);
  // A queue of 0 takes one; the others make sure that it is full on any system. They go on trying by themselves.
  for (int i = 0; i < 3; ++i) static_cast<void>(::connect(make(SOCK_STREAM | SOCK_NONBLOCK), name, sizeof where));
}

FullPort::~FullPort() {
  for (const int socket : sockets_) ::close(socket);
}

}  // namespace sonoran::integration
