'use strict';

// The key-value store that each resource has; it outlives restarts of the resource, and ends with the host.
class Kvp {
  constructor() {
    this.stores = new Map();
  }

  of(resource) {
    if (!this.stores.has(resource)) this.stores.set(resource, new Map());
    return this.stores.get(resource);
  }
}

module.exports = { Kvp };
