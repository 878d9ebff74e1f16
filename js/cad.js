'use strict';

// The CAD's operations and events by name, for resources of script authors in JavaScript and TypeScript:
//
//   server_scripts { '@sonoran_bridge/js/cad.js', 'server.js' }         // in fxmanifest.lua
//
//   const calls = await CAD.getCalls({ closedLimit: 5 });               // the body; rejects with a CAD.Error
//   CAD.on('EVENT_911', (event) => { ... });                            // event.type, .data, .source; docs/events.md
//   await CAD.ready();                                                  // once the bridge runs
//
// Types: lua/types/cad.d.ts. lua/cad.lua is the same for Lua. Arguments are an object with all parameters and body fields of
// the operation side by side, or JSON as a text. A call that is made while sonoran_bridge is stopped or starts is kept until
// it runs, at most until the call's deadline.

(() => {
  const NAME = 'sonoran_bridge';
  const KEPT = 1024; // calls kept while the bridge is not running; a further call is refused
  const KEPT_BYTES = 16 * 1048576; // the same for the bytes of their arguments
  const CALL_BYTES = 256; // counted for each call besides its arguments
  const LOOK_MS = 100; // interval of checking for the bridge
  const DEADLINE_MS = 30000;

  // The folder that this file was read from; docs/install.md is about names other than sonoran_bridge.
  const BRIDGE = (/@([^/\s]+)\/js\/cad\.js/.exec(new Error().stack) || [])[1] || NAME;

  const table = LoadResourceFile(BRIDGE, 'config/operations.json');
  if (!table) throw new Error(`${BRIDGE} has no file config/operations.json; unpack the whole package again.`);
  const operations = JSON.parse(table).map((row) => row.operationId);

  /** Why a call failed: the fields of an answer's error, and `operation` and `status`. */
  class CadError extends Error {
    constructor(operation, answer) {
      super(answer.error.detail);
      this.name = 'CAD.Error';
      Object.assign(this, answer.error, { operation, status: answer.status });
    }
  }

  const failed = (kind, title, detail) => ({ ok: false, status: 0, deduplicated: false, error: { kind, title, detail } });
  const refused = (kind, detail) => failed(kind, 'Not sent', detail);

  const calls = new Map(); // by promise: {operation, resolve, reject, id: the bridge's number of the call}
  let kept = []; // {promise, text, options, bytes, deadline}, in order
  let keptBytes = 0;
  let looking = null;

  const isThere = () => GetResourceState(BRIDGE) === 'started';

  /** Decodes an answer's body: gives the value of its JSON; the text itself when it is not JSON, or nests too deep. */
  function decoded(text, isJson) {
    if (text === undefined || text === null || text === '') return undefined;
    return isJson ? JSON.parse(text) : text;
  }

  /** Ends a call, once. */
  function finish(promise, answer) {
    const call = calls.get(promise);
    if (!call) return;
    calls.delete(promise);
    if (answer.ok) call.resolve(decoded(answer.body, answer.json));
    else call.reject(new CadError(call.operation, answer));
  }

  /** Hands a call to the bridge; false when the bridge is not running. */
  function handOver({ promise, text, options }) {
    const call = calls.get(promise);
    let given;
    try {
      given = globalThis.exports[BRIDGE].call(call.operation, text, (answer) => finish(promise, answer), options);
    } catch {
      return false;
    }
    if (given[0]) call.id = given[1]; // otherwise the callback was told
    return true;
  }

  /** Hands over the kept calls as soon as the bridge runs. */
  function look() {
    const there = isThere();
    const now = GetGameTimer();
    const waiting = kept;
    kept = [];
    keptBytes = 0;
    for (const one of waiting) {
      if (!calls.has(one.promise) || (there && handOver(one))) continue;
      if (now >= one.deadline) {
        finish(one.promise, refused('unavailable',
          `The resource ${BRIDGE} is not there to take the call (it is ${GetResourceState(BRIDGE)}); is it ensured in server.cfg?`));
      } else {
        kept.push(one);
        keptBytes += one.bytes;
      }
    }
    if (kept.length === 0) {
      clearInterval(looking);
      looking = null;
    }
  }

  /** The arguments of a call as JSON text; throws an Error where JSON would silently leave out or change a value. */
  function encoded(args) {
    if (typeof args === 'string') return args;
    if (args !== undefined && (typeof args !== 'object' || args === null || Array.isArray(args))) {
      throw new TypeError(`The arguments must be an object, or JSON as a text; got ${Array.isArray(args) ? 'an array' : args === null ? 'null' : `a ${typeof args}`}.`);
    }
    return JSON.stringify(args ?? {}, (name, value) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`The argument ${name} is ${value}; a number must be finite.`);
      if (typeof value === 'bigint') throw new TypeError(`The argument ${name} is a bigint; give the arguments as JSON text.`);
      if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`The argument ${name} is a ${typeof value}.`);
      return value;
    });
  }

  function ask(operation, args, options = {}) {
    const { promise, resolve, reject } = Promise.withResolvers ? Promise.withResolvers() : withResolvers();
    calls.set(promise, { operation, resolve, reject });
    let text;
    try {
      text = encoded(args);
    } catch (error) {
      finish(promise, refused('invalid_argument', error.message));
      return promise;
    }
    const deadline_ms = options.deadline_ms ?? DEADLINE_MS;
    const one = { promise, text, options: { deadline_ms, attachment: options.attachment, raw: true } };
    if (kept.length === 0 && isThere() && handOver(one)) return promise;
    one.bytes = CALL_BYTES + Buffer.byteLength(text) + (options.attachment?.length ?? 0);
    if (kept.length >= KEPT || keptBytes + one.bytes > KEPT_BYTES) {
      finish(promise, refused('queue_full',
        `${kept.length} calls of ${keptBytes} bytes wait for the resource ${BRIDGE} to start; this one was not taken.`));
      return promise;
    }
    one.deadline = GetGameTimer() + (Number.isInteger(deadline_ms) ? deadline_ms : DEADLINE_MS); // the bridge refuses a wrong one
    kept.push(one);
    keptBytes += one.bytes;
    looking = looking ?? setInterval(look, LOOK_MS);
    return promise;
  }

  function withResolvers() {
    const made = {};
    made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
    return made;
  }

  // ------------------------------------------------------------------------------------------------------------ events

  // One listener of the bridge serves all handlers of a type.
  const streams = new Map(); // by type: {type, id: the bridge's number of the listener, handlers: Map of handle -> fn}
  let handles = 0;

  /** The error of a handler is printed, and the other handlers are called. */
  function hear(stream, event) {
    const data = event.json ? JSON.parse(event.data) : event.data;
    const failed = (error) => console.log(`^1error: a handler of CAD.on('${stream.type}') failed: ${error?.stack ?? error}^7`);
    for (const [handle, fn] of [...stream.handlers]) {
      if (!stream.handlers.has(handle)) continue; // an earlier handler has removed it
      try {
        const done = fn({ type: event.type, source: event.source, data });
        if (typeof done?.then === 'function') done.then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  /** Asks the bridge for the events of a stream: undefined when the bridge is not running; else the message of its refusal, or ''. */
  function listen(stream) {
    let given;
    if (!isThere()) return undefined;
    try {
      given = globalThis.exports[BRIDGE].on(stream.type, (event) => hear(stream, event), { raw: true });
    } catch {
      return undefined;
    }
    if (!given[0]) return given[1];
    stream.id = given[1];
    return '';
  }

  function onEvent(type, fn) {
    if (typeof type !== 'string') throw new TypeError(`CAD.on takes the type of an event, like 'EVENT_911', as a text; got a ${typeof type}.`);
    if (typeof fn !== 'function') throw new TypeError(`The handler of CAD.on must be a function; got a ${typeof fn}.`);
    const name = type.toUpperCase();
    const stream = streams.get(name) ?? { type: name, handlers: new Map() };
    if (stream.id === undefined) {
      const message = listen(stream);
      if (message) throw new Error(message);
    }
    streams.set(name, stream);
    handles += 1;
    stream.handlers.set(handles, fn);
    return handles;
  }

  function offEvent(handle) {
    for (const stream of streams.values()) {
      if (!stream.handlers.delete(handle)) continue;
      if (stream.handlers.size === 0) {
        streams.delete(stream.type);
        try {
          if (stream.id !== undefined) globalThis.exports[BRIDGE].off(stream.id);
        } catch {
          // The bridge is not running, so its listener is gone as well.
        }
      }
      return true;
    }
    return false;
  }

  on('onServerResourceStart', (resource) => {
    if (resource !== BRIDGE) return;
    for (const stream of streams.values()) {
      const message = stream.id === undefined && listen(stream);
      if (message) console.log(`^3warning: CAD.on hears no ${stream.type}: ${message}^7`);
    }
  });

  // Collect the bridge's calls when it begins to stop; fail them once it has stopped.
  let orphans = [];
  on('onResourceStop', (resource) => {
    if (resource !== BRIDGE) return;
    for (const stream of streams.values()) stream.id = undefined;
    orphans = [...calls].filter(([, call]) => call.id !== undefined).map(([promise]) => promise);
  });
  on('onServerResourceStop', (resource) => {
    if (resource !== BRIDGE) return;
    for (const promise of orphans.splice(0)) finish(promise, failed('shutting_down', 'Stopped', `${BRIDGE} was stopped before the CAD answered.`));
  });

  // --------------------------------------------------------------------------------------------------------------- CAD

  globalThis.CAD = {
    Error: CadError,
    on: onEvent,
    off: offEvent,

    /** Resolves once the bridge has started with good settings. */
    ready: () =>
      new Promise((resolve) => {
        const isReady = () => {
          try {
            return isThere() && globalThis.exports[BRIDGE].isReady() === true;
          } catch {
            return false;
          }
        };
        if (isReady()) {
          resolve();
          return;
        }
        const timer = setInterval(() => {
          if (!isReady()) return;
          clearInterval(timer);
          resolve();
        }, LOOK_MS);
      }),

    /**
     * Shows a text on the map as a unit's place, instead of the street; null: no longer. Throws an Error where the bridge
     * is not there or refuses it.
     */
    setLocation(unit, text) {
      if (!isThere()) throw new Error(`The resource ${BRIDGE} is not there to take the text (it is ${GetResourceState(BRIDGE)}).`);
      const [ok, message] = globalThis.exports[BRIDGE].setLocation(unit, text ?? null);
      if (!ok) throw new Error(message);
    },

    /** Cancels a call by its promise, which rejects as `cancelled`: true; false when it has been answered. */
    cancel(promise) {
      const call = calls.get(promise);
      if (!call) return false;
      if (call.id !== undefined) return globalThis.exports[BRIDGE].cancel(call.id)[0];
      finish(promise, failed('cancelled', 'Cancelled', 'The call was cancelled before it left.'));
      return true;
    },
  };
  for (const operation of operations) globalThis.CAD[operation] = (args, options) => ask(operation, args, options);
  Object.freeze(globalThis.CAD);
})();
