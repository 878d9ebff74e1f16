'use strict';

const { LuaFactory } = require('wasmoon');

// Lua 5.4, compiled to WebAssembly by the package wasmoon, used through Lua's own C interface. One WebAssembly instance
// serves the whole process; each runtime is a lua_State of its own, and shares no value with another.

const MULTRET = -1;
const REGISTRY = -1001000;
const TYPE = { NIL: 0, BOOLEAN: 1, NUMBER: 3, STRING: 4, TABLE: 5, FUNCTION: 6, USERDATA: 7, THREAD: 8 };

class LuaLibrary {
  constructor(module, api) {
    this.module = module;
    this.api = api;
    this.functions = [];
    this.freeFunctions = [];
    this.bigints = Array.from({ length: 4096 }, (_, i) => BigInt(i));
    this.scratchSize = 1 << 16;
    this.scratch = module._malloc(this.scratchSize);
    this.lengthAt = module._malloc(8);
    this.heap = Buffer.from(api.memory.buffer);
    this.numbers = new Float64Array(api.memory.buffer);
    this.words = new Int32Array(api.memory.buffer);
    this.dispatcher = module.addFunction((L) => this.dispatch(L), 'ii');
    this.compactTables = this.knowsTables();
  }

  // Refreshes the views after WebAssembly's memory has grown. Call it after anything that may have allocated there.
  view() {
    if (this.heap.buffer !== this.api.memory.buffer) {
      this.heap = Buffer.from(this.api.memory.buffer);
      this.numbers = new Float64Array(this.api.memory.buffer);
      this.words = new Int32Array(this.api.memory.buffer);
    }
    return this.heap;
  }

  reserve(size) {
    if (size > this.scratchSize) {
      this.module._free(this.scratch);
      this.scratchSize = Math.max(size, this.scratchSize * 2);
      this.scratch = this.module._malloc(this.scratchSize);
    }
    return this.scratch;
  }

  bigint(n) {
    return n >= 0 && n < 4096 ? this.bigints[n] : BigInt(n);
  }

  // All C functions are one: its upvalue says which JavaScript function to call. An exception of it becomes a Lua error.
  dispatch(L) {
    const fn = this.functions[this.api.lua_tonumberx(L, REGISTRY - 1, 0)];
    try {
      return fn(L);
    } catch (error) {
      // Infinity stands for a Lua error that passes through.
      if (error === Infinity) throw error;
      this.api.luaL_where(L, 1);
      this.pushString(L, error instanceof Error ? error.message : String(error));
      this.api.lua_concat(L, 2);
    }
    return this.api.lua_error(L);
  }

  addFunction(fn) {
    const index = this.freeFunctions.length > 0 ? this.freeFunctions.pop() : this.functions.length;
    this.functions[index] = fn;
    return index;
  }

  removeFunction(index) {
    this.functions[index] = null;
    this.freeFunctions.push(index);
  }

  pushFunction(L, index) {
    this.api.lua_pushnumber(L, index);
    this.api.lua_pushcclosure(L, this.dispatcher, 1);
  }

  pushString(L, text) {
    const size = text.length * 3;
    const at = this.reserve(size);
    const written = this.view().utf8Write(text, at, size);
    this.api.lua_pushlstring(L, at, written);
  }

  pushBytes(L, bytes) {
    const at = this.reserve(bytes.length);
    this.view().set(bytes, at);
    this.api.lua_pushlstring(L, at, bytes.length);
  }

  // The value must be a string (a number would be changed in place).
  toText(L, index) {
    const at = this.api.lua_tolstring(L, index, this.lengthAt);
    const heap = this.view();
    return heap.utf8Slice(at, at + this.words[this.lengthAt >> 2]);
  }

  toBytes(L, index) {
    const at = this.api.lua_tolstring(L, index, this.lengthAt);
    const heap = this.view();
    return Buffer.from(heap.subarray(at, at + this.words[this.lengthAt >> 2]));
  }

  // Any value as text, as tostring() gives it.
  display(L, index) {
    const at = this.api.luaL_tolstring(L, index, this.lengthAt);
    const text = this.view().utf8Slice(at, at + this.words[this.lengthAt >> 2]);
    this.api.lua_settop(L, -2);
    return text;
  }

  pushInteger(L, n) {
    this.api.lua_pushinteger(L, this.bigint(n));
  }

  pushNumber(L, n) {
    if (Number.isSafeInteger(n)) this.api.lua_pushinteger(L, this.bigint(n));
    else this.api.lua_pushnumber(L, n);
  }

  // Loads a chunk; returns null, or the message that says why not. On success the function is on the stack.
  load(L, source, chunkName) {
    const code = Buffer.from(source, 'utf8');
    const name = Buffer.from(`${chunkName}\0`, 'utf8');
    const at = this.module._malloc(code.length + name.length);
    this.view().set(code, at);
    this.heap.set(name, at + code.length);
    const failed = this.api.luaL_loadbufferx(L, at, code.length, at + code.length, 0);
    this.module._free(at);
    if (!failed) return null;
    const why = this.toText(L, -1);
    this.api.lua_settop(L, -2);
    return why;
  }

  // A JavaScript value for a Lua one: tables become arrays or objects. Functions are given to `onFunction`.
  toJs(L, at, onFunction, depth = 0) {
    const index = this.api.lua_absindex(L, at);
    switch (this.api.lua_type(L, index)) {
      case TYPE.BOOLEAN:
        return this.api.lua_toboolean(L, index) !== 0;
      case TYPE.NUMBER:
        return this.api.lua_tonumberx(L, index, 0);
      case TYPE.STRING:
        return this.toText(L, index);
      case TYPE.TABLE:
        if (depth > 64) throw new Error('the table is nested too deeply');
        return this.tableToJs(L, index, onFunction, depth);
      case TYPE.FUNCTION:
        if (onFunction) return onFunction(L, index);
        throw new Error('a function cannot be given here');
      case -1:
      case TYPE.NIL:
        return null;
      default:
        throw new Error(`a value of this type cannot be given here: ${this.display(L, index)}`);
    }
  }

  tableToJs(L, index, onFunction, depth) {
    const api = this.api;
    api.luaL_checkstack(L, 8, 0);
    const keys = [];
    const values = [];
    let array = true;
    let largest = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, index)) {
      const number = api.lua_type(L, -2) === TYPE.NUMBER;
      const key = number ? api.lua_tonumberx(L, -2, 0) : this.display(L, -2);
      if (!number || !Number.isInteger(key) || key < 1) array = false;
      else if (key > largest) largest = key;
      keys.push(key);
      values.push(this.toJs(L, -1, onFunction, depth + 1));
      api.lua_settop(L, -2);
    }
    if (array && largest <= keys.length * 2 + 8) {
      const result = new Array(largest).fill(null);
      keys.forEach((key, i) => {
        result[key - 1] = values[i];
      });
      return result;
    }
    const result = {};
    keys.forEach((key, i) => {
      result[key] = values[i];
    });
    return result;
  }

  push(L, value) {
    const api = this.api;
    if (value === null || value === undefined) {
      api.lua_pushnil(L);
    } else if (typeof value === 'number') {
      this.pushNumber(L, value);
    } else if (typeof value === 'bigint') {
      api.lua_pushinteger(L, value);
    } else if (typeof value === 'string') {
      this.pushString(L, value);
    } else if (typeof value === 'boolean') {
      api.lua_pushboolean(L, value ? 1 : 0);
    } else if (value instanceof Uint8Array) {
      this.pushBytes(L, value);
    } else if (Array.isArray(value)) {
      api.luaL_checkstack(L, 8, 0);
      api.lua_createtable(L, value.length, 0);
      value.forEach((item, i) => {
        this.push(L, item);
        api.lua_rawseti(L, -2, this.bigint(i + 1));
      });
    } else {
      api.luaL_checkstack(L, 8, 0);
      api.lua_createtable(L, 0, 0);
      for (const [key, item] of Object.entries(value)) {
        this.pushString(L, key);
        this.push(L, item);
        api.lua_rawset(L, -3);
      }
    }
  }

  // Whether a table's memory looks as lua_msgpack.js expects; when it does not, that takes the slow way.
  knowsTables() {
    const api = this.api;
    const L = api.luaL_newstate();
    api.luaL_openlibs(L);
    const why = this.load(L, 'return {7, -3, 0.5, true, false, 9007199254740993}', '=layout');
    if (why !== null || api.lua_pcallk(L, 0, 1, 0, 0, 0) !== 0) throw new Error('Lua does not run a simple chunk');
    const table = api.lua_topointer(L, -1);
    this.view();
    const array = this.words[(table + 12) >> 2];
    const tag = (i) => this.heap[array + 16 * i + 8];
    const known =
      this.words[(table + 8) >> 2] === 6 &&
      this.words[(table + 20) >> 2] === 0 &&
      (this.heap[table + 6] & 0x80) === 0 &&
      tag(0) === 3 &&
      tag(1) === 3 &&
      tag(2) === 19 &&
      tag(3) === 17 &&
      tag(4) === 1 &&
      this.words[array >> 2] === 7 &&
      this.words[(array + 16) >> 2] === -3 &&
      this.words[(array + 20) >> 2] === -1 &&
      this.numbers[(array + 32) >> 3] === 0.5 &&
      this.words[(array + 84) >> 2] === 0x200000;
    api.lua_close(L);
    return known;
  }
}

let loading = null;

// The one library of this process.
function loadLua() {
  if (!loading) loading = load();
  return loading;
}

async function load() {
  // The package keeps WebAssembly's exports behind checked wrappers; the functions themselves are twenty times faster,
  // and with the wrappers the costs measured here would say nothing about a real server.
  const instantiate = WebAssembly.instantiate;
  let instance = null;
  WebAssembly.instantiate = async (...args) => {
    const result = await instantiate.apply(WebAssembly, args);
    instance = result.instance || result;
    return result;
  };
  try {
    const lua = await new LuaFactory().getLuaModule();
    if (!instance) throw new Error('wasmoon did not instantiate its WebAssembly as expected: is it version 1.16.0?');
    return new LuaLibrary(lua.module, instance.exports);
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

module.exports = { loadLua, MULTRET, REGISTRY, TYPE };
