'use strict';

// How often each function of a runtime is held by others. A function that is made is held by nobody yet; one that the last
// lets go is released.
class ReferenceCounts {
  // release(id): what the runtime does with a function that nobody holds any more.
  constructor(release) {
    this.release = release;
    this.counts = new Map();
  }

  made(id) {
    this.counts.set(id, 0);
  }

  add(id) {
    this.counts.set(id, this.counts.get(id) + 1);
  }

  remove(id) {
    const count = this.counts.get(id);
    if (count === undefined) return;
    if (count > 1) this.counts.set(id, count - 1);
    else this.forget(id);
  }

  // Releases it whoever holds it.
  forget(id) {
    this.counts.delete(id);
    this.release(id);
  }

  has(id) {
    return this.counts.has(id);
  }

  clear() {
    this.counts.clear();
  }

  get size() {
    return this.counts.size;
  }
}

module.exports = { ReferenceCounts };
