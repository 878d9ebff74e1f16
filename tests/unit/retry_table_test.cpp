#include "schedule/retry_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace sonoran::schedule {
namespace {

using api::Failure;

constexpr auto kRows = {RetryClass::kPosition, RetryClass::kHeartbeat,         RetryClass::kDesired,
                        RetryClass::kQuery,    RetryClass::kRepeatableCommand, RetryClass::kCommand};

TEST(RetryTable, WhatNeverLeftAndWhatTheCadDidNotLookAtIsSentAgainWhoeverAsked) {
  for (const RetryClass row : kRows) {
    for (const Failure failure : {Failure::kResolve, Failure::kConnect, Failure::kHandshake, Failure::kRequestTimeout,
                                  Failure::kTooEarly, Failure::kRateLimited}) {
      EXPECT_EQ(remedy(row, failure), Remedy::kRetry) << retry_class_name(row) << ", " << api::failure_name(failure);
    }
  }
}

TEST(RetryTable, ACommandThatMayHaveBeenCarriedOutIsNeverSentAgainByItself) {
  for (const Failure failure : {Failure::kWrite, Failure::kNoAnswer, Failure::kMalformed, Failure::kServerError}) {
    EXPECT_EQ(remedy(RetryClass::kCommand, failure), Remedy::kUnknown) << api::failure_name(failure);
  }
}

TEST(RetryTable, StatesAreSentUntilTheyAreAnswered) {
  for (const RetryClass row : {RetryClass::kPosition, RetryClass::kHeartbeat, RetryClass::kDesired}) {
    for (const Failure failure : {Failure::kWrite, Failure::kNoAnswer, Failure::kMalformed, Failure::kServerError}) {
      EXPECT_EQ(remedy(row, failure), Remedy::kRetry) << retry_class_name(row) << ", " << api::failure_name(failure);
    }
    EXPECT_EQ(remedy(row, Failure::kUnauthorized), Remedy::kWait);
  }
}

TEST(RetryTable, ARefusalIsGivenToWhoAsked) {
  for (const RetryClass row : kRows) EXPECT_EQ(remedy(row, Failure::kRejected), Remedy::kFail) << retry_class_name(row);
  for (const RetryClass row : {RetryClass::kQuery, RetryClass::kRepeatableCommand, RetryClass::kCommand}) {
    EXPECT_EQ(remedy(row, Failure::kUnauthorized), Remedy::kFail) << retry_class_name(row);
  }
}

TEST(RetryTable, ItsPageForPeopleSaysTheSame) {
  std::ifstream file(SONORAN_SOURCE "/docs/errors.md");
  std::stringstream page;
  page << file.rdbuf();
  for (std::size_t i = 1; i < api::kFailures; ++i) {
    const auto failure = static_cast<Failure>(i);
    std::string line = "| " + std::string(api::failure_name(failure)) + " |";
    for (const RetryClass row : kRows) line += " " + std::string(remedy_name(remedy(row, failure))) + " |";
    EXPECT_NE(page.str().find(line + "\n"), std::string::npos) << "docs/errors.md should have the line\n" << line;
  }
}

TEST(RetryTable, AnOperationsRowComesFromTheTableOfOperations) {
  EXPECT_EQ(call_class(*api::find_operation("getCalls")), RetryClass::kQuery);
  EXPECT_EQ(call_class(*api::find_operation("createDispatchCall")), RetryClass::kCommand);
  EXPECT_EQ(call_class(*api::find_operation("setUnitPanic")), RetryClass::kRepeatableCommand);
}

}  // namespace
}  // namespace sonoran::schedule
