// Reads one HTTP answer out of bytes as they come, with a bound on everything that waits to be read. Knows no socket.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <optional>

namespace sonoran::net {

/// The final answer, behind at most limits::kInterimAnswers interim ones (1xx).
class AnswerReader {
 public:
  using Message = boost::beast::http::response<boost::beast::http::string_body>;

  /// `body_bytes`: the bound on a body.
  explicit AnswerReader(std::size_t body_bytes);

  /// A request was sent: its answer comes next.
  void begin();

  /// Where the next bytes go, never empty; then how many of them came.
  [[nodiscard]] boost::asio::mutable_buffer space();
  void came(std::size_t bytes) { buffer_.commit(bytes); }

  /// Reads what has come. True: the answer is whole, take() it. False without an error: more bytes are needed.
  /// http::error::header_limit, body_limit or buffer_overflow (what frames the body): a bound was reached; any other
  /// error: what came is no HTTP. An interim answer that is taken is one too many, or ends HTTP (101).
  [[nodiscard]] bool read(boost::system::error_code& error);

  /// The peer has closed: ends a body that has no length; else the error is end_of_stream where nothing had come, and
  /// partial_message where something had.
  void end(boost::system::error_code& error);

  /// The answer, once. Only when read() was true.
  [[nodiscard]] Message take();

  /// Whether bytes came that belong to no answer.
  [[nodiscard]] bool has_rest() const { return buffer_.size() != 0; }

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void next();
  bool read_one(boost::system::error_code& error);

  const std::size_t body_bytes_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  bool begun_ = false;      // the parser has seen the first line
  int interim_ = 0;         // interim answers read
  std::size_t header_ = 0;  // bytes of the header that were parsed
  std::size_t body_ = 0;    // bytes behind the header that were parsed
};

}  // namespace sonoran::net
