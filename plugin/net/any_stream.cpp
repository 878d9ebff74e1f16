#include "net/any_stream.h"

namespace sonoran::net {

PlainStream& tcp_of(Stream& stream) {
  if (auto* tls = std::get_if<TlsStream>(&stream)) return tls->next_layer();
  return std::get<PlainStream>(stream);
}

void AnyStream::close() {
  boost::system::error_code ignored;
  tcp_of(*stream_).socket().close(ignored);
}

void AnyStream::read(boost::asio::mutable_buffer into, Done done) const {
  std::visit([&](auto& stream) { stream.async_read_some(into, std::move(done)); }, *stream_);
}

void AnyStream::write(const Pieces& from, Done done) const {
  std::visit([&](auto& stream) { stream.async_write_some(from, std::move(done)); }, *stream_);
}

}  // namespace sonoran::net
