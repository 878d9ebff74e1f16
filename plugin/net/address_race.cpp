#include "net/address_race.h"

#include <algorithm>
#include <chrono>

#include "core/limits.h"

namespace sonoran::net {

std::optional<std::size_t> AddressRace::start(Time now) {
  if (now < next_start() || started_ == attempts_.size()) return std::nullopt;
  attempts_[started_] = {
      .state = State::kRuns, .started = now, .holds_until = now + std::chrono::milliseconds(limits::kConnectHead_ms)};
  return started_++;
}

void AddressRace::connected(std::size_t attempt, Time now) {
  Attempt& one = attempts_[attempt];
  const Duration round_trips = limits::kHandshakeHeadRoundTrips * (now - one.started);
  one.holds_until = now + std::max<Duration>(std::chrono::milliseconds(limits::kHandshakeHead_ms), round_trips);
}

void AddressRace::failed(std::size_t attempt) {
  attempts_[attempt].state = State::kFailed;
}

Time AddressRace::next_start() const {
  if (started_ == attempts_.size()) return kNever;
  Time next{};
  for (const Attempt& one : attempts_) {
    if (one.state == State::kRuns) next = std::max(next, one.holds_until);
  }
  return next;
}

bool AddressRace::lost() const {
  return std::ranges::all_of(attempts_, [](const Attempt& one) { return one.state == State::kFailed; });
}

std::vector<std::size_t> AddressRace::overtaken_by(std::size_t winner) const {
  std::vector<std::size_t> overtaken;
  for (std::size_t i = 0; i < winner; ++i) {
    if (attempts_[i].state == State::kRuns) overtaken.push_back(i);
  }
  return overtaken;
}

}  // namespace sonoran::net
