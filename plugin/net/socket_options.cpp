#include "net/socket_options.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
// Newer than some systems' headers. Older systems refuse them.
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE 3
#endif
#ifndef TCP_MAXRT
#define TCP_MAXRT 5
#endif
#ifndef TCP_KEEPCNT
#define TCP_KEEPCNT 16
#endif
#ifndef TCP_KEEPINTVL
#define TCP_KEEPINTVL 17
#endif
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#endif

#include "core/limits.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;

/// An option of TCP that Asio has no name for.
class TcpOption {
 public:
  TcpOption(int name, int value) : name_(name), value_(value) {}
  // As Asio's SettableSocketOption wants it.
  template <class Protocol>
  [[nodiscard]] int level(const Protocol&) const {
    return IPPROTO_TCP;
  }
  template <class Protocol>
  [[nodiscard]] int name(const Protocol&) const {
    return name_;
  }
  template <class Protocol>
  [[nodiscard]] const int* data(const Protocol&) const {
    return &value_;
  }
  template <class Protocol>
  [[nodiscard]] std::size_t size(const Protocol&) const {
    return sizeof value_;
  }

 private:
  int name_;
  int value_;
};

}  // namespace

void set_options(asio::ip::tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(TcpOption(TCP_KEEPIDLE, limits::kProbe_s), ignored);
  socket.set_option(TcpOption(TCP_KEEPINTVL, limits::kProbeAgain_s), ignored);
  socket.set_option(TcpOption(TCP_KEEPCNT, limits::kProbes), ignored);
#if defined(TCP_USER_TIMEOUT)
  socket.set_option(TcpOption(TCP_USER_TIMEOUT, limits::kUnacknowledged_s * 1000), ignored);
#elif defined(TCP_MAXRT)
  socket.set_option(TcpOption(TCP_MAXRT, limits::kUnacknowledged_s), ignored);
#endif
}

}  // namespace sonoran::net
