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
                                  "--interim",
                                  "100",
                                  "--interim=103",
                                  "--interim-ms",
                                  "150",
                                  "--form",
                                  "GATEWAY",
                                  "--server",
                                  "nginx",
                                  "--status",
                                  "403",
                                  "--stray",
                                  "--at",
                                  "127.0.0.1",
                                  "--ciphers",
                                  "AES128-SHA",
                                  "--tls-min",
                                  "1.1",
                                  "--silent-after-ms",
                                  "6",
                                  "--drop-syn",
                                  "::1",
                                  "--idle-close-ms",
                                  "7",
                                  "--keep-alive",
                                  "timeout=5",
                                  "--address",
                                  "127.0.0.2",
                                  "--refuse-for-ms",
                                  "50",
                                  "--header",
                                  "Retry-After: 90",
                                  "--header=X-A: b",
                                  "--for-ms",
                                  "45000",
                                  "--still-for-ms",
                                  "8",
                                  "--reset-header",
                                  "RateLimit-Reset:epoch",
                                  "--retry-after",
                                  "window",
                                  "--window",
                                  "FIXED"},
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
  EXPECT_EQ(faults.interim, (std::vector<unsigned>{100, 103}));
  EXPECT_EQ(faults.interim_ms, 150U);
  EXPECT_EQ(faults.form, Form::kGateway);
  EXPECT_EQ(faults.server, "nginx");
  EXPECT_TRUE(faults.stray);
  EXPECT_EQ(faults.at, "127.0.0.1");
  EXPECT_EQ(faults.tls_min, "1.1");
  EXPECT_EQ(faults.ciphers, "AES128-SHA");
  EXPECT_EQ(faults.silent_after_ms, 6U);
  EXPECT_EQ(faults.drop_syn, (std::vector<std::string>{"::1"}));
  EXPECT_EQ(faults.idle_close_ms, 7U);
  EXPECT_EQ(faults.keep_alive, "timeout=5");
  EXPECT_EQ(line.options.addresses, (std::vector<std::string>{"127.0.0.2"}));
  EXPECT_EQ(faults.headers, (std::vector<std::string>{"Retry-After: 90", "X-A: b"}));
  EXPECT_EQ(faults.for_ms, 45000U);
  EXPECT_EQ(faults.still_for_ms, 8U);
  EXPECT_EQ(faults.reset_header, "RateLimit-Reset:epoch");
  EXPECT_EQ(faults.retry_after, "window");
  EXPECT_EQ(faults.window, Window::kFixed);
  EXPECT_EQ(parse({"--late-ms", "20000"}).options.faults.late_ms, 20000U);
  EXPECT_EQ(parse({"--nth", "2"}).options.faults.nth, 2U);
  EXPECT_EQ(parse({"--body", "x", "--content-type", "text/plain"}).options.faults.body, "x");
}

TEST(CommandLineTest, EachFurtherKeyIsOneMore) {
  const CommandLine line = parse({"--key", "a", "--key", "b", "--key=c"}, "from-environment");
  EXPECT_EQ(line.options.key, "a");
  EXPECT_EQ(line.options.more_keys, (std::set<std::string>{"b", "c"}));
}

TEST(CommandLineTest, RefusesNonsenseInOneSentence) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--bogus"},
                                             {"-x"},
                                             {"word"},
                                             {"--key"},
                                             {"--refuse=yes"},
                                             {"--http-port", "70000"},
                                             {"--huge", "1k"},
                                             {"--reset", "LATE"},
                                             {"--status", "99"},
                                             {"--interim", "200"},
                                             {"--interim", "99"},
                                             {"--form", "PAGE"},
                                             {"--form", "TEXT", "--body", "x"},
                                             {"--content-type", "x"},
                                             {"--stray"},
                                             {"--server", "a\r\nb"},
                                             {"--header", "Retry-After"},
                                             {"--header", "A: b\r\nC: d"},
                                             {"--nth", "2", "--reset", "ACCEPT"},
                                             {"--late-ms", "2", "--certificate", "EXPIRED"},
                                             {"--reset-header", "Reset"},
                                             {"--window", "ROLLING"},
                                             {"--tls-min", "1.3", "--tls-max", "1.2"},
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
