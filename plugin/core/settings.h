// The settings of the module: one table of name, type, default, range and sentence. The convars, their reference in
// config/convars.md and every message about a bad value come from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/endpoint.h"
#include "core/result.h"

namespace sonoran {

enum class SettingType { kText, kSecret, kInteger, kNumber, kBoolean, kChoice };

/// One row of the table. Texts are constants.
struct SettingInfo {
  const char* name;
  SettingType type;
  const char* default_value;
  double low;           // integer and number
  double high;          // integer and number
  const char* choices;  // choice: "cad, marked, all"
  const char* sentence;
};

/// All settings, in the order of the reference.
std::span<const SettingInfo> setting_table();

/// "integer", "secret", ...
const char* setting_type_name(SettingType type);

/// The range for people: "0 to 1000", "cad, marked, all", "true, false", or "".
std::string setting_range(const SettingInfo& info);

/// Checked settings. Durations carry their unit in the type.
struct Settings {
  std::string api_key;
  std::int64_t server_id = 1;
  bool follows_active_units = true;  // asks the CAD by itself which units are active
  std::string community_id;
  Endpoint endpoint;
  std::string ca_file;
  std::string ca_bundle;
  double moved_m = 2;
  double turned_deg = 15;
  std::chrono::seconds resend{60};
  std::chrono::seconds stale{300};
  std::chrono::seconds heartbeat{60};
  std::chrono::milliseconds dedupe{10000};
  double rate_share = 1;
  std::chrono::milliseconds resolve_timeout{5000};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds handshake_timeout{5000};
  std::chrono::milliseconds write_timeout{10000};
  std::chrono::milliseconds read_timeout{15000};
  std::size_t answer_limit_bytes = std::size_t{4096} * 1024;
  std::vector<std::string> upload_folders;  // absolute; empty: no file may be uploaded
  int log_level = 2;

  /// Name and value in force of every setting that is not secret, in the table's order.
  std::vector<std::pair<std::string, std::string>> values;
};

using SettingPair = std::pair<std::string_view, std::string_view>;

/// Checks `pairs` against the table. The message is about the first setting that is wrong; it names the setting, the
/// value (never a secret's) and what would be right.
Result<Settings> parse_settings(std::span<const SettingPair> pairs);

}  // namespace sonoran
