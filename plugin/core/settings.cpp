#include "core/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <locale>
#include <optional>
#include <sstream>

#include "core/redaction.h"
#include "core/text.h"

namespace sonoran {
namespace {

using Type = SettingType;

constexpr double kNone = 0;

// Defaults and ranges: decisions of this project unless a source is named. 2 m, 15 degrees and 60 s keep a map
// lively within the CAD's 12 position requests a minute.
constexpr std::array kTable = {
    SettingInfo{"sonoran_apiKey", Type::kSecret, "", kNone, kNone, "",
                "The community's API key, from Admin > Advanced > API in Sonoran CAD; required."},
    SettingInfo{"sonoran_serverId", Type::kInteger, "1", 0, 2147483647, "",
                "The number of this game server in Sonoran CAD."},
    SettingInfo{"sonoran_communityID", Type::kText, "", kNone, kNone, "",
                "The community's id in Sonoran CAD; with it the CAD's events come in at once, by a connection of their "
                "own. Everything else works without it."},
    SettingInfo{"sonoran_bridge_live", Type::kChoice, "auto", kNone, kNone, "auto, off",
                "Whether the CAD's events come in and positions go out over its live connection: as soon as "
                "sonoran_communityID is set, or never."},
    SettingInfo{"sonoran_bridge_url", Type::kText, "https://api.sonorancad.com", kNone, kNone, "",
                "The address of the CAD; http:// is accepted for loopback addresses only."},
    SettingInfo{"sonoran_bridge_ca_file", Type::kText, "", kNone, kNone, "",
                "A PEM file of certificate authorities to trust instead of the system's."},
    SettingInfo{
        "sonoran_bridge_ca_bundle", Type::kText, "", kNone, kNone, "",
        "A PEM file of authorities for machines that have none of their own; by default the resource's own file."},
    SettingInfo{
        "sonoran_bridge_tracking", Type::kChoice, "cad", kNone, kNone, "cad, marked, all",
        "Whose position is sent. cad: players whom the CAD lists as active units or a script marks as on duty; marked: "
        "marked players only; all: all players."},
    SettingInfo{"sonoran_bridge_identifier", Type::kChoice, "license", kNone, kNone,
                "license, license2, steam, discord, fivem, xbl, live, ip",
                "The kind of player identifier that is used as the community user id, unless a script or the resource "
                "sonorancad gives one."},
    SettingInfo{"sonoran_bridge_identifier_prefix", Type::kBoolean, "false", kNone, kNone, "",
                "Whether that identifier keeps its prefix (license:abc instead of abc)."},
    SettingInfo{"sonoran_bridge_position_interval_ms", Type::kInteger, "1000", 250, 60000, "",
                "How often the players' positions are read at most, unless the CAD's live connection takes them."},
    SettingInfo{"sonoran_bridge_moved_m", Type::kNumber, "2", 0, 1000, "",
                "How far a unit must have moved to be sent again, in metres."},
    SettingInfo{"sonoran_bridge_turned_deg", Type::kNumber, "15", 1, 180, "",
                "How far a unit must have turned to be sent again, in degrees."},
    SettingInfo{"sonoran_bridge_postals", Type::kText, "", kNone, kNone, "",
                "A JSON file of postals, whose nearest stands before the street on the map (docs/map.md): a path, or "
                "@resource/path for a file of another resource. Unset: no postal is shown."},
    SettingInfo{"sonoran_bridge_vehicles", Type::kText, "", kNone, kNone, "",
                "A JSON file of the models that vehicles have on the map (docs/map.md): a path, or @resource/path. "
                "Unset: the resource's own config/vehicles.json."},
    SettingInfo{
        "sonoran_bridge_resend_s", Type::kInteger, "60", 10, 3600, "",
        "After how many seconds a unit that stands still is sent again. Over the CAD's hub it then waits until no "
        "moving unit does, for ten times as long at most."},
    SettingInfo{"sonoran_bridge_stale_s", Type::kInteger, "300", 30, 86400, "",
                "After how many seconds without a new position a unit is no longer sent."},
    SettingInfo{"sonoran_bridge_heartbeat_s", Type::kInteger, "60", 10, 600, "",
                "Seconds between heartbeats, which report the number of players."},
    SettingInfo{"sonoran_bridge_dedupe_s", Type::kNumber, "10", 0, 600, "",
                "For how many seconds a repeat of an acknowledged panic or status is not sent."},
    SettingInfo{"sonoran_bridge_rate_share", Type::kNumber, "1", 0.05, 1, "",
                "This server's share of the key's rate limits, where several servers use one key."},
    SettingInfo{"sonoran_bridge_resolve_timeout_ms", Type::kInteger, "5000", 100, 60000, "",
                "How long looking up the CAD's address may take."},
    SettingInfo{
        "sonoran_bridge_connect_timeout_ms", Type::kInteger, "5000", 100, 60000, "",
        "How long connecting to one of the CAD's addresses may take; the next address starts beside it after 250 ms."},
    SettingInfo{"sonoran_bridge_handshake_timeout_ms", Type::kInteger, "5000", 100, 60000, "",
                "How long the TLS handshake with one of the CAD's addresses may take; the next address starts beside "
                "it after 500 ms or three round trips."},
    SettingInfo{"sonoran_bridge_write_timeout_ms", Type::kInteger, "10000", 100, 60000, "",
                "How long sending a request may take."},
    SettingInfo{"sonoran_bridge_read_timeout_ms", Type::kInteger, "15000", 100, 60000, "",
                "How long the CAD may take to answer."},
    SettingInfo{"sonoran_bridge_answer_limit_kib", Type::kInteger, "4096", 16, 65536, "",
                "The largest answer that is accepted, in KiB."},
    SettingInfo{
        "sonoran_bridge_upload_folders", Type::kText, "", kNone, kNone, "",
        "The folders from which uploadBodycamRecording may send files: absolute paths, separated by semicolons. Unset: "
        "the resource's own folder."},
    SettingInfo{
        "sonoran_bridge_allow", Type::kText, "", kNone, kNone, "",
        "Which resource may call what: 'police: panic, status, createDispatchCall; mdt: queries; *: queries'. "
        "A rule "
        "has operations by name, or the groups all, queries, commands, panic, status, positions, players, events; * is "
        "every resource. Unset: "
        "every resource may call everything that the key can do."},
    SettingInfo{"sonoran_bridge_logoff_on_leave", Type::kBoolean, "false", kNone, kNone, "",
                "Whether units of players who leave the game server are logged off the CAD."},
    SettingInfo{"sonoran_bridge_logoff_grace_s", Type::kInteger, "30", 5, 3600, "",
                "For how many seconds such a player may come back before that."},
    SettingInfo{"sonoran_bridge_host", Type::kChoice, "auto", kNone, kNone, "auto, node, mono",
                "Which script runtime opens the native module. auto: Node.js, or Mono when Node.js cannot; node or "
                "mono: that one "
                "alone. Read at start only."},
    SettingInfo{"sonoran_bridge_page_token", Type::kSecret, "", kNone, kNone, "",
                "Switches the status page on. Who gives this token sees the page and the metrics (docs/page.md): 16 to "
                "128 letters, digits and - . _ ~ + / =. Unset: there is no page."},
    SettingInfo{"sonoran_bridge_log_level", Type::kChoice, "info", kNone, kNone, "error, warn, info, debug",
                "What is printed to the console."},
};

const SettingInfo* find_setting(std::string_view name) {
  const auto* found = std::ranges::find_if(kTable, [&](const SettingInfo& info) { return name == info.name; });
  return found == kTable.end() ? nullptr : found;
}

std::string trim_number(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> to_double(std::string_view text) {
#if defined(__cpp_lib_to_chars)
  return to_number<double>(text);
#else
  // libc++ reads no floating point with from_chars yet. Digits, sign, point and exponent only, so that "inf", "nan" and
  // hexadecimal stay out; the classic locale, so that the host's own has no say in what a decimal point is.
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  double value = 0;
  if (!(stream >> value) || stream.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return value;
#endif
}

std::string range_sentence(const SettingInfo& info) {
  switch (info.type) {
    case Type::kInteger:
      return "it must be a whole number from " + setting_range(info);
    case Type::kNumber:
      return "it must be a number from " + setting_range(info);
    case Type::kBoolean:
      return "it must be true or false";
    case Type::kChoice:
      return std::string("it must be one of: ") + info.choices;
    default:
      return "it must be UTF-8 text without control characters";
  }
}

/// The folders of a list, or a message that is the first one that is no absolute path. Windows' own form (C:\\server)
/// counts everywhere.
Result<std::vector<std::string>> parse_folders(std::string_view list) {
  std::vector<std::string> folders;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(';'), list.size());
    std::string_view folder = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (folder.starts_with(' ')) folder.remove_prefix(1);
    while (folder.ends_with(' ')) folder.remove_suffix(1);
    if (folder.empty()) continue;
    const bool has_drive = folder.size() > 2 && folder[1] == ':' && (folder[2] == '/' || folder[2] == '\\');
    if (folder.front() != '/' && !folder.starts_with("\\\\") && !has_drive) return Message{std::string(folder)};
    folders.emplace_back(folder);
  }
  return folders;
}

bool is_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const auto comma = choices.find(", ");
    if (choices.substr(0, comma) == value) return true;
    if (comma == std::string_view::npos) break;
    choices.remove_prefix(comma + 2);
  }
  return false;
}

bool is_plain(std::string_view value) {
  return is_utf8(value) &&
         std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// The value in its one form ("1" becomes "true"), or nothing when it is wrong.
std::optional<std::string> normalise(const SettingInfo& info, std::string_view value) {
  switch (info.type) {
    case Type::kInteger: {
      const auto number = to_number<std::int64_t>(value);
      if (!number || static_cast<double>(*number) < info.low || static_cast<double>(*number) > info.high) return {};
      return std::to_string(*number);
    }
    case Type::kNumber: {
      const auto number = to_double(value);
      if (!number || !std::isfinite(*number) || *number < info.low || *number > info.high) return {};
      return trim_number(*number);
    }
    case Type::kBoolean:
      if (value == "true" || value == "1" || value == "yes" || value == "on") return "true";
      if (value == "false" || value == "0" || value == "no" || value == "off") return "false";
      return {};
    case Type::kChoice:
      if (!is_choice(info.choices, value)) return {};
      return std::string(value);
    default:
      if (!is_plain(value)) return {};
      return std::string(value);
  }
}

using Values = std::array<std::string, kTable.size()>;  // each in its one form

/// All that has a default of its own, from values that normalise() gave or the table has.
void fill(Settings& settings, const Values& values) {
  const auto text = [&](std::string_view name) -> const std::string& {
    return values[static_cast<std::size_t>(find_setting(name) - kTable.data())];
  };
  const auto number = [&](std::string_view name) { return to_double(text(name)).value(); };
  const auto integer = [&](std::string_view name) { return to_number<std::int64_t>(text(name)).value(); };
  const auto seconds = [&](std::string_view name) { return std::chrono::seconds(integer(name)); };
  const auto milliseconds = [&](std::string_view name) { return std::chrono::milliseconds(integer(name)); };
  static constexpr std::array<std::string_view, 4> kLevels = {"error", "warn", "info", "debug"};
  settings.server_id = integer("sonoran_serverId");
  settings.follows_active_units = text("sonoran_bridge_tracking") == "cad";
  settings.live = text("sonoran_bridge_live") == "auto";
  settings.position_interval = milliseconds("sonoran_bridge_position_interval_ms");
  settings.moved_m = number("sonoran_bridge_moved_m");
  settings.turned_deg = number("sonoran_bridge_turned_deg");
  settings.resend = seconds("sonoran_bridge_resend_s");
  settings.stale = seconds("sonoran_bridge_stale_s");
  settings.heartbeat = seconds("sonoran_bridge_heartbeat_s");
  settings.dedupe = std::chrono::milliseconds(std::llround(number("sonoran_bridge_dedupe_s") * 1000));
  settings.rate_share = number("sonoran_bridge_rate_share");
  settings.resolve_timeout = milliseconds("sonoran_bridge_resolve_timeout_ms");
  settings.connect_timeout = milliseconds("sonoran_bridge_connect_timeout_ms");
  settings.handshake_timeout = milliseconds("sonoran_bridge_handshake_timeout_ms");
  settings.write_timeout = milliseconds("sonoran_bridge_write_timeout_ms");
  settings.read_timeout = milliseconds("sonoran_bridge_read_timeout_ms");
  settings.answer_limit_bytes = static_cast<std::size_t>(integer("sonoran_bridge_answer_limit_kib")) * 1024;
  settings.log_level = static_cast<int>(std::ranges::find(kLevels, text("sonoran_bridge_log_level")) - kLevels.begin());
}

/// The key travels in a header: visible ASCII, nothing else.
bool is_header_token(std::string_view value) {
  return value.size() <= 512 && std::ranges::all_of(value, [](char c) { return c > 0x20 && c < 0x7F; });
}

constexpr std::string_view kPageToken = "sonoran_bridge_page_token";

/// A shorter key is a word or a number that values in force may have without meaning it.
constexpr std::size_t kLeastKeyBytes = 8;

}  // namespace

std::span<const SettingInfo> setting_table() {
  return kTable;
}

const char* setting_type_name(SettingType type) {
  static constexpr std::array<const char*, 6> kNames = {"text", "secret", "integer", "number", "boolean", "choice"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string setting_range(const SettingInfo& info) {
  switch (info.type) {
    case Type::kInteger:
      return std::to_string(static_cast<std::int64_t>(info.low)) + " to " +
             std::to_string(static_cast<std::int64_t>(info.high));
    case Type::kNumber:
      return trim_number(info.low) + " to " + trim_number(info.high);
    case Type::kBoolean:
      return "true, false";
    default:
      return info.choices;
  }
}

Settings::Settings() {
  Values defaults;
  for (std::size_t i = 0; i < kTable.size(); ++i) defaults[i] = kTable[i].default_value;
  fill(*this, defaults);
}

Result<Settings> parse_settings(std::span<const SettingPair> pairs) {
  // A secret may stand in another setting by mistake, or in a name; and more than one key may be given.
  std::vector<std::string_view> keys;
  for (const auto& [name, value] : pairs) {
    const SettingInfo* info = find_setting(name);
    if (info != nullptr && info->type == Type::kSecret) keys.push_back(value);
  }
  const auto without_keys = [&keys](std::string_view text, std::size_t least) {
    std::string copy(text);
    for (const std::string_view key : keys) {
      if (key.size() >= least) redact(copy, key);
    }
    return copy;
  };
  const auto shown_of = [&](std::string_view text) { return printable(without_keys(text, 1)); };

  Values values;
  for (const auto& [key, value] : pairs) {
    const SettingInfo* info = find_setting(key);
    if (info == nullptr) {
      return Message{"There is no setting '" + shown_of(key) + "'; config/convars.md lists all settings."};
    }
    if (value.empty()) continue;
    // The page is not the module's: who serves it checks its token, and a wrong one keeps no panic from leaving.
    if (key == kPageToken) continue;
    auto normal = normalise(*info, value);
    if (info->type == Type::kSecret && (!normal || !is_header_token(value))) {
      return Message{std::string(info->name) +
                     " has characters that an API key cannot have (its value is not shown); copy it again from "
                     "Sonoran CAD."};
    }
    if (!normal) {
      return Message{std::string(info->name) + " is '" + shown_of(value) + "', but " + range_sentence(*info) + "."};
    }
    values[static_cast<std::size_t>(info - kTable.data())] = std::move(*normal);
  }

  Settings settings;
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (values[i].empty()) values[i] = kTable[i].default_value;
    if (kTable[i].type == Type::kSecret) continue;
    settings.values.emplace_back(kTable[i].name, without_keys(values[i], kLeastKeyBytes));
  }
  const auto text = [&](std::string_view name) -> const std::string& {
    return values[static_cast<std::size_t>(find_setting(name) - kTable.data())];
  };

  settings.api_key = text("sonoran_apiKey");
  if (settings.api_key.empty()) {
    return Message{
        "sonoran_apiKey is not set; put  set sonoran_apiKey \"<key from Sonoran CAD>\"  into server.cfg before the "
        "ensure line."};
  }
  auto endpoint = parse_endpoint(text("sonoran_bridge_url"));
  if (!endpoint) {
    // A URL with credentials in it is not repeated.
    const std::string& url = text("sonoran_bridge_url");
    const std::string shown = url.find('@') == std::string::npos ? " is '" + shown_of(url) + "', but " : " is wrong: ";
    return Message{"sonoran_bridge_url" + shown + endpoint.error().text + "."};
  }
  settings.endpoint = *std::move(endpoint);
  settings.community_id = text("sonoran_communityID");
  settings.ca_file = text("sonoran_bridge_ca_file");
  settings.ca_bundle = text("sonoran_bridge_ca_bundle");
  settings.postals = text("sonoran_bridge_postals");
  settings.vehicles = text("sonoran_bridge_vehicles");
  fill(settings, values);
  auto folders = parse_folders(text("sonoran_bridge_upload_folders"));
  if (!folders) {
    return Message{"sonoran_bridge_upload_folders has '" + shown_of(folders.error().text) +
                   "', but each folder must be an absolute path; several are separated by semicolons."};
  }
  settings.upload_folders = *std::move(folders);
  return settings;
}

}  // namespace sonoran
