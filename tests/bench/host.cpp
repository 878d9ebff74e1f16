#include "host.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>
#include <utility>

namespace sonoran::bench {

Host::Host(const CadProcess& cad, const std::string& life)
    : Host(cad.https_url(), cad.ca_file(), life.empty() ? "sim-key" : "sim-key." + life) {}

Host::Host(const std::string& url, const std::string& ca_file, const std::string& key) : events_(256) {
  const std::array settings = {sb_setting{SB_TEXT("sonoran_apiKey"), text(key)},
                               sb_setting{SB_TEXT("sonoran_bridge_url"), text(url)},
                               sb_setting{SB_TEXT("sonoran_bridge_ca_file"), text(ca_file)},
                               // A CAD that hangs is to hang for as long as a benchmark takes.
                               sb_setting{SB_TEXT("sonoran_bridge_read_timeout_ms"), SB_TEXT("60000")}};
  std::array<char, SB_MESSAGE_SIZE> message{};
  if (sb_create(settings.data(), settings.size(), &bridge_, message.data(), message.size()) != SB_OK) {
    throw std::runtime_error(message.data());
  }
  names_.reserve(kUnits);
  for (std::size_t i = 0; i < kUnits; ++i) {
    // As long as a license identifier, which is what most servers link.
    names_.push_back("2f4b8c1d9e0a7b6c5d4e3f2a1b0c9d8e7f6a" + std::to_string(1000 + i));
    sb_position position{};
    position.struct_size = sizeof position;
    position.unit = text(names_.back());
    position.x = static_cast<double>(i % 64) * 50;
    const auto row = i / 64;
    position.y = static_cast<double>(row) * 50;
    position.z = 30;
    positions_.push_back(position);
  }
  for (sb_event& event : events_) event.struct_size = sizeof event;
}

Host::~Host() {
  end(0);
}

void Host::end(std::uint32_t timeout_ms) {
  if (bridge_ != nullptr) sb_destroy(std::exchange(bridge_, nullptr), timeout_ms, nullptr);
}

void Host::move() {
  for (sb_position& position : positions_) {
    position.x += 15;
    if (position.x > 4000) position.x -= 8000;
    position.heading = position.heading >= 350 ? 0 : position.heading + 5;
  }
}

void Host::push() {
  if (sb_push_positions(bridge_, positions_.data(), positions_.size(), nullptr) != SB_OK) {
    throw std::runtime_error(sb_last_error(bridge_));
  }
}

void Host::poll() {
  while (sb_pending(bridge_) != 0 && sb_poll(bridge_, events_.data(), events_.size()) != 0) {
  }
}

void Host::tidy_up() {
  for (const std::uint64_t ticket : tickets_) sb_cancel(bridge_, ticket);
  tickets_.clear();
  poll();
}

bool Host::answered(std::uint64_t ticket, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  for (;;) {
    const std::size_t count = sb_poll(bridge_, events_.data(), events_.size());
    for (std::size_t i = 0; i < count; ++i) {
      if (events_[i].type == SB_EVENT_RESPONSE && events_[i].ticket == ticket) return true;
    }
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

bool Host::connected() {
  sb_heartbeat(bridge_, 1);
  const std::string unit = "first";
  std::uint64_t ticket = 0;
  return sb_set_panic(bridge_, text(unit), 1, &ticket) == SB_OK && answered(ticket, std::chrono::seconds(10)) &&
         sb_flush(bridge_, 10000) == SB_OK;
}

double Samples::quantile_us(double q) {
  if (nanoseconds_.empty()) return 0;
  std::sort(nanoseconds_.begin(), nanoseconds_.end());
  const auto index = static_cast<std::size_t>(q * static_cast<double>(nanoseconds_.size()));
  return static_cast<double>(nanoseconds_[std::min(index, nanoseconds_.size() - 1)]) / 1000;
}

}  // namespace sonoran::bench
