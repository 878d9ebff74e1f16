'use strict';

const { TYPE } = require('./lua_library');

// MessagePack between Lua's stack and bytes, as the game server's Lua packs it: integers in the smallest form and
// without a sign where they have none, floats in 64 bits, text without the str8 form, functions as references. A table
// is an array when its keys are exactly 1..n, an empty one too; any other table, one with a hole for instance, is a map.

const EXT_FUNCREF = 10;
const EXT_LOCALFUNCREF = 11;
const EXT_VECTOR2 = 20;
// A table this deep, counted from the list of arguments or results, is packed as nil, without a word.
const PACKED_DEPTH = 16;
const DEPTH_MAX = 64; // of what is read
const TAG_INTEGER = 3;
const TAG_FLOAT = 19;
const TAG_FALSE = 1;
const TAG_TRUE = 17;

class LuaMsgpack {
  // references: {pack(L, index) → text, unpack(L, text) pushes the callable, isReference(L, index) → text or null}
  constructor(library, references) {
    this.lua = library;
    this.api = library.api;
    this.references = references;
    this.out = Buffer.allocUnsafe(1 << 16);
    this.at = 0;
    this.stringMode = 'string_compat';
  }

  // Packs the values from `first` to the top of the stack as one array.
  packArguments(L, first) {
    const top = this.api.lua_gettop(L);
    return this.pack(() => {
      this.arrayHeader(top - first + 1);
      for (let index = first; index <= top; index += 1) this.value(L, index, 1);
    });
  }

  // Packs one value.
  packValue(L, index) {
    return this.pack(() => this.value(L, this.api.lua_absindex(L, index), 0));
  }

  pack(write) {
    // A finalizer may pack during this call, so the bytes so far are kept.
    const began = this.at;
    try {
      write();
      return Uint8Array.prototype.slice.call(this.out, began, this.at);
    } finally {
      this.at = began;
    }
  }

  room(size) {
    if (this.at + size > this.out.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.out.length * 2, this.at + size));
      this.out.copy(larger, 0, 0, this.at);
      this.out = larger;
    }
  }

  value(L, index, depth) {
    const api = this.api;
    switch (api.lua_type(L, index)) {
      case TYPE.NIL:
        this.byte(0xc0);
        break;
      case TYPE.BOOLEAN:
        this.byte(api.lua_toboolean(L, index) ? 0xc3 : 0xc2);
        break;
      case TYPE.NUMBER:
        this.numberAt(L, index);
        break;
      case TYPE.STRING:
        this.string(L, index);
        break;
      case TYPE.TABLE:
        if (depth === PACKED_DEPTH) this.byte(0xc0);
        else this.table(L, index, depth);
        break;
      case TYPE.FUNCTION:
        this.extText(EXT_FUNCREF, this.references.pack(L, index));
        break;
      default:
        throw new Error(`msgpack: cannot pack ${this.lua.display(L, index)}`);
    }
  }

  byte(value) {
    this.room(1);
    this.out[this.at] = value;
    this.at += 1;
  }

  numberAt(L, index) {
    const value = this.api.lua_tonumberx(L, index, 0);
    if (Number.isInteger(value) && this.api.lua_isinteger(L, index)) {
      if (Number.isSafeInteger(value)) this.integer(value);
      else this.bigInteger(this.api.lua_tointegerx(L, index, 0));
    } else {
      this.float(value);
    }
  }

  float(value) {
    this.room(9);
    this.out[this.at] = 0xcb;
    this.out.writeDoubleBE(value, this.at + 1);
    this.at += 9;
  }

  integer(value) {
    this.room(9);
    const { out, at } = this;
    if (value >= 0) {
      if (value < 0x80) {
        out[at] = value;
        this.at += 1;
      } else if (value < 0x100) {
        out[at] = 0xcc;
        out[at + 1] = value;
        this.at += 2;
      } else if (value < 0x10000) {
        out[at] = 0xcd;
        out[at + 1] = value >> 8;
        out[at + 2] = value & 0xff;
        this.at += 3;
      } else if (value < 0x100000000) {
        out[at] = 0xce;
        out.writeUInt32BE(value, at + 1);
        this.at += 5;
      } else {
        this.bigInteger(BigInt(value));
      }
    } else if (value >= -0x20) {
      out[at] = value & 0xff;
      this.at += 1;
    } else if (value >= -0x80) {
      out[at] = 0xd0;
      out[at + 1] = value & 0xff;
      this.at += 2;
    } else if (value >= -0x8000) {
      out[at] = 0xd1;
      out[at + 1] = (value >> 8) & 0xff;
      out[at + 2] = value & 0xff;
      this.at += 3;
    } else if (value >= -0x80000000) {
      out[at] = 0xd2;
      out.writeInt32BE(value, at + 1);
      this.at += 5;
    } else {
      this.bigInteger(BigInt(value));
    }
  }

  bigInteger(value) {
    this.room(9);
    if (value >= 0n) {
      this.out[this.at] = 0xcf;
      this.out.writeBigUInt64BE(value, this.at + 1);
    } else {
      this.out[this.at] = 0xd3;
      this.out.writeBigInt64BE(value, this.at + 1);
    }
    this.at += 9;
  }

  string(L, index) {
    const from = this.api.lua_tolstring(L, index, this.lua.lengthAt);
    const heap = this.lua.view();
    const size = this.lua.words[this.lua.lengthAt >> 2];
    this.room(size + 5);
    if (this.stringMode === 'binary') this.header(size, 0xc4, 0xc5, 0xc6);
    else if (size < 32) this.byte(0xa0 | size);
    else this.header(size, this.stringMode === 'string' ? 0xd9 : 0, 0xda, 0xdb);
    heap.copy(this.out, this.at, from, from + size);
    this.at += size;
  }

  // A length in 8 bits after `small` (0: there is no such form), in 16 after `medium`, in 32 after `large`.
  header(size, small, medium, large) {
    this.room(5);
    if (small !== 0 && size < 0x100) {
      this.out[this.at] = small;
      this.out[this.at + 1] = size;
      this.at += 2;
    } else if (size < 0x10000) {
      this.out[this.at] = medium;
      this.out.writeUInt16BE(size, this.at + 1);
      this.at += 3;
    } else {
      this.out[this.at] = large;
      this.out.writeUInt32BE(size, this.at + 1);
      this.at += 5;
    }
  }

  arrayHeader(size) {
    if (size < 16) this.byte(0x90 | size);
    else this.header(size, 0, 0xdc, 0xdd);
  }

  mapHeader(size) {
    if (size < 16) this.byte(0x80 | size);
    else this.header(size, 0, 0xde, 0xdf);
  }

  extText(type, text) {
    const bytes = Buffer.from(text, 'latin1');
    this.ext(type, bytes);
  }

  ext(type, bytes) {
    this.room(bytes.length + 6);
    const fixed = { 1: 0xd4, 2: 0xd5, 4: 0xd6, 8: 0xd7, 16: 0xd8 }[bytes.length];
    if (fixed) this.byte(fixed);
    else this.header(bytes.length, 0xc7, 0xc8, 0xc9);
    this.byte(type);
    this.out.set(bytes, this.at);
    this.at += bytes.length;
  }

  table(L, index, depth) {
    const api = this.api;
    if (api.lua_getmetatable(L, index)) {
      api.lua_settop(L, -2);
      const special = this.references.special(L, index);
      if (special !== null) {
        if (special.reference) this.extText(EXT_FUNCREF, special.reference);
        else this.ext(EXT_VECTOR2 + special.vector.length - 2, floats(special.vector));
        return;
      }
    }
    const size = Number(api.lua_rawlen(L, index));
    if (size > 0 && this.lua.compactTables && this.numbersOf(api.lua_topointer(L, index), size)) return;
    api.luaL_checkstack(L, 8, 0);
    if (!this.sequence(L, index, size, depth)) this.map(L, index, depth);
  }

  // A table that is nothing but a sequence of numbers and booleans, read where it lies: about what C code needs for it.
  // False, and nothing written, when the table is anything else.
  numbersOf(table, size) {
    const lua = this.lua;
    lua.view();
    const { heap, words, numbers } = lua;
    const capacity = words[(table + 8) >> 2];
    if (words[(table + 20) >> 2] !== 0 || (heap[table + 6] & 0x80) !== 0 || capacity < size) return false;
    const array = words[(table + 12) >> 2];
    const began = this.at;
    this.arrayHeader(size);
    this.room(size * 9);
    for (let i = 0, at = array; i < size; i += 1, at += 16) {
      const tag = heap[at + 8];
      if (tag === TAG_INTEGER) {
        const low = words[at >> 2];
        const high = words[(at + 4) >> 2];
        if (high === low >> 31) this.integer(low);
        else if (high === 0) this.integer(low >>> 0);
        else this.bigInteger((BigInt(high) << 32n) | BigInt(low >>> 0));
      } else if (tag === TAG_FLOAT) {
        this.float(numbers[at >> 3]);
      } else if (tag === TAG_TRUE || tag === TAG_FALSE) {
        this.byte(tag === TAG_TRUE ? 0xc3 : 0xc2);
      } else {
        this.at = began;
        return false;
      }
    }
    for (let at = array + 16 * size; at < array + 16 * capacity; at += 16) {
      if ((heap[at + 8] & 0x0f) !== 0) {
        this.at = began;
        return false;
      }
    }
    return true;
  }

  // Writes the table as an array when its keys are 1 to size; an empty table is an empty array.
  sequence(L, index, size, depth) {
    const api = this.api;
    const began = this.at;
    this.arrayHeader(size);
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, index)) {
      count += 1;
      if (count > size || api.lua_type(L, -2) !== TYPE.NUMBER || api.lua_tonumberx(L, -2, 0) !== count) {
        api.lua_settop(L, -3);
        this.at = began;
        return size > 0 && count <= size ? this.scattered(L, index, size, depth) : false;
      }
      this.value(L, api.lua_gettop(L), depth + 1);
      api.lua_settop(L, -2);
    }
    return true;
  }

  // A sequence whose keys do not come in order (they lie in the hash part). False when there are other keys as well.
  scattered(L, index, size, depth) {
    const api = this.api;
    const began = this.at;
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, index)) {
      const key = api.lua_type(L, -2) === TYPE.NUMBER ? api.lua_tonumberx(L, -2, 0) : 0;
      api.lua_settop(L, -2);
      count += 1;
      if (!Number.isInteger(key) || key < 1 || key > size) {
        api.lua_settop(L, -2);
        return false;
      }
    }
    if (count !== size) return false;
    this.at = began;
    this.arrayHeader(size);
    for (let i = 1; i <= size; i += 1) {
      api.lua_rawgeti(L, index, this.lua.bigint(i));
      this.value(L, api.lua_gettop(L), depth + 1);
      api.lua_settop(L, -2);
    }
    return true;
  }

  map(L, index, depth) {
    const api = this.api;
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, index)) {
      count += 1;
      api.lua_settop(L, -2);
    }
    this.mapHeader(count);
    api.lua_pushnil(L);
    while (api.lua_next(L, index)) {
      const top = api.lua_gettop(L);
      this.value(L, top - 1, depth + 1);
      this.value(L, top, depth + 1);
      api.lua_settop(L, -2);
    }
  }

  // Pushes what table.unpack gives of the table that `bytes` hold, and returns how many values that are: the values of
  // an array without the nils at its end, those of a map up to its border. -1, and nothing pushed, when the bytes hold
  // nil or false; -2 when they hold anything else that is no table. Throws when they are not MessagePack.
  unpackSpread(L, bytes) {
    const { api } = this;
    const reader = this.reader(bytes);
    const size = arraySize(reader);
    if (size < 0) return this.unpackMapSpread(L, reader);
    if (size > 8000) throw new Error(`msgpack: ${size} values are too many`);
    api.luaL_checkstack(L, size + 8, 0);
    const first = api.lua_gettop(L) + 1;
    for (let i = 0; i < size; i += 1) this.read(L, reader, 0);
    const kept = border(size, (n) => api.lua_type(L, first + n - 1) === TYPE.NIL);
    api.lua_settop(L, first + kept - 1);
    return kept;
  }

  unpackMapSpread(L, reader) {
    const { api } = this;
    api.luaL_checkstack(L, 8, 0);
    this.read(L, reader, 0);
    const table = api.lua_gettop(L);
    if (api.lua_type(L, table) !== TYPE.TABLE || api.lua_getmetatable(L, table)) {
      const nothing =
        api.lua_type(L, table) === TYPE.NIL ||
        (api.lua_type(L, table) === TYPE.BOOLEAN && !api.lua_toboolean(L, table));
      api.lua_settop(L, table - 1);
      return nothing ? -1 : -2;
    }
    const size = Number(api.lua_rawlen(L, table));
    api.luaL_checkstack(L, size + 8, 0);
    for (let i = 1; i <= size; i += 1) api.lua_rawgeti(L, table, this.lua.bigint(i));
    api.lua_rotate(L, table, -1);
    api.lua_settop(L, -2);
    return size;
  }

  unpackValue(L, bytes) {
    this.api.luaL_checkstack(L, 8, 0);
    this.read(L, this.reader(bytes), 0);
  }

  reader(bytes) {
    return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
  }

  read(L, reader, depth) {
    const api = this.api;
    if (depth > DEPTH_MAX) throw new Error('msgpack: nested too deeply');
    if (reader.at >= reader.bytes.length) throw new Error('msgpack: the data ends too early');
    const { view } = reader;
    const lead = reader.bytes[reader.at];
    reader.at += 1;
    if (lead < 0x80) this.lua.pushInteger(L, lead);
    else if (lead < 0x90) this.readMap(L, reader, lead & 0x0f, depth);
    else if (lead < 0xa0) this.readArray(L, reader, lead & 0x0f, depth);
    else if (lead < 0xc0) this.readBytes(L, reader, lead & 0x1f);
    else if (lead >= 0xe0) this.lua.pushInteger(L, lead - 0x100);
    else {
      const take = (size) => {
        const at = reader.at;
        reader.at += size;
        if (reader.at > reader.bytes.length) throw new Error('msgpack: the data ends too early');
        return at;
      };
      switch (lead) {
        case 0xc0:
          api.lua_pushnil(L);
          break;
        case 0xc2:
          api.lua_pushboolean(L, 0);
          break;
        case 0xc3:
          api.lua_pushboolean(L, 1);
          break;
        case 0xc4:
        case 0xd9:
          this.readBytes(L, reader, view.getUint8(take(1)));
          break;
        case 0xc5:
        case 0xda:
          this.readBytes(L, reader, view.getUint16(take(2)));
          break;
        case 0xc6:
        case 0xdb:
          this.readBytes(L, reader, view.getUint32(take(4)));
          break;
        case 0xc7:
          this.readExt(L, reader, view.getUint8(take(1)), depth);
          break;
        case 0xc8:
          this.readExt(L, reader, view.getUint16(take(2)), depth);
          break;
        case 0xc9:
          this.readExt(L, reader, view.getUint32(take(4)), depth);
          break;
        case 0xca:
          api.lua_pushnumber(L, view.getFloat32(take(4)));
          break;
        case 0xcb:
          api.lua_pushnumber(L, view.getFloat64(take(8)));
          break;
        case 0xcc:
          this.lua.pushInteger(L, view.getUint8(take(1)));
          break;
        case 0xcd:
          this.lua.pushInteger(L, view.getUint16(take(2)));
          break;
        case 0xce:
          this.lua.pushInteger(L, view.getUint32(take(4)));
          break;
        case 0xcf:
          api.lua_pushinteger(L, BigInt.asIntN(64, view.getBigUint64(take(8))));
          break;
        case 0xd0:
          this.lua.pushInteger(L, view.getInt8(take(1)));
          break;
        case 0xd1:
          this.lua.pushInteger(L, view.getInt16(take(2)));
          break;
        case 0xd2:
          this.lua.pushInteger(L, view.getInt32(take(4)));
          break;
        case 0xd3:
          api.lua_pushinteger(L, view.getBigInt64(take(8)));
          break;
        case 0xd4:
        case 0xd5:
        case 0xd6:
        case 0xd7:
        case 0xd8:
          this.readExt(L, reader, 1 << (lead - 0xd4), depth);
          break;
        case 0xdc:
          this.readArray(L, reader, view.getUint16(take(2)), depth);
          break;
        case 0xdd:
          this.readArray(L, reader, view.getUint32(take(4)), depth);
          break;
        case 0xde:
          this.readMap(L, reader, view.getUint16(take(2)), depth);
          break;
        case 0xdf:
          this.readMap(L, reader, view.getUint32(take(4)), depth);
          break;
        default:
          throw new Error(`msgpack: no value begins with 0x${lead.toString(16)}`);
      }
    }
  }

  readBytes(L, reader, size) {
    const end = reader.at + size;
    if (end > reader.bytes.length) throw new Error('msgpack: the data ends too early');
    this.lua.pushBytes(L, reader.bytes.subarray(reader.at, end));
    reader.at = end;
  }

  readArray(L, reader, size, depth) {
    const api = this.api;
    if (size > reader.bytes.length - reader.at) throw new Error('msgpack: the data ends too early');
    api.luaL_checkstack(L, 8, 0);
    api.lua_createtable(L, size, 0);
    for (let i = 1; i <= size; i += 1) {
      this.read(L, reader, depth + 1);
      api.lua_rawseti(L, -2, this.lua.bigint(i));
    }
  }

  readMap(L, reader, size, depth) {
    const api = this.api;
    if (size > reader.bytes.length - reader.at) throw new Error('msgpack: the data ends too early');
    api.luaL_checkstack(L, 8, 0);
    api.lua_createtable(L, 0, 0);
    for (let i = 0; i < size; i += 1) {
      this.read(L, reader, depth + 1);
      const type = api.lua_type(L, -1);
      const number = type === TYPE.NUMBER ? api.lua_tonumberx(L, -1, 0) : 0;
      if (type === TYPE.NIL || Number.isNaN(number)) throw new Error('msgpack: nil and NaN cannot be keys');
      this.read(L, reader, depth + 1);
      api.lua_rawset(L, -3);
    }
  }

  readExt(L, reader, size, depth) {
    const type = reader.bytes[reader.at];
    const end = reader.at + 1 + size;
    if (end > reader.bytes.length) throw new Error('msgpack: the data ends too early');
    const data = reader.bytes.subarray(reader.at + 1, end);
    reader.at = end;
    this.api.luaL_checkstack(L, 16, 0);
    if (type === EXT_FUNCREF || type === EXT_LOCALFUNCREF) {
      this.references.unpack(L, Buffer.from(data).toString('latin1'));
    } else if (type >= EXT_VECTOR2 && type < EXT_VECTOR2 + 3 && size === 4 * (type - EXT_VECTOR2 + 2)) {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const vector = [];
      for (let at = 0; at < size; at += 4) vector.push(view.getFloat32(at, true));
      this.references.pushVector(L, vector, depth);
    } else {
      this.api.lua_pushnil(L);
    }
  }
}

function arraySize(reader) {
  const { bytes, view } = reader;
  if (bytes.length === 0) throw new Error('msgpack: there is no data');
  const lead = bytes[0];
  if ((lead & 0xf0) === 0x90) {
    reader.at = 1;
    return lead & 0x0f;
  }
  if (lead === 0xdc && bytes.length >= 3) {
    reader.at = 3;
    return view.getUint16(1);
  }
  if (lead === 0xdd && bytes.length >= 5) {
    reader.at = 5;
    return view.getUint32(1);
  }
  return -1;
}

// The length that Lua gives a table whose `size` array slots are all it has: where the last is nil, it looks for a
// border by halves.
function border(size, isNil) {
  if (size === 0 || !isNil(size)) return size;
  if (size >= 2 && !isNil(size - 1)) return size - 1;
  let [low, high] = [0, size];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isNil(middle)) high = middle;
    else low = middle;
  }
  return low;
}

function floats(vector) {
  const bytes = Buffer.alloc(4 * vector.length);
  vector.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
  return bytes;
}

module.exports = { LuaMsgpack };
