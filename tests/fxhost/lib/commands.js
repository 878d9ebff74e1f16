'use strict';

// The commands of the console: built-in ones, and those that resources registered. Names do not mind case.
class Commands {
  constructor() {
    this.builtin = new Map();
    this.registered = new Map();
  }

  add(name, run) {
    this.builtin.set(name.toLowerCase(), run);
  }

  // entry: {runtime, reference, restricted}. Several resources may register one name; all of them run.
  register(name, entry) {
    const key = name.toLowerCase();
    const others = (this.registered.get(key) || []).filter((one) => one.runtime !== entry.runtime);
    this.registered.set(key, [...others, entry]);
  }

  forget(runtime) {
    for (const [name, entries] of this.registered) {
      const left = entries.filter((entry) => entry.runtime !== runtime);
      if (left.length === 0) this.registered.delete(name);
      else this.registered.set(name, left);
    }
  }

  find(name) {
    return this.registered.get(name.toLowerCase()) || [];
  }

  names() {
    return [...this.builtin.keys(), ...this.registered.keys()];
  }
}

module.exports = { Commands };
