'use strict';

// The convars of the server: text values with the flags of the command that set them.
// set: server only; setr: sent to every client; sets: shown in the public server list.
class Convars {
  constructor() {
    this.values = new Map();
    this.grants = new Map();
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

  // add_convar_permission <resource> <read|write> <convar>: from then on, only resources so named may.
  grant(resource, right, name) {
    const key = `${right}:${name.toLowerCase()}`;
    if (!this.grants.has(key)) this.grants.set(key, new Set());
    this.grants.get(key).add(resource);
  }

  allowed(resource, right, name) {
    const granted = this.grants.get(`${right}:${name.toLowerCase()}`);
    return !granted || granted.has(resource);
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
