// The bridge as a host has it: the C interface, linked into the test, with answers kept until the test asks for them.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/simulator.h"
#include "sonoran_bridge.h"

namespace sonoran::integration {

/// The answer to a ticket.
struct Answer {
  int status = 0;
  sb_error error = SB_ERROR_NONE;
  bool deduplicated = false;
  std::uint32_t retry_after_ms = 0;
  std::string body, title, detail, trace_id;
};

/// An event of the CAD.
struct Pushed {
  std::string type, data;
  bool is_json = false, from_bridge = false;
  bool operator==(const Pushed&) const = default;
};

/// By the names of the convars.
using Settings = std::map<std::string, std::string>;

/// What leads to this simulator, over TLS or plain; the key is the simulator's own.
Settings settings_for(const simulator::Ready& ready, bool tls);
/// `settings`, with others added or replaced.
Settings with(Settings settings, const Settings& others);

sb_text text_of(std::string_view text);

/// Used by one thread. All waiting is for a condition, and gives up after a minute, which fails the test that asked.
class Bridge {
 public:
  /// error() is the message if the settings are refused; the other functions must not be called then.
  explicit Bridge(const Settings& settings);
  /// Stops at once, unless stop() was called.
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] sb_bridge* raw() { return bridge_; }

  /// Tickets; 0 is a refusal.
  std::uint64_t panic(std::string_view unit, bool on = true);
  std::uint64_t status(std::string_view unit, int status);
  std::uint64_t call(std::string_view operation, std::string_view arguments = "{}", std::uint32_t deadline_ms = 0,
                     std::string_view attachment = {});
  void position(std::string_view unit, double x);
  /// Positions of so many units at once, with long texts: about 400 bytes of a request each.
  void positions(std::size_t units);
  void players(unsigned count);

  /// The answer, if it has come.
  std::optional<Answer> answered(std::uint64_t ticket);
  /// Waits for it.
  Answer answer(std::uint64_t ticket);
  /// The CAD's events so far, of this bridge and those that it replaced.
  const std::vector<Pushed>& pushed();
  /// Whom the CAD lists as active, as the news tell; null before the first.
  const std::set<std::string>* active_units();
  /// All lines of the log so far.
  const std::string& log();
  boost::json::value stats();
  /// operations.<operation>.failed, all kinds together.
  std::uint64_t failed(std::string_view operation);

  sb_unsent stop(std::uint32_t timeout_ms);
  /// sb_replace: on SB_OK this is the new bridge, and answers of the old one are forgotten; else see `message`.
  sb_code replace(const Settings& settings, std::string& message);

 private:
  void poll();

  sb_bridge* bridge_ = nullptr;
  std::string error_, log_;
  std::map<std::uint64_t, Answer> answers_;
  std::vector<Pushed> pushed_;
  std::optional<std::set<std::string>> active_units_;
};

/// Resources of the process that a leak would increase.
struct Holdings {
  std::size_t descriptors = 0, threads = 0;
  bool operator==(const Holdings&) const = default;
};
Holdings holdings();

}  // namespace sonoran::integration
