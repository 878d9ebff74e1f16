// A server that does with each connection exactly what a test says, where the simulator is too well behaved.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "integration/bridge.h"

namespace sonoran::integration {

/// One connection, over which all is said by hand. Used by the thread of its script; what it does blocks.
class PeerConnection {
 public:
  ~PeerConnection();
  PeerConnection(const PeerConnection&) = delete;
  PeerConnection& operator=(const PeerConnection&) = delete;

  /// Counts up from 1, in the order in which they came.
  [[nodiscard]] std::size_t number() const { return number_; }
  /// The next request, its header and its body; "" when the client has closed.
  std::string read_request();
  /// Reads the header of the next request; of its body no more than came with it.
  void read_header();
  void write(std::string_view bytes);
  /// A whole answer: 200 with this body, and these header lines, each with its end of line.
  void answer(std::string_view body, std::string_view headers = "");
  /// No more bytes will follow; those of the client are read on.
  void finish();
  /// TLS: says farewell, and leaves the connection of TCP as it is.
  void say_farewell();
  /// Reads until the client has closed; 0, or the error (ECONNRESET) with which it did.
  int wait_for_the_end();

 private:
  friend class ScriptedPeer;
  PeerConnection(int socket, SSL_CTX* tls, std::size_t number);
  /// 0 at the end.
  std::size_t read_some(char* into, std::size_t most);

  const int socket_;
  SSL* ssl_ = nullptr;  // null: plain
  const std::size_t number_;
  std::string rest_;  // read, and not yet asked for
};

/// Takes connections until it is destroyed; each runs the script in a thread of its own.
class ScriptedPeer {
 public:
  using Script = std::function<void(PeerConnection&)>;

  ScriptedPeer(bool tls, Script script);
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  /// Of a bridge to it, with a key that no other test has spent of.
  [[nodiscard]] Settings settings() const;
  /// Connections so far; of these, those whose hands were shaken.
  [[nodiscard]] std::size_t accepted() const { return accepted_; }
  [[nodiscard]] std::size_t ready() const { return ready_; }

 private:
  void accept();

  const Script script_;
  const std::string name_;
  std::string ca_file_;
  SSL_CTX* tls_ = nullptr;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> accepted_{0}, ready_{0};
  std::mutex mutex_;
  std::list<std::unique_ptr<PeerConnection>> connections_;
  std::list<std::thread> threads_;
  std::thread accepting_;
};

}  // namespace sonoran::integration
