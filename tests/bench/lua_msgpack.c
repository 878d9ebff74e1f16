/*
 * How Lua's own codec of a game server packs the arguments of an export: `pack(...)` -> MessagePack as a string. In C,
 * as the game server's is, with what that does for each table: all of its keys are looked at first, to see whether it
 * is an array. For the measurement of the tracker (tests/lua/tracker_cost.lua); the stand-in's codec is too slow to
 * tell. (Debian's library for MessagePack cannot be installed beside Boost 1.81.)
 */
#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

enum { kNil = 0xc0, kFalse = 0xc2, kTrue = 0xc3, kDouble = 0xcb, kInt64 = 0xd3, kText = 0xdb, kArray = 0xdd };

static void big_endian(luaL_Buffer* out, uint64_t value, int bytes) {
  while (bytes-- > 0) luaL_addchar(out, (char)(value >> (8 * bytes)));
}

static void head(luaL_Buffer* out, int type, uint64_t value, int bytes) {
  luaL_addchar(out, (char)type);
  big_endian(out, value, bytes);
}

static void integer(luaL_Buffer* out, lua_Integer value) {
  if (value >= -32 && value < 128) {
    luaL_addchar(out, (char)value);
  } else if (value >= 0 && value < 1 << 16) {
    head(out, value < 1 << 8 ? 0xcc : 0xcd, (uint64_t)value, value < 1 << 8 ? 1 : 2);
  } else if (value >= -(1 << 15) && value < 0) {
    head(out, 0xd1, (uint64_t)value, 2);
  } else if (value >= INT32_MIN && value <= INT32_MAX) {
    head(out, 0xd2, (uint64_t)value, 4);
  } else {
    head(out, kInt64, (uint64_t)value, 8);
  }
}

/* The length of the table at `at` when its keys are 1 to n. */
static lua_Unsigned array_length(lua_State* lua, int at) {
  lua_Integer most = 0;
  lua_Integer count = 0;
  for (lua_pushnil(lua); lua_next(lua, at) != 0; lua_pop(lua, 1)) {
    if (!lua_isinteger(lua, -2)) luaL_error(lua, "only arrays cross here");
    const lua_Integer key = lua_tointeger(lua, -2);
    if (key > most) most = key;
    ++count;
  }
  if (most != count) luaL_error(lua, "only arrays cross here");
  return (lua_Unsigned)count;
}

static void add(lua_State* lua, luaL_Buffer* out, int at);

static int pack(lua_State* lua) {
  const int count = lua_gettop(lua);
  luaL_Buffer out;
  luaL_buffinit(lua, &out);
  head(&out, kArray, (uint64_t)count, 4);
  for (int i = 1; i <= count; ++i) add(lua, &out, i);
  luaL_pushresult(&out);
  return 1;
}

/* A buffer of Lua's may keep a value on the stack, so values are read by their place from the bottom. */
static void add(lua_State* lua, luaL_Buffer* out, int at) {
  switch (lua_type(lua, at)) {
    case LUA_TNIL:
      luaL_addchar(out, (char)kNil);
      break;
    case LUA_TBOOLEAN:
      luaL_addchar(out, (char)(lua_toboolean(lua, at) ? kTrue : kFalse));
      break;
    case LUA_TNUMBER:
      if (lua_isinteger(lua, at)) {
        integer(out, lua_tointeger(lua, at));
      } else {
        union {
          double number;
          uint64_t bits;
        } value = {lua_tonumber(lua, at)};
        head(out, kDouble, value.bits, 8);
      }
      break;
    case LUA_TSTRING: {
      size_t size = 0;
      const char* const text = lua_tolstring(lua, at, &size);
      head(out, kText, size, 4);
      luaL_addlstring(out, text, size);
      break;
    }
    case LUA_TTABLE: {
      const lua_Unsigned length = array_length(lua, at);
      head(out, kArray, length, 4);
      for (lua_Unsigned i = 1; i <= length; ++i) {
        lua_rawgeti(lua, at, (lua_Integer)i);
        const int value = lua_gettop(lua);
        if (lua_isinteger(lua, value)) {
          const lua_Integer number = lua_tointeger(lua, value);
          lua_pop(lua, 1);
          integer(out, number);
        } else {
          luaL_error(lua, "only arrays of integers are measured");
        }
      }
      break;
    }
    default:
      luaL_error(lua, "a %s cannot cross", luaL_typename(lua, at));
  }
}

/* What is built here is hidden unless it says otherwise. */
__attribute__((visibility("default"))) int luaopen_bench_msgpack(lua_State* lua) {
  static const luaL_Reg functions[] = {{"pack", pack}, {NULL, NULL}};
  luaL_newlib(lua, functions);
  return 1;
}
