#include "simulator/drop_filter.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <stdexcept>

namespace sonoran::simulator {

void drop_incoming(int socket) {
  // One instruction: of each packet, 0 bytes are kept.
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program{.len = 1, .filter = &drop};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
    throw std::runtime_error("The system takes no filter for a socket.");
}

void take_incoming(int socket) {
  const int ignored = 0;
  static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof ignored));
}

}  // namespace sonoran::simulator
