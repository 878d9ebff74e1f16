// Parses one HTTP answer from bytes as they arrive, with a bound on everything that it holds. Uses no socket.
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

  /// The buffer for the next bytes, never empty; then the number of bytes that arrived.
  [[nodiscard]] boost::asio::mutable_buffer space();
  void came(std::size_t bytes) { buffer_.commit(bytes); }

  /// Parses the bytes that have arrived. True: the answer is complete, take() it. False without an error: more bytes
  /// are needed. http::error::header_limit, body_limit or buffer_overflow (the framing of the body): a bound was
  /// reached. Any other error: it is not HTTP. An interim answer in take() is one too many, or ends HTTP (101).
  [[nodiscard]] bool read(boost::system::error_code& error);

  /// The peer has closed the connection. This ends a body without a length. Otherwise the error is end_of_stream if
  /// nothing had arrived, and partial_message if something had.
  void end(boost::system::error_code& error);

  /// Gives the answer, once. Only after read() was true.
  [[nodiscard]] Message take();

  /// Whether bytes arrived that belong to no answer.
  [[nodiscard]] bool has_rest() const { return buffer_.size() != 0; }

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  /// From begin() to take().
  [[nodiscard]] Parser& parser() { return *parser_; }  // NOLINT(bugprone-unchecked-optional-access)
  void next();
  bool read_one(boost::system::error_code& error);

  const std::size_t body_bytes_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  bool begun_ = false;      // the parser has read the first line
  int interim_ = 0;         // number of interim answers
  std::size_t header_ = 0;  // bytes of the header that were parsed
  std::size_t body_ = 0;    // bytes after the header that were parsed
};

}  // namespace sonoran::net
