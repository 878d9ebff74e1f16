'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { TYPE, REGISTRY, MULTRET } = require('./lua_library');
const { LuaMsgpack } = require('./lua_msgpack');
const { Meter } = require('./meter');
const { ReferenceCounts } = require('./reference_counts');

const NIL = new Uint8Array([0xc0]);
const read = (name) => fs.readFileSync(path.join(__dirname, 'lua', name), 'utf8');
const PROMISE = read('promise.lua');
const VECTOR = read('vector.lua');
const PRELUDE = read('prelude.lua');

// The Lua runtime of one resource: a lua_State, with the game server's globals, threads, events and references.
class LuaRuntime {
  // side: what the runtime may do to the world outside: {library, meter, account, channel, console, clock, references,
  // isServer, natives, trigger(name, bytes), clientEvent, serverEvent, handle(name)}
  constructor(resource, id, side) {
    this.kind = 'lua';
    this.resource = resource;
    this.id = id;
    this.side = side;
    this.lua = side.library;
    this.api = this.lua.api;
    this.alive = true;
    this.counts = new ReferenceCounts((id) => this.api.luaL_unref(this.L, REGISTRY, id));
    this.ownFunctions = [];
    this.L = this.api.luaL_newstate();
    this.msgpack = new LuaMsgpack(this.lua, this);
    this.api.luaL_openlibs(this.L);
    this.metered(Meter.LUA, () => this.boot());
  }

  // ---------------------------------------------------------------------------------------------- life cycle

  boot() {
    const { L, api, lua } = this;
    this.registerNatives();
    this.run(PROMISE, '=promise', 0);
    this.run(VECTOR, '=vector', 1);
    const metas = api.luaL_ref(L, REGISTRY);
    this.wrapVectorNatives();
    const why = lua.load(L, PRELUDE, '=scheduler');
    if (why !== null) throw new Error(why);
    this.pushHost();
    api.lua_pushboolean(L, this.side.isServer ? 1 : 0);
    lua.pushString(L, this.resource.name);
    api.lua_rawgeti(L, REGISTRY, lua.bigint(metas));
    if (api.lua_pcallk(L, 4, 7, 0, 0, 0) !== 0) throw new Error(lua.display(L, -1));
    // Last result first.
    this.vectorRefs = {};
    this.vectorMetas = new Map();
    for (const size of [4, 3, 2]) {
      this.vectorMetas.set(api.lua_topointer(L, -1), size);
      this.vectorRefs[size] = api.luaL_ref(L, REGISTRY);
    }
    this.referenceMeta = api.lua_topointer(L, -1);
    this.referenceMetaRef = api.luaL_ref(L, REGISTRY);
    this.onCall = api.luaL_ref(L, REGISTRY);
    this.onEvent = api.luaL_ref(L, REGISTRY);
    this.onTick = api.luaL_ref(L, REGISTRY);
  }

  run(source, name, results) {
    const why = this.lua.load(this.L, source, name);
    if (why !== null) throw new Error(why);
    if (this.api.lua_pcallk(this.L, 0, results, 0, 0, 0) !== 0) throw new Error(this.lua.display(this.L, -1));
  }

  loadFile(file) {
    this.metered(Meter.LUA, () => {
      const why = this.lua.load(this.L, fs.readFileSync(file.path, 'utf8'), `@${file.name}`);
      if (why !== null) {
        this.error(`Error loading script ${file.name} in resource ${this.resource.name}: ${why}`);
        return;
      }
      this.protect(0, `Error running script ${file.name} in resource ${this.resource.name}`);
    });
  }

  destroy() {
    if (!this.alive) return;
    this.alive = false;
    this.metered(Meter.LUA, () => this.api.lua_close(this.L));
    this.ownFunctions.forEach((index) => this.lua.removeFunction(index));
    this.counts.clear();
  }

  memory() {
    return this.alive ? this.evaluate('return collectgarbage("count")')[0] * 1024 : 0;
  }

  // --------------------------------------------------------------------------------------------- the outside

  tick() {
    this.metered(Meter.LUA, () => {
      this.api.lua_rawgeti(this.L, REGISTRY, this.lua.bigint(this.onTick));
      this.protect(0, 'tick');
    });
  }

  handleEvent(name, bytes, source) {
    this.metered(Meter.LUA, () => {
      const { L, api } = this;
      const top = api.lua_gettop(L);
      api.luaL_checkstack(L, 16, 0);
      api.lua_rawgeti(L, REGISTRY, this.lua.bigint(this.onEvent));
      this.lua.pushString(L, name);
      this.lua.pushString(L, source);
      let count = 0;
      try {
        count = this.codec(() => this.msgpack.unpackSpread(L, bytes));
      } catch (error) {
        if (error === Infinity) throw error;
        api.lua_settop(L, top);
        this.error(`event ${name} from '${source}' was not understood: ${error.message}`);
        return;
      }
      if (count === -2) {
        api.lua_settop(L, top);
        return;
      }
      count = Math.max(count, 0);
      this.protect(count + 2, `event ${name}`);
    });
  }

  // Calls function number `id` with packed arguments; gives its results, packed as the one table { f(...) }. A call
  // that failed gives nil, and its error is printed here: no caller learns it.
  callReference(id, bytes) {
    return this.metered(Meter.LUA, () => {
      const { L, api } = this;
      const top = api.lua_gettop(L);
      try {
        api.luaL_checkstack(L, 16, 0);
        if (!this.counts.has(id)) {
          this.side.console.write(this.side.channel, `Invalid ref call attempt: ${id}\n`);
          return NIL;
        }
        api.lua_rawgeti(L, REGISTRY, this.lua.bigint(this.onCall));
        api.lua_rawgeti(L, REGISTRY, this.lua.bigint(id));
        const count = Math.max(
          this.codec(() => this.msgpack.unpackSpread(L, bytes)),
          0,
        );
        const failed = api.lua_pcallk(L, count + 1, 1, 0, 0, 0);
        if (failed !== 0) throw new Error(this.lua.display(L, -1));
        return this.codec(() => this.msgpack.packValue(L, -1));
      } catch (error) {
        if (error === Infinity) throw error;
        this.error(`ref call: ${error.message}`);
        return NIL;
      } finally {
        api.lua_settop(L, top);
      }
    });
  }

  // For tests: runs a chunk and gives its results as JavaScript values.
  evaluate(source) {
    return this.metered(Meter.LUA, () => {
      const { L, api, lua } = this;
      const top = api.lua_gettop(L);
      const why = lua.load(L, source, '=evaluate');
      if (why !== null) throw new Error(why);
      try {
        if (api.lua_pcallk(L, 0, MULTRET, 0, 0, 0) !== 0) throw new Error(lua.display(L, -1));
        const values = [];
        for (let i = top + 1; i <= api.lua_gettop(L); i += 1) values.push(lua.toJs(L, i));
        return values;
      } finally {
        api.lua_settop(L, top);
      }
    });
  }

  // ------------------------------------------------------------------- what LuaMsgpack asks about references

  pack(L, index) {
    this.api.lua_pushvalue(L, index);
    const id = this.api.luaL_ref(L, REGISTRY);
    this.counts.made(id);
    return this.side.references.canonical(this, id);
  }

  // A table with a metatable: a reference to a function elsewhere, a vector, or null for anything else.
  special(L, index) {
    const { api, lua } = this;
    api.lua_getmetatable(L, index);
    const meta = api.lua_topointer(L, -1);
    api.lua_settop(L, -2);
    const field = (name) => {
      lua.pushString(L, name);
      api.lua_rawget(L, index);
    };
    if (meta === this.referenceMeta) {
      field('__cfx_functionReference');
      const reference = lua.toText(L, -1);
      api.lua_settop(L, -2);
      return { reference };
    }
    const size = this.vectorMetas.get(meta);
    if (!size) return null;
    const vector = [];
    for (const name of ['x', 'y', 'z', 'w'].slice(0, size)) {
      field(name);
      vector.push(api.lua_tonumberx(L, -1, 0));
      api.lua_settop(L, -2);
    }
    return { vector };
  }

  unpack(L, reference) {
    const { api, lua } = this;
    this.side.references.add(reference);
    api.lua_createtable(L, 0, 1);
    lua.pushString(L, '__cfx_functionReference');
    lua.pushString(L, reference);
    api.lua_rawset(L, -3);
    api.lua_rawgeti(L, REGISTRY, lua.bigint(this.referenceMetaRef));
    api.lua_setmetatable(L, -2);
  }

  pushVector(L, vector) {
    const { api, lua } = this;
    api.lua_createtable(L, 0, vector.length);
    vector.forEach((value, i) => {
      lua.pushString(L, 'xyzw'[i]);
      api.lua_pushnumber(L, value);
      api.lua_rawset(L, -3);
    });
    api.lua_rawgeti(L, REGISTRY, lua.bigint(this.vectorRefs[vector.length]));
    api.lua_setmetatable(L, -2);
  }

  // --------------------------------------------------------------------------------------- what Lua may call

  pushHost() {
    const { api, lua, side } = this;
    const text = (L, index) => {
      if (api.lua_type(L, index) !== TYPE.STRING) {
        throw new Error(`bad argument #${index} (string expected, got ${lua.display(L, index)})`);
      }
      return lua.toText(L, index);
    };
    const functions = {
      trace: (L) => {
        side.console.write(side.channel, lua.toText(L, 1));
        return 0;
      },
      fail: (L) => {
        this.error(lua.toText(L, 1));
        return 0;
      },
      now: (L) => {
        api.lua_pushnumber(L, Math.floor(side.clock.now()));
        return 1;
      },
      handle: (L) => {
        side.handle(text(L, 1));
        return 0;
      },
      event: (L) => {
        const name = text(L, 1);
        const bytes = this.codec(() => this.msgpack.packArguments(L, 2));
        api.lua_pushboolean(L, side.trigger(name, bytes) ? 1 : 0);
        return 1;
      },
      client_event: (L) => {
        const name = text(L, 1);
        const target = Number.parseInt(lua.display(L, 2), 10);
        side.clientEvent(
          name,
          target,
          this.codec(() => this.msgpack.packArguments(L, 3)),
        );
        return 0;
      },
      server_event: (L) => {
        const name = text(L, 1);
        side.serverEvent(
          name,
          this.codec(() => this.msgpack.packArguments(L, 2)),
        );
        return 0;
      },
      invoke: (L) => {
        const reference = lua.toText(L, 1);
        const bytes = this.codec(() => this.msgpack.packArguments(L, 2));
        const answer = side.references.invoke(reference, bytes);
        api.lua_pushboolean(L, 1);
        const count = answer === null ? -1 : this.codec(() => this.msgpack.unpackSpread(L, answer));
        return count < 0 ? 0 : count + 1;
      },
      release: (L) => {
        side.references.remove(lua.toText(L, 1));
        return 0;
      },
      reference: (L) => {
        const type = api.lua_type(L, 1);
        if (type === TYPE.FUNCTION) {
          lua.pushString(L, this.pack(L, 1));
          return 1;
        }
        if (type === TYPE.TABLE) {
          const special = api.lua_getmetatable(L, 1) ? this.special(L, 1) : null;
          if (special && special.reference) {
            lua.pushString(L, special.reference);
            return 1;
          }
        }
        throw new Error(`a function is expected, not ${lua.display(L, 1)}`);
      },
      pack: (L) => {
        lua.pushBytes(
          L,
          this.codec(() => this.msgpack.packValue(L, 1)),
        );
        return 1;
      },
      pack_args: (L) => {
        lua.pushBytes(
          L,
          this.codec(() => this.msgpack.packArguments(L, 1)),
        );
        return 1;
      },
      unpack: (L) => {
        const bytes = lua.toBytes(L, 1);
        this.codec(() => this.msgpack.unpackValue(L, bytes));
        return 1;
      },
      string_mode: (L) => {
        const mode = text(L, 1);
        if (!['string_compat', 'string', 'binary'].includes(mode)) throw new Error(`invalid string mode '${mode}'`);
        this.msgpack.stringMode = mode;
        return 0;
      },
      json_encode: (L) => {
        lua.pushString(L, JSON.stringify(lua.toJs(L, 1)));
        return 1;
      },
      json_decode: (L) => {
        if (api.lua_type(L, 1) !== TYPE.STRING) {
          api.lua_pushnil(L);
          return 1;
        }
        const json = lua.toText(L, 1);
        if (isTooDeep(json)) process.kill(process.pid, 'SIGSEGV'); // a signal, which no pcall catches
        lua.push(L, parseJson(json));
        return 1;
      },
      read_file: (L) => {
        const bytes = this.resource.readFile(text(L, 1));
        if (bytes === null) api.lua_pushnil(L);
        else lua.pushBytes(L, bytes);
        return 1;
      },
    };
    const { L } = this;
    api.lua_createtable(L, 0, 32);
    for (const [name, fn] of Object.entries(functions)) {
      lua.pushString(L, name);
      this.pushOwn(fn);
      api.lua_rawset(L, -3);
    }
  }

  pushOwn(fn) {
    const index = this.lua.addFunction(fn);
    this.ownFunctions.push(index);
    this.lua.pushFunction(this.L, index);
  }

  setGlobal(name, push) {
    const { L, api, lua } = this;
    api.lua_rawgeti(L, REGISTRY, 2n);
    lua.pushString(L, name);
    push();
    api.lua_rawset(L, -3);
    api.lua_settop(L, -2);
  }

  registerNatives() {
    for (const [name, native] of Object.entries(this.side.natives)) {
      this.setGlobal(name, () => this.pushOwn(this.nativeFunction(native)));
    }
  }

  nativeFunction(native) {
    const { api, lua } = this;
    const { fn, returns } = native;
    const argument = (L, i) => {
      switch (api.lua_type(L, i)) {
        case TYPE.NUMBER:
          return api.lua_tonumberx(L, i, 0);
        case TYPE.STRING:
          return lua.toText(L, i);
        case TYPE.BOOLEAN:
          return api.lua_toboolean(L, i) !== 0;
        case -1:
        case TYPE.NIL:
          return null;
        default:
          return lua.toJs(L, i);
      }
    };
    return (L) => {
      const count = api.lua_gettop(L);
      let result;
      if (count === 0) result = fn(this);
      else if (count === 1) result = fn(this, argument(L, 1));
      else if (count === 2) result = fn(this, argument(L, 1), argument(L, 2));
      else {
        const args = [];
        for (let i = 1; i <= count; i += 1) args.push(argument(L, i));
        result = fn(this, ...args);
      }
      switch (returns) {
        case undefined:
          return 0;
        case 'int':
          api.lua_pushinteger(L, lua.bigint(result));
          return 1;
        case 'float':
          api.lua_pushnumber(L, result);
          return 1;
        case 'boolean':
          // Natives answer 1 or false.
          if (result) api.lua_pushinteger(L, 1n);
          else api.lua_pushboolean(L, 0);
          return 1;
        case 'vector3':
          api.lua_pushnumber(L, result[0]);
          api.lua_pushnumber(L, result[1]);
          api.lua_pushnumber(L, result[2]);
          return 3;
        case 'ints':
          for (const value of result) api.lua_pushinteger(L, lua.bigint(value));
          return result.length;
        default:
          lua.push(L, result);
          return 1;
      }
    };
  }

  // Vectors are made in Lua: that is much cheaper than setting fields from here.
  wrapVectorNatives() {
    for (const [name, native] of Object.entries(this.side.natives)) {
      if (native.returns === 'vector3') {
        this.run(
          `local native, make = ${name}, vector3\nfunction ${name}(...) return make(native(...)) end`,
          '=native',
          0,
        );
      }
    }
  }

  // -------------------------------------------------------------------------------------------------- inside

  // Calls the function below `count` arguments; an error becomes a line on the console.
  protect(count, what) {
    const { L, api } = this;
    const top = api.lua_gettop(L) - count - 1;
    if (api.lua_pcallk(L, count, 0, 0, 0, 0) !== 0) this.error(`${what}: ${this.lua.display(L, -1)}`);
    api.lua_settop(L, top);
  }

  error(message) {
    this.side.console.write(this.side.channel, `^1SCRIPT ERROR: ${message}^7\n`);
    this.side.failed(message);
  }

  codec(work) {
    const { meter, account } = this.side;
    meter.enter(account, Meter.CODEC_LUA);
    try {
      return work();
    } finally {
      meter.leave();
    }
  }

  metered(kind, work) {
    const { meter, account } = this.side;
    meter.enter(account, kind);
    this.side.calls.push(this);
    try {
      return work();
    } finally {
      this.side.calls.pop();
      meter.leave();
    }
  }
}

// Whether the game server's decoder, which recurses, would reach the end of its stack, long before the end of the text.
function isTooDeep(text) {
  const DEPTH = 50000; // it fails somewhere below 100,000
  if (text.length < DEPTH) return false;
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth >= DEPTH) return true;
  }
  return false;
}

// As the game server's Lua reads JSON: integers of 64 bits stay what they are.
function parseJson(text) {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context && context.source; // Node 20 and older do not tell how a number was written
    if (!source || !/^-?\d+$/.test(source)) return value;
    const integer = BigInt(source);
    return BigInt.asIntN(64, integer) === integer ? integer : value;
  });
}

module.exports = { LuaRuntime };
