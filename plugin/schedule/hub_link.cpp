#include "schedule/hub_link.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"

namespace sonoran::schedule {
namespace {

using std::chrono::seconds;

constexpr Duration kPing = seconds(limits::kHubPing_s);
constexpr Duration kSilence = seconds(limits::kHubSilence_s);
constexpr Duration kStep = seconds(limits::kHubStep_s);
constexpr Duration kFirst = seconds(limits::kHubFirstWait_s);
constexpr Duration kMost = seconds(limits::kHubMostWait_s);
constexpr Duration kConfiguration = seconds(limits::kHubRefusedWait_s);

}  // namespace

const char* hub_state_name(HubState state) {
  static constexpr std::array kNames = {"waiting", "connecting", "handshaking", "authenticating", "up"};
  return kNames.at(static_cast<std::size_t>(state));
}

const char* hub_end_name(HubEnd end) {
  static constexpr std::array kNames = {"unreachable", "turned_away", "silent", "unreadable",
                                        "closed",      "dismissed",   "refused"};
  static_assert(kNames.size() == kHubEnds);
  return kNames.at(static_cast<std::size_t>(end));
}

HubLink::HubLink(Time now, Random random)
    : random_(random),
      backoff_(kFirst, kMost),
      dismissed_(kMost, kMost, Backoff::Jitter::kLate),
      refused_(kConfiguration, kConfiguration, Backoff::Jitter::kLate),
      entered_(now),
      wait_until_(now) {}

void HubLink::enter(HubState state, Time now) {
  state_ = state;
  entered_ = now;
}

HubAction HubLink::next(Time now) {
  if (now < due()) return HubAction::kNone;
  if (state_ == HubState::kWaiting) {
    enter(HubState::kConnecting, now);
    return HubAction::kConnect;
  }
  const bool step_late =
      (state_ == HubState::kHandshaking || state_ == HubState::kAuthenticating) && now >= entered_ + kStep;
  return step_late || now >= heard_ + kSilence ? HubAction::kGiveUp : HubAction::kPing;
}

Time HubLink::due() const {
  switch (state_) {
    case HubState::kWaiting:
      return wait_until_;
    case HubState::kConnecting:
      return kNever;  // its steps have limits of their own, which end in ended()
    case HubState::kHandshaking:
      // Before its answer nothing else may be said.
      return entered_ + kStep;
    case HubState::kAuthenticating:
      return std::min({entered_ + kStep, heard_ + kSilence, sent_ + kPing});
    case HubState::kUp:
      break;
  }
  return std::min(heard_ + kSilence, sent_ + kPing);
}

void HubLink::connected(Time now) {
  enter(HubState::kHandshaking, now);
  heard_ = sent_ = now;
}

void HubLink::shaken(Time now) {
  enter(HubState::kAuthenticating, now);
  heard_ = sent_ = now;
}

void HubLink::authenticated(Time now) {
  round_trip_ = now - entered_;
  enter(HubState::kUp, now);
  heard_ = now;
  ++times_up_;
}

std::optional<Time> HubLink::up_since() const {
  return state_ == HubState::kUp ? std::optional(entered_) : std::nullopt;
}

void HubLink::ended(HubEnd reason, std::string message, Time now) {
  ++ends_.at(static_cast<std::size_t>(reason));
  last_end_ = std::move(message);
  // Who comes up and falls at once waits ever longer, too.
  if (state_ == HubState::kUp && now - entered_ >= kMost) backoff_.succeed();
  enter(HubState::kWaiting, now);
  if (reason == HubEnd::kTurnedAway) {
    // The other way of opening is tried at once, and only if that is turned away as well there is a wait.
    negotiates_ = !negotiates_;
    if (negotiates_) {
      wait_until_ = now;
      return;
    }
  }
  // The ladder goes on below a wait that is longer, so that the next end is not its first.
  const Duration wait = backoff_.fail(random_);
  if (reason == HubEnd::kDismissed) {
    wait_until_ = now + dismissed_.fail(random_);
  } else if (reason == HubEnd::kRefused) {
    wait_until_ = now + refused_.fail(random_);
  } else {
    wait_until_ = now + wait;
  }
}

}  // namespace sonoran::schedule
