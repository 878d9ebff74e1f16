// docs/limits.md, the page for people, has every bound of core/limits.h with its number.
#include "core/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran {
namespace {

/// "16,384", as the page writes numbers.
std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string mib(std::size_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

std::string kib(std::size_t bytes) {
  return std::to_string(bytes / 1024) + " KiB";
}

/// A row of the page, and how it writes the numbers of these constants.
struct Row {
  std::string_view bound;
  std::vector<std::string_view> constants;
  std::string number;
};

std::vector<Row> rows() {
  using namespace limits;
  return {
      {"units whose position is known", {"kUnits"}, grouped(kUnits)},
      {"unit id, location, peer id, vehicle model",
       {"kUnitIdBytes", "kLocationBytes", "kPeerIdBytes", "kVehicleModelBytes"},
       grouped(kUnitIdBytes) + ", " + grouped(kLocationBytes) + ", " + grouped(kPeerIdBytes) + ", " +
           grouped(kVehicleModelBytes) + " bytes"},
      {"coordinates", {"kCoordinate_m"}, "±" + grouped(static_cast<std::size_t>(kCoordinate_m)) + " m"},
      {"units and bytes of one request for positions",
       {"kPositionUnits", "kPositionBytes"},
       grouped(kPositionUnits) + "; " + grouped(kPositionBytes) + " bytes"},
      {"how long a unit is left out whose position was refused alone",
       {"kLeftOut_s"},
       std::to_string(kLeftOut_s) + " s"},
      {"panic and status calls that wait for the loop thread", {"kMailboxCalls"}, grouped(kMailboxCalls)},
      {"panic calls that wait", {"kMailboxPanics"}, grouped(kMailboxPanics)},
      {"units with a panic or status on record", {"kDesiredUnits"}, grouped(kDesiredUnits)},
      {"repeats of one value that waits", {"kRepeatTickets"}, grouped(kRepeatTickets)},
      {"a status; the count of players",
       {"kStatus", "kPlayers"},
       "0 to " + grouped(kStatus) + "; 0 to " + grouped(kPlayers)},
      {"how long the first waiting status lets others join it",
       {"kStatusGather_ms"},
       std::to_string(kStatusGather_ms) + " ms"},
      {"units in one panic or status request", {"kGroupUnits"}, grouped(kGroupUnits)},
      {"events that wait for the game thread",
       {"kEvents", "kEventBytes", "kSmallBodyBytes"},
       grouped(kEvents) + ", and " + mib(kEventBytes) + " of texts"},
      {"answers that have not come, or were not fetched",
       {"kOwedAnswers", "kOwedPanics"},
       grouped(kOwedAnswers) + "; " + grouped(kOwedPanics) + " for a panic"},
      {"arguments of a call, JSON",
       {"kArgumentsBytes", "kArgumentsDepth"},
       mib(kArgumentsBytes) + ", " + std::to_string(kArgumentsDepth) + " levels"},
      {"bodycam recording", {"kRecordingBytes"}, grouped(kRecordingBytes) + " bytes"},
      {"memory that an upload of a file takes", {"kUploadPieceBytes"}, kib(kUploadPieceBytes)},
      {"header of an answer", {"kAnswerHeaderBytes"}, kib(kAnswerHeaderBytes)},
      {"addresses that one connection tries", {"kDialAddresses"}, grouped(kDialAddresses)},
      {"how long an address is tried alone: after its SYN; after its TCP connection",
       {"kConnectHead_ms", "kHandshakeHead_ms", "kHandshakeHeadRoundTrips"},
       std::to_string(kConnectHead_ms) + " ms; " + std::to_string(kHandshakeHead_ms) + " ms or " +
           std::to_string(kHandshakeHeadRoundTrips) + " round trips"},
      {"addresses remembered as failed", {"kFailedAddresses"}, grouped(kFailedAddresses)},
      {"TLS sessions kept, and their age",
       {"kTlsSessions", "kTlsSession_s"},
       grouped(kTlsSessions) + ", " + grouped(static_cast<std::size_t>(kTlsSession_s)) + " s"},
      {"calls of one operation that wait", {"kQueuedCalls"}, grouped(kQueuedCalls)},
      {"calls that wait for the loop thread", {"kMailboxCalls"}, grouped(kMailboxCalls)},
      {"cancellations that wait for the loop thread", {"kMailboxCalls"}, grouped(kMailboxCalls)},
      {"bytes of all calls held", {"kCallBytes"}, mib(kCallBytes)},
      {"deadline of a call",
       {"kDeadline_ms", "kDeadlineLeast_ms", "kDeadlineMost_ms"},
       std::to_string(kDeadline_ms / 1000) + " s; 0." + std::to_string(kDeadlineLeast_ms / 100) + " to " +
           std::to_string(kDeadlineMost_ms / 1000) + " s"},
      {"tries of a call", {"kCallTries"}, std::to_string(kCallTries)},
      {"connections",
       {"kUrgentConnections", "kNormalConnections", "kBulkConnections"},
       "urgent " + std::to_string(kUrgentConnections) + " (as many as its budgets allow requests), normal " +
           std::to_string(kNormalConnections) + " (calls use " + std::to_string(kNormalConnections - 1) +
           " of them), bulk " + std::to_string(kBulkConnections - 1) + ", positions 1"},
      {"idle connections kept a lane", {"kIdleConnections"}, std::to_string(kIdleConnections)},
      {"idleness of a connection", {"kIdle_s"}, std::to_string(kIdle_s) + " s"},
      {"age of the urgent lane's idle connection", {"kWarm_s"}, std::to_string(kWarm_s) + " s or so"},
      {"idleness before a command that must not be sent twice",
       {"kCommandIdle_ms"},
       std::to_string(kCommandIdle_ms) + " ms"},
      {"silence before the second copy of a panic or status",
       {"kHedge_ms", "kHedgeReserve", "kHedgeAnswers", "kHedgeMemory_s"},
       std::to_string(kHedge_ms / 1000) + " s; none with the last 1/" + std::to_string(kHedgeReserve) +
           " of the budget, nor where half of the last " + std::to_string(kHedgeAnswers) + " answers of " +
           std::to_string(kHedgeMemory_s / 60) + " minutes took longer"},
      {"interim answers (1xx)", {"kInterimAnswers"}, std::to_string(kInterimAnswers)},
      {"probes of TCP on a silent connection",
       {"kProbe_s", "kProbeAgain_s", "kProbes"},
       "after " + std::to_string(kProbe_s) + " s, then every " + std::to_string(kProbeAgain_s) + " s, " +
           std::to_string(kProbes) + " without an answer"},
      {"bytes sent that nobody acknowledges", {"kUnacknowledged_s"}, std::to_string(kUnacknowledged_s) + " s"},
  };
}

std::string text_of(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Limits, ThePageForPeopleHasTheirNumbers) {
  const std::string page = text_of(SONORAN_SOURCE "/docs/limits.md");
  for (const Row& row : rows()) {
    const std::string begin = "\n| " + std::string(row.bound) + " | " + row.number;
    const std::size_t at = page.find(begin);
    ASSERT_NE(at, std::string::npos) << "docs/limits.md should have a row that begins with" << begin;
    // Not a number that goes on.
    EXPECT_NE(std::string_view(" ,;:").find(page[at + begin.size()]), std::string_view::npos) << begin;
    // Bound, number, what happens, counter.
    const std::string line = page.substr(at + 1, page.find('\n', at + 1) - at - 1);
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 5) << line;
  }
}

TEST(Limits, EachIsOnThePage) {
  std::set<std::string_view> shown;
  for (const Row& row : rows()) shown.insert(row.constants.begin(), row.constants.end());
  const std::string header = text_of(SONORAN_SOURCE "/plugin/core/limits.h");
  constexpr std::string_view kDeclaration = "\ninline constexpr ";
  std::size_t declared = 0;
  for (std::size_t at = header.find(kDeclaration); at != std::string::npos; at = header.find(kDeclaration, at + 1)) {
    const std::size_t end = header.find(" = ", at);
    const std::size_t begin = header.rfind(' ', end - 1) + 1;
    const std::string name = header.substr(begin, end - begin);
    EXPECT_TRUE(shown.contains(name)) << name << " is in no row of docs/limits.md that this test knows";
    ++declared;
  }
  EXPECT_EQ(declared, shown.size()) << "a row names a constant that there is not";
}

}  // namespace
}  // namespace sonoran
