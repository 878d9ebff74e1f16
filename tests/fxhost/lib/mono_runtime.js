'use strict';

const hostMsgpack = require('./host_msgpack');

// The C# runtime of one resource: a domain in the program that mono_process.js runs. Its time is not metered: most of it
// would be the way to another process.
class MonoRuntime {
  // side: see LuaRuntime; and `mono`, the MonoProcess.
  constructor(resource, id, side) {
    this.kind = 'mono';
    this.resource = resource;
    this.id = id;
    this.side = side;
    this.alive = true;
    this.held = new Map();
    // The domain knows its functions; this counts only who holds them.
    this.counts = {
      has: () => true,
      add: (reference) => this.addReference(reference),
      remove: (reference) => this.deleteReference(reference),
      clear: () => this.held.clear(),
      size: 0,
    };
    side.mono.runtimes.set(id, this);
    side.mono.ask('create', id, resource.name, resource.path);
  }

  // Answers what the domain asks.
  served(what, ...details) {
    const { side } = this;
    switch (what) {
      case 'native': {
        const [name, args] = details;
        if (!side.natives[name]) throw new Error(`the stand-in has no native ${name}`);
        return side.natives[name].fn(this, ...args);
      }
      case 'handle':
        return side.handle(details[0]);
      case 'print':
        return side.console.write(side.channel, details[0]);
      case 'trigger':
        return side.trigger(details[0], new Uint8Array(details[1]));
      case 'invoke':
        return present(side.references.invoke(details[0], new Uint8Array(details[1])));
      default:
        throw new Error(`the stand-in does not know what ${what} is`);
    }
  }

  loadFile(file) {
    this.within(() => this.side.mono.ask('load', this.id, file.path), `Error loading script ${file.name}`);
  }

  tick() {
    this.within(() => this.side.mono.ask('tick', this.id), 'tick');
  }

  handleEvent(name, bytes) {
    this.within(() => this.side.mono.ask('event', this.id, name, Buffer.from(bytes)), `event ${name}`);
  }

  callReference(id, bytes) {
    const { calls, mono } = this.side;
    calls.push(this);
    try {
      return mono.ask('call', this.id, id, Buffer.from(bytes));
    } catch (error) {
      this.side.failed(`ref call: ${error.message}`);
      return hostMsgpack.pack(null);
    } finally {
      calls.pop();
    }
  }

  addReference(id) {
    this.held.set(id, (this.held.get(id) || 0) + 1);
  }

  deleteReference(id) {
    const count = (this.held.get(id) || 0) - 1;
    this.held.set(id, count);
    if (count > 0) return;
    this.held.delete(id);
    this.side.mono.ask('remove', this.id, id);
  }

  destroy() {
    if (!this.alive) return;
    this.within(() => this.side.mono.ask('destroy', this.id), 'unloading the domain');
    this.side.mono.runtimes.delete(this.id);
    this.alive = false;
    this.held.clear();
  }

  within(work, what) {
    const { calls } = this.side;
    calls.push(this);
    try {
      work();
    } catch (error) {
      this.side.console.write(this.side.channel, `^1SCRIPT ERROR: ${what}: ${error.message}^7\n`);
      this.side.failed(`${what}: ${error.message}`);
    } finally {
      calls.pop();
    }
  }
}

// C# gets null when there are no results.
function present(bytes) {
  return bytes === null || bytes[0] === 0xc0 ? null : Buffer.from(bytes);
}

module.exports = { MonoRuntime };
