#include "net/status_line.h"

#include <gtest/gtest.h>

#include <string>

namespace sonoran::net {
namespace {

TEST(StatusLine, OneThatEndsWithItsNumberLacksASpace) {
  for (const char* bytes : {"HTTP/1.1 200\r\n\r\n", "HTTP/1.0 503\r\nServer: x\r\n\r\n", "HTTP/1.1 103\r"}) {
    EXPECT_EQ(status_line(bytes), StatusLine::kWithoutSpace) << bytes;
  }
}

TEST(StatusLine, AllOthersAreTheParsers) {
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 \r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000\r\n", "HTTP/2 200\r\n",
        "220 mail", "<html>", "HTTP/1.1  200\r\n", "HTTP/1.1 200\n", "http/1.1 200\r\n"}) {
    EXPECT_EQ(status_line(bytes), StatusLine::kAsItIs) << bytes;
  }
}

TEST(StatusLine, ThereIsNoTellingBeforeTheByteBehindTheNumber) {
  const std::string line = "HTTP/1.1 200\r";
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_EQ(status_line(line.substr(0, size)), StatusLine::kTooShort) << size;
  }
}

}  // namespace
}  // namespace sonoran::net
