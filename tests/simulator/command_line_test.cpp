#include "simulator/command_line.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sonoran::simulator {
namespace {

CommandLine parse(std::vector<std::string> words, const char* key = nullptr) {
  words.insert(words.begin(), "cad_simulator");
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return parse_command_line(static_cast<int>(words.size()), pointers.data(), key);
}

TEST(CommandLineTest, HasDefaults) {
  const CommandLine line = parse({});
  EXPECT_EQ(line.options.key, "sim-key");
  EXPECT_EQ(line.options.servers, (std::set<std::int64_t>{1}));
  EXPECT_FALSE(line.with_parent);
}

TEST(CommandLineTest, ReadsOptions) {
  const CommandLine line = parse({"--server-id",
                                  "2",
                                  "--server-id=3",
                                  "--delay-ms",
                                  "40",
                                  "--stall",
                                  "BODY",
                                  "--only",
                                  "heartbeat",
                                  "--times",
                                  "2",
                                  "--rate-scale",
                                  "0.5",
                                  "--with-parent",
                                  "--fault",
                                  R"({"status":500,"probability":0.5})",
                                  "--half-close",
                                  "AFTER",
                                  "--jitter-ms",
                                  "9",
                                  "--drip-ms",
                                  "3",
                                  "--skip",
                                  "4",
                                  "--seed",
                                  "5",
                                  "--certificate",
                                  "EXPIRED",
                                  "--tls-max",
                                  "1.2",
                                  "--hang",
                                  "--refuse-for-ms",
                                  "50"},
                                 "from-environment");
  EXPECT_EQ(line.options.key, "from-environment");
  EXPECT_EQ(line.options.servers, (std::set<std::int64_t>{2, 3}));
  EXPECT_EQ(line.options.faults.delay_ms, 40U);
  EXPECT_EQ(line.options.faults.stall, Stage::kBody);
  EXPECT_EQ(line.options.faults.times, 2U);
  EXPECT_DOUBLE_EQ(line.options.faults.rate_scale, 0.5);
  EXPECT_TRUE(line.with_parent);
  const Faults& faults = line.options.faults;
  ASSERT_EQ(faults.rules.size(), 1U);
  EXPECT_EQ(faults.rules[0].status, 500U);
  EXPECT_EQ(faults.half_close, Stage::kAfter);
  EXPECT_EQ(faults.jitter_ms, 9U);
  EXPECT_EQ(faults.drip_ms, 3U);
  EXPECT_EQ(faults.skip, 4U);
  EXPECT_EQ(faults.seed, 5U);
  EXPECT_EQ(faults.certificate, Certificate::kExpired);
  EXPECT_EQ(faults.tls_max, "1.2");
  EXPECT_TRUE(faults.hang);
  EXPECT_TRUE(faults.refuse);
  EXPECT_EQ(faults.refuse_for_ms, 50U);
}

TEST(CommandLineTest, RefusesNonsenseInOneSentence) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"--bogus"},
                                                                                     {"-x"},
                                                                                     {"word"},
                                                                                     {"--key"},
                                                                                     {"--refuse=yes"},
                                                                                     {"--http-port", "70000"},
                                                                                     {"--huge", "1k"},
                                                                                     {"--reset", "LATE"},
                                                                                     {"--status", "99"},
                                                                                     {"--only", "nothing"},
                                                                                     {"--fault", "{"},
                                                                                     {"--fault", R"({"refuse":true})"},
                                                                                     {"--retry-after", "soon"}}) {
    try {
      parse(words);
      ADD_FAILURE() << words.front() << " was taken";
    } catch (const std::invalid_argument& complaint) {
      EXPECT_TRUE(std::string(complaint.what()).ends_with('.')) << complaint.what();
    }
  }
}

}  // namespace
}  // namespace sonoran::simulator
