// The settings of the module: one table of name, type, default, range and description. The convars, their reference in
// config/convars.md and every message about a wrong value come from it.
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
  double low;            // integer and number
  double high;           // integer and number
  const char* choices;   // choice: "cad, marked, all"
  const char* sentence;  // its description
};

/// All settings, in the order of the reference.
std::span<const SettingInfo> setting_table();

/// "integer", "secret", ...
const char* setting_type_name(SettingType type);

/// The range for people: "0 to 1000", "cad, marked, all", "true, false", or "".
std::string setting_range(const SettingInfo& info);

/// Checked settings. Durations carry their unit in the type.
struct Settings {
  /// The table's defaults, without a key and an address.
  Settings();

  std::string api_key;
  std::int64_t server_id{};
  bool follows_active_units{};  // the module asks the CAD which units are active
  std::string community_id;
  bool live{};  // the CAD's hub is connected to, where there is a community id
  Endpoint endpoint;
  std::string ca_file;
  std::string ca_bundle;
  std::string postals;                            // path of the list of postals; "": none
  std::string vehicles;                           // path of the table of models; "": none
  std::chrono::milliseconds position_interval{};  // of reading all places
  double moved_m{};
  double turned_deg{};
  std::chrono::seconds resend{};
  std::chrono::seconds stale{};
  std::chrono::seconds heartbeat{};
  std::chrono::milliseconds dedupe{};
  double rate_share{};
  std::chrono::milliseconds resolve_timeout{};
  std::chrono::milliseconds connect_timeout{};
  std::chrono::milliseconds handshake_timeout{};
  std::chrono::milliseconds write_timeout{};
  std::chrono::milliseconds read_timeout{};
  std::size_t answer_limit_bytes{};
  std::vector<std::string> upload_folders;  // absolute; empty: no file may be uploaded
  int log_level{};

  /// Name and present value of every setting that is not secret, in the table's order.
  std::vector<std::pair<std::string, std::string>> values;
};

using SettingPair = std::pair<std::string_view, std::string_view>;

/// Checks `pairs` against the table. The message is about the first setting that is wrong; it names the setting, the
/// value (never a secret's) and what would be right.
Result<Settings> parse_settings(std::span<const SettingPair> pairs);

}  // namespace sonoran
