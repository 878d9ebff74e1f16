#include "simulator/test_client.h"

#include <linux/sockios.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <thread>

namespace sonoran::simulator {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::chrono::milliseconds kAWhile{200};

TestClient::TestClient(std::uint16_t port, const std::string& address) {
  connect(port, address);
}

TestClient::TestClient(std::uint16_t port, const std::string& ca_file, const std::string& host, int tls,
                       SSL_SESSION* session)
    : tls_(true) {
  if (session != nullptr) SSL_set_session(stream_.native_handle(), session);
  if (tls != 0) {
    SSL_set_min_proto_version(stream_.native_handle(), tls);
    SSL_set_max_proto_version(stream_.native_handle(), tls);
    SSL_set_cipher_list(stream_.native_handle(), "DEFAULT:@SECLEVEL=0");
  }
  SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
  SSL_CTX_load_verify_locations(context_.native_handle(), ca_file.c_str(), nullptr);
  stream_.set_verify_mode(asio::ssl::verify_peer);
  stream_.set_verify_callback(asio::ssl::host_name_verification(host));
  connect(port, "127.0.0.1");
  if (!error_) stream_.handshake(asio::ssl::stream_base::client, error_);
}

bool TestClient::is_left_waiting(std::uint16_t port, const std::string& address) {
  asio::io_context loop;
  boost::beast::tcp_stream stream(loop);
  stream.expires_after(kAWhile);
  boost::system::error_code result;
  stream.async_connect(asio::ip::tcp::endpoint(asio::ip::make_address(address), port),
                       [&](const boost::system::error_code& error) { result = error; });
  loop.run();
  return result == boost::beast::error::timeout;
}

void TestClient::connect(std::uint16_t port, const std::string& address) {
  stream_.next_layer().connect({asio::ip::make_address(address), port}, error_);
}

TestClient::Message TestClient::message(const std::string& method, const std::string& target, const std::string& body,
                                        const std::string& key) {
  Message message(http::string_to_verb(method), target, 11);
  message.set(http::field::host, "localhost");
  if (!key.empty()) message.set(http::field::authorization, "Bearer " + key);
  if (!body.empty()) message.set(http::field::content_type, "application/json");
  message.body() = body;
  message.prepare_payload();
  return message;
}

Got TestClient::request(const std::string& method, const std::string& target, const std::string& body,
                        const std::string& key) {
  const Message sent = message(method, target, body, key);
  return tls_ ? exchange(stream_, sent) : exchange(stream_.next_layer(), sent);
}

Got TestClient::answer() {
  return tls_ ? read(stream_) : read(stream_.next_layer());
}

bool TestClient::is_swallowed(const std::string& target) {
  const Message sent = message("GET", target, "", "sim-key");
  if (tls_) {
    http::write(stream_, sent, error_);
  } else {
    http::write(stream_.next_layer(), sent, error_);
  }
  const int socket = stream_.next_layer().socket().native_handle();
  int written = 0;
  ::ioctl(socket, SIOCOUTQ, &written);
  std::this_thread::sleep_for(kAWhile);
  int unacknowledged = 0;
  ::ioctl(socket, SIOCOUTQ, &unacknowledged);
  return !error_ && unacknowledged == written && written > 0;
}

void TestClient::request_and_leave(const std::string& target) {
  http::write(stream_.next_layer(), message("GET", target, "", "sim-key"), error_);
  stream_.next_layer().close();
}

template <typename Stream>
Got TestClient::exchange(Stream& stream, const Message& message) {
  Got got;
  http::write(stream, message, got.error);
  if (got.error) return got;
  return read(stream);
}

template <typename Stream>
Got TestClient::read(Stream& stream) {
  Got got;
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  http::read(stream, buffer_, parser, got.error);
  if (!parser.is_header_done()) return got;
  const auto& answer = parser.get();
  const auto text = [](auto view) { return std::string(view.data(), view.size()); };
  got.status = answer.result_int();
  got.body = answer.body();
  got.content_type = text(answer[http::field::content_type]);
  got.retry_after = text(answer[http::field::retry_after]);
  got.server = text(answer[http::field::server]);
  got.keep_alive = text(answer[http::field::keep_alive]);
  return got;
}

}  // namespace sonoran::simulator
