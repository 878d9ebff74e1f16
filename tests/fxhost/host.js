'use strict';

const path = require('node:path');
const { EventEmitter } = require('node:events');
const { loadLua } = require('./lib/lua_library');
const { Aces } = require('./lib/aces');
const { Client } = require('./lib/client');
const { Clock } = require('./lib/clock');
const { Commands } = require('./lib/commands');
const { Console } = require('./lib/console');
const { Convars } = require('./lib/convars');
const { Events } = require('./lib/events');
const { HostFunctions } = require('./lib/host_functions');
const { HttpServer } = require('./lib/http_server');
const { performHttpRequest } = require('./lib/http_client');
const { JsRuntime } = require('./lib/js_runtime');
const { Kvp } = require('./lib/kvp');
const { LuaRuntime } = require('./lib/lua_runtime');
const { Meter } = require('./lib/meter');
const { MonoProcess } = require('./lib/mono_process');
const { MonoRuntime } = require('./lib/mono_runtime');
const { Players } = require('./lib/players');
const { References } = require('./lib/references');
const { Resources } = require('./lib/resources');
const { serverNatives } = require('./lib/natives');
const hostMsgpack = require('./lib/host_msgpack');
const serverCfg = require('./lib/server_cfg');

const SENT_MAX = 20000;
const ERRORS_MAX = 1000;
const DEFAULT_CONVARS = {
  sv_hostname: 'fxhost',
  sv_maxclients: '48',
  onesync: 'on',
  gamename: 'gta5',
  version: 'fxhost',
};
const RUNTIMES = { lua: LuaRuntime, js: JsRuntime, mono: MonoRuntime };
const HANDLES = { lua: /\.lua$/, js: /\.js$/, mono: /\.net\.dll$/ };

// The stand-in of the game server. One thread: everything here happens on the "game thread", inside tick() and run(),
// or in the call that asks for it. Events: 'tick', 'clientEvent', 'scriptError', 'started', 'stopped'.
class Host extends EventEmitter {
  constructor(library, options) {
    super();
    this.library = library;
    this.options = options;
    this.tickMs = options.tickMs;
    this.clock = new Clock(options.clock === 'virtual');
    this.console = new Console({ clock: this.clock, quiet: options.quiet, out: options.out });
    this.convars = new Convars();
    this.aces = new Aces();
    this.commands = new Commands();
    this.players = new Players(options.seed);
    this.kvp = new Kvp();
    this.events = new Events();
    this.references = new References();
    this.functions = new HostFunctions(this.references);
    this.resources = new Resources(library);
    this.meter = new Meter();
    this.clientMeter = new Meter();
    this.clients = new Map();
    this.calls = [];
    this.deferred = [];
    this.sent = [];
    this.scriptErrors = [];
    this.lastStep = 0;
    this.nextListener = 1;
    this.nextRequest = 1;
    this.waitingFor = new Map(); // by the name of a resource that did not start: those that depend on it
    this.closed = false;
    this.http = new HttpServer({
      references: this.references,
      functions: this.functions,
      clock: this.clock,
      version: 'FXServer-fxhost',
      limits: (name) => this.httpLimits(name),
    });
    this.natives = serverNatives(this);
    for (const [name, value] of Object.entries(DEFAULT_CONVARS)) this.convars.set(name, value);
    this.addCommands();
  }

  // ----------------------------------------------------------------------------------------------- resources

  // Starts a resource, and before it those that it depends on. False when it does not run afterwards; the console
  // says why.
  start(name) {
    const resource = this.resources.get(name);
    if (!resource) {
      this.say(`^1Couldn't find resource ${name}.^7`);
      return false;
    }
    if (resource.state !== 'stopped') return resource.state === 'started';
    if (!this.startDependencies(resource)) return false;
    resource.state = 'starting';
    if (!this.events.trigger('onResourceStarting', this.packed([name]))) {
      resource.state = 'stopped';
      this.say(`^1Resource ${name} was not started: a script cancelled it.^7`);
      return false;
    }
    this.adviseAbout(resource);
    this.events.resources.add(resource);
    this.http.addEndpoint(name);
    this.loadScripts(resource);
    resource.state = 'started';
    this.events.trigger('onResourceStart', this.packed([name]));
    this.events.enqueue('onServerResourceStart', this.packed([name]));
    for (const client of this.clients.values()) client.start(resource);
    this.say(`Started resource ${name}`);
    this.emit('started', resource);
    const waiting = this.waitingFor.get(name) || [];
    this.waitingFor.delete(name);
    for (const dependant of waiting) this.start(dependant);
    return true;
  }

  startDependencies(resource) {
    for (const dependency of resource.manifest.dependencies()) {
      if (dependency.startsWith('/')) {
        const [, what, value] = dependency.match(/^\/([^:]+):?(.*)$/);
        const met =
          what === 'server'
            ? this.options.serverBuild >= Number(value)
            : what === 'onesync'
              ? this.convars.get('onesync') !== 'off'
              : true;
        if (!met) {
          this.say(`^1Resource ${resource.name} needs ${dependency}, which this server does not meet.^7`);
          return false;
        }
        continue;
      }
      const other = this.resources.find(dependency);
      if (!other) {
        this.say(`^1Could not find dependency ${dependency} for resource ${resource.name}.^7`);
        return false;
      }
      if (other.state !== 'starting' && !this.start(other.name)) {
        this.say(`^1Could not start dependency ${dependency} for resource ${resource.name}.^7`);
        // It is started together with that one.
        const waiting = this.waitingFor.get(other.name) || new Set();
        this.waitingFor.set(other.name, waiting.add(resource.name));
        return false;
      }
    }
    return true;
  }

  adviseAbout(resource) {
    const { manifest, name } = resource;
    const scripts = manifest.files(['shared_script', 'server_script'], (other) => this.folderOf(other));
    const uses = (kind) => scripts.files.some((file) => HANDLES[kind].test(file.path));
    if (!manifest.first('fx_version')) this.say(`^3Resource ${name} has no fx_version in its manifest.^7`);
    if (uses('js') && manifest.first('node_version') !== '22') {
      this.say(
        `^3Resource ${name} does not say node_version '22': the game server would run its JavaScript on Node 16.^7`,
      );
    }
    if (uses('lua') && !manifest.flag('lua54')) {
      this.say(`^3Resource ${name} does not say lua54 'yes': older game servers would run it on Lua 5.3.^7`);
    }
    for (const entry of scripts.missing) this.say(`^3Resource ${name}: no file matches '${entry}'.^7`);
  }

  loadScripts(resource) {
    const { files } = resource.manifest.files(['shared_script', 'server_script'], (name) => this.folderOf(name));
    const given = this.options.runtimeOrder;
    const order = [...new Set([...(given || []), ...Object.keys(RUNTIMES)])];
    const of = (file) => order.find((kind) => HANDLES[kind].test(file.path) && (kind !== 'mono' || this.options.mono));
    // All runtimes are there before the first file runs.
    for (const kind of order.filter((one) => files.some((file) => of(file) === one))) {
      const side = this.side(resource);
      if (kind === 'mono') side.mono = this.monoProcess();
      const runtime = new RUNTIMES[kind](resource, this.references.newId(), side);
      this.references.register(runtime);
      resource.runtimes.push(runtime);
    }
    const scripts = files.filter(of);
    if (given) scripts.sort((a, b) => order.indexOf(of(a)) - order.indexOf(of(b)));
    for (const file of scripts) {
      const name = `@${file.resource || resource.name}/${file.relative}`;
      resource.runtime(of(file)).loadFile({ path: file.path, name });
    }
  }

  // What a runtime of the resource may do to the world outside it.
  side(resource) {
    return {
      library: this.library,
      meter: this.meter,
      account: this.meter.account(resource.name),
      channel: `script:${resource.name}`,
      console: this.console,
      clock: this.clock,
      references: this.references,
      calls: this.calls,
      isServer: true,
      natives: this.natives,
      process: this.options.process,
      trigger: (name, bytes) => this.events.trigger(name, bytes),
      clientEvent: (name, target, bytes) => this.sendToClients(name, target, bytes),
      serverEvent: () => {
        throw new Error('TriggerServerEvent is for the client');
      },
      handle: (name) => resource.handles.add(name),
      failed: (message) => this.failed(resource, message),
    };
  }

  // The process that runs the C# of all resources; begun with the first.
  monoProcess() {
    if (!this.mono) this.mono = new MonoProcess(this.options.mono);
    return this.mono;
  }

  // Stops a resource: tells everyone, then ends its runtimes. Not while a script runs: then at the next tick.
  stop(name) {
    const resource = this.resources.get(name);
    if (!resource) {
      this.say(`^1Couldn't find resource ${name}.^7`);
      return false;
    }
    if (this.calls.length > 0) return this.later(() => this.stop(name));
    if (resource.state !== 'started') return false;
    resource.state = 'stopping';
    for (const client of this.clients.values()) client.stop(resource);
    this.events.trigger('onResourceStop', this.packed([name]));
    for (const runtime of [...resource.runtimes].reverse()) {
      this.references.unregister(runtime);
      this.commands.forget(runtime);
      this.convars.listeners = this.convars.listeners.filter((one) => one.runtime !== runtime);
      runtime.destroy();
    }
    resource.runtimes = [];
    resource.handles.clear();
    this.http.removeEndpoint(name);
    this.events.resources.delete(resource);
    resource.state = 'stopped';
    this.events.enqueue('onServerResourceStop', this.packed([name]));
    this.say(`Stopped resource ${name}`);
    this.emit('stopped', resource);
    return true;
  }

  restart(name) {
    if (this.calls.length > 0) return this.later(() => this.restart(name));
    const resource = this.resources.get(name);
    if (resource && resource.state === 'started') this.stop(name);
    if (resource) this.resources.refresh(resource);
    return this.start(name);
  }

  folderOf(name) {
    const resource = this.resources.get(name);
    return resource ? resource.path : null;
  }

  // The Lua or JavaScript runtime of a resource ('lua', 'js'), for tests; null when it has none.
  runtime(name, kind) {
    const resource = this.resources.get(name);
    return resource ? resource.runtime(kind) : null;
  }

  // Runs code in a resource's runtime and gives what it returns: Lua a list of results, JavaScript a value.
  evaluate(name, kind, source) {
    const runtime = this.runtime(name, kind);
    if (!runtime) throw new Error(`resource ${name} has no ${kind} runtime now`);
    return runtime.evaluate(source);
  }

  // Calls an export of a resource as another resource's Lua would: packed both ways. Gives the list of results, up to the
  // first nil; throws with the error that the resource printed when the export failed. Functions cannot be passed this
  // way: use a resource of your own for that.
  callExport(name, exported, ...args) {
    let reference = null;
    const take = this.functions.make((given) => {
      reference = given.functionReference;
      this.references.add(reference);
    });
    try {
      this.events.trigger(`__cfx_export_${name}_${exported}`, this.packed([take]));
      if (reference === null) throw new Error(`No such export ${exported} in resource ${name}`);
      const before = this.scriptErrors.length;
      const answer = this.references.invoke(reference, this.packed(args));
      const values = answer === null ? null : hostMsgpack.unpack(answer);
      if (values === null) {
        const error = this.scriptErrors[before];
        throw new Error(error ? error.message : `the export ${exported} of resource ${name} failed`);
      }
      return untilNil(values);
    } finally {
      if (reference !== null) this.references.remove(reference);
      this.functions.forget(take);
    }
  }

  invokingResource() {
    const caller = this.calls[this.calls.length - 2];
    return caller ? caller.resource.name : null;
  }

  // --------------------------------------------------------------------------------------------------- HTTP

  // Where the server takes requests for resources; their handlers run while the game does: host.run(), host.until().
  httpUrl() {
    return this.http.url();
  }

  // A function reference of a script is held for as long as it may be called.
  setHttpHandler(name, reference) {
    this.references.add(reference);
    this.http.setHandler(name, reference);
  }

  httpLimits(name) {
    const number = (what) => {
      const value = Number.parseFloat(this.convars.get(`rateLimiter_http_${name}_${what}`));
      return Number.isNaN(value) ? undefined : value;
    };
    return { rate: number('rate'), burst: number('burst') };
  }

  // Asks, and tells the resource with an event at a later tick.
  performHttpRequest(resource, request) {
    const token = this.nextRequest;
    this.nextRequest += 1;
    performHttpRequest(request, ({ status, body, headers, error }) => {
      const bytes = this.packed([token, status, body, headers, error, {}]);
      this.later(() => {
        if (!resource.handles.has('__cfx_internal:httpResponse')) return;
        for (const runtime of [...resource.runtimes]) {
          if (runtime.alive) runtime.handleEvent('__cfx_internal:httpResponse', bytes, '');
        }
      });
    });
    return token;
  }

  failed(resource, message) {
    const error = { resource: resource.name, message, t: this.clock.now() };
    if (this.scriptErrors.length < ERRORS_MAX) this.scriptErrors.push(error);
    resource.errors.push(message);
    this.emit('scriptError', error);
  }

  // -------------------------------------------------------------------------------------------------- events

  packed(args) {
    return hostMsgpack.pack(args);
  }

  // An event as a server script would trigger it. False when a handler cancelled it.
  triggerEvent(name, ...args) {
    return this.events.trigger(name, this.packed(args));
  }

  // A net event as the (possibly hostile) client of a player may send it; it arrives with the next tick.
  clientEvent(source, name, ...args) {
    this.clientEventRaw(source, name, this.packed(args));
  }

  // The same with any bytes in place of packed arguments.
  clientEventRaw(source, name, bytes) {
    if (!this.players.get(source)) throw new Error(`there is no player ${source} who could send ${name}`);
    this.events.enqueue(name, bytes, `net:${source}`);
  }

  sendToClients(name, target, bytes) {
    const message = {
      t: this.clock.now(),
      name,
      target,
      get args() {
        return hostMsgpack.unpack(bytes);
      },
    };
    if (this.sent.length >= SENT_MAX) this.sent.shift();
    this.sent.push(message);
    for (const [source, client] of this.clients) if (target === -1 || target === source) client.receive(name, bytes);
    this.emit('clientEvent', message);
  }

  // ------------------------------------------------------------------------------------------------- players

  // options: {source, name, identifiers, x, y, z, heading, vehicle, movement}. Fires playerJoining at the next tick.
  addPlayer(options = {}) {
    const player = this.players.add(options);
    if (this.clients.size < this.options.clients) this.clients.set(player.source, new Client(this, player));
    this.events.enqueue('playerJoining', this.packed([String(player.source + 65536)]), `internal-net:${player.source}`);
    return player;
  }

  // n players on patrol, each in a vehicle, spread over the map; `options` for all, or a function (i) → options.
  addPlayers(n, options = {}) {
    return Array.from({ length: n }, (_, i) => {
      const own = typeof options === 'function' ? options(i) : options;
      return this.addPlayer({ ...this.players.sample(), ...own });
    });
  }

  // The player leaves: playerDropped is fired while the player can still be asked about, as the game server does.
  dropPlayer(source, reason = 'Exiting') {
    const player = this.players.get(source);
    if (!player) throw new Error(`there is no player ${source} to drop`);
    this.events.trigger('playerDropped', this.packed([reason]), `internal-net:${player.source}`);
    const client = this.clients.get(player.source);
    if (client) client.close();
    this.clients.delete(player.source);
    this.players.remove(player.source);
    this.emit('playerDropped', player, reason);
  }

  principals(source) {
    if (source === 0) return ['system.console'];
    const player = this.players.get(source);
    return [`player.${source}`, ...(player ? player.identifiers.map((one) => `identifier.${one}`) : [])];
  }

  // ------------------------------------------------------------------------------------------------- console

  say(text) {
    this.console.line('fxhost', text);
  }

  // A line typed at the server's console. Gives the lines that appeared on the console meanwhile.
  command(line) {
    const seen = this.console.entries.length + this.console.dropped;
    this.execute(line);
    return this.console.entries.slice(Math.max(0, seen - this.console.dropped)).map((entry) => entry.text);
  }

  execute(line, source = 0) {
    for (const words of serverCfg.tokenize(line)) this.executeWords(words, source, line);
  }

  executeWords(words, source = 0, raw = words.join(' ')) {
    const [name, ...args] = words;
    const builtin = source === 0 ? this.commands.builtin.get(name.toLowerCase()) : undefined;
    if (builtin) {
      builtin(args);
      return;
    }
    const entries = this.commands.find(name);
    if (entries.length > 0) {
      for (const { reference, restricted } of entries) {
        if (restricted && source !== 0 && !this.aces.allowed(this.principals(source), `command.${name}`)) {
          this.say(`^1Access denied for command ${name}.^7`);
        } else {
          this.invoke(reference, [source, args, raw]);
        }
      }
    } else if (source === 0 && this.convars.has(name)) {
      if (args.length === 0) this.say(`"${name}" is "${this.convars.get(name)}"`);
      else this.convars.set(name, args.join(' '));
    } else {
      this.say(`^1No such command ${name}.^7`);
    }
  }

  // A chat command of a player, '/status' without its slash: one of the client scripts, else one of the server's.
  playerCommand(source, line) {
    if (!this.players.get(source)) throw new Error(`there is no player ${source} who could type ${line}`);
    const client = this.clients.get(source);
    const [words = ['']] = serverCfg.tokenize(line);
    if (!client || !client.command(words, line)) this.execute(line, source);
  }

  // Calls a script's function; its runtime prints a failure.
  invoke(reference, args) {
    this.references.invoke(reference, this.packed(args));
  }

  listenToConvars(runtime, filter, reference) {
    const id = this.nextListener;
    this.nextListener += 1;
    this.references.add(reference);
    this.convars.listeners.push({
      id,
      runtime,
      filter: filter === null ? null : String(filter),
      call: (name) => this.invoke(reference, [name, '']),
    });
    return id;
  }

  forgetConvarListener(id) {
    this.convars.listeners = this.convars.listeners.filter((one) => one.id !== id);
  }

  addCommands() {
    const add = (name, run) => this.commands.add(name, run);
    const named = (run) => (args) => args.forEach((name) => run(name));
    for (const flag of ['set', 'setr', 'sets']) {
      add(flag, ([name, ...value]) => {
        if (name === undefined) this.say(`Usage: ${flag} <name> <value>`);
        else this.convars.set(name, value.join(' '), flag);
      });
    }
    const category = (run) => (name) => {
      if (/^\[.*\]$/.test(name)) {
        const inside = this.resources.list().filter((one) => one.path.split(path.sep).includes(name));
        if (inside.length === 0) this.say(`^1Couldn't find resource category ${name}.^7`);
        inside.forEach((one) => run(one.name));
      } else {
        run(name);
      }
    };
    add('start', named(category((name) => this.start(name))));
    add(
      'ensure',
      named(
        category((name) => {
          const resource = this.resources.get(name);
          if (resource && resource.state === 'started') this.restart(name);
          else this.start(name);
        }),
      ),
    );
    add('stop', named(category((name) => this.stop(name))));
    add('restart', named(category((name) => this.restart(name))));
    add('refresh', () =>
      this.resources.list().forEach((one) => one.state === 'stopped' && this.resources.refresh(one)),
    );
    add('exec', ([file]) => this.execFile(path.resolve(this.options.folder, String(file))));
    add('say', (args) => this.say(args.join(' ')));
    add('status', () => {
      for (const player of this.players.bySource.values())
        this.say(`${player.source} ${player.name} ${player.identifiers[0]}`);
    });
    add('add_ace', ([principal, object, allow]) => this.aces.addAce(principal, object, allow !== 'deny'));
    add('add_principal', ([child, parent]) => this.aces.addPrincipal(child, parent));
    add('add_convar_permission', ([resource, right, name]) => {
      if (name === undefined) this.say('Usage: add_convar_permission <resource> read <convar>');
      else if (!this.convars.grant(resource, right, name)) {
        this.say('^3add_convar_permission counts only before the server has read its configuration.^7');
      }
    });
    for (const name of ['endpoint_add_tcp', 'endpoint_add_udp', 'load_server_icon']) add(name, () => {});
    for (const name of [
      'add_filesystem_permission',
      'add_unsafe_child_process_permission',
      'add_unsafe_worker_permission',
    ])
      add(name, (args) =>
        this.say(`^3${[name, ...args].join(' ')}: fxhost lets resources do this without permission.^7`),
      );
  }

  execFile(file) {
    for (const words of serverCfg.readFile(file)) this.executeWords(words);
  }

  // ---------------------------------------------------------------------------------------------------- time

  // Defers work to the next tick; gives true.
  later(work) {
    this.deferred.push(work);
    return true;
  }

  // One frame of the game.
  tick() {
    if (this.closed) return;
    this.clock.advance(this.tickMs);
    const now = this.clock.now();
    const deferred = this.deferred;
    this.deferred = [];
    for (const work of deferred) work();
    this.events.flush();
    this.players.step((now - this.lastStep) / 1000);
    this.lastStep = now;
    for (const resource of [...this.events.resources]) {
      for (const runtime of [...resource.runtimes]) if (runtime.alive) runtime.tick();
    }
    for (const client of [...this.clients.values()]) client.tick();
    this.meter.endTick();
    this.clientMeter.endTick();
    this.emit('tick', now);
  }

  // What the game server does every millisecond: run what is due in the JavaScript of each resource.
  pump() {
    for (const resource of this.events.resources) {
      for (const runtime of resource.runtimes) if (runtime.kind === 'js' && runtime.alive) runtime.pump();
    }
  }

  // Ticks n times; promises of the scripts are served in between.
  async ticks(n = 1) {
    for (let i = 0; i < n; i += 1) {
      this.tick();
      await new Promise(setImmediate);
    }
  }

  // Lets the game run for so long; with a virtual clock in no time at all.
  async run(seconds) {
    const end = this.clock.now() + seconds * 1000;
    await this.until(() => this.clock.now() >= end, { limitMs: Infinity });
  }

  // Lets the game run until condition() gives true; throws after limitMs of the game's clock.
  async until(condition, { limitMs = 30000, what = 'the condition' } = {}) {
    const limit = this.clock.now() + limitMs;
    while (!this.closed && !condition()) {
      if (this.clock.now() >= limit) throw new Error(`${what} did not come true within ${limitMs} ms`);
      if (this.clock.virtual) {
        await this.ticks(1);
        continue;
      }
      const now = this.clock.now();
      this.pump();
      if (this.nextTick === undefined || now - this.nextTick > 1000) this.nextTick = now;
      if (now >= this.nextTick) {
        this.nextTick += this.tickMs;
        this.tick();
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  // Time on the game thread since the start (or the last restart of the figures), in microseconds a tick: for all, and
  // for each resource {all, lua, js, codecLua, codecJs}, each {mean, p50, p99, max, total}.
  gameThread() {
    return { ...this.meter.figures(), tickMs: this.tickMs };
  }

  restartGameThread() {
    this.meter.restart();
    this.clientMeter.restart();
  }

  // Everything stops, the last started first.
  close() {
    if (this.closed) return;
    this.deferred = [];
    for (const resource of [...this.events.resources].reverse()) this.stop(resource.name);
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
    if (this.mono) this.mono.close();
    this.http.close();
    this.closed = true;
  }
}

// The results as Lua's caller gets them: a list, or a map by number when one of them was nil.
function untilNil(values) {
  const list = [];
  const at = (i) => (Array.isArray(values) ? values[i] : values[i + 1]);
  while (at(list.length) !== null && at(list.length) !== undefined) list.push(at(list.length));
  return list;
}

// options: resources: [folders], cfg: file, cfgText: text, convars: {name: value}, tickMs (16), clock: 'real' or
// 'virtual', seed (1), clients (0): how many players run the real client scripts, quiet (true), players (0),
// runtimeOrder (null: files load in the manifest's order; ['lua', 'js']: those of one language before those of the
// other), mono: mono_host.exe (without it C# is not run), serverBuild (17000), process ({}): members
// of `process` that resources see changed, to stand for another machine. Without cfg and cfgText every resource is
// started, in order.
async function createHost(options = {}) {
  const host = new Host(await loadLua(), {
    resources: [],
    tickMs: 16,
    clock: 'real',
    seed: 1,
    clients: 0,
    players: 0,
    quiet: true,
    runtimeOrder: null,
    serverBuild: 17000,
    process: {},
    folder: options.cfg ? path.dirname(path.resolve(options.cfg)) : process.cwd(),
    ...options,
  });
  try {
    const names = host.options.resources.flatMap((folder) => host.resources.add(folder));
    for (const [name, value] of Object.entries(options.convars || {})) host.convars.set(name, value);
    if (options.cfg) host.execFile(options.cfg);
    if (options.cfgText) for (const words of serverCfg.parse(options.cfgText)) host.executeWords(words);
    if (!options.cfg && !options.cfgText) names.forEach((name) => host.start(name));
    host.convars.sealed = true;
    host.addPlayers(host.options.players);
    // The time of the start belongs to no tick.
    host.meter.endTick();
    host.restartGameThread();
  } catch (error) {
    host.close();
    throw error;
  }
  return host;
}

module.exports = { createHost };
