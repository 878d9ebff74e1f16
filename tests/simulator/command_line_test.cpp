#include "simulator/command_line.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sonoran::simulator {
namespace {

CommandLine parse(std::vector<std::string> words, const char* key = nullptr) {
  words.insert(words.begin(), "cad_simulator");
  std::vector<char*> pointers;
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
  const CommandLine line = parse({"--server-id", "2", "--server-id=3", "--delay-ms", "40", "--stall", "BODY", "--only",
                                  "heartbeat", "--times", "2", "--rate-scale", "0.5", "--with-parent"},
                                 "from-environment");
  EXPECT_EQ(line.options.key, "from-environment");
  EXPECT_EQ(line.options.servers, (std::set<std::int64_t>{2, 3}));
  EXPECT_EQ(line.options.faults.delay_ms, 40U);
  EXPECT_EQ(line.options.faults.stall, Stage::kBody);
  EXPECT_EQ(line.options.faults.times, 2U);
  EXPECT_DOUBLE_EQ(line.options.faults.rate_scale, 0.5);
  EXPECT_TRUE(line.with_parent);
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
