'use strict';

const { Events } = require('./events');
const { References } = require('./references');
const { LuaRuntime } = require('./lua_runtime');
const { clientNatives } = require('./natives');

// The game of one player, as far as client scripts go: a Lua runtime for each resource that has client scripts. Its
// time is the player's, not the game thread's.
class Client {
  constructor(host, player) {
    this.host = host;
    this.player = player;
    this.events = new Events();
    this.references = new References();
    this.calls = [];
    this.sides = new Map();
    this.commands = new Map();
    this.natives = clientNatives(host, player, this.commands);
    for (const resource of host.resources.list()) if (resource.state === 'started') this.start(resource);
  }

  start(resource) {
    const { host, player } = this;
    if (resource.manifest.flag('server_only')) return;
    const { files } = resource.manifest.files(['shared_script', 'client_script'], (name) => host.folderOf(name));
    const scripts = files.filter((file) => file.path.endsWith('.lua'));
    if (scripts.length === 0) return;
    const side = {
      name: resource.name,
      path: resource.path,
      manifest: resource.manifest,
      readFile: (name) => resource.readFile(name),
      handles: new Set(),
      runtimes: [],
      errors: [],
    };
    const runtime = new LuaRuntime(side, this.references.newId(), {
      library: host.library,
      meter: host.clientMeter,
      account: host.clientMeter.account(resource.name),
      channel: `client ${player.source}:${resource.name}`,
      console: host.console,
      clock: host.clock,
      references: this.references,
      calls: this.calls,
      isServer: false,
      natives: this.natives,
      trigger: (name, bytes) => this.events.trigger(name, bytes),
      serverEvent: (name, bytes) => host.events.enqueue(name, bytes, `net:${player.source}`),
      clientEvent: () => {
        throw new Error('TriggerClientEvent is for the server');
      },
      handle: (name) => side.handles.add(name),
      failed: (message) => host.failed(resource, message),
    });
    this.references.register(runtime);
    side.runtimes.push(runtime);
    this.sides.set(resource.name, side);
    this.events.resources.add(side);
    for (const file of scripts)
      runtime.loadFile({ path: file.path, name: `@${file.resource || resource.name}/${file.relative}` });
    this.events.trigger('onClientResourceStart', host.packed([resource.name]));
  }

  stop(resource) {
    const side = this.sides.get(resource.name);
    if (!side) return;
    this.events.trigger('onClientResourceStop', this.host.packed([resource.name]));
    this.sides.delete(resource.name);
    this.events.resources.delete(side);
    for (const runtime of side.runtimes) {
      this.references.unregister(runtime);
      for (const [name, entry] of this.commands) if (entry.runtime === runtime) this.commands.delete(name);
      runtime.destroy();
    }
  }

  // An event from the server, for the next tick.
  receive(name, bytes) {
    this.events.enqueue(name, bytes, 'net:65535');
  }

  // Runs a command that a client script registered; false when there is none of this name.
  command([name, ...args], raw) {
    const entry = this.commands.get(name.toLowerCase());
    if (!entry) return false;
    this.references.invoke(entry.reference, this.host.packed([0, args, raw]));
    return true;
  }

  tick() {
    this.events.flush();
    for (const side of this.sides.values()) for (const runtime of side.runtimes) runtime.tick();
  }

  close() {
    for (const side of [...this.sides.values()]) {
      for (const runtime of side.runtimes) {
        this.references.unregister(runtime);
        runtime.destroy();
      }
    }
    this.sides.clear();
    this.events.resources.clear();
  }
}

module.exports = { Client };
