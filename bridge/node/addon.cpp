// The addon: the C ABI as functions of JavaScript. Each throws an Error with one sentence when the bridge refuses.
//
// Results are fetched by polling from the environment's own thread. A threadsafe function would abort a game server,
// whose loop enters no V8 context before it runs callbacks.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../sb_text.h"
#include "places_message.h"
#ifdef SONORAN_TEST_HOOKS
#include "runtime/trusted.h"
#endif
#include "value.h"

namespace sonoran::node {
namespace {

constexpr std::size_t kArguments = 9;
constexpr std::size_t kBridges = 64;  // bridges one environment may hold; a resource has one, or two while it reloads
constexpr std::uint32_t kCleanup_ms = 1000;  // how long an environment may flush when it ends without a stop
constexpr std::size_t kPoll = 256;
constexpr std::size_t kReadings = 256;  // slots that are read in one tick

/// The C library that this file was built for.
#if defined(_WIN32)
constexpr const char* kLibrary = "Windows";
#elif defined(__GLIBC__)
constexpr const char* kLibrary = "glibc";
#else
constexpr const char* kLibrary = "musl";
#endif

/// The state of one JavaScript environment. There are no globals, because a library stays mapped when its environment
/// ends.
struct Environment {
  struct Held {
    sb_bridge* bridge = nullptr;
    napi_ref pending = nullptr;  // the array buffer over the bridge's counter
  };
  napi_env env = nullptr;
  std::vector<Held> held;
  std::array<sb_event, kPoll> events{};
  PlacesAnswer answer;  // reused
};

/// The arguments of a call, and the environment.
struct Call {
  napi_env env;
  std::size_t count = kArguments;
  std::array<napi_value, kArguments> arguments{};
  Environment* environment = nullptr;

  Call(napi_env in, napi_callback_info info) : env(in) {
    napi().get_cb_info(env, info, &count, arguments.data(), nullptr, nullptr);
    void* data = nullptr;
    napi().get_instance_data(env, &data);
    environment = static_cast<Environment*>(data);
  }

  [[nodiscard]] napi_value at(std::size_t index) const { return index < count ? arguments[index] : nullptr; }

  /// The open bridge that the argument at `index` names; nullptr when there is none.
  [[nodiscard]] Environment::Held* held(std::size_t index = 0) const {
    const auto id = to_number(env, at(index));
    // Written so that NaN is refused.
    const bool known = environment != nullptr && id && *id >= 0 && *id == std::floor(*id) &&
                       *id < static_cast<double>(environment->held.size());
    if (!known) return nullptr;
    auto& held = environment->held[static_cast<std::size_t>(*id)];
    return held.bridge == nullptr ? nullptr : &held;
  }
  [[nodiscard]] sb_bridge* bridge(std::size_t index = 0) const {
    auto* found = held(index);
    return found == nullptr ? nullptr : found->bridge;
  }
};

/// A count between 0 and `most`; `fallback` when it is not a number.
double bounded(napi_env env, napi_value value, double fallback, double most) {
  const double given = to_number(env, value).value_or(fallback);
  return std::isnan(given) ? fallback : std::clamp(given, 0.0, most);
}

napi_value no_bridge(napi_env env) {
  return fail(env, "No bridge is open under this number.", sb_code_name(SB_SHUTTING_DOWN));
}

/// Throws the bridge's message; the Error's code is the kind of answer.error in Lua.
napi_value refused(napi_env env, const sb_bridge* bridge, sb_code code) {
  return fail(env, sb_last_error(bridge), sb_code_name(code));
}

/// Returns `given` if the bridge took the call, and throws otherwise.
napi_value finished(napi_env env, const sb_bridge* bridge, sb_code code, napi_value given) {
  return code == SB_OK ? given : refused(env, bridge, code);
}

/// A function of JavaScript whose first argument is the number of an open bridge.
template <napi_value (*kFunction)(const Call&, sb_bridge*)>
napi_value of_bridge(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  auto* bridge = call.bridge();
  return bridge == nullptr ? no_bridge(env) : kFunction(call, bridge);
}

/// A text of the call; "" for anything else, which the bridge refuses by name.
std::string text_of(const Call& call, std::size_t index) {
  return to_text(call.env, call.at(index)).value_or("");
}

napi_value ticket_value(napi_env env, std::uint64_t ticket) {
  return number(env, static_cast<double>(ticket));  // counts from 1: exact for 2^53 calls
}

// ------------------------------------------------------------------------------------------------------- functions

/// settings() -> [{name, type, default, range, sentence}]
napi_value settings(napi_env env, napi_callback_info /*info*/) {
  napi_value list = nullptr;
  napi().create_array_with_length(env, 0, &list);
  sb_setting_info info{};
  info.struct_size = sizeof info;
  for (std::uint32_t i = 0; sb_setting_at(i, &info) != 0; ++i) {
    napi_value row = object(env);
    set(env, row, "name", text(env, info.name));
    set(env, row, "type", text(env, info.type));
    set(env, row, "default", text(env, info.default_value));
    set(env, row, "range", text(env, info.range));
    set(env, row, "sentence", text(env, info.sentence));
    napi().set_element(env, list, i, row);
  }
  return list;
}

/// A Uint32Array over the counter of waiting events, or undefined where external memory is not allowed.
napi_value pending_view(napi_env env, Environment::Held& held) {
  auto* counter = const_cast<std::uint32_t*>(sb_pending_address(held.bridge));
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  const auto keep = [](napi_env, void*, void*) {};  // the bridge owns the memory
  if (napi().create_external_arraybuffer(env, counter, sizeof *counter, keep, nullptr, &buffer) != napi_ok ||
      napi().create_reference(env, buffer, 1, &held.pending) != napi_ok ||
      napi().create_typedarray(env, napi_uint32_array, 1, buffer, 0, &array) != napi_ok) {
    return undefined(env);
  }
  return array;
}

/// Settings as JavaScript gives them, with the list that points into them.
struct GivenSettings {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::vector<sb_setting> list;
};

/// The settings of the first argument, {name: text}; nothing, and an Error thrown, when it is something else.
std::optional<GivenSettings> given_settings(const Call& call) {
  napi_env env = call.env;
  napi_value names = nullptr;
  std::uint32_t count = 0;
  if (call.at(0) == nullptr || napi().get_property_names(env, call.at(0), &names) != napi_ok ||
      napi().get_array_length(env, names, &count) != napi_ok) {
    fail(env, "Settings are one object: their names and their values as texts.");
    return std::nullopt;
  }
  GivenSettings given;
  for (std::uint32_t i = 0; i < count; ++i) {
    napi_value name = nullptr;
    napi_value value = nullptr;
    napi().get_element(env, names, i, &name);
    napi().get_property(env, call.at(0), name, &value);
    auto key = to_text(env, name);
    auto content = to_text(env, value);
    if (!key || !content) {
      fail(env, "The value of " + key.value_or("a setting") + " must be a text.");
      return std::nullopt;
    }
    given.pairs.emplace_back(std::move(*key), std::move(*content));
  }
  given.list.reserve(given.pairs.size());
  for (const auto& [key, value] : given.pairs) given.list.push_back({as_sb_text(key), as_sb_text(value)});
  return given;
}

napi_value left_value(napi_env env, const sb_unsent& unsent) {
  napi_value left = object(env);
  set(env, left, "panics", number(env, static_cast<double>(unsent.panics)));
  set(env, left, "statuses", number(env, static_cast<double>(unsent.statuses)));
  set(env, left, "positions", number(env, static_cast<double>(unsent.positions)));
  set(env, left, "calls", number(env, static_cast<double>(unsent.calls)));
  return left;
}

std::uint32_t timeout_of(const Call& call, std::size_t index) {
  return static_cast<std::uint32_t>(bounded(call.env, call.at(index), 0, SB_TIMEOUT_MAX_MS));
}

/// open({name: text}[, id of the bridge that it replaces, timeout_ms of its stop]) -> {id, pending, left}. See
/// sb_replace: when this throws, the running bridge goes on; else it is stopped, to be polled and closed.
napi_value open(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto given = given_settings(call);
  if (!given) return nullptr;
  sb_bridge* running = nullptr;
  if (call.count > 1) {
    running = call.bridge(1);
    if (running == nullptr) return no_bridge(env);
  }
  auto& held = call.environment->held;
  auto free = std::ranges::find(held, nullptr, &Environment::Held::bridge);
  if (free == held.end()) {
    if (held.size() == kBridges) return fail(env, "64 bridges are open in this environment; close one first.");
    free = held.emplace(held.end());
  }
  std::array<char, SB_MESSAGE_SIZE> message{};
  sb_unsent unsent{};
  unsent.struct_size = sizeof unsent;
  sb_bridge* bridge = nullptr;
  const sb_code code = sb_replace(running, timeout_of(call, 2), given->list.data(), given->list.size(), &bridge,
                                  message.data(), message.size(), &unsent);
  if (code != SB_OK) return fail(env, message.data(), sb_code_name(code));
  free->bridge = bridge;
  napi_value result = object(env);
  set(env, result, "id", number(env, static_cast<double>(free - held.begin())));
  set(env, result, "pending", pending_view(env, *free));
  set(env, result, "left", left_value(env, unsent));
  return result;
}

/// admit({name: text}); throws with the code 'not_trusted' where something changed that nobody has confirmed. See
/// sb_admit.
napi_value admit(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto given = given_settings(call);
  if (!given) return nullptr;
  std::array<char, SB_MESSAGE_SIZE> message{};
  const sb_code code = sb_admit(given->list.data(), given->list.size(), message.data(), message.size());
  if (code != SB_OK) return fail(env, message.data(), sb_code_name(code));
  return undefined(env);
}

/// trust(what): confirms what admit refused last. See sb_trust.
napi_value trust(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto what = to_text(env, call.at(0)).value_or("");
  std::array<char, SB_MESSAGE_SIZE> message{};
  if (sb_trust(as_sb_text(what), message.data(), message.size()) != SB_OK)
    return fail(env, message.data(), "not_trusted");
  return undefined(env);
}

#ifdef SONORAN_TEST_HOOKS
/// forget(): admit forgets everything. A test that plays several server processes in one begins each of them with it.
napi_value forget(napi_env env, napi_callback_info) {
  sonoran::runtime::Trusted::process().forget();
  return undefined(env);
}
#endif

/// stop(id, timeout_ms) -> {panics, statuses, positions, calls} that were not delivered; its last answers can be polled
napi_value stop(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  sb_unsent unsent{};
  unsent.struct_size = sizeof unsent;
  sb_stop(bridge, timeout_of(call, 1), &unsent);
  return left_value(env, unsent);
}

/// close(id): ends a bridge, at once unless it was stopped before
napi_value close(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  auto* held = call.held();
  if (held == nullptr) return no_bridge(env);
  if (held->pending != nullptr) {
    // The counter goes with the bridge: JavaScript's view of it becomes empty first.
    napi_value buffer = nullptr;
    napi().get_reference_value(env, held->pending, &buffer);
    if (buffer != nullptr) napi().detach_arraybuffer(env, buffer);
    napi().delete_reference(env, std::exchange(held->pending, nullptr));
  }
  sb_destroy(std::exchange(held->bridge, nullptr), 0, nullptr);
  return undefined(env);
}

/// setting(id, name) -> text, or undefined
napi_value setting(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  const std::string name = text_of(call, 1);
  const char* value = sb_setting_value(bridge, as_sb_text(name));
  return value == nullptr ? undefined(env) : text(env, value);
}

/// The slot of a call; one that is too large for anything else, which the bridge refuses.
std::uint32_t slot_of(const Call& call) {
  const double slot = to_number(call.env, call.at(1)).value_or(-1);
  return slot >= 0 && slot <= SB_SLOTS && slot == std::floor(slot) ? static_cast<std::uint32_t>(slot) : UINT32_MAX;
}

/// bind(id, slot, unit; "" or nothing: nobody)
napi_value bind(const Call& call, sb_bridge* bridge) {
  const std::uint32_t slot = slot_of(call);
  const std::string unit = text_of(call, 2);
  const sb_code code = unit.empty() ? sb_unbind_slot(bridge, slot) : sb_bind_slot(bridge, slot, as_sb_text(unit));
  return finished(call.env, bridge, code, undefined(call.env));
}

/// A siren as scripts give it.
template <class Number>
std::int32_t sign_of(Number said) {
  return said > 0 ? 1 : said < 0 ? -1 : 0;
}

/// The bytes of a Uint8Array; nothing for anything else.
std::optional<std::span<std::uint8_t>> bytes_of(const Call& call, std::size_t index) {
  napi_typedarray_type type{};
  std::size_t length = 0;
  void* data = nullptr;
  if (call.at(index) == nullptr ||
      napi().get_typedarray_info(call.env, call.at(index), &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    return std::nullopt;
  }
  return std::span(static_cast<std::uint8_t*>(data), length);
}

/// readings(id, Uint8Array, rows of the last answer that were not taken) -> how many bytes of the question for Lua were
/// written into it; 0: no place is wanted. See sb_take_readings and write_question.
napi_value readings(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  const auto into = bytes_of(call, 1);
  if (!into || into->size() < question_size(kReadings)) {
    return fail(env, "readings() takes a Uint8Array with room for a question about 256 slots.");
  }
  std::array<std::int32_t, kReadings> slots{};
  const std::size_t count = sb_take_readings(bridge, slots.data(), slots.size());
  if (count == 0) return number(env, 0);
  const auto untaken = static_cast<std::uint32_t>(bounded(env, call.at(2), 0, UINT32_MAX));
  return number(env, static_cast<double>(write_question(std::span(slots).first(count), untaken, *into)));
}

/// Tells the bridge what Lua says of a slot.
sb_code describe(sb_bridge* bridge, const SaidOfSlot& said) {
  sb_unit_texts texts{};
  texts.struct_size = sizeof texts;
  texts.location = as_sb_text(said.location);
  texts.vehicle = as_sb_text(said.vehicle);
  texts.kind = as_sb_text(said.kind);
  texts.siren = sign_of(said.siren);
  const bool known = said.slot >= 0 && said.slot < SB_SLOTS;
  return sb_describe_slot(bridge, known ? static_cast<std::uint32_t>(said.slot) : UINT32_MAX, &texts);
}

/// answer(id[, Uint8Array, list]) -> how many of its rows were not taken. The bytes are what Lua answered to a question
/// of readings(); without them nothing was read. When a text was refused, all rows count as not taken, so that
/// everything is told anew, and the last message becomes the list's first element.
napi_value answer(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  auto& given = call.environment->answer;
  if (is_nothing(env, call.at(1))) {
    sb_push_rows(bridge, nullptr, 0, nullptr);
    return number(env, 0);
  }
  const auto message = bytes_of(call, 1);
  if (!message || !given.read(*message)) return fail(env, "Lua gave no places; its error is above.");
  bool refused = false;
  for (const SaidOfSlot& said : given.said) {
    if (describe(bridge, said) == SB_OK) continue;
    refused = true;
    napi().set_element(env, call.at(2), 0, text(env, sb_last_error(bridge)));
  }
  const std::size_t rows = given.rows.size() / SB_ROW;
  std::size_t taken = 0;
  sb_push_rows(bridge, given.rows.data(), rows, &taken);
  return number(env, static_cast<double>(refused ? rows : rows - taken));
}

/// Numbers and texts of one position in the list of positions().
constexpr std::size_t kPositionFields = 10;
constexpr std::size_t kPositionTexts = 5;

/// positions(id, [unit, x, y, z, heading, location, peer, vehicle, kind, siren, ...]) -> {taken, message about the
/// first that was not}. A text that is none is not given.
napi_value positions(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  std::uint32_t length = 0;
  if (call.at(1) == nullptr || napi().get_array_length(env, call.at(1), &length) != napi_ok ||
      length % kPositionFields != 0) {
    return fail(env, "positions() takes a list with 10 elements for each position.");
  }
  const std::size_t count = length / kPositionFields;
  std::vector<sb_position> given(count);
  std::vector<std::optional<std::string>> texts(count * kPositionTexts);
  std::uint32_t next = 0;
  const auto element = [&] {
    napi_value value = nullptr;
    napi().get_element(env, call.at(1), next++, &value);
    return value;
  };
  for (std::size_t i = 0; i < count; ++i) {
    sb_position& position = given[i];
    const std::span<std::optional<std::string>, kPositionTexts> own(&texts[i * kPositionTexts], kPositionTexts);
    position.struct_size = sizeof position;
    own[0] = to_text(env, element());
    for (double* coordinate : {&position.x, &position.y, &position.z, &position.heading}) {
      *coordinate = to_number(env, element()).value_or(std::nan(""));  // which the bridge refuses by its name
    }
    for (std::size_t n = 1; n < own.size(); ++n) own[n] = to_text(env, element());
    position.unit = as_sb_text(own[0]);
    position.location = as_sb_text(own[1]);
    position.peer = as_sb_text(own[2]);
    position.vehicle = as_sb_text(own[3]);
    position.kind = as_sb_text(own[4]);
    position.siren = sign_of(to_number(env, element()).value_or(0));
  }
  bridge = call.bridge();  // a getter of an element may have closed the bridge
  if (bridge == nullptr) return no_bridge(env);
  std::size_t taken = 0;
  const sb_code code = sb_push_positions(bridge, given.data(), count, &taken);
  napi_value result = object(env);
  set(env, result, "taken", number(env, static_cast<double>(taken)));
  if (code != SB_OK) set(env, result, "message", text(env, sb_last_error(bridge)));
  return result;
}

/// Seconds until the next request of an operation may leave, 0: at once; false: not known until the CAD answers.
napi_value wait_value(napi_env env, const sb_bridge* bridge, sb_text operation) {
  const std::uint32_t wait_ms = sb_expected_wait_ms(bridge, operation);
  return wait_ms == SB_NOT_KNOWN ? boolean(env, false) : number(env, wait_ms / 1000.0);
}

/// panic(id, unit, on) -> [ticket, wait as of wait()]: a press crosses once
napi_value panic(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  const std::string unit = text_of(call, 1);
  const int on = to_number(env, call.at(2)).value_or(0) != 0 ? 1 : 0;
  std::uint64_t ticket = 0;
  const sb_code code = sb_set_panic(bridge, as_sb_text(unit), on, &ticket);
  if (code != SB_OK) return refused(env, bridge, code);
  napi_value pressed = nullptr;
  napi().create_array_with_length(env, 2, &pressed);
  napi().set_element(env, pressed, 0, ticket_value(env, ticket));
  napi().set_element(env, pressed, 1, wait_value(env, bridge, SB_TEXT("setUnitPanic")));
  return pressed;
}

/// status(id, unit, status) -> ticket
napi_value status(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  const std::string unit = text_of(call, 1);
  const auto value = to_number(env, call.at(2));
  if (!value || *value != std::floor(*value)) {
    return fail(env, "The status must be a whole number from 0 to " + std::to_string(SB_STATUS_MAX) + ".");
  }
  // Clamp to 32 bits; sb_set_status rejects what is out of range.
  const auto status = static_cast<std::int32_t>(std::clamp<double>(*value, INT32_MIN, INT32_MAX));
  std::uint64_t ticket = 0;
  const sb_code code = sb_set_status(bridge, as_sb_text(unit), status, &ticket);
  return finished(env, bridge, code, ticket_value(env, ticket));
}

/// call(id, operation, arguments as JSON text, deadline_ms or 0, bytes of an attachment or nothing) -> ticket
napi_value call(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  const auto operation = to_text(env, call.at(1));
  const auto arguments = to_text(env, call.at(2), kArgumentsBytes);
  const double deadline_ms = to_number(env, call.at(3)).value_or(0);
  if (!operation || !arguments) return fail(env, "call() takes the operation's name and its arguments, two texts.");
  sb_call_options options{};
  options.struct_size = sizeof options;
  // Clamp to 32 bits; sb_call rejects what is out of range.
  if (deadline_ms != 0)
    options.deadline_ms = static_cast<std::uint32_t>(std::fmin(std::fmax(deadline_ms, 1), UINT32_MAX));
  if (!is_nothing(env, call.at(4))) {
    napi_typedarray_type type{};
    std::size_t size = 0;
    void* data = nullptr;
    if (napi().get_typedarray_info(env, call.at(4), &type, &size, &data, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array) {
      return fail(env, "The attachment must be a Uint8Array.");
    }
    options.attachment = {static_cast<const char*>(data), size};
  }
  std::uint64_t ticket = 0;
  const sb_code code = sb_call(bridge, as_sb_text(*operation), as_sb_text(*arguments), &options, &ticket);
  return finished(env, bridge, code, ticket_value(env, ticket));
}

/// cancel(id, ticket)
napi_value cancel(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  const double ticket = to_number(env, call.at(1)).value_or(0);
  if (!(ticket >= 1) || ticket > 9e15) return fail(env, "A ticket is the number that a call gave.");
  const sb_code code = sb_cancel(bridge, static_cast<std::uint64_t>(ticket));
  return finished(env, bridge, code, undefined(env));
}

/// wait(id, operation) -> seconds until its next request may leave, 0: at once; false: not known until the CAD answers
napi_value wait(const Call& call, sb_bridge* bridge) {
  return wait_value(call.env, bridge, as_sb_text(text_of(call, 1)));
}

/// location(id, unit, text; "": no longer)
napi_value location(const Call& call, sb_bridge* bridge) {
  const std::string unit = text_of(call, 1);
  const std::string text = text_of(call, 2);
  return finished(call.env, bridge, sb_set_location(bridge, as_sb_text(unit), as_sb_text(text)), undefined(call.env));
}

/// remove(id, unit)
napi_value remove(const Call& call, sb_bridge* bridge) {
  const std::string unit = text_of(call, 1);
  return finished(call.env, bridge, sb_remove_unit(bridge, as_sb_text(unit)), undefined(call.env));
}

/// heartbeat(id, player count)
napi_value heartbeat(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  const double count = to_number(env, call.at(1)).value_or(-1);
  if (!(count >= 0) || count != std::floor(count)) {
    return fail(env, "The player count must be a whole number from 0 to " + std::to_string(SB_PLAYERS_MAX) + ".");
  }
  // Clamp to 32 bits; sb_heartbeat rejects what is out of range.
  const auto players = static_cast<std::uint32_t>(std::min<double>(count, UINT32_MAX));
  return finished(env, bridge, sb_heartbeat(bridge, players), undefined(env));
}

/// push(id, JSON text of an event that the CAD has sent by HTTP)
napi_value push(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  const auto event = to_text(env, call.at(1), SB_PUSH_SIZE + 1);
  if (!event) return fail(env, "push() takes an event, a text.");
  return finished(env, bridge, sb_push_event(bridge, as_sb_text(*event)), undefined(env));
}

/// log_level(id, 0 to 3)
napi_value log_level(const Call& call, sb_bridge* bridge) {
  const double level = to_number(call.env, call.at(1)).value_or(-1);
  // Anything that is no level becomes one that the bridge refuses.
  const int whole =
      level >= 0 && level <= int{SB_LOG_DEBUG} && level == std::floor(level) ? static_cast<int>(level) : -1;
  return finished(call.env, bridge, sb_set_log_level(bridge, whole), undefined(call.env));
}

/// diagnose(id) -> ticket, whose answer has the findings as JSON
napi_value diagnose(const Call& call, sb_bridge* bridge) {
  std::uint64_t ticket = 0;
  const sb_code code = sb_diagnose(bridge, &ticket);
  return finished(call.env, bridge, code, ticket_value(call.env, ticket));
}

/// unit(id, unit) -> ticket, whose answer has what is known of the unit as JSON
napi_value unit(const Call& call, sb_bridge* bridge) {
  const std::string name = text_of(call, 1);
  std::uint64_t ticket = 0;
  const sb_code code = sb_unit_state(bridge, as_sb_text(name), &ticket);
  return finished(call.env, bridge, code, ticket_value(call.env, ticket));
}

napi_value event_value(napi_env env, const sb_event& event) {
  const auto piece = [env](sb_text from) { return text(env, {from.data, from.size}); };
  napi_value value = object(env);
  if (event.type == SB_EVENT_LOG) {
    set(env, value, "level", number(env, event.level));
    set(env, value, "line", piece(event.body));
    return value;
  }
  if (event.type == SB_EVENT_ACTIVE_UNITS) {
    set(env, value, "units", piece(event.body));
    return value;
  }
  if (event.type == SB_EVENT_PUSH) {
    set(env, value, "event", piece(event.title));
    set(env, value, "body", piece(event.body));
    if (event.body_is_json != 0) set(env, value, "json", boolean(env, true));
    if (event.from_bridge != 0) set(env, value, "bridge", boolean(env, true));
    return value;
  }
  if (event.type == SB_EVENT_STATE) {
    set(env, value, "state", piece(event.title));
    set(env, value, "reason", piece(event.body));
    set(env, value, "hub", piece(event.detail));
    return value;
  }
  set(env, value, "ticket", ticket_value(env, event.ticket));
  set(env, value, "ok", boolean(env, event.error == SB_ERROR_NONE));
  set(env, value, "status", number(env, event.http_status));
  set(env, value, "deduplicated", boolean(env, event.deduplicated != 0));
  if (event.error == SB_ERROR_NONE) {
    set(env, value, "body", piece(event.body));
    if (event.body_is_json != 0) set(env, value, "json", boolean(env, true));
    return value;
  }
  napi_value error = object(env);
  set(env, error, "kind", text(env, sb_error_name(event.error)));
  set(env, error, "title", piece(event.title));
  set(env, error, "detail", piece(event.detail));
  if (event.trace_id.size != 0) set(env, error, "traceId", piece(event.trace_id));
  if (event.retry_after_ms != 0) set(env, error, "retryAfter_s", number(env, event.retry_after_ms / 1000.0));
  set(env, value, "error", error);
  return value;
}

/// poll(id, max) -> [{level, line}, {units: news as JSON}, {event: type of an event of the CAD, body (json), bridge: it
/// is the bridge's own}, {state, reason, hub} or {ticket, ok, status, deduplicated, body (json: it may be decoded) or
/// error}]
napi_value poll(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  auto& events = call.environment->events;
  const auto room = static_cast<std::size_t>(bounded(env, call.at(1), kPoll, kPoll));
  for (std::size_t i = 0; i < room; ++i) events[i].struct_size = sizeof(sb_event);
  const std::size_t count = sb_poll(bridge, events.data(), room);
  napi_value list = nullptr;
  napi().create_array_with_length(env, count, &list);
  for (std::size_t i = 0; i < count; ++i) {
    napi().set_element(env, list, static_cast<std::uint32_t>(i), event_value(env, events[i]));
  }
  sb_release(bridge);
  return list;
}

/// pending(id) -> how many events wait
napi_value pending(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* bridge = call.bridge();
  return number(env, bridge == nullptr ? 0 : sb_pending(bridge));
}

/// stats(id) -> JSON text
napi_value stats(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  std::size_t size = 0;
  const char* json = sb_stats(bridge, &size);
  return text(env, {json, size});
}

/// units(id[, piece]) -> JSON text
napi_value units(const Call& call, sb_bridge* bridge) {
  napi_env env = call.env;
  std::size_t size = 0;
  const auto which = static_cast<std::uint32_t>(bounded(env, call.at(1), 0, UINT32_MAX));
  const char* json = sb_units(bridge, which, &size);
  return text(env, {json, size});
}

// ------------------------------------------------------------------------------------------------------ life cycle

/// An environment that ends without having closed its bridges: their threads are joined here, all of them within
/// kCleanup_ms. The object itself stays for the finalizer, which runs later: a hook that was added last runs first.
void on_cleanup(void* data) {
  using std::chrono::steady_clock;
  const auto until = steady_clock::now() + std::chrono::milliseconds(kCleanup_ms);
  auto& environment = *static_cast<Environment*>(data);
  for (auto& held : environment.held) {
    if (held.bridge == nullptr) continue;
    // Node 18 does not free it by itself.
    if (held.pending != nullptr) napi().delete_reference(environment.env, std::exchange(held.pending, nullptr));
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now()).count();
    const auto timeout_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0));
    sb_destroy(std::exchange(held.bridge, nullptr), timeout_ms, nullptr);
  }
}

napi_value start(napi_env env, napi_value exports) {
  auto environment = std::make_unique<Environment>();
  environment->env = env;
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Environment*>(data); };
  if (napi().set_instance_data(env, environment.get(), finalize, nullptr) != napi_ok) {
    return fail(env, "The addon could not attach itself to this JavaScript environment.");
  }
  napi().add_env_cleanup_hook(env, on_cleanup, environment.release());

  using Function = std::pair<const char*, napi_callback>;
  constexpr auto kFunctions = std::to_array<Function>({
#ifdef SONORAN_TEST_HOOKS
      {"forget", forget},
#endif
      {"settings", settings},
      {"admit", admit},
      {"trust", trust},
      {"stop", of_bridge<stop>},
      {"open", open},
      {"close", close},
      {"setting", of_bridge<setting>},
      {"bind", of_bridge<bind>},
      {"readings", of_bridge<readings>},
      {"answer", of_bridge<answer>},
      {"positions", of_bridge<positions>},
      {"panic", of_bridge<panic>},
      {"status", of_bridge<status>},
      {"call", of_bridge<call>},
      {"cancel", of_bridge<cancel>},
      {"wait", of_bridge<wait>},
      {"location", of_bridge<location>},
      {"remove", of_bridge<remove>},
      {"heartbeat", of_bridge<heartbeat>},
      {"push", of_bridge<push>},
      {"log_level", of_bridge<log_level>},
      {"diagnose", of_bridge<diagnose>},
      {"unit", of_bridge<unit>},
      {"poll", of_bridge<poll>},
      {"pending", pending},
      {"stats", of_bridge<stats>},
      {"units", of_bridge<units>},
  });
  for (const auto& [name, callback] : kFunctions) {
    napi_value function = nullptr;
    napi().create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
    set(env, exports, name, function);
  }
  set(env, exports, "version", text(env, sb_version()));
  set(env, exports, "library", text(env, kLibrary));
  set(env, exports, "abi", number(env, sb_abi_version()));
  return exports;
}

}  // namespace
}  // namespace sonoran::node

#if defined(_WIN32)
#define SONORAN_EXPORT __declspec(dllexport)
#else
#define SONORAN_EXPORT __attribute__((visibility("default")))
#endif

extern "C" {

SONORAN_EXPORT int32_t node_api_module_get_api_version_v1(void);
SONORAN_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports);

int32_t node_api_module_get_api_version_v1(void) {
  return NAPI_VERSION;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  using sonoran::node::napi;
  const std::string& missing = sonoran::node::find_napi(__builtin_return_address(0));
  if (missing.empty()) return sonoran::node::start(env, exports);
  // With nothing to say it with, exports stays empty, and sonoran_bridge.js says that.
  if (napi().throw_error != nullptr) {
    napi().throw_error(env, nullptr, ("This Node.js has no " + missing + "; the addon needs Node-API 8.").c_str());
  }
  return exports;
}

}  // extern "C"
