#include "integration/scripted_peer.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/algorithm/string/case_conv.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "simulator/certificates.h"

namespace sonoran::integration {
namespace {

std::string unique_name() {
  static std::atomic<int> count{0};
  return "sonoran-peer-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

std::size_t content_length(std::string header) {
  boost::algorithm::to_lower(header);
  constexpr std::string_view kName = "\r\ncontent-length:";
  const std::size_t at = header.find(kName);
  return at == std::string::npos ? 0 : std::stoul(header.substr(at + kName.size()));
}

SSL_CTX* tls_context(const simulator::Identity& identity) {
  SSL_CTX* const context = ::SSL_CTX_new(::TLS_server_method());
  const auto bio = [](const std::string& pem) { return ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())); };
  BIO* const certificate_text = bio(identity.certificate_pem);
  BIO* const key_text = bio(identity.key_pem);
  X509* const certificate = ::PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
  EVP_PKEY* const key = ::PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  EXPECT_EQ(::SSL_CTX_use_certificate(context, certificate), 1);
  EXPECT_EQ(::SSL_CTX_use_PrivateKey(context, key), 1);
  ::X509_free(certificate);
  ::EVP_PKEY_free(key);
  ::BIO_free(certificate_text);
  ::BIO_free(key_text);
  return context;
}

/// Of this thread: to write to a client that has gone is an error, not the end of the process.
void block_broken_pipes() {
  sigset_t pipes;
  sigemptyset(&pipes);
  sigaddset(&pipes, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipes, nullptr);
}

}  // namespace

PeerConnection::PeerConnection(int socket, SSL_CTX* tls, std::size_t number) : socket_(socket), number_(number) {
  if (tls == nullptr) return;
  ssl_ = ::SSL_new(tls);
  ::SSL_set_fd(ssl_, socket_);
}

PeerConnection::~PeerConnection() {
  ::SSL_free(ssl_);
  ::close(socket_);
}

std::size_t PeerConnection::read_some(char* into, std::size_t most) {
  const auto got = ssl_ == nullptr ? ::recv(socket_, into, most, 0) : ::SSL_read(ssl_, into, static_cast<int>(most));
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::string PeerConnection::read_request() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::array<char, 4096> piece{};
  for (;;) {
    if (const std::size_t end = rest_.find(kEnd); end != std::string::npos) {
      const std::size_t whole = end + kEnd.size() + content_length(rest_.substr(0, end));
      if (rest_.size() >= whole) {
        std::string request = rest_.substr(0, whole);
        rest_.erase(0, whole);
        return request;
      }
    }
    const std::size_t got = read_some(piece.data(), piece.size());
    if (got == 0) return "";
    rest_.append(piece.data(), got);
  }
}

void PeerConnection::read_header() {
  std::array<char, 256> piece{};
  while (rest_.find("\r\n\r\n") == std::string::npos) {
    const std::size_t got = read_some(piece.data(), piece.size());
    if (got == 0) return;
    rest_.append(piece.data(), got);
  }
}

void PeerConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ssl_ == nullptr ? ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                      : ::SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void PeerConnection::answer(std::string_view body, std::string_view headers) {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
  bytes.append(std::to_string(body.size())).append("\r\n").append(headers).append("\r\n").append(body);
  write(bytes);
}

void PeerConnection::finish() {
  ::shutdown(socket_, SHUT_WR);
}

void PeerConnection::say_farewell() {
  EXPECT_NE(ssl_, nullptr);
  ::SSL_shutdown(ssl_);
}

int PeerConnection::wait_for_the_end() {
  std::array<char, 4096> piece{};
  for (;;) {
    const auto got = ::recv(socket_, piece.data(), piece.size(), 0);
    if (got <= 0) return got == 0 ? 0 : errno;
  }
}

ScriptedPeer::ScriptedPeer(bool tls, Script script) : script_(std::move(script)), name_(unique_name()) {
  if (tls) {
    const simulator::Authority authority;
    tls_ = tls_context(authority.server(""));
    ca_file_ = (std::filesystem::temp_directory_path() / (name_ + ".pem")).string();
    std::ofstream(ca_file_) << authority.pem();
  }
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  EXPECT_EQ(::bind(listening_, reinterpret_cast<const sockaddr*>(&where), size), 0);
  EXPECT_EQ(::listen(listening_, SOMAXCONN), 0);
  EXPECT_EQ(::getsockname(listening_, reinterpret_cast<sockaddr*>(&where), &size), 0);
  port_ = ntohs(where.sin_port);
  accepting_ = std::thread([this] { accept(); });
}

ScriptedPeer::~ScriptedPeer() {
  ::shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& connection : connections_) ::shutdown(connection->socket_, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  connections_.clear();
  ::close(listening_);
  ::SSL_CTX_free(tls_);
  if (!ca_file_.empty()) std::remove(ca_file_.c_str());
}

Settings ScriptedPeer::settings() const {
  return {
      {"sonoran_apiKey", name_},
      {"sonoran_bridge_url", (tls_ == nullptr ? "http://127.0.0.1:" : "https://127.0.0.1:") + std::to_string(port_)},
      {"sonoran_bridge_ca_file", ca_file_},
      {"sonoran_bridge_log_level", "debug"},
      {"sonoran_bridge_tracking", "marked"}};
}

void ScriptedPeer::accept() {
  for (;;) {
    const int socket = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    PeerConnection& connection =
        *connections_.emplace_back(std::unique_ptr<PeerConnection>(new PeerConnection(socket, tls_, ++accepted_)));
    threads_.emplace_back([this, &connection] {
      block_broken_pipes();
      if (connection.ssl_ == nullptr || ::SSL_accept(connection.ssl_) == 1) {
        ++ready_;
        script_(connection);
      }
      // The client is to see the end now, not when all is over.
      ::shutdown(connection.socket_, SHUT_RDWR);
    });
  }
}

}  // namespace sonoran::integration
