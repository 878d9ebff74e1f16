#include "net/answer_reader.h"

#include <algorithm>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>

#include "core/limits.h"
#include "net/status_line.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kReadBytes = 65536;  // the most that one read asks for
constexpr std::size_t kSpaceOfALine = 1;   // see begins_answer()
constexpr unsigned kSwitchingProtocols = 101;

/// The most that may wait unparsed: an almost complete header (or framing of a body) and one more read.
constexpr std::size_t kBufferBytes =
    std::max(limits::kAnswerHeaderBytes, limits::kAnswerFramingBytes) + kReadBytes + kSpaceOfALine;

/// Whether the buffer begins an answer that the parser can read. A status line without its space gets one. False: more
/// bytes are needed.
bool begins_answer(beast::flat_buffer& buffer) {
  const auto bytes = buffer.data();
  const StatusLine line = status_line({static_cast<const char*>(bytes.data()), bytes.size()});
  if (line == StatusLine::kWithoutSpace) {
    buffer.commit(buffer.prepare(kSpaceOfALine).size());
    char* const place = static_cast<char*>(buffer.data().data()) + kReasonPlace;
    std::memmove(place + 1, place, buffer.size() - 1 - kReasonPlace);
    *place = ' ';
  }
  return line != StatusLine::kTooShort;
}

bool is_interim(unsigned status) {
  return status >= 100 && status < 200 && status != kSwitchingProtocols;
}

}  // namespace

AnswerReader::AnswerReader(std::size_t body_bytes) : body_bytes_(body_bytes), buffer_(kBufferBytes) {}

void AnswerReader::begin() {
  interim_ = 0;
  next();
}

void AnswerReader::next() {
  parser_.emplace();
  parser().header_limit(limits::kAnswerHeaderBytes);
  parser().body_limit(body_bytes_);
  begun_ = false;
  header_ = 0;
  body_ = 0;
}

asio::mutable_buffer AnswerReader::space() {
  return buffer_.prepare(beast::read_size(buffer_, kReadBytes));
}

bool AnswerReader::read_one(ErrorCode& error) {
  while (!parser().is_done()) {
    if (!begun_) begun_ = begins_answer(buffer_);
    if (!begun_ || buffer_.size() == 0) return false;
    const bool in_header = !parser().is_header_done();
    // The parser bounds a header only while it waits for the end of a line, and never the framing of chunks. So it
    // gets limited pieces, and the bytes that it takes of either are counted.
    const std::size_t most = in_header ? limits::kAnswerHeaderBytes : limits::kAnswerFramingBytes;
    const asio::const_buffer piece = asio::buffer(buffer_.cdata(), most);
    parser().eager(!in_header);
    const std::size_t used = parser().put(piece, error);
    buffer_.consume(used);
    (in_header ? header_ : body_) += used;
    if (error == http::error::need_more) error = {};
    if (!error && header_ > limits::kAnswerHeaderBytes) error = http::error::header_limit;
    if (!error && !in_header) {
      const bool stuck = used == 0 && piece.size() == most;
      const bool much = body_ > limits::kAnswerFramingShare * body_bytes_ + limits::kAnswerFramingBytes;
      if (stuck || much) error = http::error::buffer_overflow;
    }
    if (error || used == 0) return false;
  }
  return true;
}

bool AnswerReader::read(ErrorCode& error) {
  error = {};
  while (read_one(error)) {
    if (!is_interim(parser().get().result_int()) || interim_ == limits::kInterimAnswers) return true;
    ++interim_;
    next();
  }
  return false;
}

void AnswerReader::end(ErrorCode& error) {
  error = {};
  if (!begun_ && buffer_.size() != 0) {
    error = http::error::partial_message;
  } else if (!parser().got_some()) {
    error = http::error::end_of_stream;
  } else {
    parser().put_eof(error);
  }
}

AnswerReader::Message AnswerReader::take() {
  Message message = parser().release();
  parser_.reset();
  return message;
}

}  // namespace sonoran::net
