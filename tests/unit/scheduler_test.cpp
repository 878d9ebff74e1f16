#include "schedule/scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/limits.h"
#include "virtual_time.h"

namespace sonoran::schedule {
namespace {

using state::DesiredKind;
using test::at;
using namespace std::chrono_literals;

api::Outcome delivered(int status = 200) {
  api::Outcome outcome;
  outcome.status = status;
  return outcome;
}
api::Outcome answered(api::Failure failure, int status, ErrorKind kind) {
  api::Outcome outcome;
  outcome.failure = failure;
  outcome.status = status;
  outcome.error = {kind, "Title", "A sentence.", "trace"};
  return outcome;
}
api::Outcome unauthorized() {
  return answered(api::Failure::kUnauthorized, 401, ErrorKind::kUnauthorized);
}
api::Outcome not_found() {
  return answered(api::Failure::kRejected, 404, ErrorKind::kNotFound);
}
api::Outcome refused() {
  return answered(api::Failure::kRejected, 400, ErrorKind::kRejected);
}
api::Outcome trouble() {
  return answered(api::Failure::kServerError, 503, ErrorKind::kUnavailable);
}
api::Outcome unreachable() {
  return answered(api::Failure::kConnect, 0, ErrorKind::kUnavailable);
}
/// An answer of something on the road.
api::Outcome road(int status = 403) {
  return answered(api::Failure::kRoad, status, ErrorKind::kUnavailable);
}
api::Outcome page() {
  return answered(api::Failure::kPage, 200, ErrorKind::kUnavailable);
}
api::Outcome limited(std::optional<Duration> retry_after) {
  auto outcome = answered(api::Failure::kRateLimited, 429, ErrorKind::kRateLimited);
  outcome.retry_after = retry_after;
  return outcome;
}

/// What several schedulers of one key spend from.
std::vector<Budget> budgets_of_a_key() {
  std::vector<Budget> budgets;
  for (const api::Operation& operation : api::operations()) budgets.emplace_back(window_of(operation, 1));
  for (const api::Operation& operation : api::operations()) {
    if (has_calls_part(operation)) budgets.emplace_back(calls_window_of(operation, 1));
  }
  return budgets;
}

struct SchedulerTest : testing::Test {
  Scheduler scheduler{Settings{}, 1};

  void panic(double time_s, const char* unit, bool on, Ticket ticket = 0) {
    scheduler.want(at(time_s), DesiredKind::kPanic, unit, on ? 1 : 0, ticket);
  }
  void status(double time_s, const char* unit, int value, Ticket ticket = 0) {
    scheduler.want(at(time_s), DesiredKind::kStatus, unit, value, ticket);
  }
  void position(double time_s, const char* unit, double x) {
    state::PositionSample sample;
    sample.unit = unit;
    sample.x = x;
    scheduler.push_position(at(time_s), sample);
  }
  void call(double time_s, const char* operation, Ticket ticket, double deadline_s, std::string target = "/t") {
    api::CheckedCall call;
    call.operation = api::find_operation(operation);
    call.target = std::move(target);
    scheduler.call(at(time_s), ticket, std::move(call), at(deadline_s));
  }
  /// Every connection fails until the scheduler notices it; returns that time.
  double lose_the_cad(double now) {
    panic(now, "somebody", true, 4711);
    for (; scheduler.state() != State::kUnavailable; now += 0.05) {
      if (next(now) != "") done(now, unreachable());
    }
    return now;
  }
  /// The one answer that has come.
  Answer answer() {
    auto answers = scheduler.take_answers();
    EXPECT_EQ(answers.size(), 1U);
    return answers.empty() ? Answer{} : std::move(answers[0]);
  }
  /// Lets the CAD answer once.
  void connect(double time_s) {
    scheduler.set_player_count(at(time_s), 1);
    const auto request = scheduler.next(at(time_s));
    ASSERT_TRUE(request);
    scheduler.done(at(time_s), request->id, delivered());
    ASSERT_EQ(scheduler.state(), State::kRunning);
    scheduler.take_log();
  }
  /// The request that leaves now, or "".
  std::string next(double time_s) {
    last = scheduler.next(at(time_s));
    return last ? std::string(last->operation->id) + " " + last->body : "";
  }
  void done(double time_s, api::Outcome outcome) { scheduler.done(at(time_s), last->id, std::move(outcome)); }
  std::vector<std::string> log(LogLevel least = LogLevel::kInfo) {
    std::vector<std::string> lines;
    for (auto& line : scheduler.take_log()) {
      if (line.level <= least) lines.push_back(line.text);
    }
    return lines;
  }
  bool last_was_panic() const { return last && last->operation->id == "setUnitPanic"; }
  const OperationState& operation(std::string_view id) {
    return *std::ranges::find_if(scheduler.operations(), [&](const auto& o) { return o.operation->id == id; });
  }
  std::optional<Request> last;
};

/// Calls by name of an operation that the module sends by itself leave half of its budget to the module.
struct BudgetPartTest : SchedulerTest {
  /// Calls `operation` often enough to spend its budget several times, and sends all that may leave.
  int flood(double time_s, const char* operation) {
    for (int i = 0; i < 60; ++i) {
      const Ticket ticket = next_ticket++;
      call(time_s, operation, ticket, time_s + 600, "/odd/" + std::to_string(ticket));
    }
    return leave(time_s, operation);
  }
  /// Sends all that may leave; returns how many requests were of `operation`.
  int leave(double time_s, std::string_view operation) {
    int sent = 0;
    for (; !next(time_s).empty(); done(time_s, delivered())) sent += last->operation->id == operation ? 1 : 0;
    return sent;
  }
  Ticket next_ticket = 1;
};

TEST_F(BudgetPartTest, SixtyOddPanicCallsByNameLeaveHalfOfTheBudgetToPresses) {
  connect(0);
  const int limit = operation("setUnitPanic").window.limit(at(0));
  EXPECT_EQ(flood(0, "setUnitPanic"), limit / 2);
  for (int press = 0; press < limit / 2; ++press) {
    EXPECT_EQ(scheduler.expected(operation("setUnitPanic"), at(1)), at(1)) << "no press waits behind calls";
    panic(1, ("officer" + std::to_string(press)).c_str(), true);
    ASSERT_NE(next(1), "") << "press " << press << " leaves at once";
    EXPECT_NE(last->body.find("officer"), std::string::npos) << last->body;
    done(1, delivered());
  }
  EXPECT_EQ(operation("setUnitPanic").window.left(at(1)), 0) << "presses may use what calls left";
  EXPECT_EQ(leave(60, "setUnitPanic"), 0);
  EXPECT_EQ(leave(60.3, "setUnitPanic"), limit / 2) << "the calls go on when their half opens again";
}

TEST_F(BudgetPartTest, TheHalfHoldsForEachOperationOfTheModulesOwn) {
  connect(0);
  EXPECT_EQ(flood(0, "setUnitStatus"), operation("setUnitStatus").window.limit(at(0)) / 2);
  status(1, "a", 3);
  EXPECT_NE(next(1.1), "") << "a status leaves";
  done(1.1, delivered());
  EXPECT_EQ(flood(2, "heartbeat"), operation("heartbeat").window.limit(at(2)) / 2);
  EXPECT_GT(operation("heartbeat").window.left(at(2)), 0);
}

TEST_F(BudgetPartTest, ACallUnderWayHoldsAPlaceOfTheHalf) {
  connect(0);
  const int half = operation("setUnitPanic").window.limit(at(0)) / 2;
  for (int i = 0; i <= half; ++i) call(0, "setUnitPanic", next_ticket++, 600, "/odd");
  for (int i = 1; i < half; ++i, done(0, delivered())) ASSERT_NE(next(0), "");
  ASSERT_NE(next(0), "");
  EXPECT_EQ(next(0), "") << "the last place of the half is under way";
}

TEST_F(BudgetPartTest, AnotherCopyOfACallTakesAPlaceOfTheHalf) {
  connect(0);
  const int half = operation("setUnitPanic").window.limit(at(0)) / 2;
  for (int i = 1; i < half; ++i) call(0, "setUnitPanic", next_ticket++, 600, "/odd");
  for (int i = 1; i < half - 1; ++i, done(0, delivered())) ASSERT_NE(next(0), "");
  ASSERT_NE(next(0), "");
  EXPECT_TRUE(scheduler.permit(at(0.1), last->id, Copy::kReplace)) << "the last place of the half";
  EXPECT_FALSE(scheduler.permit(at(0.2), last->id, Copy::kReplace)) << "none is left, though presses have theirs";
  EXPECT_GT(operation("setUnitPanic").window.left(at(0.2)), 0);
  done(0.3, delivered());
  EXPECT_EQ(flood(0.4, "setUnitPanic"), 0);
}

TEST_F(BudgetPartTest, ACallThatNeverLeftGivesItsPlaceOfTheHalfBack) {
  connect(0);
  const int half = operation("setUnitPanic").window.limit(at(0)) / 2;
  call(0, "setUnitPanic", next_ticket++, 600, "/odd");
  ASSERT_NE(next(0), "");
  done(0.1, unreachable());
  EXPECT_EQ(flood(5, "setUnitPanic"), half);
}

TEST_F(BudgetPartTest, A429HalvesTheHalfToo) {
  connect(0);
  const int limit = operation("setUnitPanic").window.limit(at(0));
  panic(0, "a", true);
  ASSERT_NE(next(0), "");
  done(0.1, limited(1s));
  EXPECT_EQ(operation("setUnitPanic").window.limit(at(2)), limit / 2);
  EXPECT_EQ(operation("setUnitPanic").calls_window->limit(at(2)), limit / 4);
}

TEST_F(BudgetPartTest, TheHalfIsKnownToTheNextBridge) {
  const std::vector<Budget> budgets = budgets_of_a_key();
  scheduler.spend_from(budgets);
  connect(0);
  const int limit = operation("setUnitPanic").window.limit(at(0));
  EXPECT_EQ(flood(0, "setUnitPanic"), limit / 2);
  scheduler.settle_budgets(at(1));
  Scheduler after(Settings{}, 2);
  after.spend_from(budgets);
  api::CheckedCall odd;
  odd.operation = &api::set_unit_panic();
  odd.target = "/odd";
  after.call(at(1), 1, odd, at(600));
  EXPECT_FALSE(after.next(at(1))) << "a restart gives calls no second half";
  after.want(at(1), DesiredKind::kPanic, "officer", 1, 0);
  EXPECT_TRUE(after.next(at(1)));
}

TEST_F(SchedulerTest, WithNothingToSayItSleeps) {
  EXPECT_EQ(scheduler.wakeup(at(0)), kNever);
  EXPECT_EQ(next(0), "");
  EXPECT_TRUE(scheduler.settled());
}

TEST_F(SchedulerTest, APanicGoesFirstThenStatusThenHeartbeatThenPositions) {
  position(0, "a", 1);
  scheduler.set_player_count(at(0), 9);
  status(0, "a", 2);
  panic(0, "a", true);
  EXPECT_EQ(next(0.05), R"(setUnitPanic {"communityUserIds":["a"],"isPanic":true})");
  EXPECT_EQ(next(0.05), R"(setUnitStatus {"communityUserIds":["a"],"status":2})");
  EXPECT_EQ(next(0.05), R"(heartbeat {"playerCount":9})");
  EXPECT_TRUE(next(0.05).starts_with("updateUnitLocations"));
  EXPECT_EQ(next(0.05), "");
}

TEST_F(SchedulerTest, PositionsUnderWayKeepNoPanicWaiting) {
  position(0, "a", 1);
  next(0);
  position(0.1, "a", 50);
  EXPECT_EQ(next(10), "") << "one bulk request at a time";
  panic(10, "a", true);
  EXPECT_TRUE(next(10).starts_with("setUnitPanic"));
}

TEST_F(SchedulerTest, StatusesGatherForAMomentSoThatALoopOverAShiftIsOneRequest) {
  status(0, "a", 2);
  EXPECT_EQ(next(0), "");
  EXPECT_EQ(scheduler.wakeup(at(0)), at(0) + std::chrono::milliseconds(limits::kStatusGather_ms));
  status(0.02, "b", 2);
  EXPECT_EQ(next(0.04), "");
  EXPECT_EQ(next(0.05), R"(setUnitStatus {"communityUserIds":["a","b"],"status":2})");
  done(0.1, delivered());
  status(3, "c", 2);
  EXPECT_EQ(next(3.049), "");
  EXPECT_NE(next(3.051), "");
}

TEST_F(SchedulerTest, TheCallerGetsTheCadsAnswer) {
  panic(0, "a", true, 7);
  panic(0, "a", true, 8);
  next(0);
  auto outcome = delivered();
  outcome.body = "{\"ok\":1}";
  done(0.1, outcome);
  const auto answers = scheduler.take_answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].ticket, 7U);
  EXPECT_EQ(answers[0].status, 200);
  EXPECT_EQ(answers[0].body, "{\"ok\":1}");
  EXPECT_FALSE(answers[0].deduplicated);
  EXPECT_EQ(answers[1].ticket, 8U);
  EXPECT_TRUE(answers[1].deduplicated);
  EXPECT_TRUE(scheduler.take_answers().empty());
}

TEST_F(SchedulerTest, SaysOnceThatItIsConnected) {
  connect(0);
  panic(1, "a", true);
  next(1);
  done(1, delivered());
  EXPECT_TRUE(log().empty());
}

TEST_F(SchedulerTest, TwelvePositionRequestsAMinuteWhateverComes) {
  int requests = 0;
  for (double now = 0; now < 600; now += 0.25) {
    position(now, "a", now * 100);
    if (next(now) != "") {
      ++requests;
      done(now, delivered());
    }
  }
  EXPECT_LE(requests, 120);
  EXPECT_GE(requests, 110);
}

TEST_F(SchedulerTest, AFailedPanicIsTriedAgainUntilItArrives) {
  connect(0);
  panic(1, "a", true, 7);
  int tries = 0;
  double now = 1;
  for (; tries < 6; now += 0.05) {
    if (next(now) == "") continue;
    ++tries;
    done(now, unreachable());
  }
  while (next(now) == "") now += 0.05;
  EXPECT_LT(now, 90);
  done(now, delivered());
  const auto answers = scheduler.take_answers();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].error.kind, ErrorKind::kNone);
  EXPECT_EQ(operation("setUnitPanic").counters.retried, 6U);
  EXPECT_EQ(operation("setUnitPanic").window.left(at(now)), operation("setUnitPanic").window.limit(at(now)) - 1)
      << "what never left costs no budget";
}

TEST_F(SchedulerTest, ADeadCadIsSaidOnceAndCostsAProbeNowAndThen) {
  connect(0);
  panic(1, "a", true);
  status(1, "b", 2);
  int tries = 0;
  for (double now = 1; now < 601; now += 0.05) {
    position(now, "c", now * 10);
    while (next(now) != "") {
      ++tries;
      done(now, unreachable());
    }
  }
  EXPECT_EQ(scheduler.state(), State::kUnavailable);
  EXPECT_LT(tries, 230) << "the panic every 4 to 5 s, else a probe at most every 15 s";
  EXPECT_GT(tries, 120);
  const auto lines = log();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], "A sentence. Panics and statuses are kept until it answers.");
  // The CAD comes back: the next request is answered, and all the others leave right after it.
  double now = 601;
  while (next(now) == "") now += 0.05;
  EXPECT_LE(now, 601 + 5.1);
  done(now, delivered());
  const bool released = last_was_panic() || next(now).starts_with("setUnitPanic");
  EXPECT_TRUE(released) << "by the first answer";
  EXPECT_EQ(log(), std::vector<std::string>{"The CAD at  answers again."});
  EXPECT_EQ(scheduler.state(), State::kRunning);
}

TEST_F(SchedulerTest, AWrongKeyStopsEverythingButPanicsAndAProbeAMinute) {
  scheduler.set_player_count(at(0), 1);
  status(0, "a", 2, 7);
  EXPECT_TRUE(next(0).starts_with("heartbeat"));
  done(0, unauthorized());
  EXPECT_EQ(scheduler.state(), State::kUnauthorized);
  const auto lines = log();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("sonoran_apiKey"), std::string::npos);
  EXPECT_EQ(next(59), "");
  EXPECT_EQ(scheduler.wakeup(at(1)), at(60));
  EXPECT_NE(next(60), "");
  EXPECT_EQ(next(60), "") << "one probe at a time";
  done(60, unauthorized());
  EXPECT_TRUE(log().empty()) << "it has been said";
  EXPECT_TRUE(scheduler.take_answers().empty()) << "the status is kept";
  next(120);
  done(120, delivered());
  EXPECT_EQ(scheduler.state(), State::kRunning);
  if (next(120.1) != "") done(120.1, delivered());
  EXPECT_EQ(scheduler.take_answers().size(), 1U);
}

TEST_F(SchedulerTest, AServerThatTheCadDoesNotKnowIsFoundByWhatNamesNoUnit) {
  position(0, "a", 1);
  next(0);
  done(0, not_found());
  EXPECT_EQ(scheduler.state(), State::kServerUnknown);
  EXPECT_NE(log().at(0).find("sonoran_serverId"), std::string::npos);
  panic(1, "a", true, 7);
  EXPECT_TRUE(next(1).starts_with("setUnitPanic")) << "a panic is tried all the same";
  done(1, not_found());
  EXPECT_TRUE(scheduler.take_answers().empty()) << "it may be the server that the CAD does not know";
  EXPECT_EQ(next(1), "");
  status(2, "a", 2);
  EXPECT_TRUE(next(6).starts_with("setUnitPanic"));
  done(6, not_found());
  EXPECT_TRUE(next(60).starts_with("setUnitPanic"));
  EXPECT_TRUE(next(60).starts_with("updateUnitLocations")) << "a status would be refused as if its unit were unknown";
  done(60, delivered());
  EXPECT_TRUE(next(60).starts_with("setUnitStatus"));
}

TEST_F(SchedulerTest, AnUnknownUnitIsToldToItsCallerAndKeepsNoOtherFromArriving) {
  connect(0);
  for (const char* unit : {"a", "bad", "c"}) panic(1, unit, true, static_cast<Ticket>(unit[0]));
  std::vector<std::string> arrived;
  for (int i = 0; i < 10 && next(1) != ""; ++i) {
    if (last->body.find("bad") != std::string::npos) {
      done(1, not_found());
    } else {
      arrived.push_back(last->body);
      done(1, delivered());
    }
  }
  EXPECT_EQ(scheduler.state(), State::kRunning);
  const auto answers = scheduler.take_answers();
  ASSERT_EQ(answers.size(), 3U);
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.error.kind, answer.ticket == 'b' ? ErrorKind::kNotFound : ErrorKind::kNone);
  }
  const auto lines = log();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], "The CAD refused a panic of unit 'bad' (404): A sentence. [trace trace]");
}

TEST_F(SchedulerTest, A429ClosesTheOperationAndNoOther) {
  connect(0);
  panic(1, "a", true);
  next(1);
  done(1, limited(20s));
  status(2, "a", 1);
  EXPECT_TRUE(next(3).starts_with("setUnitStatus"));
  EXPECT_EQ(operation("setUnitPanic").window.next(at(3)), at(21));
  EXPECT_TRUE(next(20.9).starts_with("getVersion")) << "while a panic waits something leaves every 5 s";
  EXPECT_EQ(next(20.9), "");
  EXPECT_TRUE(next(21).starts_with("setUnitPanic"));
  EXPECT_EQ(operation("setUnitPanic").counters.rate_limited, 1U);
  EXPECT_EQ(operation("setUnitPanic").window.limit(at(21)), operation("setUnitPanic").operation->rate_per_minute / 2);
}

TEST_F(SchedulerTest, A429WithoutATimeWaitsFiveSecondsMoreOrLess) {
  std::set<Time> openings;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Scheduler other{Settings{}, seed};
    other.want(at(1), DesiredKind::kPanic, "a", 1, 0);
    other.done(at(1), other.next(at(1))->id, limited(std::nullopt));
    openings.insert(other.operation(api::set_unit_panic()).window.next(at(1)));
  }
  EXPECT_EQ(openings.size(), 8U) << "all servers with the key were told at the same time";
  EXPECT_GE(*openings.begin(), at(1 + 4));
  EXPECT_LE(*openings.rbegin(), at(1 + 6));
}

TEST_F(SchedulerTest, ServerTroubleBacksOffTheOneOperation) {
  connect(0);
  panic(1, "a", true);
  double now = 1;
  for (int tries = 0; tries < 4; now += 0.01) {
    if (next(now) == "") continue;
    ++tries;
    done(now, trouble());
  }
  EXPECT_EQ(scheduler.state(), State::kRunning) << "the CAD is there: it answers";
  EXPECT_EQ(log().size(), 1U) << "after three in a row";
  while (next(now) == "") now += 0.01;
  done(now, delivered());
  EXPECT_EQ(log(), std::vector<std::string>{"setUnitPanic succeeds again."});
}

TEST_F(SchedulerTest, RefusedPositionsAndHeartbeatsAreDroppedAndSaid) {
  connect(0);
  position(1, "a", 1);
  next(1);
  done(1, refused());
  EXPECT_EQ(log(), std::vector<std::string>{
                       "The CAD refused the position of unit 'a' (400): A sentence. [trace trace] The unit is left out "
                       "for 300 s, then it is tried again by itself."});
  EXPECT_EQ(scheduler.positions().counters().rejected, 1U);
  scheduler.set_player_count(at(60), 2);
  next(60);
  done(60, refused());
  EXPECT_EQ(log(), std::vector<std::string>{"The CAD refused the heartbeat (400): A sentence. [trace trace]"});
}

TEST_F(SchedulerTest, AnAnswerToAnUnknownRequestChangesNothing) {
  scheduler.done(at(0), 4711, delivered());
  EXPECT_EQ(scheduler.state(), State::kStarting);
}

TEST_F(SchedulerTest, AStopSendsWhatIsUrgentAndDropsTheRest) {
  connect(0);
  position(1, "a", 1);
  scheduler.set_player_count(at(1), 2);
  status(1, "a", 2, 1);
  panic(1, "b", true, 2);
  scheduler.begin_stop();
  EXPECT_TRUE(next(1).starts_with("setUnitPanic"));
  done(1, delivered());
  EXPECT_TRUE(next(1).starts_with("setUnitStatus")) << "without gathering";
  EXPECT_EQ(next(1), "");
  EXPECT_FALSE(scheduler.stop_settled());
  scheduler.end_stop();
  const auto answers = scheduler.take_answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].ticket, 2U);
  EXPECT_EQ(answers[1].error.kind, ErrorKind::kShuttingDown);
  EXPECT_EQ(scheduler.positions().counters().shutdown, 1U);
  EXPECT_TRUE(scheduler.settled());
}

TEST_F(SchedulerTest, MoreUnitsThanARequestHoldsTravelInSeveral) {
  for (std::size_t i = 0; i < limits::kGroupUnits + 1; ++i) panic(0, ("u" + std::to_string(i)).c_str(), true);
  EXPECT_NE(next(0), "");
  EXPECT_EQ(next(0), R"(setUnitPanic {"communityUserIds":["u500"],"isPanic":true})");
}

TEST_F(SchedulerTest, AStatusPastTheBoundIsRefusedWithItsReason) {
  for (std::size_t i = 0; i < limits::kDesiredUnits; ++i) status(0, ("u" + std::to_string(i)).c_str(), 1);
  status(0, "one more", 1, 7);
  const auto answers = scheduler.take_answers();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].ticket, 7U);
  EXPECT_EQ(answers[0].error.kind, ErrorKind::kQueueFull);
  const state::DesiredCounters& counters = scheduler.statuses().counters();
  EXPECT_EQ(counters.refused, 1U);
  EXPECT_EQ(counters.accepted, counters.refused + scheduler.statuses().pending());
}

// ------------------------------------------------------------------------------------------------------------- calls

TEST_F(SchedulerTest, EmergencyCallsLeaveBeforeEverythingButPanics) {
  connect(0);
  call(1, "getCharacters", 1, 60);
  status(0.9, "a", 1);
  call(1, "create911Call", 2, 60);
  panic(1, "a", true);
  EXPECT_TRUE(next(1).starts_with("setUnitPanic"));
  EXPECT_TRUE(next(1).starts_with("create911Call"));
  EXPECT_TRUE(next(1).starts_with("setUnitStatus"));
  EXPECT_TRUE(next(1).starts_with("getCharacters"));
}

TEST_F(SchedulerTest, QueriesThatHangKeepNoStatusWaiting) {
  connect(0);
  for (Ticket i = 0; i < 8; ++i) call(1, "getCharacters", i + 1, 60, "/" + std::to_string(i));
  int under_way = 0;
  while (next(1) != "") ++under_way;
  EXPECT_EQ(under_way, static_cast<int>(limits::kNormalConnections) - 1);
  status(1, "a", 1);
  EXPECT_TRUE(next(2).starts_with("setUnitStatus"));
}

TEST_F(SchedulerTest, AnEndlessNormalTrafficKeepsNoBulkWaiting) {
  connect(0);
  for (Ticket i = 0; i < 20; ++i) call(1, "getCharacters", i + 1, 60, "/" + std::to_string(i));
  while (next(1) != "") {
  }
  call(1, "setPenalCodes", 99, 60);
  EXPECT_TRUE(next(1).starts_with("setPenalCodes")) << "its lane has connections of its own";
  position(1, "a", 1);
  EXPECT_TRUE(next(1).starts_with("updateUnitLocations"));
}

TEST_F(SchedulerTest, ACallSpendsFromItsOwnBudgetAndSaysWhenTheNextMayLeave) {
  connect(0);
  for (Ticket i = 0; i < 6; ++i) call(1, "getCalls", i + 1, 300, "/" + std::to_string(i));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(next(1).starts_with("getCalls")) << i;
    done(1, delivered());
  }
  EXPECT_EQ(next(1), "") << "5 a minute";
  EXPECT_EQ(scheduler.queued(operation("getCalls")), 1U);
  EXPECT_GT(scheduler.expected(operation("getCalls"), at(1)), at(61));
  EXPECT_LT(scheduler.expected(operation("getCalls"), at(1)), at(62));
  EXPECT_EQ(scheduler.expected(operation("getActiveUnits"), at(1)), at(1));
  EXPECT_TRUE(next(62).starts_with("heartbeat")) << "due as well, and first";
  EXPECT_TRUE(next(62).starts_with("getCalls"));
}

TEST_F(SchedulerTest, ACommandThatMayHaveArrivedIsNotSentAgain) {
  connect(0);
  call(1, "createDispatchCall", 7, 60);
  next(1);
  done(1, answered(api::Failure::kNoAnswer, 0, ErrorKind::kTimeout));
  const Answer told = answer();
  EXPECT_EQ(told.error.kind, ErrorKind::kOutcomeUnknown);
  EXPECT_EQ(
      told.error.detail,
      "createDispatchCall was sent, and nobody can say whether the CAD carried it out: A sentence. It is not sent "
      "again by itself.");
  for (double now = 1; now < 59; now += 0.5) EXPECT_EQ(next(now), "");
}

TEST_F(SchedulerTest, APostThatOnlyLooksSomethingUpIsSentAgainWhenNoAnswerCame) {
  connect(0);
  Ticket ticket = 0;
  double now = 1;
  for (const char* operation :
       {"authStreetSigns", "checkCommunityLink", "lookupNameOrPlate", "lookupByValue", "lookupByCustomSearch"}) {
    call(now, operation, ++ticket, now + 30);
    ASSERT_TRUE(next(now).starts_with(operation));
    done(now, answered(api::Failure::kNoAnswer, 0, ErrorKind::kTimeout));
    while (next(now) == "") now += 0.05;
    EXPECT_TRUE(last->operation->id == operation);
    done(now, delivered());
    EXPECT_EQ(answer().status, 200) << operation;
  }
}

TEST_F(SchedulerTest, ACommandThatNeverLeftIsSentAgain) {
  connect(0);
  call(1, "createDispatchCall", 7, 60);
  next(1);
  done(1, unreachable());
  double now = 1;
  while (next(now) == "") now += 0.05;
  EXPECT_LT(now, 3);
  done(now, delivered(201));
  EXPECT_EQ(answer().status, 201);
  EXPECT_EQ(operation("createDispatchCall").counters.retried, 1U);
}

TEST_F(SchedulerTest, A429IsWaitedForWhenTheDeadlineAllowsAndToldWhenNot) {
  connect(0);
  call(1, "createDispatchCall", 7, 60);
  next(1);
  done(1, limited(10s));
  EXPECT_EQ(next(10.9), "");
  EXPECT_TRUE(next(11.6).starts_with("createDispatchCall"));
  done(12, limited(120s));
  const Answer told = answer();
  EXPECT_EQ(told.error.kind, ErrorKind::kRateLimited);
  EXPECT_EQ(told.retry_after, 120s);
  call(20, "createDispatchCall", 8, 80);
  const Answer next_told = answer();
  EXPECT_EQ(next_told.error.kind, ErrorKind::kRateLimited) << "also to who asks while it is closed";
  EXPECT_EQ(next_told.retry_after, 112s);
  call(20, "createDispatchCall", 9, 200);
  EXPECT_TRUE(scheduler.take_answers().empty()) << "who has the time waits";
}

TEST_F(SchedulerTest, WhileTheCadIsAwayQueriesFailAtOnceAndCommandsWait) {
  connect(0);
  for (Ticket i = 0; i < 6; ++i) call(1, "getCalls", i + 1, 300, "/" + std::to_string(i));
  while (next(1) != "") done(1, delivered());
  ASSERT_EQ(scheduler.take_answers().size(), 5U) << "the sixth waits for its budget";
  double now = lose_the_cad(2);
  EXPECT_EQ(answer().ticket, 6U) << "it is told";
  call(now, "createDispatchCall", 7, now + 600);
  call(now, "getCharacters", 8, now + 60);
  const Answer told = answer();
  EXPECT_EQ(told.ticket, 8U);
  EXPECT_EQ(told.error.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(told.error.detail, "A sentence. Panics and statuses are kept until it answers.");
  while (next(now) == "" || !last_was_panic()) now += 0.05;
  done(now, delivered());
  EXPECT_EQ(scheduler.take_answers().size(), 1U) << "the panic's";
  EXPECT_TRUE(next(now).starts_with("createDispatchCall"));
}

TEST_F(SchedulerTest, AQueryCanBeTheProbeThatFindsTheCadBack) {
  for (int i = 0; i < 3; ++i) {
    call(i * 20, "createDispatchCall", 1 + static_cast<Ticket>(i), i * 20 + 10);
    double now = i * 20;
    while (next(now) == "") now += 0.05;
    done(now, unreachable());
    next(i * 20 + 11);
  }
  ASSERT_EQ(scheduler.state(), State::kUnavailable);
  scheduler.take_answers();
  call(200, "getCalls", 9, 260);
  EXPECT_TRUE(next(200).starts_with("getCalls"));
  done(200, delivered());
  EXPECT_EQ(answer().status, 200);
  EXPECT_EQ(scheduler.state(), State::kRunning);
}

TEST_F(SchedulerTest, WithAWrongKeyQueriesFailAtOnceAndSaySo) {
  connect(0);
  call(1, "getCalls", 1, 60);
  call(1, "getCharacters", 2, 60);
  next(1);
  done(1, unauthorized());
  auto answers = scheduler.take_answers();
  ASSERT_EQ(answers.size(), 2U);
  for (const auto& told : answers) EXPECT_EQ(told.error.kind, ErrorKind::kUnauthorized);
  call(2, "getCalls", 3, 60);
  EXPECT_EQ(answer().error.kind, ErrorKind::kUnauthorized);
}

TEST_F(SchedulerTest, AnUnknownUnitThatAsksWhetherTheKeyIsGoodAgainDoesNotKeepEverybodyWaiting) {
  connect(0);
  panic(1, "stranger", true);
  next(1);
  done(1, unauthorized());
  ASSERT_EQ(scheduler.state(), State::kUnauthorized);
  EXPECT_TRUE(next(61).starts_with("setUnitPanic"));
  done(61, not_found());
  EXPECT_EQ(scheduler.state(), State::kRunning) << "the key is good: only the unit is not known";
}

TEST_F(SchedulerTest, WithAnUnknownServerCallsGoOnForOneOfThemTellsWhichThereAre) {
  position(0, "a", 1);
  next(0);
  done(0, not_found());
  ASSERT_EQ(scheduler.state(), State::kServerUnknown);
  call(1, "getServers", 1, 60);
  EXPECT_TRUE(next(1).starts_with("getServers"));
  done(1, delivered());
  EXPECT_EQ(answer().status, 200);
  EXPECT_EQ(scheduler.state(), State::kServerUnknown) << "that the list came says nothing about our server";
}

TEST_F(SchedulerTest, PanicsPastTheirBudgetTravelTogetherAndItIsSaidOnce) {
  connect(0);
  for (int i = 0; i < 20; ++i) {
    panic(1, ("u" + std::to_string(i)).c_str(), true);
    ASSERT_NE(next(1), "");
    done(1, delivered());
  }
  panic(2, "late-1", true);
  EXPECT_EQ(next(2), "");
  panic(3, "late-2", true);
  EXPECT_EQ(next(3), "");
  const auto lines = log();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "The CAD takes 20 panic requests a minute, and they are spent. Whoever presses now waits for the next "
            "request, which is expected in 60 s.");
  EXPECT_EQ(next(61.3), R"(setUnitPanic {"communityUserIds":["late-1","late-2"],"isPanic":true})");
}

/// A call in the form that check_call() gives.
api::CheckedCall checked(const char* operation, const char* arguments) {
  return *api::check_call(operation, arguments, "", {.server_id = Settings{}.server_id, .upload_folders = {}});
}

TEST_F(SchedulerTest, ACallThatSetsPanicsJoinsThePressesAndIsAnsweredOnce) {
  connect(0);
  panic(1, "a", true, 1);
  scheduler.call(at(1), 2, checked("setUnitPanic", R"({"communityUserIds":["b","a","b"],"isPanic":true})"), at(31));
  EXPECT_EQ(next(1), R"(setUnitPanic {"communityUserIds":["a","b"],"isPanic":true})");
  EXPECT_EQ(next(1), "");
  done(1.1, delivered());
  const auto answers = scheduler.take_answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].ticket, 1U);
  EXPECT_EQ(answers[1].ticket, 2U);
  EXPECT_EQ(answers[1].status, 200);
  scheduler.call(at(2), 3, checked("setUnitPanic", R"({"communityUserId":"a","isPanic":true})"), at(32));
  EXPECT_TRUE(answer().deduplicated);
  EXPECT_EQ(next(2), "");
}

TEST_F(SchedulerTest, AJoinedCallTellsItsFirstFailureAndItsDeadlineEndsTheWaitOnly) {
  connect(0);
  scheduler.call(at(1), 1, checked("setUnitStatus", R"({"communityUserIds":["a","bad"],"status":2})"), at(31));
  for (int i = 0; i < 6 && next(1.1) != ""; ++i) {
    done(1.1, last->body.find("bad") != std::string::npos ? not_found() : delivered());
  }
  EXPECT_EQ(answer().error.kind, ErrorKind::kNotFound);

  scheduler.call(at(2), 2, checked("setUnitPanic", R"({"communityUserId":"c","isPanic":true})"), at(4));
  next(2);
  done(3, answered(api::Failure::kServerError, 500, ErrorKind::kUnavailable));
  EXPECT_LE(scheduler.wakeup(at(3)), at(4));
  double now = 4;
  while (next(now) == "") now += 0.05;
  EXPECT_EQ(answer().error.kind, ErrorKind::kTimeout);
  EXPECT_TRUE(last->operation->id == "setUnitPanic") << "it is sent all the same";
  done(now, delivered());
  EXPECT_TRUE(scheduler.take_answers().empty());
}

/// The loop thread reads presses before calls, so an earlier call may be read after a later press.
TEST_F(SchedulerTest, ACallThatIsReadAfterALaterPressIsOvertakenByIt) {
  connect(0);
  const auto pressed = [&](DesiredKind kind, int value, Ticket ticket) {
    scheduler.want(at(1), kind, "a", value, ticket, ticket);
  };
  pressed(DesiredKind::kStatus, 3, 2);
  scheduler.call(at(1), 1, checked("setUnitStatus", R"({"communityUserIds":["a"],"status":2})"), at(31));
  pressed(DesiredKind::kPanic, 0, 4);
  scheduler.call(at(1), 3, checked("setUnitPanic", R"({"communityUserIds":["a"],"isPanic":true})"), at(31));
  std::vector<std::string> bodies;
  for (std::string request = next(1.1); request != ""; request = next(1.1)) {
    bodies.push_back(last->body);
    done(1.1, delivered());
  }
  EXPECT_EQ(bodies, (std::vector<std::string>{R"({"communityUserIds":["a"],"isPanic":true})",
                                              R"({"communityUserIds":["a"],"isPanic":false})",
                                              R"({"communityUserIds":["a"],"status":3})"}))
      << "a later OFF does not swallow an ON, and the last word wins";
  EXPECT_EQ(scheduler.take_answers().size(), 4U);
}

/// The largest call is taken in pieces; a press between them goes first, and each unit has the last word.
TEST_F(SchedulerTest, ACallOfThousandsOfUnitsIsTakenInPieces) {
  connect(0);
  std::string ids;
  for (int i = 0; i < 2000; ++i) ids += (i == 0 ? "\"u" : ",\"u") + std::to_string(i) + '"';
  const std::string units = R"({"communityUserIds":[)" + ids + R"(],"status":)";
  scheduler.call(at(1), 1, checked("setUnitStatus", (units + "2}").c_str()), at(31), 500);
  scheduler.call(at(1), 2, checked("setUnitStatus", (units + "3}").c_str()), at(31), 500);
  EXPECT_EQ(scheduler.statuses().units(), 500U);
  const std::size_t waits = scheduler.held_bytes();
  scheduler.want(at(1), DesiredKind::kStatus, "u1999", 4, 3, 3);
  scheduler.want(at(1), DesiredKind::kPanic, "p", 1, 4, 4);
  EXPECT_TRUE(next(1).starts_with("setUnitPanic"));
  done(1, delivered());
  for (int turns = 0; scheduler.has_rest(); ++turns) {
    ASSERT_LT(turns, 8);
    EXPECT_FALSE(scheduler.settled());
    scheduler.take_rest(at(1), 500);
  }
  EXPECT_EQ(scheduler.statuses().units(), 2000U);
  EXPECT_GT(waits, 1000U);
  std::size_t threes = 0;
  std::string fours;
  for (double now = 2; next(now) != ""; now += 3) {
    const bool three = last->body.find("\"status\":3") != std::string::npos;
    if (three) threes += static_cast<std::size_t>(std::ranges::count(last->body, 'u')) - 3;
    if (last->body.find("\"status\":4") != std::string::npos) fours = last->body;
    EXPECT_EQ(last->body.find("\"status\":2"), std::string::npos);
    done(now, delivered());
  }
  EXPECT_GT(threes, 1900U);
  EXPECT_NE(fours.find("u1999"), std::string::npos) << "the press came after both calls";
  EXPECT_EQ(scheduler.take_answers().size(), 4U);
}

TEST_F(SchedulerTest, WhoNamesTheSameUnitsAgainTakesMemoryOfTheAccountUntilAnswered) {
  connect(0);
  const auto say = [&](Ticket caller) {
    scheduler.call(at(1), caller, checked("setUnitStatus", R"({"communityUserIds":["a","b"],"status":2})"), at(31));
    return scheduler.held_bytes();
  };
  const std::size_t first = say(1);
  std::size_t before = first;
  // The units are on record already: what grows is the calls that wait for them.
  for (Ticket caller = 2; caller <= 20; ++caller) {
    const std::size_t now = say(caller);
    EXPECT_GE(now, before + sizeof(Answer));
    before = now;
  }
  EXPECT_TRUE(next(2).starts_with("setUnitStatus"));
  done(2, delivered());
  EXPECT_EQ(scheduler.take_answers().size(), 20U);
  EXPECT_LE(scheduler.held_bytes(), first);
}

TEST_F(SchedulerTest, ACallThatSaysMoreThanAPanicGoesAsItIs) {
  connect(0);
  scheduler.call(at(1), 1, checked("setUnitPanic", R"({"roblox":7,"isPanic":true})"), at(31));
  EXPECT_EQ(next(1), R"(setUnitPanic {"roblox":7,"isPanic":true})");
  scheduler.call(at(1), 2, checked("setUnitPanic", R"({"communityUserId":"a","isPanic":true,"note":"x"})"), at(31));
  EXPECT_EQ(next(1), R"(setUnitPanic {"communityUserId":"a","isPanic":true,"note":"x"})");
  scheduler.call(at(1), 3, checked("setUnitPanic", R"({"serverId":9,"communityUserId":"b","isPanic":true})"), at(31));
  EXPECT_TRUE(next(1).starts_with("setUnitPanic"));
  EXPECT_NE(last->target.find("/9/"), std::string::npos);
}

TEST_F(SchedulerTest, AStopEndsCallsThatWaitButEmergencyCalls) {
  connect(0);
  call(1, "create911Call", 1, 60);
  call(1, "getCalls", 2, 60);
  call(1, "createDispatchCall", 3, 60);
  EXPECT_TRUE(next(1).starts_with("create911Call"));
  EXPECT_TRUE(next(1).starts_with("getCalls"));
  scheduler.begin_stop();
  EXPECT_EQ(answer().error.kind, ErrorKind::kShuttingDown) << "the dispatch call";
  EXPECT_FALSE(scheduler.stop_settled());
  scheduler.end_stop();
  auto answers = scheduler.take_answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].error.kind, ErrorKind::kOutcomeUnknown) << "the emergency call is under way";
  EXPECT_EQ(answers[1].error.kind, ErrorKind::kShuttingDown);
  EXPECT_TRUE(scheduler.stop_settled());
}

TEST_F(SchedulerTest, FiveRestartsWithinAMinuteKeepTheBudget) {
  const std::vector<Budget> budgets = budgets_of_a_key();
  int sent = 0;
  for (int restart = 0; restart < 5; ++restart) {
    Scheduler again{Settings{}, 1};
    const double now = restart * 10;
    again.spend_from(budgets);
    for (int i = 0; i < 20; ++i) {
      again.want(at(now), DesiredKind::kPanic, "u" + std::to_string(i), 1, 0);
      if (const auto request = again.next(at(now))) {
        if (request->operation == &api::set_unit_panic()) ++sent;
        again.done(at(now), request->id, delivered());
      }
    }
    again.settle_budgets(at(now));
    again.end_stop();
  }
  EXPECT_EQ(sent, 20);
}

// ----------------------------------------------------------------------------------------------------------- the road

TEST_F(SchedulerTest, WhatTheRoadAnswersIsNoVerdictAndNothingIsDropped) {
  connect(0);
  panic(1, "a", true, 1);
  status(1, "b", 2, 2);
  position(1, "c", 1);
  scheduler.set_player_count(at(70), 5);
  int refusals = 0;
  double now = 70;
  for (; refusals < 40; now += 0.05) {
    if (next(now) == "") continue;
    ++refusals;
    done(now, refusals % 2 == 0 ? road() : page());
  }
  EXPECT_TRUE(scheduler.take_answers().empty());
  for (int taken = 0; taken < 4; now += 0.05) {
    if (next(now) == "") continue;
    ++taken;
    done(now, delivered());
  }
  EXPECT_EQ(scheduler.take_answers().size(), 2U);
  EXPECT_EQ(scheduler.positions().counters().delivered, 1U);
  EXPECT_EQ(scheduler.heartbeat().pending(), 0U);
  EXPECT_EQ(scheduler.state(), State::kRunning);
}

TEST_F(SchedulerTest, TheRoadIsSaidOnceHoweverManyRequestsItAnswersAndAgainWhenTheCadHasAnsweredBetween) {
  connect(0);
  double now = 1;
  const auto play = [&](double until, bool by_road) {
    for (; now < until; now += 0.1) {
      position(now, "c", now * 10);
      while (next(now) != "") done(now, by_road ? road() : delivered());
    }
  };
  panic(1, "a", true);
  status(1, "b", 2);
  play(300, true);
  auto lines = log();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "A sentence. What the bridge sends by itself is tried again until the CAD answers. [trace trace]");
  EXPECT_EQ(scheduler.state(), State::kUnavailable);
  play(400, false);
  EXPECT_EQ(log().size(), 1U) << "it answers again";
  EXPECT_EQ(scheduler.state(), State::kRunning);
  panic(now, "a", false);
  play(420, true);
  EXPECT_EQ(log().size(), 1U);
}

/// With an answer of the road that asks for a long wait, and with one that does not.
struct PanicBehindARoad : SchedulerTest, testing::WithParamInterface<std::optional<Duration>> {};
INSTANTIATE_TEST_SUITE_P(RetryAfter, PanicBehindARoad, testing::Values(std::nullopt, Duration(600s)));

TEST_P(PanicBehindARoad, IsTriedEveryFiveSecondsAtMostAndItsBudgetLastsForThat) {
  connect(0);
  panic(1, "a", true);
  double tried = 1;
  double longest = 0;
  for (double now = 1; now < 600; now += 0.02) {
    if (next(now) == "") continue;
    if (last_was_panic()) {
      longest = std::max(longest, now - tried);
      tried = now;
    }
    auto outcome = road(429);
    outcome.retry_after = GetParam();
    done(now, outcome);
  }
  EXPECT_LE(longest, 5.1);
  EXPECT_GE(operation("setUnitPanic").counters.sent, 600U / 5);
}

TEST_F(SchedulerTest, TheRoadsAnswerOpensNoCircuitAndClosesOne) {
  connect(0);
  double now = lose_the_cad(1);
  call(now, "getCalls", 1, now + 600);
  EXPECT_EQ(answer().error.kind, ErrorKind::kUnavailable) << "the circuit is open";
  while (next(now) == "") now += 0.05;
  done(now, road());
  EXPECT_EQ(scheduler.state(), State::kUnavailable) << "but it is not the CAD";
  call(now, "getCalls", 2, now + 600);
  EXPECT_TRUE(scheduler.take_answers().empty()) << "a query is tried";
  while (next(now) == "" || !last->operation->id.starts_with("getCalls")) now += 0.05;
  done(now, road());
  while (next(now) == "" || !last->operation->id.starts_with("getCalls")) now += 0.05;
  done(now, delivered());
  EXPECT_EQ(answer().error.kind, ErrorKind::kNone);
  EXPECT_EQ(scheduler.state(), State::kRunning);
}

TEST_F(SchedulerTest, ACommandIsToldWhatTheRoadAnswered) {
  connect(0);
  for (const char* operation : {"createDispatchCall", "setSelectedCharacter"}) {
    call(1, operation, 1, 60);
    next(1);
    auto outcome = road(451);
    outcome.body = "<html>";
    done(1, outcome);
    const Answer told = answer();
    EXPECT_EQ(told.error.kind, ErrorKind::kUnavailable) << operation;
    EXPECT_EQ(told.status, 451);
    EXPECT_EQ(told.body, "<html>");
    EXPECT_EQ(told.error.detail, "A sentence.");
    call(2, operation, 2, 60);
    next(2);
    done(2, page());
    EXPECT_EQ(answer().error.kind, ErrorKind::kOutcomeUnknown) << "nobody knows what is behind a page";
  }
}

TEST_F(SchedulerTest, ConnectedIsSaidAfterTheCadsOwnWordOnly) {
  scheduler.set_player_count(at(0), 1);
  double now = 0;
  const auto try_with = [&](api::Outcome outcome) {
    while (next(now) == "") now += 0.1;
    done(now, std::move(outcome));
  };
  try_with(road());
  EXPECT_EQ(log().size(), 1U) << "the road is said";
  for (const int status : {403, 413, 404, 429, 301}) try_with(road(status));
  try_with(page());
  EXPECT_TRUE(log().empty());
  panic(now, "a", true);
  while (next(now) == "" || !last_was_panic()) now += 0.1;
  done(now, answered(api::Failure::kRejected, 413, ErrorKind::kRejected));
  for (const std::string& line : log()) EXPECT_EQ(line.find("Connected"), std::string::npos) << line;
  EXPECT_NE(scheduler.state(), State::kRunning);
  try_with(delivered());
  EXPECT_EQ(log(), std::vector<std::string>{"Connected to  as server 1."});
}

TEST_F(SchedulerTest, AFileThatIsGoneSaysNothingAboutTheCad) {
  call(0, "createDispatchCall", 1, 60);
  next(0);
  done(0, answered(api::Failure::kRejected, 0, ErrorKind::kInvalidArgument));
  EXPECT_EQ(scheduler.state(), State::kStarting);
  EXPECT_TRUE(log().empty());
}

TEST_F(SchedulerTest, A401OfTheRoadStopsNothingAndIsToldAfterThreeRequestsOfTwoOperations) {
  connect(0);
  panic(1, "a", true, 1);
  status(1, "b", 2, 2);
  std::vector<std::string> lines;
  int refusals = 0;
  double now = 1;
  const auto refuse_one = [&] {
    while (next(now) == "") now += 0.02;
    ++refusals;
    done(now, road(401));
    for (std::string& line : log(LogLevel::kError)) lines.push_back(std::move(line));
  };
  refuse_one();
  refuse_one();
  EXPECT_EQ(lines.size(), 1U) << "the road";
  while (lines.size() < 2 && refusals < 20) refuse_one();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[1].starts_with("The API key is refused, or something on the way to the CAD refuses it (401)"))
      << lines[1];
  EXPECT_LE(refusals, 6);
  EXPECT_EQ(scheduler.state(), State::kUnauthorized);
  // Nothing waits for a probe: each source goes on with its own backoff.
  const double told = now;
  while (next(now) == "" || !last_was_panic()) {
    if (last) done(now, road(401));
    now += 0.02;
  }
  EXPECT_LE(now - told, 5.1);
  done(now, delivered());
  EXPECT_EQ(scheduler.state(), State::kRunning);
  EXPECT_EQ(answer().ticket, 1U);
}

TEST_F(SchedulerTest, A401OfOneOperationOnlyIsNotTakenForAWrongKey) {
  connect(0);
  panic(1, "a", true);
  int refusals = 0;
  for (double now = 1; refusals < 10; now += 0.05) {
    if (next(now) == "") continue;
    if (last_was_panic()) ++refusals;
    done(now, last_was_panic() ? road(401) : delivered());
  }
  EXPECT_EQ(scheduler.state(), State::kRunning);
}

TEST_F(SchedulerTest, AGroupThatTheRoadRefusesIsTakenApartWhileTheCadAnswersOthersAndFreshPanicsGoAtOnce) {
  connect(0);
  for (const char* unit : {"a", "bad", "c", "d"}) panic(1, unit, true, static_cast<Ticket>(unit[0]));
  std::set<Ticket> answered;
  double late = 0;
  for (double now = 1; now < 240; now += 0.02) {
    position(now, "p", now * 10);
    if (late == 0 && now >= 60) panic(late = now, "late", true, 'l');
    while (next(now) != "") done(now, last->body.find("bad") != std::string::npos ? road() : delivered());
    for (const Answer& told : scheduler.take_answers()) {
      answered.insert(told.ticket);
      if (told.ticket == 'l') {
        EXPECT_LE(now - late, 0.1) << "a suspect spends no one's budget";
      }
    }
  }
  EXPECT_EQ(answered, (std::set<Ticket>{'a', 'c', 'd', 'l'})) << "all but the bad one, which is tried on";
  EXPECT_EQ(scheduler.panics().unsettled(), 1U);
}

TEST_F(SchedulerTest, A413HalvesAGroupWhateverItsBody) {
  connect(0);
  for (int i = 0; i < 8; ++i) panic(1, ("u" + std::to_string(i)).c_str(), true, static_cast<Ticket>(i) + 1);
  const auto units = [&] {
    return std::count(last->body.begin(), last->body.end(), 'u') - 2;
  };  // communityUserIds, true
  ASSERT_NE(next(1), "");
  EXPECT_EQ(units(), 8);
  done(1, road(413));
  ASSERT_NE(next(1), "") << "at once";
  EXPECT_EQ(units(), 4);
  done(1, answered(api::Failure::kRejected, 413, ErrorKind::kRejected));
  int requests = 0;
  for (; next(1) != ""; ++requests) {
    EXPECT_LE(units(), 4);
    done(1, delivered());
  }
  EXPECT_GE(requests, 3) << "two, two and four";
  EXPECT_EQ(scheduler.take_answers().size(), 8U);
  // The refusal of a single unit by the road is no verdict either.
  panic(2, "alone", true, 99);
  next(2);
  done(2, road(413));
  double now = 2;
  while (next(now) == "") now += 0.05;
  done(now, delivered());
  EXPECT_EQ(answer().error.kind, ErrorKind::kNone);
}

TEST_F(SchedulerTest, PositionsThatTheRoadRefusesForOneUnitAreSearchedThrough) {
  connect(0);
  std::map<std::string, double> seen;
  for (double now = 1; now < 400; now += 0.25) {
    for (int i = 0; i < 16; ++i) position(now, ("u" + std::to_string(i)).c_str(), now * 10);
    if (static_cast<int>(now) % 30 == 0) status(now, "s", static_cast<int>(now / 30) % 5);
    while (next(now) != "") {
      const bool bad = last->operation->id == "updateUnitLocations" && last->body.find("\"u7\"") != std::string::npos;
      for (int i = 0; i < 16 && !bad; ++i) {
        const std::string unit = "u" + std::to_string(i);
        if (last->body.find('"' + unit + '"') != std::string::npos) seen[unit] = now;
      }
      done(now, bad ? road() : delivered());
    }
  }
  EXPECT_EQ(seen.size(), 15U);
  for (const auto& [unit, time_s] : seen) EXPECT_GE(time_s, 385) << unit;
  EXPECT_EQ(scheduler.positions().left_out(), 1U);
}

TEST_F(SchedulerTest, A404ForPositionsIsAUnitsFaultWhereItNamesOneOrTheServerIsKnown) {
  position(0, "license:a", 1);
  position(0, "license:b", 1);
  next(0);
  auto outcome = not_found();
  outcome.body = R"({"title":"Not Found","status":404,"detail":"The unit 'license:b' is not known."})";
  done(0, outcome);
  EXPECT_NE(scheduler.state(), State::kServerUnknown);
  next(6);
  done(6, not_found());
  EXPECT_EQ(scheduler.state(), State::kServerUnknown) << "this one names nobody, and no heartbeat was taken";
}

}  // namespace
}  // namespace sonoran::schedule
