// OpenSSL's headers for MinGW name stand-ins for systems older than any that we run on; they lead to Windows' own.
#include <winsock2.h>
#include <ws2tcpip.h>

int WSAAPI WspiapiGetNameInfo(const struct sockaddr* address, socklen_t size, char* host, size_t host_size,
                              char* service, size_t service_size, int flags);
int WSAAPI WspiapiGetAddrInfo(const char* host, const char* service, const struct addrinfo* hints,
                              struct addrinfo** list);
void WSAAPI WspiapiFreeAddrInfo(struct addrinfo* list);

int WSAAPI WspiapiGetNameInfo(const struct sockaddr* address, socklen_t size, char* host, size_t host_size,
                              char* service, size_t service_size, int flags) {
  return getnameinfo(address, size, host, (DWORD)host_size, service, (DWORD)service_size, flags);
}

int WSAAPI WspiapiGetAddrInfo(const char* host, const char* service, const struct addrinfo* hints,
                              struct addrinfo** list) {
  return getaddrinfo(host, service, hints, list);
}

void WSAAPI WspiapiFreeAddrInfo(struct addrinfo* list) {
  freeaddrinfo(list);
}

// In no library of Windows; the bridge words its own errors.
char* gai_strerrorA(int code) {
  static char text[] = "a lookup failed";
  (void)code;
  return text;
}
