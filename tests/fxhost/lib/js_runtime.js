'use strict';

const fs = require('node:fs');
const path = require('node:path');
const util = require('node:util');
const vm = require('node:vm');
const { EventEmitter } = require('node:events');
const { Meter } = require('./meter');
const { ReferenceCounts } = require('./reference_counts');
const { createResourceRequire } = require('./js_require');

const codecFile = path.join(path.dirname(require.resolve('msgpack-lite/package.json')), 'dist', 'msgpack.min.js');
const codecScript = new vm.Script(withFunctions(fs.readFileSync(codecFile, 'utf8')), {
  filename: 'citizen:/scripting/v8/msgpack.js',
});
const preludeFile = path.join(__dirname, 'js_prelude.js');
const preludeScript = new vm.Script(fs.readFileSync(preludeFile, 'utf8'), {
  filename: 'citizen:/scripting/v8/main.js',
});

// What of Node a script finds in its global object, besides what the context has by itself.
const NODE_GLOBALS = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'Buffer',
  'DOMException',
  'Event',
  'EventTarget',
  'FormData',
  'Headers',
  'MessageChannel',
  'Request',
  'Response',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'atob',
  'btoa',
  'fetch',
  'performance',
  'queueMicrotask',
  'structuredClone',
];

// Frames of the stand-in itself, which a script's stack trace leaves out.
const FOREIGN_FRAMES = [
  'citizen:/',
  'wasm://',
  '(node:',
  'at node:',
  __dirname + path.sep,
  path.join(__dirname, '..', 'host.js'),
];

// The game server carries msgpack-lite with one change: functions are packed like objects, so that an extension may
// take them (as published, they become nil). The same change, made to the published file.
function withFunctions(source) {
  const changed = source.replace('function:A,number:e,object:T?E:w', 'function:T?E:w,number:e,object:T?E:w');
  if (changed === source) throw new Error('msgpack-lite is not the version that fxhost knows how to adapt (0.1.26)');
  return changed;
}

// The game server opens libnode so that its symbols reach no other library. Here node is the program itself, and would
// give an addon its own simdjson in place of the one that the addon was built for.
const { RTLD_NOW, RTLD_DEEPBIND = 0 } = require('node:os').constants.dlopen;
// A sanitizer forbids RTLD_DEEPBIND; it runs in a Node whose libraries are hidden (tests/embed).
const HIDDEN = RTLD_NOW | (process.env.SONORAN_SANITIZE ? 0 : RTLD_DEEPBIND);

// The JavaScript runtime of one resource: a context of its own, with the game server's globals.
class JsRuntime {
  // side: see LuaRuntime.
  constructor(resource, id, side) {
    this.kind = 'js';
    this.resource = resource;
    this.id = id;
    this.side = side;
    this.alive = true;
    this.addons = [];
    this.counts = new ReferenceCounts((id) => this.inside.functions.delete(id));
    this.metered(() => this.boot());
  }

  boot() {
    const { side, resource } = this;
    // Without this constant (Node 18) every look-up of a global goes through an interceptor, which costs more than the
    // call.
    this.context = vm.createContext(vm.constants?.DONT_CONTEXTIFY);
    const global = vm.runInContext('globalThis', this.context);
    this.global = global;
    for (const name of NODE_GLOBALS) global[name] = globalThis[name];
    global.global = global;
    global.console = this.makeConsole();
    this.process = this.makeProcess();
    global.process = this.process;
    global.require = createResourceRequire({
      folder: resource.path,
      context: this.context,
      process: this.process,
      onAddon: (file) => this.addons.push(file),
    });
    codecScript.runInContext(this.context);
    for (const [name, native] of Object.entries(side.natives)) global[name] = this.nativeFunction(native);
    this.inside = preludeScript.runInContext(this.context)(global, this.makeHost());
  }

  nativeFunction({ fn, returns }) {
    if (returns === 'boolean') return (...args) => (fn(this, ...args) ? 1 : false);
    if (returns === undefined) return (...args) => void fn(this, ...args);
    // Lists that Lua gets as several results are arrays here, made in the context's own realm.
    if (returns === 'vector3' || returns === 'ints') {
      const array = vm.runInContext('(...items) => items', this.context);
      return (...args) => array(...fn(this, ...args));
    }
    return (...args) => fn(this, ...args);
  }

  makeHost() {
    const { side } = this;
    return {
      resourceName: this.resource.name,
      codecBegins: () => side.meter.enter(side.account, Meter.CODEC_JS),
      codecEnds: () => side.meter.leave(),
      canonical: (id) => {
        this.counts.made(id);
        return side.references.canonical(this, id);
      },
      addReference: (reference) => side.references.add(reference),
      releaseReference: (reference) => side.references.remove(reference),
      invoke: (reference, bytes) => side.references.invoke(reference, bytes),
      trigger: (name, bytes) => side.trigger(name, bytes),
      clientEvent: (name, target, bytes) => side.clientEvent(name, target, bytes),
      handle: (name) => side.handle(name),
      now: () => side.clock.now(),
      print: (text) => side.console.write(side.channel, `${text}\n`),
      error: (message) => this.error(message),
      isForeignFrame: (line) => /^\s+at /.test(line) && FOREIGN_FRAMES.some((part) => line.includes(part)),
    };
  }

  makeConsole() {
    const print = (...args) => this.side.console.write(this.side.channel, `${util.format(...args)}\n`);
    return { log: print, info: print, warn: print, error: print, debug: print, trace: print, dir: print, assert() {} };
  }

  // The parts of `process` that belong to the resource's own Node environment; all else is the real one's.
  makeProcess() {
    const emitter = new EventEmitter();
    emitter.setMaxListeners(0);
    const own = {
      exit: () => {
        throw new Error('process.exit is not available to a resource');
      },
      argv: [process.execPath],
      cwd: () => this.resource.path,
      dlopen: (module, file) => process.dlopen(module, file, HIDDEN),
      ...this.side.process,
    };
    for (const name of [
      'on',
      'once',
      'off',
      'addListener',
      'removeListener',
      'removeAllListeners',
      'emit',
      'listeners',
      'listenerCount',
      'prependListener',
    ]) {
      own[name] = (...args) => {
        const result = emitter[name](...args);
        return result === emitter ? this.process : result;
      };
    }
    return new Proxy(own, {
      get(target, name) {
        if (name in target) return target[name];
        const value = process[name];
        return typeof value === 'function' ? value.bind(process) : value;
      },
    });
  }

  loadFile(file) {
    this.metered(() => {
      try {
        const script = new vm.Script(fs.readFileSync(file.path, 'utf8'), { filename: file.name });
        script.runInContext(this.context);
      } catch (error) {
        this.error(`Error loading script ${file.name} in resource ${this.resource.name}: ${error.stack || error}`);
      }
    });
  }

  // As the game server ends a Node environment. Hooks that an addon registered with Node-API run only when the whole
  // process ends: the environment here is the process's.
  destroy() {
    if (!this.alive) return;
    this.metered(() => {
      for (const name of ['beforeExit', 'exit']) {
        try {
          this.process.emit(name, 0);
        } catch (error) {
          this.error(`process '${name}': ${error.stack || error}`);
        }
      }
      this.inside.stop();
    });
    this.alive = false;
    this.counts.clear();
    this.inside = null;
    this.global = null;
    this.context = null;
  }

  tick() {
    this.metered(() => {
      this.inside.pump();
      this.inside.tick();
    });
  }

  pump() {
    if (this.inside.hasWork()) this.metered(() => this.inside.pump());
  }

  handleEvent(name, bytes, source) {
    this.metered(() => this.inside.handleEvent(name, bytes, source));
  }

  callReference(id, bytes) {
    return this.metered(() => this.inside.callReference(id, bytes));
  }

  // For tests: the value of an expression in the runtime.
  evaluate(source) {
    return this.metered(() => vm.runInContext(source, this.context, { filename: 'evaluate' }));
  }

  error(message) {
    this.side.console.write(this.side.channel, `^1SCRIPT ERROR: ${message}^7\n`);
    this.side.failed(message);
  }

  metered(work) {
    const { meter, account, calls } = this.side;
    meter.enter(account, Meter.JS);
    calls.push(this);
    try {
      return work();
    } finally {
      calls.pop();
      meter.leave();
    }
  }
}

module.exports = { JsRuntime };
