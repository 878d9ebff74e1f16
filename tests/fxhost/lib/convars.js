'use strict';

// The convars of the server: text values with the flags of the command that set them.
// set: server only; setr: sent to every client; sets: shown in the public server list.
class Convars {
  constructor() {
    this.values = new Map();
    this.restricted = new Set();
    this.readers = new Set();
    this.sealed = false;
    this.listeners = [];
  }

  has(name) {
    return this.values.has(name.toLowerCase());
  }

  get(name) {
    const convar = this.values.get(name.toLowerCase());
    return convar ? convar.value : undefined;
  }

  set(name, value, flag = 'set') {
    const key = name.toLowerCase();
    const known = this.values.get(key);
    this.values.set(key, { name: known ? known.name : name, value: String(value), flag });
    for (const listener of [...this.listeners]) {
      if (listener.filter === null || matches(listener.filter, name)) listener.call(name);
    }
  }

  // What a client may see: only what setr set.
  replicated(name) {
    const convar = this.values.get(name.toLowerCase());
    return convar && convar.flag === 'setr' ? convar.value : undefined;
  }

  // add_convar_permission <resource> read <convar>: from then on, only resources so named may read it; others get the
  // default. Names count with their case here, and the line has no effect once the first configuration has been read, nor
  // for any right but read. False when it came too late.
  grant(resource, right, name) {
    if (this.sealed) return false;
    if (right !== 'read') return true;
    this.restricted.add(name);
    this.readers.add(`${resource} ${name}`);
    return true;
  }

  readable(resource, name) {
    return !this.restricted.has(name) || this.readers.has(`${resource} ${name}`);
  }

  list() {
    return [...this.values.values()].map((convar) => ({ ...convar }));
  }
}

function matches(filter, name) {
  const pattern = filter
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${pattern}$`, 'i').test(name);
}

module.exports = { Convars };
