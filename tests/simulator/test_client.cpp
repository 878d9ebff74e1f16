#include "simulator/test_client.h"

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace sonoran::simulator {

namespace asio = boost::asio;
namespace http = boost::beast::http;

TestClient::TestClient(std::uint16_t port) {
  connect(port);
}

TestClient::TestClient(std::uint16_t port, const std::string& ca_file, const std::string& host, int tls_most)
    : tls_(true) {
  if (tls_most != 0) {
    SSL_set_min_proto_version(stream_.native_handle(), tls_most);
    SSL_set_max_proto_version(stream_.native_handle(), tls_most);
    SSL_set_cipher_list(stream_.native_handle(), "DEFAULT:@SECLEVEL=0");
  }
  SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
  SSL_CTX_load_verify_locations(context_.native_handle(), ca_file.c_str(), nullptr);
  stream_.set_verify_mode(asio::ssl::verify_peer);
  stream_.set_verify_callback(asio::ssl::host_name_verification(host));
  connect(port);
  if (!error_) stream_.handshake(asio::ssl::stream_base::client, error_);
}

bool TestClient::is_left_waiting(std::uint16_t port) {
  asio::io_context loop;
  boost::beast::tcp_stream stream(loop);
  stream.expires_after(std::chrono::milliseconds(200));
  boost::system::error_code result;
  stream.async_connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port),
                       [&](const boost::system::error_code& error) { result = error; });
  loop.run();
  return result == boost::beast::error::timeout;
}

void TestClient::connect(std::uint16_t port) {
  stream_.next_layer().connect({asio::ip::address_v4::loopback(), port}, error_);
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

void TestClient::request_and_leave(const std::string& target) {
  http::write(stream_.next_layer(), message("GET", target, "", "sim-key"), error_);
  stream_.next_layer().close();
}

template <typename Stream>
Got TestClient::exchange(Stream& stream, const Message& message) {
  Got got;
  http::write(stream, message, got.error);
  if (got.error) return got;
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
  return got;
}

}  // namespace sonoran::simulator
