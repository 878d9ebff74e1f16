// The C ABI over the module: checks what comes in, copies what goes out, lets no exception through.
#include "sonoran_bridge.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "api/call.h"
#include "api/push_event.h"
#include "core/limits.h"
#include "core/result.h"
#include "core/same_secret.h"
#include "core/settings.h"
#include "core/text.h"
#include "core/vehicle_kind.h"
#include "runtime/module.h"
#include "runtime/trusted.h"
#include "sb_text.h"

namespace limits = sonoran::limits;
using sonoran::as_sb_text;
using sonoran::Check;
using sonoran::Message;
using sonoran::printable;
using sonoran::VehicleKind;
using sonoran::view;
using sonoran::runtime::Event;
using sonoran::runtime::Module;
using sonoran::runtime::PushedEvent;
using sonoran::runtime::StateChange;
using sonoran::runtime::Trusted;
using sonoran::schedule::Answer;
using sonoran::state::DesiredKind;

static_assert(SB_UNIT_ID_SIZE == limits::kUnitIdBytes && SB_LOCATION_SIZE == limits::kLocationBytes &&
              SB_PEER_ID_SIZE == limits::kPeerIdBytes && SB_VEHICLE_MODEL_SIZE == limits::kVehicleModelBytes &&
              SB_UNITS_MAX == limits::kUnits && SB_ARGUMENTS_SIZE == limits::kArgumentsBytes &&
              SB_ARGUMENTS_DEPTH == limits::kArgumentsDepth && SB_COORDINATE_MAX_M == limits::kCoordinate_m);
static_assert(SB_SLOTS == limits::kSlots && SB_SAME_HEADING == sonoran::runtime::kSameHeading);
static_assert(SB_STATUS_MAX == limits::kStatus && SB_PLAYERS_MAX == limits::kPlayers &&
              SB_PUSH_SIZE == limits::kPushTextBytes);
static_assert(SB_DEADLINE_MIN_MS == limits::kDeadlineLeast_ms && SB_DEADLINE_MAX_MS == limits::kDeadlineMost_ms &&
              SB_DEADLINE_DEFAULT_MS == limits::kDeadline_ms);
static_assert(SB_ERROR_ANSWER_DROPPED + 1 == sonoran::kErrorKinds);

struct sb_bridge {
  std::unique_ptr<Module> module;
  std::string error;                   // of the last call that failed
  const char* static_error = nullptr;  // used instead of `error` when there was no memory for it
  std::vector<Event> polled;           // what the texts of the last poll point into
  std::shared_ptr<const std::string> report;
  std::shared_ptr<const sonoran::runtime::UnitsReport> units;
  sonoran::api::CallWorkspace workspace;
  bool stopped = false;  // by sb_stop: it takes nothing more, but its last events can still be polled
};

namespace {

constexpr const char* kOutOfMemory = "The process has no memory left for this; it was not done.";
constexpr const char* kInternal = "A defect in sonoran_bridge, which there is no memory to describe.";

void copy_message(std::string_view message, char* into, std::size_t size) {
  if (into == nullptr || size == 0) return;
  const std::size_t count = std::min(message.size(), size - 1);
  std::memcpy(into, message.data(), count);
  into[count] = '\0';
}

sb_code fail(sb_bridge* bridge, sb_code code, std::string message) {
  bridge->error = std::move(message);
  bridge->static_error = nullptr;
  return code;
}

/// For code that may not allocate: `message` is a constant.
sb_code fail_static(sb_bridge* bridge, sb_code code, const char* message) {
  bridge->static_error = message;
  return code;
}

/// Runs `body` and turns every exception into a code. noexcept: if even that fails, the process ends here.
template <class Body>
sb_code guarded(sb_bridge* bridge, Body&& body) noexcept {
  if (bridge == nullptr) return SB_INVALID_ARGUMENT;
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return fail_static(bridge, SB_OUT_OF_MEMORY, kOutOfMemory);
  } catch (const std::exception& error) {
    try {
      return fail(bridge, SB_INTERNAL, std::string("A defect in sonoran_bridge: ") + error.what());
    } catch (const std::bad_alloc&) {
      return fail_static(bridge, SB_INTERNAL, kInternal);
    }
  }
}

/// The same for functions that give the bridge something to do: a stopped bridge refuses them.
template <class Body>
sb_code taking(sb_bridge* bridge, Body&& body) noexcept {
  return guarded(bridge, [&] {
    if (bridge->stopped) return fail(bridge, SB_SHUTTING_DOWN, "The bridge was stopped; it takes nothing any more.");
    return body();
  });
}

/// `what` begins the message: "unit id".
Check check_text(const char* what, const sb_text& value, std::size_t most, bool may_be_empty) {
  const std::string the = std::string("The ") + what;
  if (value.data == nullptr && value.size != 0) {
    return Message{the + " is NULL with a size of " + std::to_string(value.size) + "."};
  }
  if (value.size > most) {
    return Message{the + " has " + std::to_string(value.size) + " bytes; at most " + std::to_string(most) +
                   " are taken."};
  }
  if (value.size == 0 && !may_be_empty) return Message{the + " is empty."};
  if (!sonoran::is_utf8(view(value))) return Message{the + " is not valid UTF-8."};
  return {};
}

Check check_unit(const sb_text& unit) {
  return check_text("unit id", unit, SB_UNIT_ID_SIZE, false);
}

/// Fields of an sb_position that its first version lacks.
constexpr std::size_t kPositionLeast = offsetof(sb_position, kind);

sb_text kind_of(const sb_position& position) {
  return position.struct_size < sizeof position ? sb_text{nullptr, 0} : position.kind;
}
int siren_of(const sb_position& position) {
  return position.struct_size < sizeof position ? 0 : position.siren;
}

/// The siren as the caller gives it; nothing: unchanged.
std::optional<bool> siren(int value) {
  if (value == 0) return std::nullopt;
  return value > 0;
}

/// kUnknown when no kind is given.
VehicleKind kind(const sb_text& name) {
  if (name.size == 0) return VehicleKind::kUnknown;  // most positions name none: the list is not searched for them
  return sonoran::find_vehicle_kind(view(name)).value_or(VehicleKind::kUnknown);
}

bool is_good_kind(const sb_text& name) {
  return name.size == 0 || (name.data != nullptr && sonoran::find_vehicle_kind(view(name)));
}

Check check_kind(const sb_text& name) {
  if (is_good_kind(name)) return {};
  const std::string shown = name.data == nullptr ? "NULL" : sonoran::in_quotes(view(name));
  return Message{"The kind of a vehicle is " + shown + "; there are " + sonoran::all_vehicle_kinds() + "."};
}

bool is_good(const sb_position& position) {
  const auto in_range = [](double value) { return std::abs(value) <= limits::kCoordinate_m; };  // false for NaN
  return in_range(position.x) && in_range(position.y) && in_range(position.z) && std::isfinite(position.heading) &&
         position.unit.size != 0 && position.unit.size <= SB_UNIT_ID_SIZE && position.unit.data != nullptr &&
         sonoran::is_utf8(view(position.unit)) && position.location.size <= SB_LOCATION_SIZE &&
         position.peer.size <= SB_PEER_ID_SIZE && position.vehicle.size <= SB_VEHICLE_MODEL_SIZE &&
         sonoran::is_utf8(view(position.location)) && sonoran::is_utf8(view(position.peer)) &&
         sonoran::is_utf8(view(position.vehicle)) && is_good_kind(kind_of(position));
}

/// Checks the texts of an sb_position or sb_unit_texts.
template <class Texts>
Check check_texts(const Texts& texts) {
  if (Check checked = check_text("location", texts.location, SB_LOCATION_SIZE, true); !checked) return checked;
  if (Check checked = check_text("peer id", texts.peer, SB_PEER_ID_SIZE, true); !checked) return checked;
  return check_text("vehicle model", texts.vehicle, SB_VEHICLE_MODEL_SIZE, true);
}

/// The message about a position that is not good.
Check check_position(const sb_position& position) {
  if (Check checked = check_unit(position.unit); !checked) return checked;
  const std::string of = " of unit '" + printable(view(position.unit)) + "'";
  const std::array<std::pair<const char*, double>, 4> numbers = {
      {{"x", position.x}, {"y", position.y}, {"z", position.z}, {"heading", position.heading}}};
  for (const auto& [name, value] : numbers) {
    if (!std::isfinite(value)) return Message{std::string("The ") + name + of + " is not a finite number."};
  }
  for (const auto& [name, value] : numbers) {
    if (std::string_view(name) != "heading" && std::abs(value) > limits::kCoordinate_m) {
      return Message{std::string("The ") + name + of + " is beyond +-" + std::to_string(SB_COORDINATE_MAX_M) + " m."};
    }
  }
  if (Check checked = check_texts(position); !checked) return checked;
  return check_kind(kind_of(position));
}

Check check_slot(std::uint32_t slot) {
  if (slot < SB_SLOTS) return {};
  return Message{"The slot is " + std::to_string(slot) + "; slots are 0 to " + std::to_string(SB_SLOTS - 1) + "."};
}

/// A row of sb_push_rows: its numbers.
using Numbers = std::span<const std::int32_t, SB_ROW>;

constexpr std::int32_t kCoordinate_dm = SB_COORDINATE_MAX_M * 10;

/// A negative slot becomes one that is too large.
std::uint32_t slot_of(Numbers row) {
  return static_cast<std::uint32_t>(row[0]);
}

bool is_good(const Module& module, Numbers row) {
  const auto in_range = [](std::int32_t value) { return value >= -kCoordinate_dm && value <= kCoordinate_dm; };
  return module.is_bound(slot_of(row)) && in_range(row[1]) && in_range(row[2]) && in_range(row[3]);
}

std::string stands_for_nobody(std::uint32_t slot) {
  return "Slot " + std::to_string(slot) + " stands for no unit; sb_bind_slot says for which.";
}

/// The message about a row that is not good.
std::string what_is_wrong(const Module& module, Numbers row) {
  const std::uint32_t slot = slot_of(row);
  if (const Check checked = check_slot(slot); !checked) return checked.error().text;
  if (!module.is_bound(slot)) return stands_for_nobody(slot);
  return "A coordinate of slot " + std::to_string(slot) + " is beyond +-" + std::to_string(kCoordinate_dm) +
         " decimetres.";
}

sonoran::runtime::Row to_row(Numbers numbers) {
  sonoran::runtime::Row row;
  row.slot = slot_of(numbers);
  row.x = numbers[1];
  row.y = numbers[2];
  row.z = numbers[3];
  row.heading = numbers[4] == SB_SAME_HEADING ? SB_SAME_HEADING : (numbers[4] % 360 + 360) % 360;
  return row;
}

double normal_heading(double degrees) {
  if (degrees >= 0 && degrees < 360) return degrees;
  const double turned = std::fmod(degrees, 360.0);
  return turned < 0 ? turned + 360.0 : turned;
}

std::optional<std::string_view> given(const sb_text& text) {
  if (text.data == nullptr) return std::nullopt;
  return view(text);
}

/// Elements of an array that were not good.
struct Refused {
  size_t count = 0;
  size_t first = 0;
};

/// Calls `put(begin, count)` for each run of good elements, so that a bad one does not affect the others.
template <class IsGood, class PutRun>
Refused in_runs(size_t count, IsGood&& is_good, PutRun&& put) {
  Refused refused;
  for (size_t begin = 0; begin < count;) {
    size_t end = begin;
    while (end < count && is_good(end)) ++end;
    if (end != begin) put(begin, end - begin);
    if (end < count && refused.count++ == 0) refused.first = end;
    begin = end + 1;
  }
  return refused;
}

sb_code too_many_owed(sb_bridge* bridge) {
  return fail(bridge, SB_QUEUE_FULL,
              std::to_string(bridge->module->owed()) +
                  " answers have not come, or were not fetched by the game server; this call was not taken.");
}

sb_code too_many_slots(sb_bridge* bridge) {
  return fail(
      bridge, SB_QUEUE_FULL,
      std::to_string(limits::kSlotNews) + " bindings and texts of slots wait to be picked up; this one was not taken.");
}

sb_code want(sb_bridge* bridge, DesiredKind kind, sb_text unit, int value, std::uint64_t* ticket) {
  if (const Check checked = check_unit(unit); !checked) return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
  const auto taken = bridge->module->want(kind, view(unit), value);
  if (taken == 0) {
    if (bridge->module->owed() >= limits::kOwedAnswers) return too_many_owed(bridge);
    return fail(bridge, SB_QUEUE_FULL,
                std::to_string(limits::kMailboxCalls) + " calls wait to be picked up; this one was not taken.");
  }
  if (ticket != nullptr) *ticket = taken;
  return SB_OK;
}

/// Fields that a structure had from its first version on.
constexpr std::size_t kEventLeast = offsetof(sb_event, retry_after_ms);
constexpr std::size_t kUnsentLeast = offsetof(sb_unsent, calls);

std::uint32_t milliseconds(sonoran::Duration duration) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 0, UINT32_MAX - 1));
}

sb_event to_event(const Event& from) {
  sb_event event{};
  if (const auto* answer = std::get_if<Answer>(&from)) {
    event.type = SB_EVENT_RESPONSE;
    event.ticket = answer->ticket;
    event.http_status = answer->status;
    event.error = static_cast<sb_error>(answer->error.kind);
    event.deduplicated = answer->deduplicated ? 1 : 0;
    event.body = as_sb_text(answer->body);
    event.body_is_json = answer->body_is_json ? 1 : 0;
    event.title = as_sb_text(answer->error.title);
    event.detail = as_sb_text(answer->error.detail);
    event.trace_id = as_sb_text(answer->error.trace_id);
    if (answer->retry_after) event.retry_after_ms = milliseconds(*answer->retry_after);
  } else if (const auto* line = std::get_if<sonoran::LogLine>(&from)) {
    event.type = SB_EVENT_LOG;
    event.level = static_cast<sb_log_level>(line->level);
    event.body = as_sb_text(line->text);
  } else if (const auto* pushed = std::get_if<PushedEvent>(&from)) {
    event.type = SB_EVENT_PUSH;
    event.title = as_sb_text(pushed->type);
    event.body = as_sb_text(pushed->data);
    event.body_is_json = pushed->data_is_json ? 1 : 0;
    event.from_bridge = pushed->from_bridge ? 1 : 0;
  } else if (const auto* change = std::get_if<StateChange>(&from)) {
    event.type = SB_EVENT_STATE;
    event.title = as_sb_text(change->state);
    event.body = as_sb_text(change->reason);
    event.detail = as_sb_text(change->hub);
  } else {
    event.type = SB_EVENT_ACTIVE_UNITS;
    event.body = as_sb_text(std::get<sonoran::runtime::ActiveUnits>(from).news);
    event.body_is_json = 1;
  }
  return event;
}

/// Writes the part of `value` for which the caller's structure has room; its struct_size stays.
template <class T>
void give(T* to, T value) {
  value.struct_size = to->struct_size;
  std::memcpy(static_cast<void*>(to), &value, std::min(value.struct_size, sizeof(T)));
}

/// Element `index` of a caller's array. The first element's struct_size is the size of each.
template <class T>
T* element(T* array, std::size_t index) {
  using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
  return reinterpret_cast<T*>(reinterpret_cast<Byte*>(array) + index * array->struct_size);
}

sonoran::Result<sonoran::Settings> read_settings(const sb_setting* settings, size_t count) {
  std::vector<sonoran::SettingPair> pairs;
  pairs.reserve(count);
  for (size_t i = 0; i < count; ++i) pairs.emplace_back(view(settings[i].key), view(settings[i].value));
  return sonoran::parse_settings(pairs);
}

Check check_timeout(std::uint32_t timeout_ms) {
  if (timeout_ms <= SB_TIMEOUT_MAX_MS) return {};
  return Message{"timeout_ms is " + std::to_string(timeout_ms) + "; 0 to " + std::to_string(SB_TIMEOUT_MAX_MS) +
                 " is taken."};
}

/// See sb_stop; a second call gives the same numbers.
void stop(sb_bridge* bridge, std::uint32_t timeout_ms, sb_unsent* unsent) {
  bridge->stopped = true;
  const auto left = bridge->module->stop(std::chrono::milliseconds(timeout_ms));
  if (unsent == nullptr || unsent->struct_size < kUnsentLeast) return;
  give(unsent, {.struct_size = 0,
                .panics = left.panics,
                .statuses = left.statuses,
                .positions = left.positions,
                .calls = left.calls});
}

/// Runs `body` when there is no bridge yet that could keep a message.
template <class Body>
sb_code guarded_message(char* message, size_t message_size, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    copy_message(kOutOfMemory, message, message_size);
    return SB_OUT_OF_MEMORY;
  } catch (const std::exception& error) {
    // Copied piece by piece, because nothing may be allocated here.
    constexpr std::string_view kBegin = "sonoran_bridge cannot start: ";
    copy_message(kBegin, message, message_size);
    if (message != nullptr && message_size > kBegin.size()) {
      copy_message(error.what(), message + kBegin.size(), message_size - kBegin.size());
    }
    return SB_INTERNAL;
  }
}

/// Reads settings for `function` and checks them with `check`; `refused` is the code if that has a message.
template <class F>
sb_code check_settings(const char* function, const sb_setting* settings, size_t count, char* message,
                       size_t message_size, sb_code refused, F&& check) noexcept {
  return guarded_message(message, message_size, [&] {
    if (settings == nullptr && count != 0) {
      copy_message(std::string(function) + " needs settings when count is not 0.", message, message_size);
      return SB_INVALID_ARGUMENT;
    }
    const auto parsed = read_settings(settings, count);
    const Check checked = parsed ? check(*parsed) : parsed.error();
    if (checked) return SB_OK;
    copy_message(checked.error().text, message, message_size);
    return parsed ? refused : SB_INVALID_SETTING;
  });
}

}  // namespace

extern "C" {

int sb_abi_version(void) {
  return SB_ABI_VERSION;
}

const char* sb_version(void) {
  return SONORAN_VERSION;
}

const char* sb_error_name(int error) {
  if (error < 0 || error >= sonoran::kErrorKinds) return "unknown";
  return sonoran::error_name(static_cast<sonoran::ErrorKind>(error)).data();  // constants end with NUL
}

const char* sb_code_name(int code) {
  static constexpr std::array kNames = {
      "ok",        "invalid_argument", "invalid_setting", "queue_full", "shutting_down",
      "timed_out", "out_of_memory",    "internal",        "not_trusted"};
  static_assert(kNames.size() == SB_NOT_TRUSTED + 1);
  return code < 0 || code > SB_NOT_TRUSTED ? "unknown" : kNames[static_cast<std::size_t>(code)];
}

int sb_setting_at(size_t index, sb_setting_info* info) {
  const auto table = sonoran::setting_table();
  if (index >= table.size() || info == nullptr || info->struct_size < sizeof(sb_setting_info)) return 0;
  // The ranges are made once; the function-local static is initialised under the language's own lock.
  static const std::vector<std::string> kRanges = [&] {
    std::vector<std::string> ranges;
    for (const auto& row : table) ranges.push_back(sonoran::setting_range(row));
    return ranges;
  }();
  const auto& row = table[index];
  info->name = row.name;
  info->type = sonoran::setting_type_name(row.type);
  info->default_value = row.default_value;
  info->range = kRanges[index].c_str();
  info->sentence = row.sentence;
  return 1;
}

sb_code sb_create(const sb_setting* settings, size_t count, sb_bridge** bridge, char* message, size_t message_size) {
  return sb_replace(nullptr, 0, settings, count, bridge, message, message_size, nullptr);
}

sb_code sb_replace(sb_bridge* running, uint32_t timeout_ms, const sb_setting* settings, size_t count,
                   sb_bridge** bridge, char* message, size_t message_size, sb_unsent* unsent) {
  if (bridge == nullptr || (settings == nullptr && count != 0)) {
    copy_message("sb_create and sb_replace need a place for the bridge, and settings when count is not 0.", message,
                 message_size);
    return SB_INVALID_ARGUMENT;
  }
  *bridge = nullptr;
  return guarded_message(message, message_size, [&] {
    if (const Check checked = check_timeout(timeout_ms); !checked) {
      copy_message(checked.error().text, message, message_size);
      return SB_INVALID_ARGUMENT;
    }
    auto parsed = read_settings(settings, count);
    if (!parsed) {
      copy_message(parsed.error().text, message, message_size);
      return SB_INVALID_SETTING;
    }
    auto opened = Module::open(*std::move(parsed));
    if (!opened) {
      copy_message(opened.error().text, message, message_size);
      return SB_INVALID_SETTING;
    }
    auto made = std::make_unique<sb_bridge>();
    made->module = *std::move(opened);
    if (running != nullptr) {
      if (const Check prepared = made->module->wait_until_prepared(); !prepared) {
        copy_message(prepared.error().text, message, message_size);
        return SB_INVALID_SETTING;
      }
    }
    // Everything is open, so nothing fails from here on. The new bridge learns what the running one spends until its
    // end.
    if (running != nullptr) {
      stop(running, timeout_ms, unsent);
      made->module->inherit(*running->module);
    }
    made->module->begin();
    *bridge = made.release();
    return SB_OK;
  });
}

sb_code sb_check_settings(const sb_setting* settings, size_t count, char* message, size_t message_size) {
  return check_settings("sb_check_settings", settings, count, message, message_size, SB_INVALID_SETTING, Module::check);
}

sb_code sb_admit(const sb_setting* settings, size_t count, char* message, size_t message_size) {
  return check_settings("sb_admit", settings, count, message, message_size, SB_NOT_TRUSTED,
                        [](const sonoran::Settings& parsed) { return Trusted::process().admit(parsed); });
}

sb_code sb_trust(sb_text what, char* message, size_t message_size) {
  return guarded_message(message, message_size, [&] {
    const Check trusted = Trusted::process().trust(view(what));
    if (trusted) return SB_OK;
    copy_message(trusted.error().text, message, message_size);
    return SB_NOT_TRUSTED;
  });
}

const char* sb_setting_value(const sb_bridge* bridge, sb_text name) {
  if (bridge == nullptr) return nullptr;
  for (const auto& [key, value] : bridge->module->settings().values) {
    if (key == view(name)) return value.c_str();
  }
  return nullptr;
}

sb_code sb_stop(sb_bridge* bridge, uint32_t timeout_ms, sb_unsent* unsent) {
  return guarded(bridge, [&] {
    if (const Check checked = check_timeout(timeout_ms); !checked) {
      return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    stop(bridge, timeout_ms, unsent);
    return SB_OK;
  });
}

sb_code sb_destroy(sb_bridge* bridge, uint32_t timeout_ms, sb_unsent* unsent) {
  if (bridge == nullptr) return SB_OK;
  const sb_code code = sb_stop(bridge, timeout_ms, unsent);
  if (code == SB_OK) delete bridge;  // NOLINT(cppcoreguidelines-owning-memory): the host's pointer ends here
  return code;
}

sb_code sb_flush(sb_bridge* bridge, uint32_t timeout_ms) {
  return taking(bridge, [&] {
    if (const Check checked = check_timeout(timeout_ms); !checked) {
      return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    if (bridge->module->flush(std::chrono::milliseconds(timeout_ms))) return SB_OK;
    return fail(bridge, SB_TIMED_OUT, "Something was still unsent after " + std::to_string(timeout_ms) + " ms.");
  });
}

const char* sb_last_error(const sb_bridge* bridge) {
  if (bridge == nullptr) return "The bridge is NULL; sb_create gives one.";
  return bridge->static_error != nullptr ? bridge->static_error : bridge->error.c_str();
}

sb_code sb_push_positions(sb_bridge* bridge, const sb_position* positions, size_t count, size_t* accepted) {
  if (accepted != nullptr) *accepted = 0;
  return taking(bridge, [&] {
    if (positions == nullptr && count != 0) {
      return fail(bridge, SB_INVALID_ARGUMENT, "positions is NULL with a count of " + std::to_string(count) + ".");
    }
    if (count != 0 && positions->struct_size < kPositionLeast) {
      return fail(bridge, SB_INVALID_ARGUMENT,
                  "The positions' struct_size is " + std::to_string(positions->struct_size) +
                      "; it must be sizeof(sb_position), " + std::to_string(sizeof(sb_position)) + ".");
    }
    size_t full = 0;
    const auto good = [&](size_t i) { return is_good(*element(positions, i)); };
    const Refused refused = in_runs(count, good, [&](size_t begin, size_t run) {
      full += bridge->module->push_positions(run, [&](size_t i) {
        const sb_position& position = *element(positions, begin + i);
        sonoran::state::PositionSample sample;
        sample.unit = view(position.unit);
        sample.x = position.x;
        sample.y = position.y;
        sample.z = position.z;
        sample.heading = normal_heading(position.heading);
        sample.location = given(position.location);
        sample.peer = given(position.peer);
        sample.vehicle = given(position.vehicle);
        sample.vehicle_kind = kind(kind_of(position));
        sample.siren = siren(siren_of(position));
        return sample;
      });
    });
    bridge->module->count_refused_positions(refused.count);
    if (accepted != nullptr) *accepted = count - refused.count - full;
    if (refused.count != 0) {
      return fail(bridge, SB_INVALID_ARGUMENT, check_position(*element(positions, refused.first)).error().text);
    }
    if (full != 0) {
      return fail(bridge, SB_QUEUE_FULL,
                  "Positions of more than " + std::to_string(SB_UNITS_MAX) + " units wait; " + std::to_string(full) +
                      " were not taken.");
    }
    return SB_OK;
  });
}

sb_code sb_bind_slot(sb_bridge* bridge, uint32_t slot, sb_text unit) {
  return taking(bridge, [&] {
    const Check checked = check_slot(slot) ? check_unit(unit) : check_slot(slot);
    if (!checked) return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    return bridge->module->bind_slot(slot, view(unit)) ? SB_OK : too_many_slots(bridge);
  });
}

sb_code sb_unbind_slot(sb_bridge* bridge, uint32_t slot) {
  return taking(bridge, [&] {
    if (const Check checked = check_slot(slot); !checked) {
      return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    if (!bridge->module->is_bound(slot)) return SB_OK;
    return bridge->module->bind_slot(slot, {}) ? SB_OK : too_many_slots(bridge);
  });
}

sb_code sb_describe_slot(sb_bridge* bridge, uint32_t slot, const sb_unit_texts* texts) {
  return taking(bridge, [&] {
    if (texts == nullptr || texts->struct_size < sizeof(sb_unit_texts)) {
      return fail(bridge, SB_INVALID_ARGUMENT, "The texts must be given, with struct_size as sizeof(sb_unit_texts).");
    }
    for (const Check& checked : {check_slot(slot), check_texts(*texts), check_kind(texts->kind)}) {
      if (!checked) return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    if (!bridge->module->is_bound(slot)) {
      return fail(bridge, SB_INVALID_ARGUMENT, stands_for_nobody(slot));
    }
    const sonoran::runtime::UnitTexts taken{.location = given(texts->location),
                                            .peer = given(texts->peer),
                                            .vehicle = given(texts->vehicle),
                                            .vehicle_kind = kind(texts->kind),
                                            .siren = siren(texts->siren)};
    return bridge->module->describe_slot(slot, taken) ? SB_OK : too_many_slots(bridge);
  });
}

sb_code sb_push_rows(sb_bridge* bridge, const int32_t* rows, size_t count, size_t* accepted) {
  if (accepted != nullptr) *accepted = 0;
  return taking(bridge, [&] {
    if (rows == nullptr && count != 0) {
      return fail(bridge, SB_INVALID_ARGUMENT, "rows is NULL with a count of " + std::to_string(count) + ".");
    }
    Module& module = *bridge->module;
    size_t full = 0;
    const auto row = [&](size_t i) { return Numbers(rows + i * SB_ROW, SB_ROW); };
    const Refused refused = in_runs(
        count, [&](size_t i) { return is_good(module, row(i)); },
        [&](size_t begin, size_t run) {
          full += module.push_rows(run, [&](size_t i) { return to_row(row(begin + i)); });
        });
    module.count_refused_positions(refused.count);
    module.answer_readings();
    if (accepted != nullptr) *accepted = count - refused.count - full;
    if (refused.count != 0) {
      return fail(bridge, SB_INVALID_ARGUMENT, what_is_wrong(module, row(refused.first)));
    }
    if (full != 0) {
      return fail(
          bridge, SB_QUEUE_FULL,
          "Places of " + std::to_string(SB_UNITS_MAX) + " slots wait; " + std::to_string(full) + " were not taken.");
    }
    return SB_OK;
  });
}

sb_code sb_set_location(sb_bridge* bridge, sb_text unit, sb_text text) {
  return taking(bridge, [&] {
    if (const Check checked = check_unit(unit); !checked) {
      return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    if (const Check checked = check_text("location", text, SB_LOCATION_SIZE, true); !checked) {
      return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    if (bridge->module->set_location(view(unit), view(text))) return SB_OK;
    return fail(bridge, SB_QUEUE_FULL,
                std::to_string(limits::kUnits) + " texts of places wait to be picked up; this one was not taken.");
  });
}

size_t sb_take_readings(sb_bridge* bridge, int32_t* slots, size_t capacity) {
  if (bridge == nullptr || bridge->stopped || slots == nullptr) return 0;
  return bridge->module->take_readings({slots, capacity});
}

sb_code sb_set_panic(sb_bridge* bridge, sb_text unit, int on, uint64_t* ticket) {
  return taking(bridge, [&] { return want(bridge, DesiredKind::kPanic, unit, on != 0 ? 1 : 0, ticket); });
}

sb_code sb_set_status(sb_bridge* bridge, sb_text unit, int32_t status, uint64_t* ticket) {
  return taking(bridge, [&] {
    if (status < 0 || status > limits::kStatus) {
      return fail(bridge, SB_INVALID_ARGUMENT,
                  "The status is " + std::to_string(status) + "; it must be a whole number from 0 to " +
                      std::to_string(limits::kStatus) + ".");
    }
    return want(bridge, DesiredKind::kStatus, unit, status, ticket);
  });
}

sb_code sb_remove_unit(sb_bridge* bridge, sb_text unit) {
  return taking(bridge, [&] {
    if (const Check checked = check_unit(unit); !checked) {
      return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    if (bridge->module->remove_unit(view(unit))) return SB_OK;
    return fail(bridge, SB_QUEUE_FULL, "Too many units wait to be picked up; this one was not removed.");
  });
}

sb_code sb_call(sb_bridge* bridge, sb_text operation, sb_text arguments, const sb_call_options* options,
                uint64_t* ticket) {
  return taking(bridge, [&] {
    sb_call_options chosen{};
    if (options != nullptr) std::memcpy(&chosen, options, std::min(options->struct_size, sizeof chosen));
    const std::uint32_t deadline_ms = chosen.deadline_ms == 0 ? limits::kDeadline_ms : chosen.deadline_ms;
    if (deadline_ms < limits::kDeadlineLeast_ms || deadline_ms > limits::kDeadlineMost_ms) {
      return fail(bridge, SB_INVALID_ARGUMENT,
                  "The deadline is " + std::to_string(deadline_ms) + " ms; " +
                      std::to_string(limits::kDeadlineLeast_ms) + " to " + std::to_string(limits::kDeadlineMost_ms) +
                      " is taken.");
    }
    const auto checked =
        sonoran::api::check_call(view(operation), view(arguments), std::string(view(chosen.attachment)),
                                 bridge->module->call_rules(), bridge->workspace);
    if (!checked) return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    const auto taken = bridge->module->call(**checked, std::chrono::milliseconds(deadline_ms));
    if (taken == 0) {
      if (bridge->module->owed() >= limits::kOwedAnswers) return too_many_owed(bridge);
      return fail(bridge, SB_QUEUE_FULL,
                  std::to_string(limits::kMailboxCalls) + " calls, or " +
                      std::to_string(limits::kCallBytes / (std::size_t{1024} * 1024)) +
                      " MiB of them, wait (the last of either are kept for create911Call); this one was not taken.");
    }
    if (ticket != nullptr) *ticket = taken;
    return SB_OK;
  });
}

sb_code sb_cancel(sb_bridge* bridge, uint64_t ticket) {
  return taking(bridge, [&] {
    if (bridge->module->cancel(ticket)) return SB_OK;
    return fail(bridge, SB_QUEUE_FULL, "Too many cancellations wait to be picked up; this one was not taken.");
  });
}

uint32_t sb_expected_wait_ms(const sb_bridge* bridge, sb_text operation) {
  const auto* row = bridge == nullptr ? nullptr : sonoran::api::find_operation(view(operation));
  if (row == nullptr) return SB_NOT_KNOWN;
  const sonoran::Time when = bridge->module->expected(*row);
  return when == sonoran::kNever ? SB_NOT_KNOWN : milliseconds(when - sonoran::Clock::now());
}

sb_code sb_heartbeat(sb_bridge* bridge, uint32_t player_count) {
  return taking(bridge, [&] {
    if (player_count > limits::kPlayers) {
      return fail(bridge, SB_INVALID_ARGUMENT,
                  "The player count is " + std::to_string(player_count) + "; 0 to " + std::to_string(limits::kPlayers) +
                      " is taken.");
    }
    bridge->module->set_player_count(player_count);
    return SB_OK;
  });
}

sb_code sb_push_event(sb_bridge* bridge, sb_text event) {
  return taking(bridge, [&] {
    if (const Check checked = check_text("event", event, SB_PUSH_SIZE, false); !checked) {
      return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    auto read = sonoran::api::read_push_event(view(event));
    if (!read) {
      return fail(bridge, SB_INVALID_ARGUMENT,
                  "The event is no JSON object with a type of 1 to " + std::to_string(sonoran::api::kEventTypeBytes) +
                      " printable ASCII characters.");
    }
    if (!sonoran::same_secret(read->key.value_or(""), bridge->module->settings().api_key)) {
      return fail(bridge, SB_NOT_TRUSTED,
                  read->key ? "The event's key is not this server's API key." : "The event has no key.");
    }
    if (bridge->module->push_event(*std::move(read))) return SB_OK;
    return fail(bridge, SB_QUEUE_FULL,
                std::to_string(limits::kPushEvents) + " events, or " +
                    std::to_string(limits::kPushBytes / (std::size_t{1024} * 1024)) +
                    " MiB of them, wait for the game server; this one was not taken.");
  });
}

sb_code sb_set_log_level(sb_bridge* bridge, int level) {
  return taking(bridge, [&] {
    if (level < SB_LOG_ERROR || level > SB_LOG_DEBUG) {
      return fail(bridge, SB_INVALID_ARGUMENT,
                  "The level of the log is " + std::to_string(level) +
                      "; it must be a whole number from 0 (error) to 3 (debug).");
    }
    bridge->module->set_log_level(static_cast<sonoran::LogLevel>(level));
    return SB_OK;
  });
}

sb_code sb_diagnose(sb_bridge* bridge, uint64_t* ticket) {
  return taking(bridge, [&] {
    const auto taken = bridge->module->diagnose();
    if (taken == 0) {
      if (bridge->module->owed() >= limits::kOwedAnswers) return too_many_owed(bridge);
      return fail(bridge, SB_QUEUE_FULL, "The way to the CAD is being looked at already.");
    }
    if (ticket != nullptr) *ticket = taken;
    return SB_OK;
  });
}

sb_code sb_unit_state(sb_bridge* bridge, sb_text unit, uint64_t* ticket) {
  return taking(bridge, [&] {
    if (const Check checked = check_unit(unit); !checked) {
      return fail(bridge, SB_INVALID_ARGUMENT, checked.error().text);
    }
    const auto taken = bridge->module->look_at(view(unit));
    if (taken == 0) return too_many_owed(bridge);
    if (ticket != nullptr) *ticket = taken;
    return SB_OK;
  });
}

size_t sb_poll(sb_bridge* bridge, sb_event* events, size_t max) {
  if (bridge == nullptr || events == nullptr || max == 0 || bridge->module->outbox().pending() == 0) return 0;
  if (events->struct_size < kEventLeast) return 0;
  size_t count = 0;
  const sb_code code = guarded(bridge, [&] {
    count = bridge->module->poll(bridge->polled, max);
    for (size_t i = 0; i < count; ++i) {
      sb_event* event = element(events, i);
      event->struct_size = events->struct_size;
      give(event, to_event(bridge->polled[i]));
    }
    return SB_OK;
  });
  return code == SB_OK ? count : 0;
}

void sb_release(sb_bridge* bridge) {
  if (bridge != nullptr) bridge->polled.clear();
}

uint32_t sb_pending(const sb_bridge* bridge) {
  return bridge == nullptr ? 0 : bridge->module->outbox().pending();
}

const uint32_t* sb_pending_address(const sb_bridge* bridge) {
  return bridge == nullptr ? nullptr : bridge->module->outbox().pending_address();
}

void sb_set_wakeup(sb_bridge* bridge, sb_wakeup wakeup, void* context) {
  if (bridge != nullptr) bridge->module->outbox().set_wakeup(wakeup, context);
}

const char* sb_stats(sb_bridge* bridge, size_t* size) {
  static const std::string kNothing = "{}";
  const std::string* report = &kNothing;
  guarded(bridge, [&] {
    bridge->report = bridge->module->report();
    report = bridge->report.get();
    return SB_OK;
  });
  if (size != nullptr) *size = report->size();
  return report->c_str();
}

const char* sb_units(sb_bridge* bridge, uint32_t piece, size_t* size) {
  static const std::string kNothing = R"({"piece":0,"of":1,"panics":0,"rows":[]})";
  const std::string* units = &kNothing;
  guarded(bridge, [&] {
    bridge->units = bridge->module->units();
    if (bridge->units != nullptr) units = &bridge->units->at(piece % bridge->units->size());
    return SB_OK;
  });
  if (size != nullptr) *size = units->size();
  return units->c_str();
}

}  // extern "C"
