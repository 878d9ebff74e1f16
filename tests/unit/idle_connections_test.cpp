// Idle connections over real sockets, in a loop that runs only when a test says so.
#include "net/idle_connections.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/limits.h"

namespace sonoran::net {
namespace {

namespace asio = boost::asio;
using api::Lane;
using asio::ip::tcp;

class IdleTest : public testing::Test {
 protected:
  static constexpr auto kLimit = std::chrono::seconds(30);

  ~IdleTest() override { idle_.close(); }

  static Endpoint endpoint(const tcp::acceptor& acceptor) {
    return *parse_endpoint("http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
  }
  /// A connection to a peer, which the test controls.
  std::shared_ptr<Connection> connection() {
    auto connection = std::make_shared<Connection>(dialer_, limits_, authorization_, agent_);
    asio::co_spawn(
        loop_,
        [&]() -> asio::awaitable<void> {
          const api::Response opened = co_await connection->open();
          EXPECT_EQ(opened.stage, api::Stage::kAnswered) << opened.detail;
        },
        asio::detached);
    peers_.push_back(std::make_unique<tcp::socket>(loop_));
    acceptor_.async_accept(*peers_.back(), [](const boost::system::error_code& error) { EXPECT_FALSE(error); });
    run();
    return connection;
  }
  /// One request and its answer.
  void exchange(Connection& connection, tcp::socket& peer, const std::string& headers = "") {
    asio::co_spawn(
        loop_,
        [&]() -> asio::awaitable<void> {
          HttpRequest request;
          request.method = "GET";
          request.target = "/";
          bool gone = false;
          const api::Response response = co_await connection.exchange(request, gone);
          EXPECT_EQ(response.status, 200) << response.detail;
        },
        asio::detached);
    asio::write(peer, asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + headers + "\r\n"));
    run();
  }
  /// Runs all handlers that are ready. Timers do not count.
  void run() {
    loop_.restart();
    while (loop_.run_one_for(std::chrono::milliseconds(50)) != 0) {
    }
  }

  asio::io_context loop_;
  tcp::acceptor acceptor_{loop_, {asio::ip::address_v4::loopback(), 0}};
  Dialer dialer_{loop_.get_executor(), endpoint(acceptor_), {kLimit, kLimit, kLimit}, nullptr};
  const HttpLimits limits_{kLimit, kLimit, 1024};
  const std::string authorization_ = "Bearer k", agent_ = "test";
  std::vector<std::unique_ptr<tcp::socket>> peers_;
  IdleConnections idle_{loop_.get_executor()};
};

TEST_F(IdleTest, OneIsTakenByItsOwnLaneOnly) {
  const auto one = connection();
  idle_.store(Lane::kUrgent, one);
  EXPECT_EQ(idle_.take(Lane::kNormal, true), nullptr);
  EXPECT_EQ(idle_.take(Lane::kUrgent, true), one);
  EXPECT_EQ(idle_.take(Lane::kUrgent, true), nullptr);
}

/// The end has arrived, but the loop has not run since.
TEST_F(IdleTest, OneThatThePeerHasJustClosedIsNotTaken) {
  const auto one = connection();
  idle_.store(Lane::kNormal, one);
  peers_[0]->close();
  EXPECT_EQ(idle_.take(Lane::kNormal, true), nullptr);
}

TEST_F(IdleTest, OneOnWhichSomethingHasJustComeIsNotTaken) {
  const auto one = connection();
  idle_.store(Lane::kNormal, one);
  asio::write(*peers_[0], asio::buffer("x", 1));
  EXPECT_EQ(idle_.take(Lane::kNormal, true), nullptr);
}

TEST_F(IdleTest, OneThatEndedBeforeItWasKeptIsNotKept) {
  const auto one = connection();
  peers_[0]->close();
  idle_.store(Lane::kNormal, one);
  EXPECT_FALSE(idle_.has_younger(Lane::kNormal, kLimit));
}

TEST_F(IdleTest, OneThatEndsLeavesByItself) {
  const auto one = connection();
  const auto other = connection();
  idle_.store(Lane::kNormal, one);
  idle_.store(Lane::kNormal, other);
  peers_[1]->close();
  run();
  EXPECT_EQ(idle_.take(Lane::kNormal, true), one);
  EXPECT_EQ(idle_.take(Lane::kNormal, true), nullptr);
}

/// A read that began while the connection was idle does not close it after it was taken.
TEST_F(IdleTest, OneThatWasTakenIsNotClosedByWhatItsReadingStillHasToTell) {
  const auto one = connection();
  idle_.store(Lane::kNormal, one);
  run();
  ASSERT_EQ(idle_.take(Lane::kNormal, true), one);
  exchange(*one, *peers_[0]);
  EXPECT_TRUE(one->usable());
  idle_.store(Lane::kNormal, one);
  run();
  EXPECT_EQ(idle_.take(Lane::kNormal, true), one);
}

TEST_F(IdleTest, TheOneThatWasHeardOfLastIsTakenFirst) {
  const auto one = connection();
  const auto other = connection();
  idle_.store(Lane::kNormal, one);
  idle_.store(Lane::kNormal, other);
  EXPECT_EQ(idle_.take(Lane::kNormal, true), other);
}

TEST_F(IdleTest, OneMoreThanAreKeptMakesTheLongestIdleGo) {
  std::vector<std::shared_ptr<Connection>> all;
  for (std::size_t i = 0; i <= limits::kIdleConnections; ++i) {
    all.push_back(connection());
    idle_.store(Lane::kNormal, all.back());
  }
  for (std::size_t i = limits::kIdleConnections; i > 0; --i) EXPECT_EQ(idle_.take(Lane::kNormal, true), all[i]);
  EXPECT_EQ(idle_.take(Lane::kNormal, true), nullptr);
}

TEST_F(IdleTest, ACommandTakesOneOnWhichAnAnswerWasReadJustNow) {
  const auto answered = connection();
  const auto opened = connection();
  exchange(*answered, *peers_[0]);
  idle_.store(Lane::kNormal, answered);
  idle_.store(Lane::kNormal, opened);
  const auto taken = idle_.take(Lane::kNormal, false);
  // Unless this machine stood still for half a second.
  if (answered->keep_alive().takes(false, Clock::now())) {
    EXPECT_EQ(taken, answered);
  }
  EXPECT_EQ(idle_.take(Lane::kNormal, false), nullptr);
  EXPECT_EQ(idle_.take(Lane::kNormal, true), opened) << "the one that was opened last";
}

TEST_F(IdleTest, OneWhoseAnswerAnnouncedNoIdlenessIsNotKept) {
  const auto one = connection();
  exchange(*one, *peers_[0], "Keep-Alive: timeout=0\r\n");
  idle_.store(Lane::kNormal, one);
  EXPECT_EQ(idle_.take(Lane::kNormal, true), nullptr);
}

TEST_F(IdleTest, ThoseThatAreOlderCanBeDropped) {
  const auto one = connection();
  idle_.store(Lane::kUrgent, one);
  EXPECT_TRUE(idle_.has_younger(Lane::kUrgent, kLimit));
  EXPECT_FALSE(idle_.has_younger(Lane::kUrgent, Duration(0)));
  idle_.drop_older(Lane::kUrgent, kLimit);
  EXPECT_TRUE(idle_.has_younger(Lane::kUrgent, kLimit));
  idle_.drop_older(Lane::kUrgent, Duration(0));
  EXPECT_EQ(idle_.take(Lane::kUrgent, true), nullptr);
}

}  // namespace
}  // namespace sonoran::net
