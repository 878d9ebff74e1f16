// Interim answers (1xx) of gateways that send them: every call gets its own answer.
#include <gtest/gtest.h>

#include <ostream>

#include "road/road.h"

namespace sonoran::road {
namespace {

constexpr int kRounds = 4;

class Interim : public Road {
 protected:
  void expect_own_answers(std::uint16_t port) {
    Bridge bridge(plain(port));
    Traffic traffic(bridge, simulator_);
    for (int i = 0; i < kRounds; ++i) {
      traffic.round();
      // One round after the other, so that the connections of the last one are used again.
      traffic.expect_all_well();
    }
  }
  void late_by(std::uint32_t milliseconds) {
    simulator::Faults faults;
    faults.rate_scale = 0;
    faults.delay_ms = milliseconds;
    simulator_.set_faults(faults);
  }
};

TEST_F(Interim, HaproxysEarlyHintsAreNotTheAnswer) {
  Haproxy::Setup setup;
  setup.frontend = "  http-request early-hint Link \"</style.css>; rel=preload; as=style\"\n";
  const Haproxy haproxy(cad(), setup);
  expect_own_answers(haproxy.port());
  // The hints leave at once, and the answer when the CAD has it.
  late_by(150);
  expect_own_answers(haproxy.port());
}

TEST_F(Interim, SeveralEarlyHintsInARowAreNotTheAnswer) {
  Haproxy::Setup setup;
  setup.frontend =
      "  http-request early-hint Link \"</style.css>; rel=preload; as=style\"\n"
      "  http-request set-header X-Between yes\n"
      "  http-request early-hint Link \"</script.js>; rel=preload; as=script\"\n";
  const Haproxy haproxy(cad(), setup);
  late_by(150);
  expect_own_answers(haproxy.port());
}

struct Case {
  const char* name;
  const char* interim;

  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.interim; }
};

class NodesInterim : public Interim, public testing::WithParamInterface<Case> {};

TEST_P(NodesInterim, IsNotTheAnswer) {
  for (const char* delay : {"0", "150"}) {
    const NodeRelay node(cad(),
                         std::string(R"({"interim":)") + GetParam().interim + R"(,"interimDelay":)" + delay + "}");
    expect_own_answers(node.port());
  }
}

INSTANTIATE_TEST_SUITE_P(Road, NodesInterim,
                         testing::Values(Case{"Continue", R"(["continue"])"}, Case{"Processing", R"(["processing"])"},
                                         Case{"EarlyHints", R"(["earlyHints"])"},
                                         Case{"SeveralInARow",
                                              R"(["continue","processing","earlyHints","earlyHints","processing"])"}),
                         [](const auto& one) { return one.param.name; });

TEST_F(Interim, ASwitchOfProtocolsEndsTheConnectionAndIsNobodysAnswer) {
  const NodeRelay node(cad(), R"({"upgrade":true})");
  Bridge bridge(plain(node.port()));
  const Answer answer = bridge.answer(bridge.call("addCallNote", R"({"callId":1,"note":"a","noteType":"text"})"));
  // It left, and what came is no answer of the CAD's.
  EXPECT_EQ(answer.error, SB_ERROR_OUTCOME_UNKNOWN) << answer.detail;
  EXPECT_EQ(executed("addCallNote"), 0U);
}

}  // namespace
}  // namespace sonoran::road
