#include "net/keep_alive.h"

#include <gtest/gtest.h>

#include "core/limits.h"
#include "virtual_time.h"

namespace sonoran::net {
namespace {

using namespace std::chrono_literals;
using test::at;

TEST(KeepAlive, TheTimeoutIsReadFromTheHeaderInEveryFormThatServersSend) {
  EXPECT_EQ(parse_keep_alive("timeout=5"), 5s);
  EXPECT_EQ(parse_keep_alive("timeout=5, max=100"), 5s);
  EXPECT_EQ(parse_keep_alive("max=100, timeout=72"), 72s);
  EXPECT_EQ(parse_keep_alive(" Timeout = 5 ,max=1"), 5s);
  EXPECT_EQ(parse_keep_alive("TIMEOUT=\"5\""), 5s);
  EXPECT_EQ(parse_keep_alive("timeout=0"), 0s);
  EXPECT_EQ(parse_keep_alive("timeout=99999999999999999999"), 3600s);
}

TEST(KeepAlive, AHeaderThatSaysNothingUsableAnnouncesNothing) {
  for (const char* header : {"", "max=100", "timeout", "timeout=", "timeout=\"\"", "timeout=-1", "timeout=5s",
                             "timeout=x", "timeouts=5", "xtimeout=5", ",", "=", ",,timeout"}) {
    EXPECT_EQ(parse_keep_alive(header), std::nullopt) << header;
  }
}

TEST(KeepAlive, AnIdleConnectionEndsByItsAgeOrBeforeTheServerEndsIt) {
  KeepAlive kept{.idle_since = at(0), .answered = true, .announced = {}};
  EXPECT_EQ(kept.ends(), at(limits::kIdle_s));
  kept.announced = 4s;
  EXPECT_EQ(kept.ends(), at(3));
  kept.announced = 3600s;
  EXPECT_EQ(kept.ends(), at(limits::kIdle_s));
  kept.announced = 0s;
  EXPECT_EQ(kept.ends(), at(0));
}

TEST(KeepAlive, ACommandTakesOnlyAConnectionThatWasHeardOfJustNow) {
  KeepAlive kept{.idle_since = at(0), .answered = true, .announced = {}};
  EXPECT_TRUE(kept.takes(false, at(0.499)));
  EXPECT_FALSE(kept.takes(false, at(0.5)));
  kept.announced = 5s;
  EXPECT_TRUE(kept.takes(false, at(0.499)));
  EXPECT_FALSE(kept.takes(false, at(0.5)));
  kept.announced = 0s;
  EXPECT_FALSE(kept.takes(false, at(0)));
  kept.announced = 800ms;
  EXPECT_TRUE(kept.takes(false, at(0.399)));
  EXPECT_FALSE(kept.takes(false, at(0.4))) << "half of what was announced";
}

TEST(KeepAlive, NothingTakesAStaleConnection) {
  const KeepAlive kept{.idle_since = at(0), .answered = true, .announced = std::chrono::seconds(4)};
  EXPECT_TRUE(kept.takes(true, at(2.999)));
  EXPECT_FALSE(kept.is_stale(at(2.999)));
  EXPECT_TRUE(kept.is_stale(at(3)));
  EXPECT_FALSE(kept.takes(true, at(3)));
}

TEST(KeepAlive, ACommandDoesNotTakeAConnectionThatWasNeverAnsweredOn) {
  const KeepAlive warmed{.idle_since = at(0), .answered = false, .announced = {}};
  EXPECT_FALSE(warmed.takes(false, at(0)));
}

}  // namespace
}  // namespace sonoran::net
