// Answers as bytes, in pieces of every size: whole ones are read, and endless ones are not waited for.
#include "net/answer_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "core/limits.h"

namespace sonoran::net {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

constexpr std::size_t kBodyBytes = 100'000;
const std::string kOk = "HTTP/1.1 200 OK\r\n";
const std::string kChunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";
const std::vector<std::size_t> kPieces = {1, 3, 32, 512, 16384, 65536};
const std::vector<std::size_t> kLargePieces = {100, 512, 16384, 65536};

std::string repeated(const std::string& unit, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

/// A peer that sends these bytes, at most `piece` at once.
struct Peer {
  std::string bytes;
  std::size_t piece;
  std::size_t sent = 0;

  /// Until the reader has an answer or an error, or nothing is left.
  bool feed(AnswerReader& reader, ErrorCode& error) {
    while (!reader.read(error)) {
      if (error || sent == bytes.size()) return false;
      const auto space = reader.space();
      EXPECT_NE(space.size(), 0U);
      const std::size_t now = std::min({piece, space.size(), bytes.size() - sent});
      std::memcpy(space.data(), bytes.data() + sent, now);
      reader.came(now);
      sent += now;
    }
    return true;
  }
};

/// The body of the answer; the error's message otherwise.
std::string read(const std::string& bytes, std::size_t piece, bool closes = false) {
  AnswerReader reader(kBodyBytes);
  reader.begin();
  ErrorCode error;
  Peer peer{bytes, piece};
  bool whole = peer.feed(reader, error);
  if (!whole && !error && closes) {
    reader.end(error);
    whole = !error && reader.read(error);
  }
  if (!whole) return error ? error.message() : "more is needed";
  return reader.take().body();
}

TEST(AnswerReader, ReadsWholeAnswersInPiecesOfAnySize) {
  for (const std::size_t piece : kPieces) {
    SCOPED_TRACE(piece);
    EXPECT_EQ(read(kOk + "Content-Length: 5\r\n\r\nhello", piece), "hello");
    EXPECT_EQ(read("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", piece), "hello");
    EXPECT_EQ(read("HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + kOk + "Content-Length: 2\r\n\r\n{}", piece), "{}");
    EXPECT_EQ(read(kChunked + "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: 1\r\n\r\n", piece), "hello");
    EXPECT_EQ(read(kOk + "\r\nhello", piece, true), "hello");
    EXPECT_EQ(read(kOk + "Content-Length: 6\r\n\r\nhello", piece, true),
              ErrorCode(http::error::partial_message).message());
    EXPECT_EQ(read("", piece, true), ErrorCode(http::error::end_of_stream).message());
    EXPECT_EQ(read("HTT", piece, true), ErrorCode(http::error::partial_message).message());
    EXPECT_EQ(read("220 example ESMTP\r\n\r\n", piece), ErrorCode(http::error::bad_version).message());
  }
}

TEST(AnswerReader, KeepsTheBytesBehindAnAnswerApart) {
  AnswerReader reader(kBodyBytes);
  reader.begin();
  ErrorCode error;
  Peer peer{kOk + "Content-Length: 2\r\n\r\n{}" + kOk, 65536};
  ASSERT_TRUE(peer.feed(reader, error));
  EXPECT_EQ(reader.take().body(), "{}");
  EXPECT_TRUE(reader.has_rest());
}

TEST(AnswerReader, TakesWhatIsJustWithinABound) {
  const std::string rest = "\r\nContent-Length: 2\r\n\r\n{}";
  const std::string begin = kOk + "X-Long: ";
  const std::size_t frame = begin.size() + rest.size() - 2;
  for (const std::size_t piece : kLargePieces) {
    SCOPED_TRACE(piece);
    const std::string value(limits::kAnswerHeaderBytes - frame, 'x');
    EXPECT_EQ(read(begin + value + rest, piece), "{}");
    EXPECT_EQ(read(begin + value + "x" + rest, piece), ErrorCode(http::error::header_limit).message());
    const std::string extension(limits::kAnswerFramingBytes - 4, 'x');
    EXPECT_EQ(read(kChunked + "2;" + extension + "\r\n{}\r\n0\r\n\r\n", piece), "{}");
    const std::string trailer(limits::kAnswerFramingBytes - 100, 'x');
    EXPECT_EQ(read(kChunked + "2\r\n{}\r\n0\r\nX-T: " + trailer + "\r\n\r\n", piece), "{}");
    EXPECT_EQ(read(kChunked + repeated("1\r\n \r\n", 6 * kBodyBytes) + "0\r\n\r\n", piece),
              std::string(kBodyBytes, ' '));
  }
}

TEST(AnswerReader, WaitsForNothingThatHasNoEnd) {
  struct Endless {
    const char* what;
    std::string begin, unit;
    http::error error;
    std::size_t most;  // bytes that are read of it
  };
  using enum http::error;
  constexpr std::size_t kHeader = limits::kAnswerHeaderBytes;
  constexpr std::size_t kFraming = limits::kAnswerFramingBytes;
  const std::vector<Endless> all = {
      {"status line", "HTTP/1.1 200 ", "x", header_limit, kHeader},
      {"line of the header", kOk + "X: ", "x", header_limit, kHeader},
      {"fields", kOk + "X-First: 1234\r\n", "X-Field: a value of some bytes\r\n", header_limit, kHeader},
      {"body", kOk + "\r\n", " ", body_limit, kBodyBytes},
      {"chunks", kChunked, "1\r\n \r\n", body_limit, 6 * kBodyBytes},
      {"chunk size", kChunked, "0", buffer_overflow, kFraming},
      {"extension", kChunked + "1;", "x", buffer_overflow, kFraming},
      {"extension of the last chunk", kChunked + "0;", "x", buffer_overflow, kFraming},
      {"extensions", kChunked, "1;" + std::string(8180, 'x') + "\r\n \r\n", buffer_overflow,
       limits::kAnswerFramingShare * kBodyBytes + kFraming},
      {"line of the trailers", kChunked + "0\r\nX: ", "x", buffer_overflow, kFraming},
      {"trailers", kChunked + "0\r\n", "X: y\r\n", buffer_overflow, kFraming}};
  constexpr std::size_t kOneRead = 65536;
  for (const Endless& endless : all) {
    for (const std::size_t piece : kLargePieces) {
      SCOPED_TRACE(std::string(endless.what) + " in pieces of " + std::to_string(piece));
      AnswerReader reader(kBodyBytes);
      reader.begin();
      ErrorCode error;
      Peer peer{endless.begin + repeated(endless.unit, std::size_t{2} << 20), piece};
      EXPECT_FALSE(peer.feed(reader, error));
      EXPECT_EQ(error, endless.error) << error.message();
      EXPECT_LE(peer.sent, endless.begin.size() + endless.most + kOneRead);
    }
  }
}

TEST(AnswerReader, TakesSixteenInterimAnswersAndNotOneMore) {
  const std::string interim = "HTTP/1.1 102 Processing\r\n\r\n";
  for (const std::size_t piece : kPieces) {
    SCOPED_TRACE(piece);
    const std::string most = repeated(interim, limits::kInterimAnswers * interim.size());
    EXPECT_EQ(read(most + kOk + "Content-Length: 2\r\n\r\n{}", piece), "{}");
    AnswerReader reader(kBodyBytes);
    reader.begin();
    ErrorCode error;
    Peer peer{most + interim + kOk, piece};
    ASSERT_TRUE(peer.feed(reader, error));
    EXPECT_EQ(reader.take().result_int(), 102U);
  }
}

}  // namespace
}  // namespace sonoran::net
