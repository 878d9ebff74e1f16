// The bounds that are stated in several languages agree: docs/limits.md has every bound of core/limits.h with its
// number; lua/limits.lua and the manual in sonoran_bridge.h have the header's; the page has those of the Lua files.
#include "core/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
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
      {"slots (`sb_bind_slot`)", {"kSlots"}, "0 to " + grouped(kSlots - 1)},
      {"bindings and texts of slots that wait for the loop thread", {"kSlotNews"}, grouped(kSlotNews)},
      {"places by slot that wait for the loop thread", {"kUnits"}, grouped(kUnits)},
      {"a file of the map (`sonoran_bridge_postals`, `_vehicles`); postals; a code; unknown kinds of vehicle that are "
       "named",
       {"kMapFileBytes", "kPostals", "kPostalBytes", "kVehicleNames"},
       mib(kMapFileBytes) + "; " + grouped(kPostals) + "; " + grouped(kPostalBytes) + " bytes; " +
           grouped(kVehicleNames)},
      {"units whose place has a text of a script (`setLocation`); such texts that wait for the loop thread",
       {"kUnits"},
       grouped(kUnits) + "; " + grouped(kUnits)},
      {"coordinates", {"kCoordinate_m"}, "±" + grouped(static_cast<std::size_t>(kCoordinate_m)) + " m"},
      {"units and bytes of one request for positions",
       {"kPositionUnits", "kPositionBytes"},
       grouped(kPositionUnits) + "; " + grouped(kPositionBytes) + " bytes"},
      {"the hub's calls with positions: between two; updates; bytes, of these for the frame",
       {"kHubCall_ms", "kHubUpdates", "kHubCallBytes", "kHubFrameBytes"},
       std::to_string(kHubCall_ms) + " ms; " + grouped(kHubUpdates) + "; " + kib(kHubCallBytes) + ", " +
           grouped(kHubFrameBytes) + " bytes"},
      {"updates of one such call that panics and new units take while others wait; that overdue units take",
       {"kHubUrgent", "kHubOverdue"},
       grouped(kHubUrgent) + "; " + grouped(kHubOverdue)},
      {"such calls without an answer", {"kHubUnanswered"}, grouped(kHubUnanswered)},
      {"how long such a call waits for its answer", {"kHubAnswer_s"}, std::to_string(kHubAnswer_s) + " s"},
      {"how long the hub may carry no position before HTTP does as well",
       {"kHubGrace_s"},
       std::to_string(kHubGrace_s) + " s"},
      {"how long a hub that came up waits for the end of a request with positions",
       {"kHubHandover_s"},
       std::to_string(kHubHandover_s) + " s"},
      {"calls in a row that the hub does not take, and how often one is tried then",
       {"kHubStrikes", "kHubProbe_s"},
       grouped(kHubStrikes) + "; every " + std::to_string(kHubProbe_s) + " s"},
      {"places that are read in one turn for the hub, and how often each unit's is",
       {"kHubReadings", "kHubRead_ms"},
       grouped(kHubReadings) + "; every " + std::to_string(kHubRead_ms / 1000) + " s"},
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
      {"a look at the way to the CAD (`sonoran_bridge doctor`): lookup; connection; TLS",
       {"kLookLookup_ms", "kLookConnect_ms", "kLookHandshake_ms"},
       std::to_string(kLookLookup_ms) + "; " + std::to_string(kLookConnect_ms) + "; " +
           std::to_string(kLookHandshake_ms) + " ms"},
      {"units whose last refusal is on record", {"kRefusals"}, grouped(kRefusals)},
      {"events that wait for the game thread",
       {"kEvents", "kEventBytes", "kSmallBodyBytes"},
       grouped(kEvents) + ", and " + mib(kEventBytes) + " of texts"},
      {"events of the CAD that wait for the game thread",
       {"kPushEvents", "kPushBytes"},
       grouped(kPushEvents) + ", and " + mib(kPushBytes) + " of texts"},
      {"data of an event that are handed on as JSON",
       {"kPushJsonBytes"},
       std::to_string(kPushJsonBytes / 1024) + " KiB, " + std::to_string(kAnswerDepth) + " levels"},
      {"an event that comes by HTTP", {"kPushTextBytes"}, mib(kPushTextBytes)},
      {"answers that have not come, or were not fetched",
       {"kOwedAnswers", "kOwedPanics"},
       grouped(kOwedAnswers) + "; " + grouped(kOwedPanics) + " for a panic"},
      {"arguments of a call, JSON",
       {"kArgumentsBytes", "kArgumentsDepth"},
       mib(kArgumentsBytes) + ", " + std::to_string(kArgumentsDepth) + " levels"},
      {"units, calls or records that one call names", {"kCallTargets"}, grouped(kCallTargets)},
      {"bodycam recording", {"kRecordingBytes"}, grouped(kRecordingBytes) + " bytes"},
      {"memory that an upload of a file takes", {"kUploadPieceBytes"}, kib(kUploadPieceBytes)},
      {"header of an answer", {"kAnswerHeaderBytes"}, kib(kAnswerHeaderBytes)},
      {"what frames a body: a chunk's size with its extension; the trailers",
       {"kAnswerFramingBytes", "kAnswerFramingShare"},
       kib(kAnswerFramingBytes) + " each, and with the body " + grouped(kAnswerFramingShare) +
           " times the body's bound"},
      {"nesting of an answer that is handed on as JSON", {"kAnswerDepth"}, grouped(kAnswerDepth) + " levels"},
      {"life of a request without an answer", {"kUnansweredLife_s"}, std::to_string(kUnansweredLife_s) + " s"},
      {"while a panic waits and the CAD is silent",
       {"kKnock_s", "kPanicUnanswered"},
       "something leaves every " + std::to_string(kKnock_s) + " s; tries of panics use 1/" +
           std::to_string(kPanicUnanswered)},
      {"wait after a 429", {"kPanicLimited_s"}, "10 min at most, a panic " + std::to_string(kPanicLimited_s) + " s"},
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
      {"calls that wait for the loop thread",
       {"kMailboxCalls", "kEmergencyCalls"},
       grouped(kMailboxCalls) + ", the last " + std::to_string(kEmergencyCalls) + " of them emergency calls"},
      {"calls by name of an operation that the module sends by itself",
       {"kCallsPart"},
       "1/" + std::to_string(kCallsPart) + " of its budget"},
      {"cancellations that wait for the loop thread", {"kMailboxCalls"}, grouped(kMailboxCalls)},
      {"bytes of all calls held",
       {"kCallBytes", "kEmergencyBytes"},
       mib(kCallBytes) + ", the last " + mib(kEmergencyBytes) + " of them of emergency calls"},
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
      {"how long a panic waits from when the CAD would take it",
       {"kKnock_s", "kPanicLimited_s", "kUnansweredLife_s"},
       std::to_string(kKnock_s) + " s and its way there, " + std::to_string(2 * kKnock_s) +
           " s where the CAD leaves another operation unanswered; " + std::to_string(kPanicLimited_s) +
           " s after a 429 that it got; " + std::to_string(kUnansweredLife_s + 60) + ".25 s"},
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
      {"silence on the hub's connection until we ping; until it is given up",
       {"kHubPing_s", "kHubSilence_s"},
       std::to_string(kHubPing_s) + " s; " + std::to_string(kHubSilence_s) + " s"},
      {"the hub's handshake and authentication, each", {"kHubStep_s"}, std::to_string(kHubStep_s) + " s"},
      {"wait before the hub's next connection",
       {"kHubFirstWait_s", "kHubMostWait_s", "kHubRefusedWait_s"},
       "up to " + std::to_string(kHubFirstWait_s) + " s, doubled with each failure up to " +
           std::to_string(kHubMostWait_s) + " s; after a refused authentication up to " +
           std::to_string(kHubRefusedWait_s) + " s"},
      {"a record of the hub", {"kHubRecordBytes"}, mib(kHubRecordBytes)},
      {"records that wait because the hub does not read", {"kHubUnsent"}, grouped(kHubUnsent)},
      {"types of the CAD's events that are counted by name", {"kHubEventTypes"}, grouped(kHubEventTypes)},
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
    // The number must not go on.
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

/// `NAME = 16 * 1048576` and the like in a file: the product, by name.
std::map<std::string, long long> constants_of(const std::string& text, const std::string& before,
                                              const std::string& between) {
  std::map<std::string, long long> found;
  const std::regex form(before + "([A-Za-z_]+)" + between + "([0-9]+)(?: \\* ([0-9]+))?");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), form); at != std::sregex_iterator(); ++at) {
    const std::smatch& one = *at;
    found[one[1]] = std::stoll(one[2]) * (one[3].matched ? std::stoll(one[3]) : 1);
  }
  return found;
}

TEST(Limits, LuaHasThoseOfTheHeader) {
  const auto header = constants_of(text_of(SONORAN_SOURCE "/bridge/include/sonoran_bridge.h"), "#define SB_", " ");
  const auto lua = constants_of(text_of(SONORAN_SOURCE "/lua/limits.lua"), "\n  ", " = ");
  EXPECT_EQ(lua.size(), 12U);
  for (const auto& [name, value] : lua) {
    ASSERT_TRUE(header.contains(name)) << "sonoran_bridge.h has no SB_" << name;
    EXPECT_EQ(value, header.at(name)) << name;
  }
}

TEST(Limits, TheManualInTheHeaderHasTheirNumbers) {
  using namespace limits;
  std::string manual = text_of(SONORAN_SOURCE "/bridge/include/sonoran_bridge.h");
  // As one line, without the margin of comments.
  manual = std::regex_replace(manual, std::regex("\\s*\\n( \\*)? *"), " ");
  for (const std::string& part : {
           "when " + grouped(kOwedPanics) + " answers are owed",
           "SB_QUEUE_FULL when " + grouped(kMailboxCalls) + " calls wait for the bridge's thread",
           "SB_QUEUE_FULL: " + grouped(kMailboxCalls) + " calls or " + mib(kCallBytes) + " of calls wait",
           "nested at most " + std::to_string(kArgumentsDepth) + " deep",
           "When more than " + mib(kEventBytes) + " of texts wait",
           "When " + grouped(kOwedAnswers) + " tickets have no answer",
           "at " + grouped(kOwedPanics) + " panics too",
           "SB_QUEUE_FULL: " + grouped(kUnits) + " such texts wait",
           "When " + grouped(kPushEvents) + " events or " + mib(kPushBytes) + " of them wait",
           "SB_QUEUE_FULL: " + grouped(kPushEvents) + " events or " + mib(kPushBytes) + " of them wait",
           "0 for more than " + std::to_string(kPushJsonBytes / 1024) + " KiB",
           "0 to " + std::to_string(kStatus) + " is accepted",
           "0 to " + std::to_string(kPlayers) + ", for the next heartbeat",
           std::to_string(kDeadlineLeast_ms) + " to " + std::to_string(kDeadlineMost_ms) +
               "; 0: " + std::to_string(kDeadline_ms),
       }) {
    EXPECT_NE(manual.find(part), std::string::npos) << "sonoran_bridge.h should say: " << part;
  }
}

/// A number of a script, as the page writes it.
struct ScriptBound {
  const char* file;
  const char* name;
  std::string row;     // the page's row begins so
  std::string before;  // somewhere in it stand this, the number
  std::string after;   // and this
  long long unit = 1;
};

TEST(Limits, ThePageHasThoseOfTheScripts) {
  const std::string page = text_of(SONORAN_SOURCE "/docs/limits.md");
  const std::vector<ScriptBound> bounds = {
      {"lua/server/bridge.lua", "KEPT", "Lua: calls before the module is ready", "| ", ", and"},
      {"lua/server/bridge.lua", "KEPT_BYTES", "Lua: calls before the module is ready", "and ", " MiB of them", 1048576},
      {"lua/server/state.lua", "OF_ONE", "Lua: functions that one resource gives onState", "| ", " |"},
      {"lua/server/logoff.lua", "KEPT", "Lua: players who have left and are to be logged off", "| ", ", and"},
      {"lua/server/logoff.lua", "TOGETHER", "Lua: players who have left and are to be logged off", "and ", " units"},
      {"lua/server/support.lua", "GONE", "Lua: ids of players who have left that", "| ", " |"},
      {"lua/server/log.lua", "KEPT", "Lua: lines of the log that are kept", "| ", " lines"},
      {"lua/server/log.lua", "LINE_BYTES", "Lua: lines of the log that are kept", "of at most ", " bytes"},
      {"lua/server/log.lua", "FOLD_MS", "Lua: a line of the log that repeats", "once in ", " s", 1000},
      {"lua/server/log.lua", "FOLDED", "Lua: a line of the log that repeats", "of ", " different lines"},
      {"lua/cad.lua", "KEPT", "lua/cad.lua, js/cad.js: calls while", "| ", ", and"},
      {"lua/cad.lua", "KEPT_BYTES", "lua/cad.lua, js/cad.js: calls while", "and ", " MiB of them", 1048576},
      {"js/cad.js", "KEPT", "lua/cad.lua, js/cad.js: calls while", "| ", ", and"},
      {"js/cad.js", "KEPT_BYTES", "lua/cad.lua, js/cad.js: calls while", "and ", " MiB of them", 1048576},
      {"lua/server/events.lua", "LISTENERS", "Lua: listeners of one resource", "| ", " |"},
      {"lua/server/events.lua", "RUNNING", "Lua: calls of one listener", "| ", " |"},
      {"lua/call_options.lua", "ATTACHMENT_BYTES", "Lua: an attachment as base64", "| ", " bytes"},
      {"lua/server/lookups.lua", "PLACES", "Lua: look-ups of players", "| ", " at once"},
      {"lua/server/lookups.lua", "LOOK_MS", "Lua: look-ups of players", "at once, ", " s each", 1000},
      {"lua/server/lookups.lua", "A_MINUTE", "Lua: look-ups of players", "each; ", " in any 60 s"},
      {"lua/server/lookups.lua", "KEPT_PLACES", "Lua: look-ups of players", "of these ", " places"},
      {"lua/server/lookups.lua", "KEPT_A_MINUTE", "Lua: look-ups of players", "places and ", " a minute"},
      {"lua/server/lookups.lua", "PAUSE_MS", "Lua: age of what that resource answered", "; ", " s between", 1000},
      {"lua/server/lookups.lua", "SILENT", "Lua: that resource is silent", "after ", " look-ups in a row"},
      {"lua/server/identity.lua", "FOUND_MS", "Lua: age of what that resource answered", "after ", " min,", 60000},
      {"lua/server/identity.lua", "MISSING_MS", "Lua: age of what that resource answered", "min, after ", " min when",
       60000},
      {"lua/server/presses.lua", "HELD", "Lua: how long a panic or status waits", "s, ", " presses of a player"},
      {"lua/server/presses.lua", "AGAIN_MS", "Lua: how long one that the CAD refused", "| ", " s, ", 1000},
      {"lua/server/presses.lua", "TRIES", "Lua: how long one that the CAD refused", "s, ", " tries"},
      {"lua/server/presses.lua", "OTHERS", "Lua: units that others press while one waits", "| ", " |"},
      {"lua/server/players.lua", "SWEEP_MS", "Lua: entries kept of players", "every ", " s", 1000},
      {"lua/server/page_guard.lua", "WRONG", "Lua: wrong tokens of the status page", "| ", " of one address"},
      {"lua/server/page_guard.lua", "WINDOW_MS", "Lua: wrong tokens of the status page", "address in ", " s |", 1000},
      {"lua/server/page_guard.lua", "BLOCK_MS", "Lua: wrong tokens of the status page", "429 for ", " s |", 1000},
      {"lua/server/page_guard.lua", "ADDRESSES", "Lua: addresses that gave a wrong token", "| ", " are remembered"},
      {"lua/server/page.lua", "BODY_BYTES", "Lua: a form with the token", "| ", " bytes"},
      {"lua/server/page.lua", "FORMS", "Lua: a form with the token", "bytes, ", " at once"},
      {"lua/server/page.lua", "BODY_MS", "Lua: a form with the token", "once, ", " s each", 1000},
      {"lua/server/page_data.lua", "ABSENT", "Lua: players on the status page", "| ", " by name"},
      {"lua/server/page_data.lua", "ABSENT_MS", "Lua: players on the status page", "every ", " s |", 1000},
      {"lua/server/locations.lua", "UNITS", "Lua: units, named by their id, with a text", "| ", " |"},
      {"lua/server/reports.lua", "BURST", "Lua: reports of one player's game", "| ", " at once"},
      {"lua/server/reports.lua", "VEHICLE_BYTES", "Lua: the name of a vehicle's model in such a report", "| ",
       " bytes"},
      {"lua/server/reports.lua", "PER_SECOND", "Lua: reports of one player's game", "at once, ", " a second"},
      {"bridge/node/sonoran_bridge.js", "STOP_MS", "stop of the resource", "| 1.", " s", 0},
      {"bridge/node/sonoran_bridge.js", "POLL_EVENTS", "answers brought to Lua a tick", "thread; ", " at a time"},
      {"bridge/mono/Session.cs", "PollEvents", "answers brought to Lua a tick", "(in Mono ", ")"},
      {"bridge/mono/Session.cs", "PollMs", "answers brought to Lua a tick", "| ", " ms of game thread"},
  };
  for (const ScriptBound& bound : bounds) {
    const std::size_t begin = page.find("\n| " + bound.row);
    ASSERT_NE(begin, std::string::npos) << bound.row;
    const std::string row = page.substr(begin, page.find('\n', begin + 1) - begin);
    const auto constants = constants_of(text_of((std::string(SONORAN_SOURCE "/") + bound.file).c_str()),
                                        "(?:local|const|const int) ", " = ");
    ASSERT_TRUE(constants.contains(bound.name)) << bound.file << " has no " << bound.name;
    const long long value = constants.at(bound.name);
    const std::string number =
        bound.unit == 0 ? std::to_string(value % 1000 / 100) : grouped(static_cast<std::size_t>(value / bound.unit));
    EXPECT_NE(row.find(bound.before + number + bound.after), std::string::npos)
        << bound.file << ": " << bound.name << " is " << value << ", and the row is" << row;
  }
}

}  // namespace
}  // namespace sonoran
