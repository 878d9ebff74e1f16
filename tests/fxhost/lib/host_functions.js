'use strict';

const hostMsgpack = require('./host_msgpack');
const { ReferenceCounts } = require('./reference_counts');

// Functions of the server itself that scripts may call, behind references like those of a runtime. Arguments come
// unpacked, functions among them as {functionReference}; nothing is given back.
class HostFunctions {
  constructor(references) {
    this.references = references;
    this.resource = { name: '_cfx_internal' };
    this.id = references.newId();
    this.alive = true;
    this.functions = new Map();
    this.counts = new ReferenceCounts((id) => this.functions.delete(id));
    this.next = 0;
    references.register(this);
  }

  // A function as a value that host_msgpack packs. It is released when nobody holds it any more, or by forget().
  make(fn) {
    const id = this.next;
    this.next += 1;
    this.functions.set(id, fn);
    this.counts.made(id);
    return new hostMsgpack.FunctionReference(this.references.canonical(this, id));
  }

  forget(made) {
    this.counts.forget(Number(made.text.split(':').pop()));
  }

  callReference(id, bytes) {
    const fn = this.functions.get(id);
    if (!fn) return hostMsgpack.pack(null);
    try {
      fn(...hostMsgpack.unpack(bytes));
      return hostMsgpack.pack([]);
    } catch {
      return hostMsgpack.pack(null);
    }
  }
}

module.exports = { HostFunctions };
