// Answers that bend HTTP or JSON a little, and one that cannot be read.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "integration/bridge.h"
#include "integration/eventually.h"
#include "integration/scripted_peer.h"

namespace sonoran::integration {
namespace {

class Tolerances : public testing::TestWithParam<bool> {
 protected:
  /// What a bridge makes of these bytes as the answer to getInfo, which come in pieces of `piece`.
  Answer answer_to(const std::string& bytes, std::size_t piece = std::string::npos) {
    ScriptedPeer peer(GetParam(), [&](PeerConnection& connection) {
      for (std::string request = connection.read_request(); !request.empty(); request = connection.read_request()) {
        request_ = request;
        for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) {
          connection.write(rest.substr(0, piece));
          if (piece < rest.size()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
      }
    });
    Bridge bridge(peer.settings());
    return bridge.answer(bridge.call("getInfo", "{}", 2000));
  }

  std::string request_;
};

INSTANTIATE_TEST_SUITE_P(Over, Tolerances, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "Tls" : "Tcp"; });

TEST_P(Tolerances, AStatusLineWithoutAReasonPhraseIsRead) {
  const std::string rest = "Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";
  for (const std::string& line :
       {std::string("HTTP/1.1 200\r\n"), std::string("HTTP/1.1 200 \r\n"),
        std::string("HTTP/1.1 103\r\n\r\nHTTP/1.1 200\r\n"), std::string("HTTP/1.0 200\r\n")}) {
    for (const std::size_t piece : {std::string::npos, std::size_t{12}, std::size_t{1}}) {
      const Answer answer = answer_to(line + rest, piece);
      EXPECT_EQ(answer.error, SB_ERROR_NONE) << line << answer.detail;
      EXPECT_EQ(answer.body, "{\"ok\":true}");
    }
  }
}

TEST_P(Tolerances, HalfAStatusLineIsNoAnswer) {
  ScriptedPeer peer(GetParam(), [](PeerConnection& connection) {
    connection.read_request();
    connection.write("HTTP/1.1 200");
  });
  Bridge bridge(peer.settings());
  const Answer answer = bridge.answer(bridge.call("getInfo", "{}", 1000));
  EXPECT_NE(answer.error, SB_ERROR_NONE);
}

TEST_P(Tolerances, AnAnswerIsAskedForAsItIs) {
  answer_to("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_NE(request_.find("\r\nAccept-Encoding: identity\r\n"), std::string::npos) << request_;
}

TEST_P(Tolerances, ACompressedAnswerIsNamedAsSuch) {
  const std::string gzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00",
                         22);
  for (const char* encoding : {"gzip", "br", "GZIP", "deflate, gzip"}) {
    const Answer answer =
        answer_to("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: " + std::string(encoding) +
                  "\r\nContent-Length: 22\r\n\r\n" + gzip);
    EXPECT_EQ(answer.error, SB_ERROR_UNAVAILABLE);
    EXPECT_NE(answer.detail.find("a compressed body (Content-Encoding: " + std::string(encoding) + ")"),
              std::string::npos)
        << answer.detail;
  }
  // Nor is a refusal of the road, which could not be read otherwise.
  const Answer refusal = answer_to(
      "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: 22\r\n"
      "Connection: close\r\n\r\n" +
      gzip);
  EXPECT_NE(refusal.error, SB_ERROR_NONE);
  EXPECT_NE(refusal.detail.find("a compressed body (Content-Encoding: gzip)"), std::string::npos) << refusal.detail;
  EXPECT_EQ(answer_to("HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\nContent-Length: 2\r\n\r\n{}").error,
            SB_ERROR_NONE);
}

TEST_P(Tolerances, AByteOrderMarkBeforeJsonIsSkipped) {
  const Answer answer = answer_to(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n\xEF\xBB\xBF{\"ok\":true}");
  EXPECT_EQ(answer.error, SB_ERROR_NONE) << answer.detail;
  EXPECT_EQ(answer.body, "{\"ok\":true}");
}

}  // namespace
}  // namespace sonoran::integration
