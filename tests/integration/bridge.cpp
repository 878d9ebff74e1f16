#include "integration/bridge.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "integration/eventually.h"

namespace sonoran::integration {
namespace {

std::string string_of(const sb_text& text) {
  return text.data == nullptr ? std::string() : std::string(text.data, text.size);
}

std::size_t entries_of(const char* folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace

sb_text text_of(std::string_view text) {
  return {text.data(), text.size()};
}

Settings settings_for(const simulator::Ready& ready, bool tls) {
  return {{"sonoran_apiKey", "sim-key"},
          {"sonoran_bridge_url", tls ? ready.https_url : ready.http_url},
          {"sonoran_bridge_ca_file", ready.ca_file},
          {"sonoran_bridge_log_level", "debug"},
          // Otherwise the module asks for the active units by itself, and tests that count requests would count these.
          {"sonoran_bridge_tracking", "marked"}};
}

Settings with(Settings settings, const Settings& others) {
  for (const auto& [name, value] : others) settings[name] = value;
  return settings;
}

namespace {

std::vector<sb_setting> pairs_of(const Settings& settings) {
  std::vector<sb_setting> pairs;
  for (const auto& [name, value] : settings) pairs.push_back({text_of(name), text_of(value)});
  return pairs;
}

}  // namespace

Bridge::Bridge(const Settings& settings) {
  const auto pairs = pairs_of(settings);
  std::array<char, SB_MESSAGE_SIZE> message{};
  if (sb_create(pairs.data(), pairs.size(), &bridge_, message.data(), message.size()) != SB_OK) error_ = message.data();
}

Bridge::~Bridge() {
  if (bridge_ != nullptr) stop(0);
}

std::uint64_t Bridge::panic(std::string_view unit, bool on) {
  std::uint64_t ticket = 0;
  sb_set_panic(bridge_, text_of(unit), on ? 1 : 0, &ticket);
  return ticket;
}

std::uint64_t Bridge::status(std::string_view unit, int status) {
  std::uint64_t ticket = 0;
  sb_set_status(bridge_, text_of(unit), status, &ticket);
  return ticket;
}

std::uint64_t Bridge::call(std::string_view operation, std::string_view arguments, std::uint32_t deadline_ms,
                           std::string_view attachment) {
  sb_call_options options{};
  options.struct_size = sizeof options;
  options.deadline_ms = deadline_ms;
  options.attachment = text_of(attachment);
  std::uint64_t ticket = 0;
  if (sb_call(bridge_, text_of(operation), text_of(arguments), &options, &ticket) != SB_OK) {
    ADD_FAILURE() << operation << ": " << sb_last_error(bridge_);
  }
  return ticket;
}

void Bridge::position(std::string_view unit, double x) {
  sb_position position{};
  position.struct_size = sizeof position;
  position.unit = text_of(unit);
  position.x = x;
  position.location = text_of("Alta St");
  ASSERT_EQ(sb_push_positions(bridge_, &position, 1, nullptr), SB_OK) << sb_last_error(bridge_);
}

void Bridge::positions(std::size_t units) {
  const std::string location(150, 'l');
  std::vector<std::string> ids;
  std::vector<sb_position> positions;
  for (std::size_t i = 0; i < units; ++i) {
    const std::string number = std::to_string(i);
    ids.push_back(std::string(120 - number.size(), 'u') + number);
  }
  for (const std::string& id : ids) {
    sb_position position{};
    position.struct_size = sizeof position;
    position.unit = text_of(id);
    position.location = text_of(location);
    positions.push_back(position);
  }
  ASSERT_EQ(sb_push_positions(bridge_, positions.data(), positions.size(), nullptr), SB_OK) << sb_last_error(bridge_);
}

void Bridge::players(unsigned count) {
  ASSERT_EQ(sb_heartbeat(bridge_, count), SB_OK) << sb_last_error(bridge_);
}

void Bridge::poll() {
  std::array<sb_event, 64> events{};
  for (sb_event& event : events) event.struct_size = sizeof event;
  while (const std::size_t got = sb_poll(bridge_, events.data(), events.size())) {
    for (std::size_t i = 0; i < got; ++i) {
      const sb_event& event = events[i];
      if (event.type == SB_EVENT_LOG) {
        log_ += string_of(event.body) + "\n";
        continue;
      }
      if (event.type == SB_EVENT_PUSH) {
        pushed_.push_back(
            {string_of(event.title), string_of(event.body), event.body_is_json != 0, event.from_bridge != 0});
        continue;
      }
      if (event.type == SB_EVENT_ACTIVE_UNITS) {
        const boost::json::value news = boost::json::parse(string_of(event.body));
        if (news.at("full").as_bool()) active_units_.emplace();
        for (const auto& id : news.at("added").as_array()) active_units_->emplace(id.as_string());
        for (const auto& id : news.at("removed").as_array()) active_units_->erase(std::string(id.as_string()));
        continue;
      }
      if (event.type != SB_EVENT_RESPONSE) continue;
      const bool first = answers_
                             .emplace(event.ticket, Answer{.status = event.http_status,
                                                           .error = event.error,
                                                           .deduplicated = event.deduplicated != 0,
                                                           .retry_after_ms = event.retry_after_ms,
                                                           .body = string_of(event.body),
                                                           .title = string_of(event.title),
                                                           .detail = string_of(event.detail),
                                                           .trace_id = string_of(event.trace_id)})
                             .second;
      EXPECT_TRUE(first) << "ticket " << event.ticket << " was answered twice";
    }
  }
}

std::optional<Answer> Bridge::answered(std::uint64_t ticket) {
  poll();
  const auto found = answers_.find(ticket);
  if (found == answers_.end()) return std::nullopt;
  return found->second;
}

Answer Bridge::answer(std::uint64_t ticket) {
  EXPECT_NE(ticket, 0U) << sb_last_error(bridge_);
  std::optional<Answer> answer;
  EXPECT_TRUE(eventually([&] { return (answer = answered(ticket)).has_value(); })) << "no answer; log:\n" << log_;
  return answer.value_or(Answer{});
}

const std::vector<Pushed>& Bridge::pushed() {
  poll();
  return pushed_;
}

const std::set<std::string>* Bridge::active_units() {
  poll();
  return active_units_ ? &*active_units_ : nullptr;
}

const std::string& Bridge::log() {
  poll();
  return log_;
}

boost::json::value Bridge::stats() {
  return boost::json::parse(sb_stats(bridge_, nullptr));
}

std::uint64_t Bridge::failed(std::string_view operation) {
  std::uint64_t count = 0;
  const boost::json::value stats = this->stats();
  const auto* counters = stats.at("operations").as_object().if_contains(operation);
  if (counters == nullptr) return 0;
  for (const auto& [kind, failures] : counters->at("failed").as_object()) count += failures.to_number<std::uint64_t>();
  return count;
}

sb_unsent Bridge::stop(std::uint32_t timeout_ms) {
  poll();
  sb_unsent unsent{};
  unsent.struct_size = sizeof unsent;
  EXPECT_EQ(sb_destroy(std::exchange(bridge_, nullptr), timeout_ms, &unsent), SB_OK);
  return unsent;
}

sb_code Bridge::replace(const Settings& settings, std::string& message) {
  const auto pairs = pairs_of(settings);
  std::array<char, SB_MESSAGE_SIZE> text{};
  sb_bridge* made = nullptr;
  const sb_code code = sb_replace(bridge_, 1000, pairs.data(), pairs.size(), &made, text.data(), text.size(), nullptr);
  message = text.data();
  if (code == SB_OK) {
    sb_destroy(std::exchange(bridge_, made), 0, nullptr);
    answers_.clear();
  }
  return code;
}

Holdings holdings() {
  // The thread sanitizer's runtime starts a thread of its own with the program's first one.
  static const bool first = [] {
    std::thread([] {}).join();
    return true;
  }();
  static_cast<void>(first);
  return {entries_of("/proc/self/fd"), entries_of("/proc/self/task")};
}

}  // namespace sonoran::integration
