'use strict';

// Runs inside the context of each JavaScript runtime, after the game server's codec (msgpack-lite) has been loaded
// there. `host` has the functions of the stand-in; scripts never see it.
(function start(global, host) {
  const EXT_FUNCREF = 10;
  const EXT_LOCALFUNCREF = 11;
  const { msgpack } = global;
  const resourceName = host.resourceName;

  // --------------------------------------------------------------------------------------------------- codec

  const codec = msgpack.createCodec({ uint8array: true, preset: false, binarraybuffer: true });
  const pack = (value) => {
    host.codecBegins();
    try {
      return msgpack.encode(value, { codec });
    } finally {
      host.codecEnds();
    }
  };
  const unpack = (bytes) => {
    host.codecBegins();
    try {
      return msgpack.decode(bytes, { codec });
    } finally {
      host.codecEnds();
    }
  };

  const functions = new Map();
  let nextFunction = 0;
  const makeReference = (fn) => {
    const id = nextFunction;
    nextFunction += 1;
    functions.set(id, fn);
    return host.canonical(id);
  };
  const held = new FinalizationRegistry((reference) => host.releaseReference(reference));

  const fromReference = (data) => {
    const reference =
      typeof data === 'string'
        ? data
        : String.fromCharCode(...new Uint8Array(data.buffer || data, data.byteOffset || 0, data.byteLength));
    host.addReference(reference);
    const callable = function callable(...args) {
      const answer = host.invoke(reference, pack(args));
      const values = answer === null ? null : unpack(answer);
      if (values === null) throw new Error(`Error in nested ref call for ${resourceName}.`);
      // Several results become an array; if one of them was nil, an object with the others by number.
      if (values.length !== 1) return values.length === 0 ? undefined : values;
      const value = values[0];
      if (value && value.__cfx_async_retval) {
        return new Promise((resolve, reject) => {
          value.__cfx_async_retval((results, reason) => {
            if (reason !== null && reason !== undefined) reject(reason);
            else resolve(results.length < 2 ? results[0] : results);
          });
        });
      }
      return value;
    };
    held.register(callable, reference);
    return callable;
  };

  const packFunction = (fn) => {
    const text = makeReference(fn);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    return bytes;
  };
  codec.addExtPacker(EXT_FUNCREF, Function, packFunction);
  codec.addExtPacker(EXT_FUNCREF, (async () => {}).constructor, packFunction);
  codec.addExtUnpacker(EXT_FUNCREF, fromReference);
  codec.addExtUnpacker(EXT_LOCALFUNCREF, fromReference);
  for (const size of [2, 3, 4]) {
    codec.addExtUnpacker(18 + size, (data) => {
      const view = new DataView(data.buffer || data, data.byteOffset || 0, data.byteLength);
      return Array.from({ length: size }, (_, i) => view.getFloat32(4 * i, true));
    });
  }
  global.msgpack_pack = pack;
  global.msgpack_unpack = unpack;

  // An error's text, with the script's own frames only.
  const text = (error) => {
    if (!error || !error.stack) return String(error);
    return String(error.stack)
      .split('\n')
      .filter((line, i) => i === 0 || !host.isForeignFrame(line))
      .join('\n');
  };
  const complain = (where, error) => host.error(`${where}: ${text(error)}`);

  const callReference = (id, bytes) => {
    const fn = functions.get(id);
    if (!fn) {
      host.print(`Invalid ref call attempt: ${id}`);
      return pack([]);
    }
    try {
      const result = fn(...unpack(bytes));
      if (result && typeof result.then === 'function') {
        return pack([
          {
            __cfx_async_retval: (callback) => {
              result
                .then(
                  (value) => callback([value], null),
                  (error) => callback(null, String((error && error.message) || error)),
                )
                .catch((error) => complain('async result', error));
            },
          },
        ]);
      }
      return pack([result]);
    } catch (error) {
      complain('call ref', error);
      return pack(null);
    }
  };

  // -------------------------------------------------------------------------------------------------- events

  const listeners = new Map();
  const rawListeners = new Map();
  const netSafe = new Set();
  const add = (map, name, listener) => {
    if (!map.has(name)) map.set(name, []);
    map.get(name).push(listener);
    host.handle(name);
  };

  global.addEventListener = (name, listener, safe = false) => {
    if (safe) netSafe.add(name);
    add(listeners, name, listener);
  };
  global.on = global.addEventListener;
  global.AddEventHandler = global.addEventListener;
  global.addNetEventListener = (name, listener) => global.addEventListener(name, listener, true);
  global.onNet = global.addNetEventListener;
  global.addRawEventListener = (name, listener) => add(rawListeners, name, listener);
  global.addRawEventHandler = global.addRawEventListener;
  global.RegisterNetEvent = (name) => void netSafe.add(name);
  global.RegisterServerEvent = global.RegisterNetEvent;
  global.removeEventListener = (name, listener) => {
    const list = listeners.get(name) || [];
    const at = list.indexOf(listener);
    if (at >= 0) list.splice(at, 1);
  };
  global.RemoveEventHandler = global.removeEventListener;
  global.setMaxEventListeners = () => {};

  global.emit = (name, ...args) => void host.trigger(name, pack(args));
  global.TriggerEvent = global.emit;
  global.emitNet = (name, target, ...args) => host.clientEvent(name, Number.parseInt(target, 10), pack(args));
  global.TriggerClientEvent = global.emitNet;
  global.TriggerLatentClientEvent = (name, target, bps, ...args) => global.emitNet(name, target, ...args);

  const handleEvent = (name, bytes, source) => {
    const list = listeners.get(name) || [];
    global.source = source;
    if (source.startsWith('net')) {
      if (list.length > 0 && !netSafe.has(name)) {
        host.print(`Event ${name} was not safe for net`);
        global.source = null;
        return;
      }
      global.source = Number.parseInt(source.slice(4), 10);
    } else if (source.startsWith('internal-net')) {
      global.source = Number.parseInt(source.slice(13), 10);
    }
    for (const listener of [...(rawListeners.get(name) || [])]) {
      try {
        listener(bytes, source);
      } catch (error) {
        complain(`raw event ${name}`, error);
      }
    }
    if (list.length > 0) {
      let payload = null;
      try {
        payload = unpack(bytes);
      } catch (error) {
        complain(`event ${name} from '${source}' was not understood`, error);
      }
      if (Array.isArray(payload)) {
        for (const listener of [...list]) {
          try {
            const result = listener(...payload);
            if (result instanceof Promise) result.catch((error) => complain(`event ${name}`, error));
          } catch (error) {
            complain(`event ${name}`, error);
          }
        }
      }
    }
    global.source = null;
  };

  // ------------------------------------------------------------------------------------------------- exports

  const cache = Object.create(null);
  const exportEvent = (resource, name) => `__cfx_export_${resource}_${name}`;

  global.on('onServerResourceStart', (resource) => {
    if (resource !== resourceName) return;
    const count = global.GetNumResourceMetadata(resource, 'server_export') || 0;
    for (let i = 0; i < count; i += 1) {
      const name = global.GetResourceMetadata(resource, 'server_export', i);
      global.on(exportEvent(resource, name), (give) => {
        if (global[name]) give(global[name]);
      });
    }
  });
  global.on('onServerResourceStop', (resource) => {
    delete cache[resource];
  });

  global.exports = new Proxy(() => {}, {
    get(_, resource) {
      return new Proxy(
        {},
        {
          get(target, name) {
            if (!cache[resource]) cache[resource] = Object.create(null);
            const known = cache[resource];
            if (!known[name]) {
              global.emit(exportEvent(resource, name), (fn) => {
                known[name] = fn;
              });
              if (!known[name]) throw new Error(`No such export ${name} in resource ${resource}`);
            }
            const fn = known[name];
            return (...args) => {
              try {
                return fn(...args);
              } catch (error) {
                host.print(text(error));
                throw new Error(
                  `An error occurred while calling export ${name} of resource ${resource} - see above for details`,
                );
              }
            };
          },
          set() {
            throw new Error('cannot set values on an export resource');
          },
        },
      );
    },
    apply(_, self, args) {
      if (args.length !== 2) throw new Error('this needs 2 arguments');
      const [name, fn] = args;
      global.on(exportEvent(resourceName, name), (give) => give(fn));
    },
    set() {
      throw new Error('cannot set values on exports');
    },
  });

  // ---------------------------------------------------------------------------------------- ticks and timers

  const tickers = new Map();
  let timers = new Map();
  let nextTimer = 1;
  global.setTick = (fn) => {
    const id = nextTimer;
    nextTimer += 1;
    tickers.set(id, fn);
    return id;
  };
  global.clearTick = (id) => void tickers.delete(id);

  class Timeout {
    constructor(id) {
      this.id = id;
    }

    ref() {
      return this;
    }

    unref() {
      return this;
    }

    hasRef() {
      return true;
    }

    refresh() {
      const timer = timers.get(this.id);
      if (timer) timer.due = host.now() + timer.ms;
      return this;
    }

    [Symbol.toPrimitive]() {
      return this.id;
    }
  }
  const addTimer = (fn, ms, args, repeat) => {
    if (typeof fn !== 'function') throw new TypeError('The "callback" argument must be of type function.');
    const id = nextTimer;
    nextTimer += 1;
    const wait = Math.max(1, Number(ms) || 0);
    timers.set(id, { id, fn, args, ms: wait, due: host.now() + wait, repeat });
    return new Timeout(id);
  };
  global.setTimeout = (fn, ms, ...args) => addTimer(fn, ms, args, false);
  global.setInterval = (fn, ms, ...args) => addTimer(fn, ms, args, true);
  global.setImmediate = (fn, ...args) => addTimer(fn, 0, args, false);
  global.clearTimeout = (timer) => void (timer && timers.delete(typeof timer === 'object' ? timer.id : Number(timer)));
  global.clearInterval = global.clearTimeout;
  global.clearImmediate = global.clearTimeout;

  // What libuv would do: the timers that are due, the earliest first; one that was late runs once.
  const pump = () => {
    if (timers.size === 0) return;
    const now = host.now();
    const due = [...timers.values()].filter((timer) => timer.due <= now).sort((a, b) => a.due - b.due || a.id - b.id);
    for (const timer of due) {
      if (!timers.has(timer.id)) continue;
      if (timer.repeat) timer.due = Math.max(timer.due + timer.ms, now + 1);
      else timers.delete(timer.id);
      try {
        timer.fn(...timer.args);
      } catch (error) {
        complain('timer', error);
      }
    }
  };
  const hasWork = () => {
    if (timers.size === 0) return false;
    const now = host.now();
    for (const timer of timers.values()) if (timer.due <= now) return true;
    return false;
  };
  const tick = () => {
    for (const fn of [...tickers.values()]) {
      try {
        const result = fn();
        if (result instanceof Promise) result.catch((error) => complain('tick', error));
      } catch (error) {
        complain('tick', error);
      }
    }
  };

  // ----------------------------------------------------------------------------- natives that take functions

  const registerCommand = global.RegisterCommand;
  global.RegisterCommand = (name, handler, restricted) => registerCommand(name, makeReference(handler), !!restricted);
  const setHttpHandler = global.SetHttpHandler;
  global.SetHttpHandler = (handler) => setHttpHandler(makeReference(handler));
  const addListener = global.AddConvarChangeListener;
  global.AddConvarChangeListener = (filter, handler) => addListener(filter, makeReference(handler));

  global.getPlayers = () =>
    Array.from({ length: global.GetNumPlayerIndices() }, (_, i) => global.GetPlayerFromIndex(i));
  global.getPlayerIdentifiers = (player) =>
    Array.from({ length: global.GetNumPlayerIdentifiers(player) }, (_, i) => global.GetPlayerIdentifier(player, i));

  // A function of another runtime, from the bytes of its arguments to those of its results. No bytes: its runtime is gone.
  const makeFunctionReference = (given) => {
    const reference = typeof given === 'string' ? given : String.fromCharCode(...given);
    host.addReference(reference);
    const callable = (bytes) => {
      const answer = host.invoke(reference, new Uint8Array(bytes));
      return answer === null ? new Uint8Array(0) : answer;
    };
    held.register(callable, reference);
    return callable;
  };
  global.Citizen = { makeRefFunction: makeReference, makeFunctionReference, getTickCount: () => host.now() };
  delete global.msgpack;

  return {
    callReference,
    handleEvent,
    tick,
    pump,
    hasWork,
    functions,
    stop() {
      tickers.clear();
      timers = new Map();
      listeners.clear();
      rawListeners.clear();
    },
  };
});
