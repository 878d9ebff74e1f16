'use strict';

// References to functions in other runtimes, as texts `resource:runtime:number`. Whoever holds one has added itself to
// its count; at zero the function is released. A reference ends with its runtime.
class References {
  constructor() {
    this.runtimes = new Map();
    this.nextRuntime = 1;
  }

  register(runtime) {
    this.runtimes.set(runtime.id, runtime);
  }

  unregister(runtime) {
    this.runtimes.delete(runtime.id);
  }

  newId() {
    this.nextRuntime += 1;
    return this.nextRuntime - 1;
  }

  canonical(runtime, id) {
    return `${runtime.resource.name}:${runtime.id}:${id}`;
  }

  find(reference) {
    const parts = reference.split(':');
    const runtime = this.runtimes.get(Number(parts[parts.length - 2]));
    return runtime && runtime.alive ? { runtime, id: Number(parts[parts.length - 1]) } : null;
  }

  add(reference) {
    const found = this.find(reference);
    if (found && found.runtime.counts.has(found.id)) found.runtime.counts.add(found.id);
  }

  remove(reference) {
    const found = this.find(reference);
    if (found) found.runtime.counts.remove(found.id);
  }

  // Packed arguments in, packed results out; null when the function's runtime is gone.
  invoke(reference, bytes) {
    const found = this.find(reference);
    return found ? found.runtime.callReference(found.id, bytes) : null;
  }

  // How many functions are held, of all runtimes: for tests of leaks.
  count() {
    let sum = 0;
    for (const runtime of this.runtimes.values()) sum += runtime.counts.size;
    return sum;
  }
}

module.exports = { References };
