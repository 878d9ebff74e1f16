// require 'sonoran_bridge': the C ABI for any Lua 5.4 host. sonoran_bridge.d.lua beside this file has its types.
//
// Every method gives its result, or nil, a message and the code's name; none raises an error for what the bridge
// refuses. Nothing of C++ with a destructor lives across a call of Lua's that may raise one (a longjmp).
#include <sonoran_bridge.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

extern "C" {
#include <lauxlib.h>
#include <lua.h>
}

#define SB_LUA_TEXT_OF(value) #value
#define SB_LUA_TEXT(constant) SB_LUA_TEXT_OF(constant)

namespace {

constexpr const char* kType = "sonoran_bridge.bridge";
constexpr std::size_t kSettings = 64;  // more than there are
constexpr std::size_t kPoll = 64;
constexpr const char* kUnitIsText = "The unit must be a text, a community user id.";
constexpr const char* kOperationIsText = "The operation must be a text, such as getCalls.";
constexpr std::array<const char*, 4> kLevels = {"error", "warn", "info", "debug"};
constexpr std::uint32_t kDestroy_ms = 2000;  // where a script names no limit
constexpr std::uint32_t kCollected_ms = 0;   // a bridge that was only forgotten does not hold up the collector

/// The userdata: the bridge, or nullptr once destroyed.
struct Holder {
  sb_bridge* bridge;
};

int refuse(lua_State* lua, const char* message, sb_code code) {
  lua_pushnil(lua);
  lua_pushstring(lua, message);
  lua_pushstring(lua, sb_code_name(code));
  return 3;
}

Holder* holder_at_1(lua_State* lua) {
  return static_cast<Holder*>(luaL_checkudata(lua, 1, kType));
}

/// A method for Lua: its first argument is an open bridge.
template <int (*kFunction)(lua_State*, sb_bridge*)>
int method(lua_State* lua) {
  sb_bridge* bridge = holder_at_1(lua)->bridge;
  if (bridge == nullptr) return refuse(lua, "The bridge was destroyed.", SB_SHUTTING_DOWN);
  return kFunction(lua, bridge);
}

int invalid(lua_State* lua, const char* message) {
  return refuse(lua, message, SB_INVALID_ARGUMENT);
}

/// true, or the bridge's refusal.
int finish(lua_State* lua, sb_bridge* bridge, sb_code code) {
  if (code != SB_OK) return refuse(lua, sb_last_error(bridge), code);
  lua_pushboolean(lua, 1);
  return 1;
}

/// The ticket, or the bridge's refusal.
int finish_ticket(lua_State* lua, sb_bridge* bridge, sb_code code, std::uint64_t ticket) {
  if (code != SB_OK) return refuse(lua, sb_last_error(bridge), code);
  lua_pushinteger(lua, static_cast<lua_Integer>(ticket));
  return 1;
}

/// The text at `index`; a number is none, so that a unit's id is not made of one by accident.
bool text_at(lua_State* lua, int index, sb_text& text) {
  if (lua_type(lua, index) != LUA_TSTRING) return false;
  text.data = lua_tolstring(lua, index, &text.size);
  return true;
}

// ------------------------------------------------------------------------------------------------------- functions

int create(lua_State* lua) {
  if (lua_type(lua, 1) != LUA_TTABLE) {
    return invalid(lua, "create takes a table of settings: { sonoran_apiKey = '...' }.");
  }
  std::array<sb_setting, kSettings> settings{};
  std::size_t count = 0;
  lua_settop(lua, 1);
  lua_newtable(lua);  // 2: keeps the texts that are made of numbers and booleans
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    if (lua_type(lua, -2) != LUA_TSTRING || count == kSettings) {
      return invalid(lua, "The names of settings are texts, at most 64 of them.");
    }
    settings[count].key.data = lua_tolstring(lua, -2, &settings[count].key.size);
    settings[count].value.data = luaL_tolstring(lua, -1, &settings[count].value.size);
    lua_rawseti(lua, 2, static_cast<lua_Integer>(++count));
    lua_pop(lua, 1);
  }
  auto* holder = static_cast<Holder*>(lua_newuserdatauv(lua, sizeof(Holder), 0));
  holder->bridge = nullptr;
  luaL_setmetatable(lua, kType);
  std::array<char, SB_MESSAGE_SIZE> message{};
  const sb_code code = sb_create(settings.data(), count, &holder->bridge, message.data(), message.size());
  if (code != SB_OK) return refuse(lua, message.data(), code);
  return 1;
}

/// Pushes field `name` of the table at `index`. Raw, so that no script runs while the texts of others are in use.
void push_field(lua_State* lua, int index, const char* name) {
  lua_pushstring(lua, name);
  lua_rawget(lua, index);
}

/// Field `name` of the table at `index` as a number; NaN when it is none, which the bridge refuses by its name.
double number_field(lua_State* lua, int index, const char* name) {
  push_field(lua, index, name);
  const double value = lua_type(lua, -1) == LUA_TNUMBER ? lua_tonumber(lua, -1) : std::nan("");
  lua_pop(lua, 1);
  return value;
}

/// Text field; the table keeps the text alive. Nothing when it is none.
sb_text text_field(lua_State* lua, int index, const char* name) {
  sb_text text{nullptr, 0};
  push_field(lua, index, name);
  text_at(lua, lua_gettop(lua), text);
  lua_pop(lua, 1);
  return text;
}

sb_position position_at(lua_State* lua, int index) {
  sb_position position{};
  position.struct_size = sizeof position;
  position.unit = text_field(lua, index, "unit");
  position.x = number_field(lua, index, "x");
  position.y = number_field(lua, index, "y");
  position.z = number_field(lua, index, "z");
  position.heading = number_field(lua, index, "heading");
  position.location = text_field(lua, index, "location");
  position.peer = text_field(lua, index, "peer");
  position.vehicle = text_field(lua, index, "vehicle");
  position.kind = text_field(lua, index, "kind");
  push_field(lua, index, "siren");
  position.siren = lua_isboolean(lua, -1) ? (lua_toboolean(lua, -1) != 0 ? 1 : -1) : 0;
  lua_pop(lua, 1);
  return position;
}

int push_position(lua_State* lua, sb_bridge* bridge) {
  if (lua_type(lua, 2) != LUA_TTABLE) {
    return invalid(lua, "A position is a table with unit, x, y, z and heading.");
  }
  const sb_position position = position_at(lua, 2);
  return finish(lua, bridge, sb_push_positions(bridge, &position, 1, nullptr));
}

/// The result of a list so far. The message about its first refused element is at kSentence on the stack.
struct Pushed {
  static constexpr int kSentence = 4;
  std::size_t taken = 0;
  sb_code first = SB_OK;
};

void push_run(lua_State* lua, sb_bridge* bridge, const sb_position* positions, std::size_t count, Pushed& pushed) {
  std::size_t accepted = 0;
  const sb_code code = sb_push_positions(bridge, positions, count, &accepted);
  pushed.taken += accepted;
  if (code == SB_OK || pushed.first != SB_OK) return;
  pushed.first = code;
  lua_pushstring(lua, sb_last_error(bridge));
  lua_replace(lua, Pushed::kSentence);
}

/// push_positions(list): hands the good positions to the bridge in as few calls as possible. Gives how many were taken;
/// or nil, the message about the first refused one, its code, and how many were taken.
int push_positions(lua_State* lua, sb_bridge* bridge) {
  if (lua_type(lua, 2) != LUA_TTABLE) {
    return invalid(lua, "push_positions takes a list of positions.");
  }
  lua_settop(lua, 2);
  const auto count = static_cast<std::size_t>(lua_rawlen(lua, 2));
  // 3: Lua's own memory, since no destructor runs when Lua raises an error.
  auto* run =
      static_cast<sb_position*>(lua_newuserdatauv(lua, std::max<std::size_t>(count, 1) * sizeof(sb_position), 0));
  lua_pushnil(lua);  // Pushed::kSentence
  Pushed pushed;
  std::size_t in_run = 0;
  for (std::size_t i = 1; i <= count; ++i) {
    lua_rawgeti(lua, 2, static_cast<lua_Integer>(i));
    if (lua_type(lua, -1) == LUA_TTABLE) {
      run[in_run++] = position_at(lua, lua_gettop(lua));  // the element keeps its texts alive
    } else {
      push_run(lua, bridge, run, std::exchange(in_run, 0), pushed);
      if (pushed.first == SB_OK) {
        pushed.first = SB_INVALID_ARGUMENT;
        lua_pushfstring(lua, "Element %I of the list is no position but a %s.", static_cast<lua_Integer>(i),
                        luaL_typename(lua, -1));
        lua_replace(lua, Pushed::kSentence);
      }
    }
    lua_settop(lua, Pushed::kSentence);
  }
  push_run(lua, bridge, run, in_run, pushed);
  const auto taken = static_cast<lua_Integer>(pushed.taken);
  if (pushed.first == SB_OK) {
    lua_pushinteger(lua, taken);
    return 1;
  }
  lua_pushnil(lua);
  lua_pushvalue(lua, Pushed::kSentence);
  lua_pushstring(lua, sb_code_name(pushed.first));
  lua_pushinteger(lua, taken);
  return 4;
}

/// set_location(unit, text or nil): the map shows the text as the unit's place; nil: no longer.
int set_location(lua_State* lua, sb_bridge* bridge) {
  sb_text unit{nullptr, 0};
  sb_text text{nullptr, 0};
  if (!text_at(lua, 2, unit)) return invalid(lua, kUnitIsText);
  if (!lua_isnoneornil(lua, 3) && !text_at(lua, 3, text)) return invalid(lua, "A location is a text, or nil.");
  return finish(lua, bridge, sb_set_location(bridge, unit, text));
}

int set_panic(lua_State* lua, sb_bridge* bridge) {
  sb_text unit{nullptr, 0};
  if (!text_at(lua, 2, unit)) return invalid(lua, kUnitIsText);
  if (!lua_isboolean(lua, 3)) return invalid(lua, "Panic is true or false.");
  std::uint64_t ticket = 0;
  const sb_code code = sb_set_panic(bridge, unit, lua_toboolean(lua, 3), &ticket);
  return finish_ticket(lua, bridge, code, ticket);
}

int set_status(lua_State* lua, sb_bridge* bridge) {
  sb_text unit{nullptr, 0};
  if (!text_at(lua, 2, unit)) return invalid(lua, kUnitIsText);
  int whole = 0;
  const lua_Integer status = lua_tointegerx(lua, 3, &whole);
  if (whole == 0 || status < INT32_MIN || status > INT32_MAX) {
    return invalid(lua, "The status must be a whole number from 0 to " SB_LUA_TEXT(SB_STATUS_MAX) ".");
  }
  std::uint64_t ticket = 0;
  const sb_code code = sb_set_status(bridge, unit, static_cast<std::int32_t>(status), &ticket);
  return finish_ticket(lua, bridge, code, ticket);
}

/// call(operation, arguments as JSON text or nil[, { deadline_ms =, attachment = }]) -> ticket.
int call(lua_State* lua, sb_bridge* bridge) {
  lua_settop(lua, 4);
  sb_text operation{nullptr, 0};
  sb_text arguments{nullptr, 0};
  if (!text_at(lua, 2, operation)) return invalid(lua, kOperationIsText);
  if (!lua_isnil(lua, 3) && !text_at(lua, 3, arguments)) {
    return invalid(lua, "The arguments are one JSON object as a text.");
  }
  sb_call_options options{};
  options.struct_size = sizeof options;
  if (lua_istable(lua, 4)) {
    lua_getfield(lua, 4, "deadline_ms");
    int whole = 1;
    const lua_Integer deadline_ms = lua_isnil(lua, -1) ? 0 : lua_tointegerx(lua, -1, &whole);
    if (whole == 0 || deadline_ms < 0 || deadline_ms > UINT32_MAX) {
      return invalid(lua, "The deadline_ms is a whole number of milliseconds.");
    }
    options.deadline_ms = static_cast<std::uint32_t>(deadline_ms);
    lua_getfield(lua, 4, "attachment");
    if (!lua_isnil(lua, -1) && !text_at(lua, lua_gettop(lua), options.attachment)) {
      return invalid(lua, "The attachment is a text, the bytes as they are.");
    }
  } else if (!lua_isnil(lua, 4)) {
    return invalid(lua, "The options are a table.");
  }
  std::uint64_t ticket = 0;
  const sb_code code = sb_call(bridge, operation, arguments, &options, &ticket);
  return finish_ticket(lua, bridge, code, ticket);
}

int cancel(lua_State* lua, sb_bridge* bridge) {
  int whole = 0;
  const lua_Integer ticket = lua_tointegerx(lua, 2, &whole);
  if (whole == 0 || ticket < 1) return invalid(lua, "A ticket is the number that a call gave.");
  return finish(lua, bridge, sb_cancel(bridge, static_cast<std::uint64_t>(ticket)));
}

/// expected_wait(operation) -> seconds, 0 at once; false when only an answer will tell.
int expected_wait(lua_State* lua, sb_bridge* bridge) {
  sb_text operation{nullptr, 0};
  if (!text_at(lua, 2, operation)) return invalid(lua, kOperationIsText);
  const std::uint32_t wait_ms = sb_expected_wait_ms(bridge, operation);
  if (wait_ms == SB_NOT_KNOWN) {
    lua_pushboolean(lua, 0);
  } else {
    lua_pushnumber(lua, wait_ms / 1000.0);
  }
  return 1;
}

int remove_unit(lua_State* lua, sb_bridge* bridge) {
  sb_text unit{nullptr, 0};
  if (!text_at(lua, 2, unit)) return invalid(lua, kUnitIsText);
  return finish(lua, bridge, sb_remove_unit(bridge, unit));
}

int heartbeat(lua_State* lua, sb_bridge* bridge) {
  int whole = 0;
  const lua_Integer count = lua_tointegerx(lua, 2, &whole);
  if (whole == 0 || count < 0 || count > UINT32_MAX) {
    return invalid(lua, "The player count must be a whole number from 0 to " SB_LUA_TEXT(SB_PLAYERS_MAX) ".");
  }
  return finish(lua, bridge, sb_heartbeat(bridge, static_cast<std::uint32_t>(count)));
}

/// push_event(text): an event that the CAD has sent by HTTP.
int push_event_text(lua_State* lua, sb_bridge* bridge) {
  sb_text event{nullptr, 0};
  if (!text_at(lua, 2, event)) return invalid(lua, "The event is one JSON object as a text.");
  return finish(lua, bridge, sb_push_event(bridge, event));
}

/// set_log_level('error', 'warn', 'info' or 'debug')
int set_log_level(lua_State* lua, sb_bridge* bridge) {
  const char* name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "";
  for (std::size_t level = 0; level < kLevels.size(); ++level) {
    if (std::strcmp(name, kLevels[level]) == 0) {
      return finish(lua, bridge, sb_set_log_level(bridge, static_cast<int>(level)));
    }
  }
  return invalid(lua, "The level of the log must be one of: error, warn, info, debug.");
}

int diagnose(lua_State* lua, sb_bridge* bridge) {
  std::uint64_t ticket = 0;
  const sb_code code = sb_diagnose(bridge, &ticket);
  return finish_ticket(lua, bridge, code, ticket);
}

int unit_state(lua_State* lua, sb_bridge* bridge) {
  sb_text unit{nullptr, 0};
  if (!text_at(lua, 2, unit)) return invalid(lua, kUnitIsText);
  std::uint64_t ticket = 0;
  const sb_code code = sb_unit_state(bridge, unit, &ticket);
  return finish_ticket(lua, bridge, code, ticket);
}

void set_text(lua_State* lua, const char* name, sb_text text) {
  lua_pushlstring(lua, text.data == nullptr ? "" : text.data, text.size);
  lua_setfield(lua, -2, name);
}

void push_event(lua_State* lua, const sb_event& event) {
  lua_createtable(lua, 0, 6);
  if (event.type == SB_EVENT_LOG) {
    lua_pushliteral(lua, "log");
    lua_setfield(lua, -2, "type");
    lua_pushstring(lua, kLevels[static_cast<std::size_t>(event.level) % kLevels.size()]);
    lua_setfield(lua, -2, "level");
    set_text(lua, "line", event.body);
    return;
  }
  if (event.type == SB_EVENT_ACTIVE_UNITS) {
    lua_pushliteral(lua, "active_units");
    lua_setfield(lua, -2, "type");
    set_text(lua, "body", event.body);
    return;
  }
  if (event.type == SB_EVENT_PUSH) {
    lua_pushliteral(lua, "push");
    lua_setfield(lua, -2, "type");
    set_text(lua, "event", event.title);
    set_text(lua, "body", event.body);
    lua_pushboolean(lua, event.body_is_json);
    lua_setfield(lua, -2, "json");
    lua_pushstring(lua, event.from_bridge != 0 ? "bridge" : "cad");
    lua_setfield(lua, -2, "source");
    return;
  }
  if (event.type == SB_EVENT_STATE) {
    lua_pushliteral(lua, "state");
    lua_setfield(lua, -2, "type");
    set_text(lua, "state", event.title);
    set_text(lua, "reason", event.body);
    set_text(lua, "hub", event.detail);
    return;
  }
  lua_pushliteral(lua, "response");
  lua_setfield(lua, -2, "type");
  lua_pushinteger(lua, static_cast<lua_Integer>(event.ticket));
  lua_setfield(lua, -2, "ticket");
  lua_pushboolean(lua, event.error == SB_ERROR_NONE);
  lua_setfield(lua, -2, "ok");
  lua_pushinteger(lua, event.http_status);
  lua_setfield(lua, -2, "status");
  lua_pushboolean(lua, event.deduplicated);
  lua_setfield(lua, -2, "deduplicated");
  set_text(lua, "body", event.body);
  lua_pushboolean(lua, event.body_is_json);
  lua_setfield(lua, -2, "json");
  if (event.error == SB_ERROR_NONE) return;
  lua_createtable(lua, 0, 4);
  lua_pushstring(lua, sb_error_name(event.error));
  lua_setfield(lua, -2, "kind");
  set_text(lua, "title", event.title);
  set_text(lua, "detail", event.detail);
  set_text(lua, "traceId", event.trace_id);
  if (event.retry_after_ms != 0) {
    lua_pushnumber(lua, event.retry_after_ms / 1000.0);
    lua_setfield(lua, -2, "retryAfter_s");
  }
  lua_setfield(lua, -2, "error");
}

/// poll([max]) -> a list of events, at most 64.
int poll(lua_State* lua, sb_bridge* bridge) {
  const lua_Integer max = luaL_optinteger(lua, 2, static_cast<lua_Integer>(kPoll));
  const auto room = max < 0                                 ? std::size_t{0}
                    : max > static_cast<lua_Integer>(kPoll) ? kPoll
                                                            : static_cast<std::size_t>(max);
  std::array<sb_event, kPoll> events{};
  for (auto& event : events) event.struct_size = sizeof event;
  const std::size_t count = sb_poll(bridge, events.data(), room);
  lua_createtable(lua, static_cast<int>(count), 0);
  for (std::size_t i = 0; i < count; ++i) {
    push_event(lua, events[i]);
    lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
  }
  sb_release(bridge);
  return 1;
}

int pending(lua_State* lua) {
  lua_pushinteger(lua, sb_pending(holder_at_1(lua)->bridge));
  return 1;
}

int stats(lua_State* lua, sb_bridge* bridge) {
  std::size_t size = 0;
  const char* json = sb_stats(bridge, &size);
  lua_pushlstring(lua, json, size);
  return 1;
}

/// units([piece]) -> JSON text
int units(lua_State* lua, sb_bridge* bridge) {
  std::size_t size = 0;
  const char* json = sb_units(bridge, static_cast<std::uint32_t>(luaL_optinteger(lua, 2, 0)), &size);
  lua_pushlstring(lua, json, size);
  return 1;
}

int setting(lua_State* lua, sb_bridge* bridge) {
  sb_text name{nullptr, 0};
  text_at(lua, 2, name);
  lua_pushstring(lua, sb_setting_value(bridge, name));  // NULL becomes nil
  return 1;
}

/// Milliseconds at index 2, `otherwise` when absent.
std::uint32_t milliseconds(lua_State* lua, std::uint32_t otherwise) {
  const lua_Integer ms = luaL_optinteger(lua, 2, otherwise);
  return ms < 0 || ms > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(ms);  // too large: refused by the bridge
}

int flush(lua_State* lua, sb_bridge* bridge) {
  return finish(lua, bridge, sb_flush(bridge, milliseconds(lua, kDestroy_ms)));
}

/// destroy([ms]) -> { panics =, statuses =, positions =, calls = } that were not delivered.
int destroy(lua_State* lua, sb_bridge* bridge) {
  sb_unsent unsent{};
  unsent.struct_size = sizeof unsent;
  const sb_code code = sb_destroy(bridge, milliseconds(lua, kDestroy_ms), &unsent);
  if (code != SB_OK) return refuse(lua, sb_last_error(bridge), code);
  holder_at_1(lua)->bridge = nullptr;
  lua_createtable(lua, 0, 4);
  lua_pushinteger(lua, static_cast<lua_Integer>(unsent.calls));
  lua_setfield(lua, -2, "calls");
  lua_pushinteger(lua, static_cast<lua_Integer>(unsent.panics));
  lua_setfield(lua, -2, "panics");
  lua_pushinteger(lua, static_cast<lua_Integer>(unsent.statuses));
  lua_setfield(lua, -2, "statuses");
  lua_pushinteger(lua, static_cast<lua_Integer>(unsent.positions));
  lua_setfield(lua, -2, "positions");
  return 1;
}

int collect(lua_State* lua) {
  Holder* holder = holder_at_1(lua);
  sb_destroy(holder->bridge, kCollected_ms, nullptr);
  holder->bridge = nullptr;
  return 0;
}

int version(lua_State* lua) {
  lua_pushstring(lua, sb_version());
  return 1;
}

/// settings() -> a list of { name =, type =, default =, range =, sentence = }.
int settings(lua_State* lua) {
  lua_newtable(lua);
  sb_setting_info info{};
  info.struct_size = sizeof info;
  for (std::size_t i = 0; sb_setting_at(i, &info) != 0; ++i) {
    lua_createtable(lua, 0, 5);
    const std::array<std::pair<const char*, const char*>, 5> fields = {{{"name", info.name},
                                                                        {"type", info.type},
                                                                        {"default", info.default_value},
                                                                        {"range", info.range},
                                                                        {"sentence", info.sentence}}};
    for (const auto& [name, value] : fields) {
      lua_pushstring(lua, value);
      lua_setfield(lua, -2, name);
    }
    lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
  }
  return 1;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int luaopen_sonoran_bridge(lua_State* lua);

extern "C" int luaopen_sonoran_bridge(lua_State* lua) {
  static constexpr luaL_Reg kMethods[] = {{"push_position", method<push_position>},
                                          {"push_positions", method<push_positions>},
                                          {"set_panic", method<set_panic>},
                                          {"set_status", method<set_status>},
                                          {"call", method<call>},
                                          {"cancel", method<cancel>},
                                          {"expected_wait", method<expected_wait>},
                                          {"remove_unit", method<remove_unit>},
                                          {"set_location", method<set_location>},
                                          {"heartbeat", method<heartbeat>},
                                          {"push_event", method<push_event_text>},
                                          {"set_log_level", method<set_log_level>},
                                          {"diagnose", method<diagnose>},
                                          {"unit_state", method<unit_state>},
                                          {"poll", method<poll>},
                                          {"pending", pending},
                                          {"stats", method<stats>},
                                          {"units", method<units>},
                                          {"setting", method<setting>},
                                          {"flush", method<flush>},
                                          {"destroy", method<destroy>},
                                          {"__gc", collect},
                                          {"__close", collect},
                                          {nullptr, nullptr}};
  static constexpr luaL_Reg kFunctions[] = {
      {"create", create}, {"version", version}, {"settings", settings}, {nullptr, nullptr}};
  luaL_newmetatable(lua, kType);
  luaL_setfuncs(lua, kMethods, 0);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
  luaL_newlib(lua, kFunctions);
  return 1;
}
