'use strict';

// The server's events. An event goes, packed, to every runtime of every resource that handles its name, in the order in
// which the resources were started. `source` is '' for an event of a script, 'net:<id>' for one from a client, and
// 'internal-net:<id>' for one that the server itself fires about a player.
class Events {
  constructor() {
    this.resources = new Set();
    this.cancelled = [];
    this.wasCancelled = false;
    this.queue = [];
  }

  // False when a handler cancelled the event.
  trigger(name, bytes, source = '') {
    this.cancelled.push(false);
    for (const resource of [...this.resources]) {
      if (!resource.handles.has(name)) continue;
      for (const runtime of [...resource.runtimes]) {
        if (runtime.alive) runtime.handleEvent(name, bytes, source);
      }
    }
    this.wasCancelled = this.cancelled.pop();
    return !this.wasCancelled;
  }

  cancel() {
    if (this.cancelled.length > 0) this.cancelled[this.cancelled.length - 1] = true;
  }

  // For the next tick, in order: what arrives from the network, and what the server queues itself.
  enqueue(name, bytes, source = '') {
    this.queue.push({ name, bytes, source });
  }

  flush() {
    const queue = this.queue;
    this.queue = [];
    for (const { name, bytes, source } of queue) this.trigger(name, bytes, source);
  }
}

module.exports = { Events };
